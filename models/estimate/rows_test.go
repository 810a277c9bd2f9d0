package estimate_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// Each row is changed in turn: the estimate must change with those it lists, and
// with no other. Rows that no estimate lists are changed all at once.
func TestEveryRowThatMattersIsListedAndNoOther(t *testing.T) {
	load, kWh := 0.3, 40.0
	descriptions := []estimate.Description{
		{Category: equipment.Laptop, Bought: bought, MemoryGiB: 16, StorageGB: 256},
		{Category: equipment.Laptop, Bought: bought, CPU: "Intel(R) Core(TM) i5-1135G7", ScreenIn: 15.6, Brightness: 0.8, Use: estimate.Use{HoursPerDay: 5, Load: &load, AtRest: estimate.Off}},
		{Category: equipment.Desktop, Bought: bought, Acquisition: lifespan.Reconditioned, Parts: []estimate.Fitted{{Part: lifespan.SSD, On: bought + 100}}, Use: estimate.Use{HoursPerDay: 6}},
		{Category: equipment.Tablet, Bought: bought, Acquisition: lifespan.Donated, FirstLife: 1, ExpectedLife: 3, Use: estimate.Use{MeteredKWh: &kWh}},
		{Category: equipment.Server, Bought: bought, Room: grid.DataCentre, MemoryGiB: 64, Use: estimate.Use{AlwaysOn: true}},
		{Category: equipment.Projector, Bought: bought, Use: estimate.Use{HoursPerDay: 2}},
	}
	id := func(f *factor.Row) string { return f.Key + f.Region + f.From.Format("2006") }
	figures := func(t *testing.T, table *factor.Table) (texts []string, listed []map[string]bool) {
		e, err := estimate.New(table, estimate.Options{Day: today, KeepOrReplace: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range descriptions {
			r := estimated(t, e, d)
			ids := map[string]bool{}
			for _, f := range r.Factors {
				ids[id(f)] = true
			}
			if len(r.FactorKeys) != len(r.Factors) {
				t.Fatalf("%d rows have %d keys", len(r.Factors), len(r.FactorKeys))
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			texts, listed = append(texts, string(text)), append(listed, ids)
		}
		return texts, listed
	}
	before, listed := figures(t, factor.Default())
	unlisted := "rows:\n"
	for i := range factor.Default().Rows {
		row := &factor.Default().Rows[i]
		if !slices.ContainsFunc(listed, func(ids map[string]bool) bool { return ids[id(row)] }) {
			unlisted += raised(row)
			continue
		}
		after, _ := figures(t, with(t, "rows:\n"+raised(row)))
		for i := range descriptions {
			moved := !alike(t, before[i], after[i])
			if moved && !listed[i][id(row)] {
				t.Errorf("%s: %s changes the estimate and is not listed", descriptions[i].Category, id(row))
			}
			if !moved && listed[i][id(row)] && row.High > 0 && !mayBeSilent(row.Key) {
				t.Errorf("%s: %s is listed and does not change the estimate", descriptions[i].Category, id(row))
			}
		}
	}
	after, _ := figures(t, with(t, unlisted))
	for i := range descriptions {
		if !alike(t, before[i], after[i]) {
			t.Errorf("%s: a row that is not listed changes the estimate from\n%s to\n%s", descriptions[i].Category, before[i], after[i])
		}
	}
}

// raised is an administrator's row that is 5 % above a shipped one.
func raised(row *factor.Row) string {
	const by = 1.05
	own := fmt.Sprintf("  - {key: %s, value: %v, low: %v, high: %v, unit: %s, interval: test, source: ecoparc-provisional, page: test, verified: no, region: %q",
		row.Key, row.Value*by, row.Low*by, row.High*by, row.Unit, row.Region)
	if !row.From.IsZero() {
		own += ", from: " + row.From.Format("2006-01-02")
	}
	if !row.To.IsZero() {
		own += ", to: " + row.To.Format("2006-01-02")
	}
	return own + "}\n"
}

func with(t *testing.T, own string) *factor.Table {
	t.Helper()
	table, err := factor.Default().With("own.yaml", []byte(own))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// mayBeSilent tells of rows that are read and yet need not move a figure: a floor or
// a shape that others surpass at the age or the load in question, or a state that a
// device which is always on does not come to.
func mayBeSilent(key string) bool {
	return strings.HasPrefix(key, "curve.") || slices.Contains([]string{"lifetime.past_expected", "power.projector.idle", "power.server.off", "power.server.sleep"}, key)
}

// alike compares two JSON texts but for the rounding of numbers.
func alike(t *testing.T, a, b string) bool {
	t.Helper()
	if a == b {
		return true
	}
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatal(err)
	}
	return sameJSON(x, y)
}

func sameJSON(x, y any) bool {
	switch x := x.(type) {
	case map[string]any:
		y, ok := y.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k := range x {
			if !sameJSON(x[k], y[k]) {
				return false
			}
		}
		return true
	case []any:
		y, ok := y.([]any)
		return ok && slices.EqualFunc(x, y, sameJSON)
	case float64:
		y, ok := y.(float64)
		return ok && math.Abs(x-y) <= 1e-10*math.Abs(x)
	}
	return x == y
}
