package footprint_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// repaired is a device that came years before the end of March, and was given a part some
// years later.
func repaired(age, after float64, p lifespan.Part) footprint.Cohort {
	c := since(age, 1)[0]
	c.Fitted = []footprint.Fitted{{Part: p, On: c.InService.Add(years(after)), Count: 1}}
	return c
}

func years(n float64) time.Duration { return time.Duration(n * float64(lifespan.Year)) }

// A part is spread over what its device had left and what the part adds to it, and over
// its own age once that is more. A battery (6 kg) and a disk (41 kg) add 2 years, a laptop
// is expected to serve 5.
func TestPartIsSpreadOverWhatRemains(t *testing.T) {
	for name, test := range map[string]struct {
		category equipment.Category
		cohort   footprint.Cohort
		grams    float64 // a year
	}{
		"fitted in time":              {equipment.Laptop, repaired(3, 1, lifespan.Battery), 6_000. / (4 + 2)},
		"past the expected life":      {equipment.Laptop, repaired(7, 6, lifespan.SSD), 41_000. / 2},
		"served longer than expected": {equipment.Laptop, repaired(16, 6, lifespan.Battery), 6_000. / 10},
		"before it came, as is told":  {equipment.Laptop, repaired(3, -1, lifespan.Battery), 6_000. / (5 + 2)},
		"after the month":             {equipment.Laptop, repaired(3, 4, lifespan.Battery), 0},
		"of a part without a factor":  {equipment.Laptop, repaired(3, 1, lifespan.Keyboard), 0},
		"of a device that has none":   {equipment.Printer, repaired(3, 1, lifespan.Battery), 0},
		"of a virtual machine":        {equipment.Virtual, repaired(3, 1, lifespan.SSD), 0},
		"two of the devices, in a day": {equipment.Laptop, func() footprint.Cohort {
			c := repaired(3, 1, lifespan.Battery)
			c.Count, c.Fitted[0].Count = 5, 2
			return c
		}(), 2 * 6_000. / (4 + 2)},
	} {
		f := estimate(t, test.category, []footprint.Cohort{test.cohort}, march)
		if got, want := float64(f.Parts.Value), test.grams*marchYears; !near(got, want) {
			t.Errorf("%s: %v g, want %v", name, got, want)
		}
		without := test.cohort
		without.Fitted = nil
		own := estimate(t, test.category, []footprint.Cohort{without}, march)
		if !nearly(f.Embodied, own.Embodied.Plus(f.Parts)) || !near(f.MassFrom.Assumed, own.MassFrom.Assumed+float64(f.Parts.Value)) || f.DeviceYears != own.DeviceYears || f.Lives != own.Lives {
			t.Errorf("%s: with the part %+v, without %+v", name, f, own)
		}
	}
	if made, key := class(t, equipment.Laptop).PartMade(lifespan.Battery); key != "part.battery" || made != (footprint.Mass{Low: 3000, Value: 6000, High: 15000}) {
		t.Errorf("a battery emitted %+v by %q", made, key)
	}
}

// Over the whole life of its device, a part counts once: no more where it left early, and
// all of it where it served until its end or longer.
func TestPartCountsOnceOverItsLife(t *testing.T) {
	m, k := model(t), class(t, equipment.Laptop)
	rapid.Check(t, func(t *rapid.T) {
		in := time.Date(2015, 9, 1, 0, 0, 0, 0, time.UTC)
		after, served := rapid.Float64Range(0, 10).Draw(t, "fitted"), rapid.Float64Range(0.1, 12).Draw(t, "served after")
		on := in.Add(years(after))
		left := on.Add(years(served))
		c := footprint.Cohort{InService: in, Retired: left, Count: 1, Fitted: []footprint.Fitted{{Part: lifespan.SSD, On: on, Count: 1}}}
		var sum quantity.Grams
		for _, p := range (calendar.Period{From: calendar.Date(2015, 9, 1), To: calendar.Date(2038, 9, 1)}).Months() {
			s := footprint.Stretch{Days: p, From: p.From.UTC(), To: p.To.UTC()}
			f, err := m.Estimate(k, []footprint.Cohort{c}, s, left)
			if err != nil {
				t.Fatal(err)
			}
			sum += f.Parts.Value
		}
		want := 41_000 * min(1, served/(max(5-after, 0)+2))
		if !near(float64(sum), want) {
			t.Errorf("it counts %v g, want %v", sum, want)
		}
	})
}

// A longer life spreads the parts that were fitted longer, too.
func TestLongerLifeSavesAShareOfTheParts(t *testing.T) {
	saved := func(c footprint.Cohort) float64 {
		return float64(model(t).SavedByLongerLife(class(t, equipment.Laptop), []footprint.Cohort{c}, march, march.To, 1).Value)
	}
	if got, want := saved(repaired(3, 1, lifespan.Battery))-saved(since(3, 1)[0]), 6_000*marchYears*(1./6-1./7); !near(got, want) {
		t.Errorf("a year longer saves %v g of the part, want %v", got, want)
	}
}
