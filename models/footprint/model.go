// Package footprint turns facts into figures: devices, what they reported and a
// period of time, into energy and kgCO2e with an interval and a provenance.
//
//	energy    = metered + modelled from use + assumed where nothing is known
//	use       = energy x carbon intensity of the electricity of that time
//	embodied  = time in service x embodied impact / max(expected life, age), likewise of
//	            the spare parts of repairs, from the day they were fitted
//	footprint = use + embodied
//
// Everything is linear in the facts, so figures of devices add up to those of
// their school, and those of days to those of a year.
package footprint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Version is the version of the formulas, raised when one changes.
const Version = 3

// Energy and Mass are estimates within their bounds, in Wh and gCO2e.
type (
	Energy = quantity.Interval[quantity.WattHours]
	Mass   = quantity.Interval[quantity.Grams]
)

// Options say with what a model computes.
type Options struct {
	Territory string        // code of the territory whose electricity is used, as grid.MainlandFrance
	Method    impact.Method // of embodied impacts; empty is impact.ADEME
	// Room is where servers stand; empty is grid.ServerRoom.
	Room grid.Room
	// Catalogue are makers' published footprints; nil is maker.Default.
	Catalogue func() *maker.Catalogue
	// Calibrated are the curves that metered devices taught, by power.Classes.
	Calibrated map[string]*power.Calibrated
	// Terms and Where are the school calendar and the time zone that devices
	// without an agent follow. Without Terms, their energy is the category's.
	Terms *calendar.Terms
	Where *time.Location
}

// Model computes with one set of factors. It is safe for concurrent use.
type Model struct {
	factors    *factor.Table
	options    Options
	supplyLoss quantity.Interval[float64]
	classes    sync.Map // equipment.Spec -> *Class
}

