package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// The streams of chance for what was added to the region later: what was there before
// stays as it was.
const (
	streamGone     = -1_000_000
	streamPurchase = -2_000_000
	streamBattery  = -3_000_000
	streamRepair   = -4_000_000
)

// watchedYears is for how long it is known which devices left.
const watchedYears = 3

// purchased gives a device what a purchase list would say: a school buys a product in a
// year at one price, and some of them reconditioned.
func (p Plan) purchased(d *registry.NewDevice, of product) {
	random := p.random(streamPurchase - d.Site*1_000_000 - int64(d.InService.Year())*100 - int64(len(of.model)))
	d.Purchase.PriceCents = int64(float64(of.priceEuros) * (90 + 20*random.Float64()))
	d.Purchase.Acquisition = string(lifespan.New)
	if random.Float64() < 0.08 {
		d.Purchase.Acquisition = string(lifespan.Reconditioned)
		d.Purchase.PriceCents = d.Purchase.PriceCents * 55 / 100
	}
}

// gone are devices of a school that left in the last years: those that failed before
// their like, and the last of those that were bought before.
func (p Plan) gone(s registry.Site, fleet []device) []device {
	random := p.random(streamGone - s.ID)
	watched := quantity.Years(watchedYears)
	var all []device
	for _, d := range fleet {
		age := quantity.Years(lifespan.Years(p.Now.Sub(d.InService)))
		if age <= 0.5 {
			continue
		}
		within := min(watched, age-0.5)
		if failed := 1 - math.Exp(-d.product.failsYearly*float64(within)); random.Float64() >= failed {
			continue
		}
		g := d
		g.Label += "-R"
		g.HasAgent, g.metered, g.LastSeen = false, false, time.Time{}
		g.Inventory.Meters, g.Inventory.BatteryDesignMWh, g.Inventory.BatteryFullMWh, g.Capacities = nil, 0, 0, nil
		g.Retired = p.Now.Add(-time.Duration(random.Float64() * float64(within) * float64(lifespan.Year))).Truncate(time.Second)
		g.Purchase.RetiredTo = destination(random)
		g.stream = -d.stream
		g.Repairs = p.repairs(&g)
		all = append(all, g)
	}
	return all
}

// fault is what breaks in devices of a kind, with the share of repairs that are about
// it and about what such a repair costs.
type fault struct {
	part  lifespan.Part
	share float64
	euros int64
}

var (
	laptopFaults = []fault{{lifespan.Battery, 0.3, 75}, {lifespan.Screen, 0.25, 130}, {lifespan.Keyboard, 0.2, 55}, {lifespan.SSD, 0.1, 70}, {lifespan.PowerSupply, 0.1, 35}, {lifespan.Mainboard, 0.05, 240}}
	tabletFaults = []fault{{lifespan.Screen, 0.6, 110}, {lifespan.Battery, 0.2, 70}, {lifespan.PowerSupply, 0.2, 25}}
	otherFaults  = []fault{{lifespan.PowerSupply, 0.35, 45}, {lifespan.SSD, 0.3, 70}, {lifespan.Fan, 0.15, 20}, {lifespan.Memory, 0.1, 50}, {lifespan.NoPart, 0.1, 0}}
)

// repairsForAnEnd is how often devices are repaired for each that fails for good.
const repairsForAnEnd = 2

// repairs are those of a device in the years since departures are known, on working days:
// the worse the product, the more. A few could not be done.
func (p Plan) repairs(d *device) (all []registry.Repair) {
	faults := laptopFaults
	switch d.Category {
	case equipment.Laptop:
	case equipment.Tablet:
		faults = tabletFaults
	case equipment.Desktop, equipment.Server:
		faults = otherFaults
	default:
		return nil // nobody opens a monitor
	}
	if d.product.failsYearly <= 0 {
		return nil
	}
	random := p.random(streamRepair - d.stream)
	from := p.Now.AddDate(-watchedYears, 0, 0)
	if d.InService.After(from) {
		from = d.InService
	}
	until := p.Now
	if !d.Retired.IsZero() {
		until = d.Retired
	}
	for at := from; ; {
		at = at.Add(time.Duration(random.ExpFloat64() / (repairsForAnEnd * d.product.failsYearly) * float64(lifespan.Year)))
		if !at.Before(until) {
			return all
		}
		one := registry.Repair{On: calendar.DayOf(at, p.Where), Outcome: registry.Repaired, DoneBy: "in_house"}
		f := faults[len(faults)-1]
		for u, i := random.Float64(), 0; i < len(faults); i++ {
			if u -= faults[i].share; u < 0 {
				f = faults[i]
				break
			}
		}
		one.Part, one.CostCents = f.part, int64(float64(100*f.euros)*(0.8+0.4*random.Float64()))
		if wd := one.On.Weekday(); wd == time.Saturday || wd == time.Sunday {
			one.On = max(one.On-2, calendar.DayOf(d.InService, p.Where))
		}
		switch u := random.Float64(); {
		case lifespan.Years(at.Sub(d.InService)) < 2 && u < 0.6:
			one.DoneBy, one.CostCents = "warranty", 0
		case u < 0.75:
		case u < 0.9:
			one.DoneBy, one.CostCents = "sent_out", one.CostCents*2
		default:
			one.DoneBy, one.CostCents = "", 0
		}
		if random.Float64() < 0.07 {
			one.Outcome, one.CostCents = registry.NotRepairable, 0
		}
		all = append(all, one)
	}
}

// destination is where a device goes that leaves; a few are not recorded.
func destination(random *rand.Rand) string {
	switch u := random.Float64(); {
	case u < 0.5:
		return "recycling"
	case u < 0.85:
		return "reuse"
	case u < 0.9:
		return "lost"
	}
	return ""
}

// capacities are what the battery of a device held, every four weeks of the last two
// years, down to what it holds today: a line with the jumps of recalibrations.
func (p Plan) capacities(d *device, lost float64) (all []lifespan.Capacity) {
	random := p.random(streamBattery - d.stream)
	from := p.Now.AddDate(-2, 0, 0)
	if d.InService.After(from) {
		from = d.InService
	}
	life := float64(p.Now.Sub(d.InService))
	for on := from; on.Before(p.Now); on = on.AddDate(0, 0, 28) {
		held := 1 - lost*float64(on.Sub(d.InService))/life + 0.01*(random.Float64()-0.5)
		all = append(all, lifespan.Capacity{On: on, FullMWh: int64(batteryMWh * min(1, held)), DesignMWh: batteryMWh, Cycles: int64(180 * lifespan.Years(on.Sub(d.InService)))})
	}
	return all
}
