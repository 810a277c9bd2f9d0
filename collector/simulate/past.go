package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// The streams of chance for what was added to the region later: what was there before
// stays as it was.
const (
	streamGone     = -1_000_000
	streamPurchase = -2_000_000
	streamBattery  = -3_000_000
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
		all = append(all, g)
	}
	return all
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