// New returns a model. Every factor that the categories need must be there.
func New(t *factor.Table, o Options) (*Model, error) {
	m := &Model{factors: t, options: o}
	if o.Method == "" {
		m.options.Method = impact.ADEME
	}
	if o.Room == "" {
		m.options.Room = grid.ServerRoom
	}
	if o.Catalogue == nil {
		m.options.Catalogue = maker.Default
	}
	loss, err := t.Find("power.supply_loss", "", time.Time{})
	if err != nil {
		return nil, err
	}
	m.supplyLoss = loss.Bounds()
	for _, c := range equipment.Categories {
		if _, err := m.Class(equipment.Spec{Category: c}); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// With is a model of the same factors with other options.
func (m *Model) With(change func(*Options)) (*Model, error) {
	o := m.options
	change(&o)
	return New(m.factors, o)
}

// Digest names all that figures depend on beside the factors, the method and this
// program: two models with the same of each compute the same. It is for keys of what
// was computed, not for people.
func (m *Model) Digest() string {
	o, sum := m.options, sha256.New()
	fmt.Fprintf(sum, "%s %v %v\n", o.Room, o.Terms != nil, o.Where)
	for _, name := range slices.Sorted(maps.Keys(o.Calibrated)) {
		fmt.Fprintf(sum, "%s %+v\n", name, *o.Calibrated[name])
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// Factors is the table the model computes with.
func (m *Model) Factors() *factor.Table { return m.factors }

// Method is the method of the model's embodied impacts.
func (m *Model) Method() impact.Method { return m.options.Method }

// Territory is whose electricity the model computes with.
func (m *Model) Territory() string { return m.options.Territory }

// Cohort is Count devices of the same category that were put into service at
// the same moment and, when Retired is not zero, left together.
type Cohort struct {
	InService time.Time
	Retired   time.Time
	Count     int64
	// Acquisition is how the devices came to their owner; empty is new.
	Acquisition lifespan.Acquisition
	// Fitted are the parts of repairs.
	Fitted []Fitted
}

// inPeriod is how long one device of the cohort was in service between two instants.
func (c Cohort) inPeriod(from, to time.Time) time.Duration {
	if c.InService.After(from) {
		from = c.InService
	}
	if !c.Retired.IsZero() && c.Retired.Before(to) {
		to = c.Retired
	}
	return max(0, to.Sub(from))
}

// Stretch is a run of days inside one month, with what the devices of one
// category reported in it. From and To are instants; To is never in the future.
type Stretch struct {
	Days calendar.Period
	// Zone of the school holidays, A, B or C; empty when it is not known.
	Zone     string
	From, To time.Time
	Facts    Facts
	// Electricity is the carbon intensity of that very time where half hours are
	// known; nil takes the factor of the year.
	Electricity *grid.Mean
}

// Estimate is the footprint of cohorts of one class during a stretch. Of a virtual
// machine it is zero: its host has it. asOf is the moment at which ages are taken,
// the same for all stretches of a period.
func (m *Model) Estimate(k *Class, cohorts []Cohort, s Stretch, asOf time.Time) (Figure, error) {
	if !k.Counts() {
		return Figure{}, nil
	}
	var f Figure
	var embodiedFrom Provenance
	for _, cohort := range cohorts {
		stretch := cohort.inPeriod(s.From, s.To)
		if stretch == 0 {
			continue
		}
		f.DeviceYears += lifespan.Years(stretch) * float64(cohort.Count)
		made := k.Made(cohort.InService.Year())
		origin := k.originOf(cohort.Acquisition)
		lives := lifespan.Share(stretch, lifespan.Years(cohort.ageAt(asOf)), origin.lifeYears) * float64(cohort.Count)
		f.Lives += lives * origin.carried.Value
		embodied := quantity.Product[quantity.Grams](made.Embodied, origin.carried).Times(lives)
		f.Embodied = f.Embodied.Plus(embodied)
		if made.Prediction != nil {
			embodiedFrom.Modelled += float64(embodied.Value)
		} else {
			embodiedFrom.Assumed += float64(embodied.Value)
		}
		f.Parts = f.Parts.Plus(k.sumParts(cohort, func(p Fitted) float64 { return p.share(k, cohort, &s, asOf, 0) }))
	}
	f.Embodied = f.Embodied.Plus(f.Parts)
	embodiedFrom.Assumed += float64(f.Parts.Value)
	intensity, err := m.intensity(&s)
	if err != nil {
		return Figure{}, err
	}
	f.Energy, f.EnergyFrom = m.energy(k, &s, f.DeviceYears)
	f.Use = grid.Emissions(f.Energy, intensity)
	f.MassFrom = f.EnergyFrom.times(intensity.Value / 1000).plus(embodiedFrom)
	return f, nil
}

// SavedByLongerLife is what the embodied part of a stretch would be lower by, had
// the devices been expected to serve some years longer, and their parts with them.
func (m *Model) SavedByLongerLife(k *Class, cohorts []Cohort, s Stretch, asOf time.Time, years float64) Mass {
	if !k.Counts() {
		return Mass{} // a virtual machine has nothing to spread
	}
	var saved Mass
	for _, cohort := range cohorts {
		saved = saved.Plus(k.Carried(cohort).Times(cohort.spared(k, &s, asOf, years)))
		saved = saved.Plus(k.sumParts(cohort, func(p Fitted) float64 {
			return p.share(k, cohort, &s, asOf, 0) - p.share(k, cohort, &s, asOf, years)
		}))
	}
	return saved
}

// SparedByLongerLife is how many devices a stretch would have used up fewer, by how they
// were acquired: what need not have been bought.
func (m *Model) SparedByLongerLife(k *Class, cohorts []Cohort, s Stretch, asOf time.Time, years float64) map[lifespan.Acquisition]float64 {
	if !k.Physical() {
		return nil
	}
	spared := map[lifespan.Acquisition]float64{}
	for _, cohort := range cohorts {
		spared[cohort.Acquisition] += cohort.spared(k, &s, asOf, years)
	}
	return spared
}

// spared is how many devices of a cohort less a stretch uses up when they are expected
// to serve some years longer.
func (c Cohort) spared(k *Class, s *Stretch, asOf time.Time, years float64) float64 {
	stretch, age := c.inPeriod(s.From, s.To), lifespan.Years(c.ageAt(asOf))
	expected := k.originOf(c.Acquisition).lifeYears
	share := lifespan.Share(stretch, age, expected) - lifespan.Share(stretch, age, math.Max(expected, age)+years)
	return share * float64(c.Count)
}

// Emissions is what energy used in a stretch emits.
func (m *Model) Emissions(e Energy, s Stretch) (Mass, error) {
	intensity, err := m.intensity(&s)
	if err != nil {
		return Mass{}, err
	}
	return grid.Emissions(e, intensity), nil
}

// intensity is that of a stretch's electricity, in gCO2e/kWh.
func (m *Model) intensity(s *Stretch) (quantity.Interval[float64], error) {
	if s.Electricity != nil {
		return s.Electricity.Intensity, nil
	}
	row, err := grid.Intensity(m.factors, m.options.Territory, s.Days.From)
	if err != nil {
		return quantity.Interval[float64]{}, err
	}
	return row.Bounds(), nil
}

// KnownEnergy is the energy of the time that facts speak of, and how it is
// known (in Wh). Of a virtual machine it is zero: its host has it.
func (m *Model) KnownEnergy(k *Class, f Facts) (Energy, Provenance) {
	if !k.Physical() {
		return Energy{}, Provenance{}
	}
	return m.energy(k, &Stretch{Facts: f}, 0)
}

// ageAt is the age of the cohort's devices, or what it was when they left.
func (c Cohort) ageAt(t time.Time) time.Duration {
	if !c.Retired.IsZero() && c.Retired.Before(t) {
		t = c.Retired
	}
	return max(0, t.Sub(c.InService))
}

// energy adds what meters counted, what use implies, and what is assumed for
// the time in service of which nothing is known.
func (m *Model) energy(k *Class, s *Stretch, yearsInService float64) (Energy, Provenance) {
	facts := &s.Facts
	whole := quantity.As[quantity.WattHours](m.supplyLoss.Times(float64(facts.Metered.WattHours())))
	part := quantity.Exactly(facts.Part.WattHours())

	modelled := power.Energy(k.curve.Rest, facts.PartMs).
		Plus(power.Energy(k.curve.Off, facts.OffMs)).
		Plus(power.Energy(k.curve.Sleep, facts.SuspendedMs))
	var running Energy
	for bin, ms := range facts.LoadMs {
		running = running.Plus(power.Energy(k.atLoad[bin], ms))
	}
	const yearMs = float64(lifespan.Year / time.Millisecond)
	assumed := m.assumed(k, s, max(0, yearsInService-float64(facts.KnownMs())/yearMs))

	from := Provenance{
		Measured: float64(whole.Value + part.Value),
		Modelled: float64(modelled.Value),
		Assumed:  float64(assumed.Value),
	}
	if k.Calibrated != nil {
		from.Calibrated = float64(running.Value)
	} else {
		from.Modelled += float64(running.Value)
	}
	sum := whole.Plus(part).Plus(modelled).Plus(running).Plus(assumed)
	if k.room != nil {
		return grid.WithRoom(sum, k.room), from.times(k.room.Value)
	}
	return sum, from
}

// assumed is the energy of a time, in years of all devices together, of which
// nothing is known: by the school's calendar for devices that carry no agent, by
// the category's yearly use for others.
func (m *Model) assumed(k *Class, s *Stretch, unknownYears float64) Energy {
	if k.schedule == nil || m.options.Terms == nil || s.Zone == "" || unknownYears == 0 || !s.To.After(s.From) {
		return k.yearlyUse.Times(unknownYears)
	}
	// The last stretch ends at this moment, in the middle of a day.
	days := calendar.Period{From: s.Days.From, To: min(s.Days.To, calendar.DayOf(s.To.Add(-1), m.options.Where)+1)}
	whole := days.To.Start(m.options.Where).Sub(days.From.Start(m.options.Where))
	one := k.schedule.Energy(&k.curve, power.Calendar{Terms: m.options.Terms, Zone: s.Zone, Where: m.options.Where}, days)
	return one.Times(unknownYears / lifespan.Years(whole))
}

// EnoughForAYear is for how many years (four weeks) a device must have been
// followed before its own use stands for a whole year: shorter, and one lesson
// would count as a year.
const EnoughForAYear = 28 / 365.2425

// Yearly is the footprint of one device over a year at the rate of a figure
// that holds count devices of a class. Where they were followed for less than four
// weeks on average, the use of a year is the category's (assumed).
func (m *Model) Yearly(k *Class, f Figure, count int64, asOf calendar.Day) (Figure, error) {
	if f.DeviceYears == 0 || count == 0 || !k.Physical() {
		return Figure{}, nil
	}
	year := f.Times(1 / f.DeviceYears)
	if f.DeviceYears/float64(count) >= EnoughForAYear {
		return year, nil
	}
	intensity, err := grid.Intensity(m.factors, m.options.Territory, asOf)
	if err != nil {
		return Figure{}, err
	}
	year.Energy = k.yearlyUse
	if k.room != nil {
		year.Energy = grid.WithRoom(year.Energy, k.room)
	}
	year.EnergyFrom = Provenance{Assumed: float64(year.Energy.Value)}
	year.Use = grid.Emissions(year.Energy, intensity.Bounds())
	year.MassFrom = Provenance{Assumed: float64(year.Total().Value)}
	return year, nil
}

// VirtualPower is about what the host spends on a virtual machine with some
// virtual processors at a load between 0 and 1: for information, in no total.
func (m *Model) VirtualPower(virtualCPUs int64, load float64) (quantity.Watts, error) {
	idle, err := m.factors.Find("power.virtual.idle", "", time.Time{})
	if err != nil {
		return 0, err
	}
	active, err := m.factors.Find("power.virtual.active", "", time.Time{})
	if err != nil {
		return 0, err
	}
	return quantity.Watts(float64(virtualCPUs) * (idle.Value + load*(active.Value-idle.Value))), nil
}
