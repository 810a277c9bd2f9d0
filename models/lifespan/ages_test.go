package lifespan_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestPyramidCountsWholeYears(t *testing.T) {
	at := after(6)
	fleet := []lifespan.Batch{{after(6), 1}, {after(5.9), 1}, {after(5.01), 1}, {after(4.5), 1}, {after(2.5), 2}, {after(7), 1}}
	if got := lifespan.Pyramid(fleet, at); !slices.Equal(got, []int{3, 1, 0, 2}) {
		t.Errorf("got %v", got)
	}
	if got := lifespan.Groups(lifespan.Pyramid(fleet, at)); !slices.Equal(got, []lifespan.AgeGroup{{Age: 0.5, Count: 3}, {Age: 1.5, Count: 1}, {Age: 3.5, Count: 2}}) {
		t.Errorf("got %v", got)
	}
	if got := lifespan.Pyramid(nil, at); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestExpectedEndsAreCountedBySchoolYear(t *testing.T) {
	at := time.Date(2024, 11, 24, 0, 0, 0, 0, time.UTC)
	bought := func(year int, month time.Month) time.Time { return time.Date(year, month, 10, 0, 0, 0, 0, time.UTC) }
	fleet := []lifespan.Batch{
		{bought(2017, time.September), 1}, // overdue
		{bought(2020, time.March), 1},     // March 2025: this school year
		{bought(2020, time.October), 1},   // October 2025: the next
		{bought(2023, time.October), 1},   // October 2028
	}
	got := lifespan.EndOfLife(fleet, lifespan.Span{Low: 4, Value: 5, High: 7}, at, 4, time.UTC)
	bounds := func(low, value, high float64) quantity.Interval[float64] {
		return quantity.Interval[float64]{Low: low, Value: value, High: high}
	}
	want := []lifespan.Due{
		{BeginsIn: 2024, InYear: 2, ByEnd: bounds(1, 2, 3)},
		{BeginsIn: 2025, InYear: 1, ByEnd: bounds(1, 3, 3)},
		{BeginsIn: 2026, InYear: 0, ByEnd: bounds(2, 3, 3)},
		{BeginsIn: 2027, InYear: 0, ByEnd: bounds(3, 3, 4)},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	// Three devices that came together count as three that came alone.
	together := lifespan.EndOfLife([]lifespan.Batch{{fleet[1].InService, 3}}, lifespan.Span{Low: 4, Value: 5, High: 7}, at, 4, time.UTC)
	if alone := lifespan.EndOfLife(slices.Repeat(fleet[1:2], 3), lifespan.Span{Low: 4, Value: 5, High: 7}, at, 4, time.UTC); !slices.Equal(together, alone) {
		t.Errorf("together %+v\nalone    %+v", together, alone)
	}
}

// One device in four ends at each of the ages 1 to 4.
func TestReplacementsFollowFromSurvivalAndAges(t *testing.T) {
	var watched []lifespan.Observation
	for range 250 {
		watched = append(watched, observations(1, 2, 3, 4)...)
	}
	c := survival(t, watched)
	at := time.Date(2024, 9, 1, 0, 0, 0, 0, time.UTC)
	got := c.Replacements([]lifespan.AgeGroup{{Age: 0.5, Count: 100}, {Age: 2.5, Count: 60}, {Age: 9, Count: 7}}, at, 5, time.UTC)
	// Of the young a quarter ends in each year; of the others, half of those that
	// have two years left. Of the seven old ones the curve says nothing.
	for i, want := range []float64{25 + 30, 25 + 30, 25, 25, 0} {
		r := got[i]
		if r.BeginsIn != 2024+i || math.Abs(r.Expected.Value-want) > 1e-9 || r.Expected.Low > want || r.Expected.High < want {
			t.Errorf("%+v; want %v", r, want)
		}
	}
	if got[0].Unseen != 7 {
		t.Errorf("unseen are %v", got[0].Unseen)
	}
}

// By hand, for the second year: a hundred devices of half a year end with
// probability 1/4, sixty of one and a half with 1/3. Chance: 100 x 3/16 + 60 x 2/9.
// The curve: the sum changes with the logarithm of survival at the ages 1, 2 and 3
// by 25, 20 - 50 and -20, and Greenwood's terms are 1/3000, 1/1500 and 1/500.
func TestForecastCarriesTheSpreadOfTheCurveAndOfChance(t *testing.T) {
	var watched []lifespan.Observation
	for range 250 {
		watched = append(watched, observations(1, 2, 3, 4)...)
	}
	at := time.Date(2024, 9, 1, 0, 0, 0, 0, time.UTC)
	got := survival(t, watched).Replacements([]lifespan.AgeGroup{{Age: 0.5, Count: 100}, {Age: 1.5, Count: 60}}, at, 2, time.UTC)[1].Expected
	variance := 100*3./16 + 60*2./9 + 25*25./3000 + 30*30./1500 + 20*20./500
	if half := 1.959964 * math.Sqrt(variance); !near(got.Value, 45) || math.Abs(got.High-got.Low-2*half) > 1e-4 {
		t.Errorf("got %+v; want 45 ± %v", got, half)
	}
}

func TestForecastAccountsForEachDevice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := survival(t, drawObservations(t, rapid.Bool().Draw(t, "delayed")))
		var groups []lifespan.AgeGroup
		devices := 0.0
		for range rapid.IntRange(1, 6).Draw(t, "groups") {
			g := lifespan.AgeGroup{Age: quantity.Years(rapid.Float64Range(0, 12).Draw(t, "age")), Count: rapid.IntRange(1, 500).Draw(t, "count")}
			groups, devices = append(groups, g), devices+float64(g.Count)
		}
		at := september.AddDate(0, rapid.IntRange(0, 11).Draw(t, "month"), 0)
		ended := 0.0
		for _, r := range c.Replacements(groups, at, 15, time.UTC) {
			if !(0 <= r.Expected.Low && r.Expected.Low <= r.Expected.Value && r.Expected.Value <= r.Expected.High+1e-9 && r.Unseen <= devices+1e-9) {
				t.Fatalf("%+v", r)
			}
			ended += r.Expected.Value
			if r.BeginsIn == 2034 && math.Abs(ended+r.Unseen-devices) > 1e-6 && float64(c.To) < 10 {
				t.Fatalf("%v ended and %v unseen are not the %v devices", ended, r.Unseen, devices)
			}
		}
	})
}
