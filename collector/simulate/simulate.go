// Package simulate makes a region that does not exist, so that the pages can be
// tried before a fleet is there: schools, their devices, and what these did on
// each day of some school years. The same seed makes the same region.
//
// A simulated region is an organisation of its own, marked as simulated; its
// devices enter the ledger through the same code as reports.
package simulate

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Plan says what to simulate.
type Plan struct {
	Name     string // of the organisation
	Seed     uint64
	Colleges int // together with Lycees at most 30
	Lycees   int
	Years    int // school years of past, with the current one
	Now      time.Time
	Where    *time.Location
}

// windowDays is for how many days windows are kept besides daily sums: what the
// device page shows.
const windowDays = 2

// Progress is told how many devices of how many are done.
type Progress func(done, all int)

// Region makes the region of a plan. Schools that are there already stay as they
// are; one that an earlier run was stopped in is finished.
func Region(ctx context.Context, r *registry.Registry, l *ledger.Ledger, p Plan, tell Progress) error {
	organisation, err := r.AddOrganisation(ctx, p.Name, true)
	if err != nil {
		return err
	}
	schools, err := r.AddSites(ctx, organisation.ID, p.schools())
	if err != nil {
		return err
	}
	missing := schools[:0]
	for _, s := range schools {
		days, err := l.Months(ctx, organisation.ID, s.ID, calendar.Period{To: p.period().To})
		if err != nil {
			return err
		}
		if len(days) == 0 {
			missing = append(missing, s)
		}
	}
	var fleets [][]device
	count := 0
	for _, s := range missing {
		fleet := p.fleet(s)
		fleets = append(fleets, fleet)
		count += len(fleet)
	}
	done := 0
	for i, s := range missing {
		if err := p.file(ctx, r, l, s.ID, fleets[i]); err != nil {
			return fmt.Errorf("cannot simulate %q: %w", s.Name, err)
		}
		done += len(fleets[i])
		tell(done, count)
	}
	return nil
}

// period is the past to simulate, up to yesterday.
func (p Plan) period() calendar.Period {
	today := calendar.DayOf(p.Now, p.Where)
	return calendar.Period{From: calendar.SchoolYear(calendar.SchoolYearOf(today) - p.Years + 1).From, To: today}
}

// towns are invented, and so are the schools: no real school is shown.
var towns = []string{
	"Aubeville", "Bellerive", "Clairmont", "Dourval", "Estreval", "Fontbelle", "Grandpré", "Hautmont", "Isleroy", "Joncheraie",
	"Kervallon", "Lignerolle", "Montclair", "Noirval", "Orgeville", "Peyrelade", "Quincerot", "Rochevive", "Sauvemare", "Tournelles",
	"Ursival", "Valmorin", "Vernoise", "Villeclair", "Wimarais", "Yvrecourt", "Zuidville", "Beaurepaire", "Champfleury", "Malvoisine",
}

func (p Plan) schools() []registry.Site {
	random, places := p.random(0), p.random(-1)
	var all []registry.Site
	for i, town := range towns[:p.Colleges+p.Lycees] {
		s := registry.Site{Name: "Collège " + of(town), Kind: registry.College, Zone: []string{"A", "B", "C"}[i%3], Pupils: 280 + random.Int64N(320)}
		if i >= p.Colleges {
			s.Name, s.Kind, s.Pupils = "Lycée "+of(town), registry.Lycee, 250+random.Int64N(250)
		}
		// The region lies around the middle of the country, where no real one lies so.
		s.Position = registry.Position{Latitude: 46.4 + 1.2*places.Float64(), Longitude: 1.6 + 1.8*places.Float64(), Known: true}
		all = append(all, s)
	}
	return all
}

// of is "de" before a name, or d’ where French elides it: before a vowel or a mute h,
// and before the y of a name as Yvrecourt.
func of(town string) string {
	if strings.ContainsRune("AEIOUHY", rune(town[0])) {
		return "d’" + town
	}
	return "de " + town
}

// random is a stream of its own for each part of the region, so that changing
// one part leaves the others as they are.
func (p Plan) random(stream int64) *rand.Rand {
	return rand.New(rand.NewPCG(p.Seed, uint64(stream)))
}

// device is a simulated device and how it is used.
type device struct {
	registry.NewDevice
	product  product
	zone     string
	habit    habit
	metered  bool // its agent reads a battery
	everyDay bool // a server
	stream   int64
}

// batteryMWh is what a simulated battery holds when new.
const batteryMWh = 45_000

// habit is how a device of a kind is used on a school day.
type habit struct {
	hours     float64 // running, on average
	chance    float64 // that it is used at all that day
	leftOn    float64 // chance that it runs through the night
	sleeps    bool    // asleep rather than off when not used
	meanLoad  float64
	batteryW  float64
	memoryMiB int64
}

// fleet invents the devices of a school.
func (p Plan) fleet(s registry.Site) []device {
	random := p.random(s.ID)
	var all []device
	add := func(n int, k kind) {
		bought := p.purchase(random, k.maxAgeYears)
		for i := range n {
			if i%30 == 0 { // devices are bought by the class
				bought = p.purchase(random, k.maxAgeYears)
			}
			all = append(all, p.device(random, s, k, bought, len(all)))
		}
	}
	// A school's own customs: some leave their rooms on at night.
	careless := 0.02 + 0.3*random.Float64()*random.Float64()
	pupils := int(s.Pupils)
	if s.Kind == registry.Lycee {
		add(pupils*45/100, laptopOf(equipment.Individual))
		add(25, laptopOf(equipment.Shared))
	} else {
		add(pupils*9/100, tabletOf(equipment.Shared))
		add(24, laptopOf(equipment.Shared))
	}
	rooms := desktopOf(equipment.Shared)
	rooms.habit.leftOn = careless
	computers := 24 + random.IntN(16)
	add(computers, rooms)
	add(computers, monitorOf(equipment.Shared))
	add(14, laptopOf(equipment.Teaching))
	add(6, desktopOf(equipment.Administration))
	add(6, monitorOf(equipment.Administration))
	add(1+random.IntN(2), serverOf())
	return append(all, p.gone(s, all)...)
}

