package grid_test

import (
	"errors"
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
	for region, wants := range map[string][]string{
		"RE": {`"RE" is no territory`, "FR-974"}, "fr": {`"fr"`, "FR, FR-20R"}, "": {`""`, "allowed are"},
		"FR-BL": {`region "FR-BL" on 2024-05-01`, "Saint-Barthélemy", "factor overrides"},
		"FR-MF": {"Saint-Martin", "FR-MF"}, "FR-WF": {"Wallis-et-Futuna", "FR-WF"},
	} {
		row, err := grid.Intensity(factor.Default(), region, calendar.Date(2024, 5, 1))
		if !errors.Is(err, grid.ErrNoFactor) {
			t.Errorf("%q: got %v, %v", region, row, err)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %q is missing in %v", region, want, err)
			}
		}
	}
	if _, err := grid.Intensity(factor.Default(), grid.MainlandFrance, calendar.Date(2014, 12, 31)); !errors.Is(err, grid.ErrNoFactor) || !strings.Contains(err.Error(), "2014-12-31") {
		t.Errorf("the year before the first row: %v", err)
	}
}
