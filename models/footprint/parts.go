package footprint

import (
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// Fitted are Count spare parts of a kind that were fitted to devices of a cohort at the
// same moment.
type Fitted struct {
	Part  lifespan.Part
	On    time.Time
	Count int64
}

// part is what the model knows of a spare part for the devices of a class.
type part struct {
	key      string
	embodied Mass
	adds     float64 // years, to what remains of a life
}

// lookUpParts finds the rows of the parts that devices of the class may be given.
func (k *Class) lookUpParts(t *factor.Table) error {
	k.parts = map[lifespan.Part]part{}
	for _, p := range lifespan.RepairedParts {
		key := lifespan.PartRow(k.Spec.Category, p)
		if key == "" {
			continue
		}
		of, err := lifespan.PartFactorsOf(t, p)
		if err != nil {
			return err
		}
		k.parts[p] = part{key, of.Embodied, float64(of.Extends.Value)}
	}
	return nil
}

// PartMade is what making a part emitted, and the key of the row that says so; empty
// where none speaks of it, and it counts nothing.
func (k *Class) PartMade(p lifespan.Part) (Mass, string) { return k.parts[p].embodied, k.parts[p].key }

// share is how many whole parts fall to a stretch, were they spread over some years more.
// A part is spread as its device is, from the day it was fitted: over what remained of
// the device's expected life and the years that the part adds, as [lifespan.Life.Book]
// books it, and over its own time in service once that is longer. It leaves with its
// device. What the device itself emitted is not spread thinner for it: that a repaired
// device serves longer lowers its rate once it does.
func (f Fitted) share(k *Class, c Cohort, s *Stretch, asOf time.Time, longer float64) float64 {
	expected := k.originOf(c.Acquisition).lifeYears
	if f.On.After(c.InService) {
		expected = math.Max(0, expected-lifespan.Years(f.On.Sub(c.InService)))
		c.InService = f.On
	}
	stretch, age := c.inPeriod(s.From, s.To), lifespan.Years(c.ageAt(asOf))
	if stretch == 0 {
		return 0
	}
	life := expected + k.parts[f.Part].adds
	if longer > 0 {
		life = math.Max(life, age) + longer
	}
	return lifespan.Share(stretch, age, life) * float64(f.Count)
}

// sumParts adds up what making the parts emitted that were fitted to a cohort, each as
// many times as times says. Those without a row count nothing.
func (k *Class) sumParts(c Cohort, times func(Fitted) float64) (sum Mass) {
	for _, f := range c.Fitted {
		if of, known := k.parts[f.Part]; known {
			sum = sum.Plus(of.embodied.Times(times(f)))
		}
	}
	return sum
}

// CarriedWithParts is what all devices of a cohort brought to their owner, and what
// making the parts emitted that were fitted to them before an instant.
func (k *Class) CarriedWithParts(c Cohort, before time.Time) Mass {
	return k.Carried(c).Times(float64(c.Count)).Plus(k.sumParts(c, func(f Fitted) float64 {
		if f.On.Before(before) {
			return float64(f.Count)
		}
		return 0
	}))
}
