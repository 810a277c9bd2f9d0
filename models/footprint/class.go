package footprint

import (
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// Class is everything that a model knows of a product, looked up once: devices of
// one product differ only in their facts and in their dates.
type Class struct {
	Spec equipment.Spec

	curve         power.Curve
	atLoad        [report.LoadBins]power.Watts
	embodied      Mass
	lifetimeYears float64
	yearlyUse     Energy // of a device of which nothing is known
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
	k := &Class{Spec: s}
	if !s.Category.Physical() {
		return k, nil
	}
	var err error
	if k.curve, err = power.ForSpec(m.factors, power.DefaultCPUs(), s, 0); err != nil {
		return nil, err
	}
	for bin := range k.atLoad {
		k.atLoad[bin] = k.curve.At(report.LoadOf(bin))
	}
	rows := map[string]*factor.Row{"embodied.": nil, "lifetime.": nil, "use.": nil}
	for family := range rows {
		if rows[family], err = m.factors.Find(family+string(s.Category), "", time.Time{}); err != nil {
			return nil, err
		}
	}
	k.embodied = impact.Grams(rows["embodied."])
	k.lifetimeYears = rows["lifetime."].Value
	k.yearlyUse = quantity.As[quantity.WattHours](rows["use."].Bounds().Times(1000))
	return k, nil
}

// Physical tells whether the class counts in totals.
func (k *Class) Physical() bool { return k.Spec.Category.Physical() }

// Lifetime is the expected life of a device of the class; 0 for a virtual machine,
// which has none.
func (k *Class) Lifetime() quantity.Years { return quantity.Years(k.lifetimeYears) }

// FactorKeys are the keys of the factors behind a figure of the class.
func (k *Class) FactorKeys() []string {
	c := string(k.Spec.Category)
	p := "power." + c
	return []string{"embodied." + c, "lifetime." + c, p + ".off", p + ".sleep", p + ".idle", p + ".active", p + ".rest", "power.supply_loss", "use." + c, "electricity"}
}
