package grid_test

import (
	"math"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// ImpactCO2 of ADEME (numerique.ts at 8076a489, update of 2025) publishes what a
// year of use emits. Each value is a round number of kWh times 37.887 g, which is
// the factor that was read out of them.
func TestUseOfADEMEsDevicesIsReproduced(t *testing.T) {
	for _, device := range []struct {
		name      string
		kWh       float64
		published float64 // kgCO2e a year
	}{
		{"laptop", 39.75, 1.506}, {"tablet", 25, 0.947}, {"smartphone", 6.75, 0.256}, {"desktop, office", 210, 7.956},
		{"desktop, home", 140, 5.304}, {"screen", 100, 3.789}, {"television", 97.5, 3.694}, {"video projector", 50, 1.894},
		{"internet box", 96, 3.637}, {"external SSD", 0.5, 0.019},
	} {
		energy := quantity.Exactly(quantity.WattHours(device.kWh * 1000))
		got := float64(grid.Emissions(energy, quantity.Exactly(37.887)).Value) / 1000
		if math.Abs(got-device.published) > 0.0005001 {
			t.Errorf("%s: %v kg; published: %v", device.name, got, device.published)
		}
	}
}

// The numbers are typed here a second time, from what the rows cite: CO2.js
// (data/output/average-intensities.json at 03b5e45), the annexe of the arrêté of
// 26 April 2017, and for the bounds also that of 10 April 2012 and CO2.js' copy of
// Electricity Maps 2024.
func TestTerritoriesHaveThePublishedIntensities(t *testing.T) {
	for code, want := range map[string]struct {
		value   float64
		figures []float64 // the bounds are the lowest and highest
	}{
		"FR-20R": {590, []float64{583, 590, 556}},
		"FR-971": {500, []float64{500, 688, 700, 533}},
		"FR-972": {523.18, []float64{523.18, 825, 840, 579}},
		"FR-973": {217.82, []float64{217.82, 350, 410}},
		"FR-974": {572.82, []float64{572.82, 764, 780, 471}},
		"FR-976": {780, []float64{765, 780, 571}},
		"FR-PM":  {600, []float64{600, 700}},
		"FR-PF":  {442.86, []float64{442.86, 368}},
		"FR-NC":  {660.58, []float64{660.58, 543}},
	} {
		row, err := grid.Intensity(factor.Default(), code, calendar.Date(2026, 11, 24))
		if err != nil {
			t.Error(err)
			continue
		}
		low, high := want.value, want.value
		for _, f := range want.figures {
			low, high = min(low, f), max(high, f)
		}
		if row.Value != want.value || row.Low != low || row.High != high {
			t.Errorf("%s: %v (%v to %v); published: %v (%v to %v)", code, row.Value, row.Low, row.High, want.value, low, high)
		}
	}
}

func TestEveryTerritoryHasATimeZoneAndNames(t *testing.T) {
	seen := map[string]bool{}
	for _, territory := range grid.Territories() {
		if _, err := time.LoadLocation(territory.TimeZone); err != nil || territory.TimeZone == "" || territory.French == "" || territory.English == "" || seen[territory.Code] {
			t.Errorf("%+v: %v", territory, err)
		}
		seen[territory.Code] = true
		if found, err := grid.TerritoryOf(territory.Code); err != nil || found != territory {
			t.Errorf("%s is found as %+v, %v", territory.Code, found, err)
		}
	}
	if grid.Territories()[0].Code != grid.MainlandFrance || grid.Territories()[0].OwnHolidays {
		t.Error("the mainland is not the first, or has no school zones")
	}
	for _, r := range factor.Default().Rows {
		if r.Key == "electricity" && !seen[r.Region] {
			t.Errorf("a row is for %q, which is no territory", r.Region)
		}
	}
}

// BoaviztAPI's French values (factors.yml).
func TestOtherCriteriaOfAKWhArePublishedValues(t *testing.T) {
	today := calendar.Date(2026, 11, 24)
	for c, want := range map[impact.Criterion]float64{
		impact.Minerals: 4.858e-8, impact.Ionising: 3.23443, impact.Acidification: 2.098e-4, impact.Particulates: 4.158e-9, impact.PrimaryEnergy: 11.289,
	} {
		row, err := grid.Other(factor.Default(), c, grid.MainlandFrance, today)
		if err != nil || row.Value != want || row.Low != want/2 || row.High != want*2 {
			t.Errorf("%s: got %+v, %v; published: %v", c, row, err, want)
		}
		if row, err := grid.Other(factor.Default(), c, "FR-974", today); err == nil {
			t.Errorf("%s of La Réunion is %v, though nobody says so", c, row)
		}
	}
}

// NumEcoEval: use = energy x PUE x factor, with 1.75 for a data centre.
func TestServersCarryTheirRoom(t *testing.T) {
	servers := quantity.Exactly(quantity.WattHours(1_529_000)) // Boavizta's median server
	for room, want := range map[grid.Room]quantity.Interval[quantity.WattHours]{
		grid.DataCentre: {Low: 1_834_800, Value: 2_675_750, High: 3_363_800},
		grid.ServerRoom: {Low: 1_529_000, Value: 1_529_000, High: 2_675_750},
	} {
		pue, err := grid.PUE(factor.Default(), room)
		if err != nil {
			t.Fatal(err)
		}
		got := grid.WithRoom(servers, pue)
		if math.Abs(float64(got.Low-want.Low))+math.Abs(float64(got.Value-want.Value))+math.Abs(float64(got.High-want.High)) > 1e-6 {
			t.Errorf("%s: %v; want %v", room, got, want)
		}
	}
	if row, err := grid.PUE(factor.Default(), "classroom"); err == nil {
		t.Errorf("a classroom has the PUE %v", row)
	}
}
