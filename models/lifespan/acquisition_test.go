package lifespan_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func rules(t interface {
	Helper()
	Fatal(...any)
}, c equipment.Category) lifespan.Rules {
	t.Helper()
	r, err := lifespan.RulesFor(factor.Default(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSecondHandDeviceCarriesWhatIsLeft(t *testing.T) {
	r := lifespan.Rules{
		Embodied: kg(100, 200, 300), Expected: 5, SecondLife: lifespan.Span{Low: 2, Value: 4, High: 5},
		Reconditioning: quantity.Interval[float64]{Low: 0.1, Value: 0.2, High: 0.3}, FirstLife: quantity.Interval[float64]{Low: 0.5, Value: 1, High: 1},
	}
	years := func(y quantity.Years) lifespan.Span { return lifespan.Span{Low: y, Value: y, High: y} }
	for _, test := range []struct {
		origin lifespan.Origin
		want   lifespan.Mass
	}{
		{lifespan.Origin{How: lifespan.New}, kg(100, 200, 300)},
		{lifespan.Origin{How: lifespan.Leased}, kg(100, 200, 300)},
		{lifespan.Origin{How: lifespan.Donated, FirstLife: years(4)}, kg(20, 40, 60)},
		{lifespan.Origin{How: lifespan.Donated, FirstLife: years(7)}, kg(0, 0, 0)},
		{lifespan.Origin{How: lifespan.Reconditioned, FirstLife: years(4)}, kg(30, 80, 150)},
		{lifespan.Origin{How: lifespan.Reconditioned, FirstLife: years(5)}, kg(10, 40, 90)},
		{lifespan.Origin{How: lifespan.Reconditioned, FirstLife: lifespan.Span{Low: 3, Value: 4, High: 5}}, kg(10, 80, 210)},
		{lifespan.Origin{How: lifespan.Reconditioned}, kg(10, 40, 240)}, // nobody knows: half of its life to all of it
		{lifespan.Origin{How: lifespan.Donated}, kg(0, 0, 150)},
	} {
		if got, err := r.Carried(test.origin); err != nil || !same(got, test.want) {
			t.Errorf("%+v carries %v, %v; want %v", test.origin, got, err, test.want)
		}
	}
	if _, err := r.Carried(lifespan.Origin{How: "found"}); err == nil || !strings.Contains(err.Error(), `"found"; want one of [new reconditioned donated leased]`) {
		t.Errorf("got %v", err)
	}
	onlyNew := lifespan.Rules{Embodied: kg(100, 200, 300), Expected: 5}
	if _, err := onlyNew.Carried(lifespan.Origin{How: lifespan.Donated}); err == nil {
		t.Error("a category without factors has a second-hand device")
	}
}

// Whoever owns a device for how long: all books together hold what was emitted.
func TestOwnersTogetherBookWhatWasEmitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rules(t, equipment.Laptop)
		served := rapid.Float64Range(0.1, 8).Draw(t, "first life")
		first, _ := r.Life(lifespan.Origin{How: rapid.SampledFrom([]lifespan.Acquisition{lifespan.New, lifespan.Leased}).Draw(t, "how")}, september)
		first.Ending, first.Ended = lifespan.HandedOn, after(served)
		years := quantity.Years(served)
		second, err := r.Life(lifespan.Origin{How: lifespan.Reconditioned, FirstLife: lifespan.Span{Low: years, Value: years, High: years}}, after(served))
		if err != nil {
			t.Fatal(err)
		}
		second.Ending, second.Ended = lifespan.Retired, after(served+rapid.Float64Range(0, 8).Draw(t, "second life"))
		all := book(t, first).Before(after(30)).Plus(book(t, second).Before(after(30)))
		emitted := r.Embodied.Plus(quantity.Product[quantity.Grams](r.Embodied, r.Reconditioning))
		if !same(all, emitted) {
			t.Fatalf("the owners booked %v; emitted were %v", all, emitted)
		}
		if served < 5 && !same(second.Carried, book(t, first).HandedOn().Plus(quantity.Product[quantity.Grams](r.Embodied, r.Reconditioning))) {
			t.Fatalf("the second owner carries %v; %v was handed on", second.Carried, book(t, first).HandedOn())
		}
	})
}

// A lessee has the share of the lease in the device's expected life.
func TestLeaseIsBookedByTime(t *testing.T) {
	r := rules(t, equipment.Laptop)
	lease, err := r.Life(lifespan.Origin{How: lifespan.Leased}, september)
	if err != nil {
		t.Fatal(err)
	}
	lease.Ending, lease.Ended = lifespan.HandedOn, after(3)
	if got, want := book(t, lease).Before(after(30)), r.Embodied.Times(3./5); !same(got, want) {
		t.Errorf("three years of five book %v; want %v", got, want)
	}
}

// ADEME's study of reconditioned products (2022) finds that a reconditioned
// device saves, for each year of use: laptop 27 kgCO2e, tablet 20, smartphone
// 24.6 (alliancy.fr, solidatech.fr). The laptop and the tablet are checked here;
// the smartphone's embodied impact is not among these factors.
func TestReconditionedDeviceSavesWhatTheStudyFinds(t *testing.T) {
	for c, want := range map[equipment.Category]float64{equipment.Laptop: 27, equipment.Tablet: 20} {
		r := rules(t, c)
		carried, err := r.Carried(lifespan.Origin{How: lifespan.Reconditioned})
		if err != nil {
			t.Fatal(err)
		}
		saved := (float64(r.Embodied.Value)/float64(r.Expected) - float64(carried.Value)/float64(r.SecondLife.Value)) / 1000
		if saved < want*0.9 || saved > want*1.1 {
			t.Errorf("%s: %v kg a year are saved; the study says %v", c, saved, want)
		}
	}
}

func TestPartsHaveFactors(t *testing.T) {
	for _, p := range lifespan.Parts {
		f, err := lifespan.PartFactorsOf(factor.Default(), p)
		if err != nil {
			t.Error(err)
			continue
		}
		e := f.Fitted(p, september)
		// A part is made with far less than a laptop is, and serves for a time.
		if e.Part != p || e.Adds.Value <= 1000 || e.Adds.Value > 50_000 || e.Extends < 1 || !e.On.Equal(september) {
			t.Errorf("%s: %+v", p, e)
		}
	}
	for _, p := range []lifespan.Part{lifespan.OtherPart, "keyboard", ""} {
		if _, err := lifespan.PartFactorsOf(factor.Default(), p); err == nil {
			t.Errorf("%q has factors", p)
		}
	}
}
