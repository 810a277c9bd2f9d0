package grid_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestMarketBasedFigureIsShownWithItsContract(t *testing.T) {
	period := calendar.Period{From: calendar.Date(2026, 1, 1), To: calendar.Date(2027, 1, 1)}
	m, err := grid.NewMarketBased(0.012, "lot 3, garanties d'origine", "attestation du fournisseur", period)
	if err != nil || m.Period() != period {
		t.Fatal(m, err)
	}
	if got, want := m.String(), "market-based: 0.012 kgCO2e/kWh, lot 3, garanties d'origine, from 2026-01-01 to 2026-12-31 (attestation du fournisseur)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := m.Beside(quantity.Interval[quantity.WattHours]{Low: 500, Value: 1000, High: 2000}); math.Abs(float64(got.Value)-12) > 1e-9 || got.Low >= got.Value || got.Value >= got.High {
		t.Errorf("1 kWh is %v g by contract", got)
	}
	_, err = grid.NewMarketBased(math.NaN(), "", "", calendar.Period{})
	for _, want := range []string{"NaN kgCO2e/kWh", "contract", "no day"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	if _, err := grid.NewMarketBased(12, "x", "y", period); err == nil {
		t.Error("12 kg/kWh, which are grams, were accepted")
	}
}

// No method and no field gives a market-based number in a type that a model takes.
func TestMarketBasedFigureCannotBeComputedWith(t *testing.T) {
	m := reflect.TypeFor[grid.MarketBased]()
	for f := range m.Fields() {
		if f.IsExported() {
			t.Errorf("the field %s can be read", f.Name)
		}
	}
	computable := []reflect.Type{
		reflect.TypeFor[float64](), reflect.TypeFor[quantity.Grams](), reflect.TypeFor[quantity.Interval[float64]](),
		reflect.TypeFor[quantity.Interval[quantity.Grams]](), reflect.TypeFor[factor.Row](), reflect.TypeFor[*factor.Row](),
	}
	for method := range m.Methods() {
		for i := range method.Type.NumOut() {
			for _, forbidden := range computable {
				if method.Type.Out(i) == forbidden {
					t.Errorf("%s returns a %s", method.Name, forbidden)
				}
			}
		}
	}
	if m.NumMethod() != 3 {
		t.Errorf("%d methods were looked at; want Beside, Period and String", m.NumMethod())
	}
}