// purchase is a summer of the last years, when schools buy.
func (p Plan) purchase(random *rand.Rand, maxAgeYears int) time.Time {
	year := p.Now.Year() - random.IntN(maxAgeYears+1)
	if bought := time.Date(year, time.August, 20, 8, 0, 0, 0, p.Where); bought.Before(p.Now) {
		return bought
	}
	return time.Date(year-1, time.August, 20, 8, 0, 0, 0, p.Where)
}

func (p Plan) device(random *rand.Rand, s registry.Site, k kind, bought time.Time, n int) device {
	product := k.products[random.IntN(len(k.products))]
	d := device{
		NewDevice: registry.NewDevice{
			Site: s.ID, Category: k.category, Population: k.population, InService: bought,
			Label:    fmt.Sprintf("%s-%03d", k.prefix, n+1),
			HasAgent: k.agent && random.Float64() < 0.97,
			LastSeen: p.lastSeen(random),
			Inventory: report.Inventory{
				Category: string(k.category), Maker: product.maker, Model: product.model, OS: product.os,
				CPU: product.cpu, LogicalCPUs: product.cpus, MemoryMiB: product.memoryMiB, StorageGB: product.storageGB,
			},
		},
		product: product, zone: s.Zone, habit: k.habit, everyDay: k.category == equipment.Server,
		metered: k.category == equipment.Laptop && random.Float64() < 0.6,
		stream:  s.ID<<20 | int64(n),
	}
	d.habit.memoryMiB = product.memoryMiB * 55 / 100
	d.Repairs = p.repairs(&d)
	p.purchased(&d.NewDevice, product)
	if d.metered {
		d.Inventory.BatteryDesignMWh = batteryMWh
		worn := min(0.5, 0.07*p.Now.Sub(bought).Hours()/8766*(0.6+0.8*random.Float64()))
		d.Inventory.BatteryFullMWh = int64(batteryMWh * (1 - worn))
		d.Capacities = p.capacities(&d, worn)
		d.Inventory.Meters = []report.Meter{{Source: "battery", Boundary: report.Battery, Status: report.MeterRead}}
	} else if d.HasAgent {
		d.Inventory.Meters = []report.Meter{{Source: "energy meters", Status: report.MeterNone, Reason: "simulated device without a meter"}}
	}
	return d
}

// lastSeen is yesterday for most agents; a few have fallen silent.
func (p Plan) lastSeen(random *rand.Rand) time.Time {
	if random.Float64() < 0.04 {
		return p.Now.AddDate(0, 0, -20-random.IntN(60))
	}
	return p.Now.Add(-time.Duration(random.IntN(24*60)) * time.Minute)
}

// file adds a school's devices, those that are not there yet, and their past.
func (p Plan) file(ctx context.Context, r *registry.Registry, l *ledger.Ledger, school int64, fleet []device) error {
	there, err := r.Devices(ctx, school)
	if err != nil {
		return err
	}
	entries := make([]registry.NewDevice, len(fleet))
	for i, d := range fleet {
		entries[i] = d.NewDevice
	}
	var keys []registry.DeviceKey
	for _, d := range there {
		keys = append(keys, registry.DeviceKey{ID: d.ID, Site: d.Site, Product: d.Product, Population: d.Population})
	}
	if len(there) == 0 { // they enter all at once
		if keys, err = r.AddDevices(ctx, entries); err != nil {
			return err
		}
	}
	if len(keys) != len(fleet) {
		return fmt.Errorf("it has %d devices, and the plan %d", len(keys), len(fleet))
	}
	var past []ledger.Simulated
	for i, d := range fleet {
		if !d.HasAgent {
			continue
		}
		s := ledger.Simulated{Device: ledger.Device(keys[i])}
		s.Days, s.Hours, s.Windows = p.past(&d)
		past = append(past, s)
	}
	return l.AddSimulated(ctx, past, p.Now)
}

// past is what a device did: windows for the last days, sums for the others, by the
// hour those of the school year.
func (p Plan) past(d *device) (days []footprint.DayFacts, byHour iter.Seq[footprint.HourFacts], windows []report.Window) {
	random := p.random(d.stream)
	period := p.period()
	period.To = min(period.To, calendar.DayOf(d.LastSeen, p.Where))
	if bought := calendar.DayOf(d.InService, p.Where); bought > period.From {
		period.From = bought
	}
	thisYear := calendar.SchoolYear(calendar.SchoolYearOf(p.period().To)).From
	var parts []report.Window
	for day := period.From; day < period.To; day++ {
		u := d.use(random, day, p.Where)
		if period.To-day <= windowDays {
			windows = append(windows, u.windows(random)...)
			continue
		}
		whole := u.window(random, u.start, u.end)
		days = append(days, footprint.DayFacts{Day: day, Facts: footprint.FromWindow(&whole)})
		if day >= thisYear {
			parts = append(parts, u.parts(whole)...)
		}
	}
	byHour = func(yield func(footprint.HourFacts) bool) {
		for i := range parts {
			for _, hour := range footprint.ByHour(&parts[i], p.Where) {
				if !yield(hour) {
					return
				}
			}
		}
	}
	return days, byHour, windows
}
