package footprint

import (
	"sync/atomic"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// Class is everything that a model knows of a product, looked up once: devices of
// one product differ only in their facts and in their dates.
type Class struct {
	Spec equipment.Spec
	// Calibrated is what metered devices of the class CalibratedBy (power.Classes)
	// taught, nil for none.
	Calibrated   *power.Calibrated
	CalibratedBy string

	curve      power.Curve
	atLoad     [report.LoadBins]power.Watts
	schedule   *power.Schedule // of a device that carries no agent
	method     impact.Method
	byCategory Mass
	byYear     [years]atomic.Pointer[Made] // with method Maker, from firstYear on
	origins    map[lifespan.Acquisition]origin
	parts      map[lifespan.Part]part // that have rows
	yearlyUse  Energy                 // of a device of which nothing is known
	room       *factor.Row            // what the room of a server adds; nil for others
	catalogue  func() *maker.Catalogue
	keys       []string
}

// Purchase years for which predictions are kept.
const (
	firstYear = 1990
	years     = 64
)

// Made is what making a device emitted, and how that is known.
type Made struct {
	Embodied Mass
	Method   impact.Method
	// Available is false where the method has no value for the category. Then the
	// device is in no total: a value of another method would be mixed in.
	Available bool
	// Prediction is what Embodied rests on with method Maker, nil otherwise.
	Prediction *maker.Prediction
}

// Class looks a product up. The error says which factor its category lacks.
func (m *Model) Class(s equipment.Spec) (*Class, error) {
	if known, ok := m.classes.Load(s); ok {
		return known.(*Class), nil
	}
	k, err := m.lookUp(s)
	if err != nil {
		return nil, err
	}
	known, _ := m.classes.LoadOrStore(s, k)
	return known.(*Class), nil
}

func (m *Model) lookUp(s equipment.Spec) (*Class, error) {
	k := &Class{Spec: s, method: m.options.Method, catalogue: m.options.Catalogue}
	if !s.Category.Physical() {
		return k, nil
	}
	var err error
	if k.curve, err = power.ForSpec(m.factors, power.DefaultCPUs(), s, 0); err != nil {
		return nil, err
	}
	for _, class := range power.Classes(power.DefaultCPUs(), s) { // the narrowest that has learned
		if c := m.options.Calibrated[class]; c != nil {
			k.Calibrated, k.CalibratedBy, k.curve = c, class, c.Curve
			break
		}
	}
	for bin := range k.atLoad {
		k.atLoad[bin] = k.curve.At(report.LoadOf(bin))
		if k.Calibrated != nil { // by meters behind the power supply
			k.atLoad[bin] = quantity.Product[quantity.Watts](k.atLoad[bin], m.supplyLoss)
		}
	}
	if schedule, err := power.ScheduleFor(m.factors, s.Category); err == nil {
		k.schedule = &schedule
	}
	if s.Category == equipment.Server {
		if k.room, err = grid.PUE(m.factors, m.options.Room); err != nil {
			return nil, err
		}
	}
	rows := map[string]*factor.Row{"embodied.": nil, "lifetime.": nil, "use.": nil}
	for family := range rows {
		if rows[family], err = m.factors.Find(family+string(s.Category), "", time.Time{}); err != nil {
			return nil, err
		}
	}
	k.byCategory = impact.Grams(rows["embodied."])
	if err := k.lookUpOrigins(m.factors); err != nil {
		return nil, err
	}
	if err := k.lookUpParts(m.factors); err != nil {
		return nil, err
	}
	k.yearlyUse = quantity.As[quantity.WattHours](rows["use."].Bounds().Times(1000))
	k.keys = m.keysOf(k)
	return k, nil
}

// Physical tells whether the class counts in totals.
func (k *Class) Physical() bool { return k.Spec.Category.Physical() }

// Lifetime is the expected life of a device of the class with the owner who acquired
// it in some way, where empty is new; 0 for a virtual machine, which has none.
func (k *Class) Lifetime(a lifespan.Acquisition) quantity.Years {
	return quantity.Years(k.originOf(a).lifeYears)
}

// Carried is the embodied impact that one device of a cohort brings to its owner: all
// of a new or leased one, what is left of a second-hand one and its reconditioning.
func (k *Class) Carried(c Cohort) Mass {
	return quantity.Product[quantity.Grams](k.Made(c.InService.Year()).Embodied, k.originOf(c.Acquisition).carried)
}

// origin is what a way of acquisition means: the share of a new device's embodied
// impact that comes with a device, and how long it is expected to serve.
type origin struct {
	carried   quantity.Interval[float64]
	lifeYears float64
}

func (k *Class) originOf(a lifespan.Acquisition) origin {
	if o, known := k.origins[a]; known {
		return o
	}
	return k.origins[""]
}

// lookUpOrigins takes devices of a category without factors for second hand as new:
// no share of theirs is known to be another's.
func (k *Class) lookUpOrigins(t *factor.Table) error {
	rules, err := lifespan.RulesFor(t, k.Spec.Category)
	if err != nil {
		return err
	}
	whole := origin{quantity.Exactly(1.0), float64(rules.Expected)}
	k.origins = map[lifespan.Acquisition]origin{"": whole}
	for _, a := range lifespan.Acquisitions {
		k.origins[a] = whole
		if carried, err := rules.CarriedShare(lifespan.Origin{How: a}); err == nil && a.SecondHand() {
			k.origins[a] = origin{carried, float64(rules.SecondLife.Value)}
		}
	}
	return nil
}

// Curve is the power that the class is taken to draw where no meter reads it.
func (k *Class) Curve() *power.Curve { return &k.curve }

// TypicalUse is a year's energy of a device of the category of which nothing is
// reported, at its socket: without what a server's room adds.
func (k *Class) TypicalUse() Energy { return k.yearlyUse }

// Made is what making a device of the class emitted that was bought in a year, by
// the model's method; year 0 is not known.
func (k *Class) Made(year int) *Made {
	i := year - firstYear
	if k.method != impact.Maker || i <= 0 || i >= years {
		i, year = 0, 0
	}
	if made := k.byYear[i].Load(); made != nil {
		return made
	}
	made := k.made(k.method, year)
	k.byYear[i].Store(made)
	return made
}

// MadeBy is the same by a method of choice, to show methods side by side.
func (k *Class) MadeBy(method impact.Method, year int) *Made {
	if method == k.method {
		return k.Made(year)
	}
	return k.made(method, year)
}

func (k *Class) made(method impact.Method, year int) *Made {
	if method != impact.Maker {
		return &Made{Embodied: k.byCategory, Method: method, Available: k.Physical()}
	}
	spec := k.Spec
	spec.Year = year
	prediction, err := k.catalogue().Predict(spec)
	if err != nil { // no maker has published a product of the category
		return &Made{Method: method}
	}
	return &Made{Embodied: prediction.Embodied, Method: method, Available: true, Prediction: &prediction}
}

// Counts tells whether devices of the class are in totals: virtual machines are
// not, nor those for which the method has no value.
func (k *Class) Counts() bool { return k.Physical() && k.Made(0).Available }

// FactorKeys are the keys of the factors behind a figure of the class.
func (k *Class) FactorKeys() []string { return k.keys }

func (m *Model) keysOf(k *Class) []string {
	c := string(k.Spec.Category)
	keys := []string{"lifetime." + c, "use." + c, "electricity", "power.supply_loss"}
	if k.method != impact.Maker {
		keys = append(keys, "embodied."+c)
	}
	keys = append(keys, power.Keys(m.factors, power.DefaultCPUs(), k.Spec, 0)...)
	if k.schedule != nil && !k.schedule.AlwaysOn {
		keys = append(keys, "hours."+c+".school_day")
	}
	if k.room != nil {
		keys = append(keys, k.room.Key)
	}
	return keys
}
