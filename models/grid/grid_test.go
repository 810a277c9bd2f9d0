package grid_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestEnergyEmitsByTheYearsIntensity(t *testing.T) {
	energy := quantity.Interval[quantity.WattHours]{Low: 500, Value: 1000, High: 2000}
	for day, want := range map[string]quantity.Interval[quantity.Grams]{
		"2022-12-31": {Low: 39.3, Value: 78.6, High: 177.2},
		"2023-01-01": {Low: 26.45, Value: 55.3, High: 112.08},
		"2024-02-29": {Low: 17.25, Value: 44.2, High: 88.4},
		"2026-11-23": {Low: 17.25, Value: 44.2, High: 110.6}, // carried forward, with a wider interval
	} {
		d, err := calendar.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		row, err := grid.Intensity(factor.Default(), grid.MainlandFrance, d)
		if err != nil {
			t.Fatal(err)
		}
		got := grid.Emissions(energy, row.Bounds())
		if math.Abs(float64(got.Low-want.Low))+math.Abs(float64(got.Value-want.Value))+math.Abs(float64(got.High-want.High)) > 1e-9 {
			t.Errorf("%s: got %v g; want %v", day, got, want)
		}
	}
}

// Electricity of a territory without a factor is unknown, not free and not France's.
func TestTerritoryWithoutFactorIsAnError(t *testing.T) {
	for _, region := range []string{"RE", "GP", "fr", ""} {
		if row, err := grid.Intensity(factor.Default(), region, calendar.Date(2024, 5, 1)); err == nil || !strings.Contains(err.Error(), region) {
			t.Errorf("%q: got %v, %v", region, row, err)
		}
	}
}
