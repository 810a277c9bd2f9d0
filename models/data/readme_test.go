package data_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// quoted is a row as the README writes it: value, bounds if they are told, unit and
// key, and for electricity the territory and the year.
var quoted = regexp.MustCompile("`([0-9.]+)(?: \\(([0-9.]+) to ([0-9.]+)\\))? ([^ `]+) \\(([a-z0-9_.]+)(?:, (FR[-0-9A-Z]*) ([0-9]{4}))?\\)`")

func TestReadmeQuotesTheShippedRows(t *testing.T) {
	text := readme(t)
	all := quoted.FindAllStringSubmatch(text, -1)
	if len(all) < 40 || len(all) != strings.Count(text, ")`") {
		t.Errorf("%d rows are quoted; some may not be in the form that is compared", len(all))
	}
	for _, q := range all {
		year, _ := strconv.Atoi(q[7]) // none: a row that holds at any time
		row, err := factor.Default().Find(q[5], q[6], time.Date(max(year, 1), 7, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Errorf("%s: %v", q[0], err)
			continue
		}
		is := func(said string, number float64) bool {
			v, err := strconv.ParseFloat(said, 64)
			return said == "" || err == nil && v == number
		}
		if !is(q[1], row.Value) || !is(q[2], row.Low) || !is(q[3], row.High) || q[4] != row.Unit {
			t.Errorf("%s: the row is %v (%v to %v) %s", q[0], row.Value, row.Low, row.High, row.Unit)
		}
	}
}

func TestReadmeNamesEveryFamilyOfRowsAndEverySource(t *testing.T) {
	text := readme(t)
	for _, r := range factor.Default().Rows {
		family, _, _ := strings.Cut(r.Key, ".")
		if !strings.Contains(text, "("+family+".") && !strings.Contains(text, "`"+family+"`") && !strings.Contains(text, "`"+family+".*`") {
			t.Errorf("the family of %s is not mentioned", r.Key)
		}
	}
	for id, s := range sources(t) {
		_, after, found := strings.Cut(text, "## Sources of rows")
		_, after, named := strings.Cut(after, id)
		year := regexp.MustCompile(`\(([0-9]{4})\)`).FindStringSubmatch(after)
		if !found || !named || year == nil || year[1] != strconv.Itoa(s.Year) {
			t.Errorf("the source %s of %d is missing, or has another year", id, s.Year)
		}
	}
}

func TestReadmeStaysUnderFourPages(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(readme(t), "\n"), "\n")
	if len(lines) > 180 {
		t.Errorf("%d lines", len(lines))
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n > 120 {
			t.Errorf("line %d has %d characters", i+1, n)
		}
	}
}

// says wants sentences in the README, wherever its lines break.
func says(t *testing.T, sentences ...string) {
	t.Helper()
	text := strings.Join(strings.Fields(readme(t)), " ")
	for _, s := range sentences {
		if !strings.Contains(text, s) {
			t.Errorf("%q is computed; the README does not say so", s)
		}
	}
}

// digits writes a number as the README does, with three digits that count.
func digits[T quantity.Unit](v T, per float64) string {
	x := float64(v) / per
	return strconv.FormatFloat(x, 'f', max(0, 2-int(math.Floor(math.Log10(x)))), 64)
}

func interval[T quantity.Unit](i quantity.Interval[T], unit string) string {
	return fmt.Sprintf("%s %s (%s to %s)", digits(i.Value, 1000), unit, digits(i.Low, 1000), digits(i.High, 1000))
}

func TestReadmesLaptopIsComputed(t *testing.T) {
	const hourMs = 3_600_000
	model, err := footprint.New(factor.Default(), footprint.Options{Territory: grid.MainlandFrance})
	if err != nil {
		t.Fatal(err)
	}
	laptop, err := model.Class(equipment.Spec{Category: equipment.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	facts := footprint.Facts{SuspendedMs: 500 * hourMs, OffMs: 7484 * hourMs}
	facts.LoadMs[0], facts.LoadMs[2] = 700*hourMs, 100*hourMs
	year := calendar.Period{From: calendar.Date(2024, time.January, 1), To: calendar.Date(2025, time.January, 1)}
	bought := []footprint.Cohort{{InService: calendar.Date(2022, time.September, 1).UTC(), Count: 1}}
	f, err := model.Estimate(laptop, bought, footprint.Stretch{Days: year, From: year.From.UTC(), To: year.To.UTC(), Facts: facts}, year.To.UTC())
	if err != nil {
		t.Fatal(err)
	}
	says(t,
		"= "+digits(laptop.Curve().At(0.025).Value, 1)+" W and", "= "+digits(laptop.Curve().At(0.35).Value, 1)+" W.",
		"= "+interval(f.Energy, "kWh"), "= "+interval(f.Use, "kgCO2e"), "= "+interval(f.Embodied, "kgCO2e"),
		strings.Replace(interval(f.Total(), "kgCO2e"), "(", "in 2024 (", 1),
	)
	if share := f.Use.Value / f.Total().Value; share >= 0.01 || f.EnergyFrom.Modelled != float64(f.Energy.Value) {
		t.Errorf("the share of electricity is %v, energy known as %+v", share, f.EnergyFrom)
	}

	q, err := lifespan.Ask(factor.Default(), equipment.Laptop, 3, grid.MainlandFrance, calendar.Date(2026, time.September, 1))
	if err != nil {
		t.Fatal(err)
	}
	a, err := q.Answer()
	if err != nil {
		t.Fatal(err)
	}
	says(t, "2 years x 185.1 / 5 = "+interval(a.Carbon.Choices[1].Total, "kgCO2e"))
}

// The shipped table lacks the products whose share of use is not given: it holds nine
// tenths of those that have a consumption. The errors of predictions are compared
// where they are computed, in package maker.
func TestReadmesErrorsOfCurvesAreAboutThoseOfTheShippedProducts(t *testing.T) {
	var rows []maker.Published
	for _, p := range maker.Default().Products() {
		rows = append(rows, maker.Published{Product: p})
	}
	c, err := power.Compare(factor.Default(), power.MeasuredOf(rows))
	if err != nil {
		t.Fatal(err)
	}
	errors := regexp.MustCompile(`is (0\.[0-9]+) for the default, and (0\.[0-9]+) too .*for Teads it is (0\.[0-9]+), for codecarbon (0\.[0-9]+), for Cloud Carbon Footprint (0\.[0-9]+)`)
	said := errors.FindStringSubmatch(strings.Join(strings.Fields(readme(t)), " "))
	if said == nil {
		t.Fatal("the errors of the curves are not said")
	}
	for i, is := range []float64{c.Overall["ecoparc"], c.HeldOut, c.Overall["Teads"], c.Overall["codecarbon"], c.Overall["CCF"]} {
		if v, _ := strconv.ParseFloat(said[i+1], 64); math.Abs(v-is) > 0.03 {
			t.Errorf("the README says %s; over the shipped products it is %.3f", said[i+1], is)
		}
	}
}
