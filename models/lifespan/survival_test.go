package lifespan_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// observations are ends at some ages and, negative, devices that still work.
func observations(ages ...float64) []lifespan.Observation {
	var all []lifespan.Observation
	for _, a := range ages {
		all = append(all, lifespan.Observation{Exit: quantity.Years(math.Abs(a)), Ended: a > 0})
	}
	return all
}

func survival(t interface {
	Helper()
	Fatal(...any)
}, all []lifespan.Observation) lifespan.Curve {
	t.Helper()
	c, err := lifespan.KaplanMeier(all)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Weeks of remission of children with leukaemia, treated with 6-mercaptopurine
// or a placebo: Freireich and others, Blood 21 (1963), 699-716.
var (
	treated = observations(6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35)
	placebo = observations(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
)

// The values are those of Klein and Moeschberger, Survival Analysis (2003),
// tables 4.1A and 4.2A, for the treated; those of the placebo group with their
// bounds are Stata's (G. Rodríguez, data.princeton.edu/eco572/KaplanMeier.html).
func TestSurvivalOfThePublishedExample(t *testing.T) {
	for name, test := range map[string]struct {
		data []lifespan.Observation
		want []lifespan.Step // Low and High zero: not compared
	}{
		"6-MP": {treated, []lifespan.Step{
			{Age: 6, AtRisk: 21, Ended: 3, Survival: 0.8571, StdErr: 0.0764},
			{Age: 7, AtRisk: 17, Ended: 1, Survival: 0.8067, StdErr: 0.0869},
			{Age: 10, AtRisk: 15, Ended: 1, Survival: 0.7529, StdErr: 0.0963},
			{Age: 13, AtRisk: 12, Ended: 1, Survival: 0.6902, StdErr: 0.1068},
			{Age: 16, AtRisk: 11, Ended: 1, Survival: 0.6275, StdErr: 0.1141},
			{Age: 22, AtRisk: 7, Ended: 1, Survival: 0.5378, StdErr: 0.1282},
			{Age: 23, AtRisk: 6, Ended: 1, Survival: 0.4482, StdErr: 0.1346},
		}},
		"placebo": {placebo, []lifespan.Step{
			{Age: 1, AtRisk: 21, Ended: 2, Survival: 0.9048, StdErr: 0.0641, Low: 0.6700, High: 0.9753},
			{Age: 2, AtRisk: 19, Ended: 2, Survival: 0.8095, StdErr: 0.0857, Low: 0.5689, High: 0.9239},
		}},
	} {
		c := survival(t, test.data)
		for i, want := range test.want {
			got := c.Steps[i]
			rounds := func(a, b float64) bool { return math.Abs(a-b) < 0.00006 }
			if got.Age != want.Age || got.AtRisk != want.AtRisk || got.Ended != want.Ended || !rounds(got.Survival, want.Survival) || !rounds(got.StdErr, want.StdErr) ||
				want.High != 0 && !(rounds(got.Low, want.Low) && rounds(got.High, want.High)) {
				t.Errorf("%s, step %d: got %+v; published %+v", name, i, got, want)
			}
		}
	}
	c := survival(t, treated)
	if len(c.Steps) != 7 || c.Devices != 21 || c.Ended != 9 || c.From != 0 || c.To != 35 {
		t.Errorf("got %d steps of %+v", len(c.Steps), c)
	}
	// Published medians: 23 weeks with the medicine, 8 without.
	if m := c.Median(); *m.Value != 23 || *m.Low >= 23 || m.High != nil {
		t.Errorf("median %v, %v, %v", *m.Low, *m.Value, m.High)
	}
	if m := survival(t, placebo).Median(); *m.Value != 8 || *m.Low != 4 || *m.High != 11 {
		t.Errorf("median %v, %v, %v", *m.Low, *m.Value, *m.High)
	}
	// Without censoring the mean is that of the sample: 182 weeks of 21 children.
	if mean := survival(t, placebo).RestrictedMean(23); !near(float64(mean.Value), 182./21) {
		t.Errorf("mean %v", mean)
	}
	// The area by hand: 6 + 1 x 0.8571 + 3 x 0.8067 + 3 x 0.7529 + 3 x 0.6902 + 6 x 0.6275 + 1 x 0.5378 + 12 x 0.4482.
	if mean := c.RestrictedMean(35); math.Abs(float64(mean.Value)-23.287) > 0.001 || math.Abs(float64(mean.High-mean.Low)/2/1.96-2.827) > 0.005 {
		t.Errorf("mean %v, standard error %v", mean, (mean.High-mean.Low)/2/1.96)
	}
}

// Of four devices that end at 1, 2, 3 and 4, those that reach 2.5 end after half a
// year or after one and a half.
func TestRemainingLifeIsOfThoseThatGotSoFar(t *testing.T) {
	c := survival(t, observations(1, 2, 3, 4))
	for age, want := range map[quantity.Years]quantity.Years{0: 2.5, 1: 2, 2.5: 1, 3.5: 0.5} {
		if got, ok := c.RemainingLife(age); !ok || !near(float64(got.Value), float64(want)) || got.Low > want || got.High < want {
			t.Errorf("at %v: %v, %v; want %v", age, got, ok, want)
		}
	}
	for _, age := range []quantity.Years{4, 5} {
		if got, ok := c.RemainingLife(age); ok {
			t.Errorf("at %v: %v", age, got)
		}
	}
}

func drawObservations(t *rapid.T, delayed bool) []lifespan.Observation {
	n := rapid.IntRange(1, 60).Draw(t, "devices")
	all := make([]lifespan.Observation, n)
	for i := range all {
		exit := rapid.IntRange(1, 40).Draw(t, "exit")
		all[i] = lifespan.Observation{Exit: quantity.Years(exit) / 4, Ended: rapid.Bool().Draw(t, "ended")}
		if delayed {
			all[i].Entry = quantity.Years(rapid.IntRange(0, exit-1).Draw(t, "entry")) / 4
		}
	}
	return all
}

func TestSurvivalFallsAndKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawObservations(t, rapid.Bool().Draw(t, "delayed"))
		c := survival(t, all)
		before := 1.0
		for _, s := range c.Steps {
			if !(0 <= s.Low && s.Low <= s.Survival+1e-12 && s.Survival <= s.High+1e-12 && s.High <= 1) || s.Survival > before || s.Ended > s.AtRisk || s.Ended == 0 || math.IsNaN(s.StdErr) {
				t.Fatalf("step %+v after %v", s, before)
			}
			if at, ok := c.At(s.Age); !ok || at.Value != s.Survival {
				t.Fatalf("at %v: %v, %v", s.Age, at, ok)
			}
			before = s.Survival
		}
		for _, age := range []quantity.Years{c.From, (c.From + c.To) / 2, c.To} {
			m := c.RestrictedMean(age)
			if !(0 <= m.Low && m.Low <= m.Value && m.Value <= m.High+1e-12 && m.Value <= age+1e-12) {
				t.Fatalf("mean up to %v: %v", age, m)
			}
		}
		m := c.Median()
		if m.Value != nil && (m.Low == nil || *m.Low > *m.Value) || m.High != nil && (m.Value == nil || *m.High < *m.Value) {
			t.Fatalf("median %+v", m)
		}
		if _, ok := c.At(c.To + 1); ok {
			t.Fatal("the curve says something of an age nobody has seen")
		}
	})
}

func TestWithoutCensoringSurvivalIsTheShareStillAlive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawObservations(t, false)
		for i := range all {
			all[i].Ended = true
		}
		c := survival(t, all)
		for _, s := range c.Steps {
			alive := 0.0
			for _, o := range all {
				if o.Exit > s.Age {
					alive++
				}
			}
			share := alive / float64(len(all))
			if !near(s.Survival, share) {
				t.Fatalf("at %v: %v; %v are alive", s.Age, s.Survival, share)
			}
			// Greenwood's variance is then the binomial one.
			if share > 0 && !near(s.StdErr, math.Sqrt(share*(1-share)/float64(len(all)))) {
				t.Fatalf("at %v: standard error %v", s.Age, s.StdErr)
			}
		}
	})
}

// A device that was old when it came under observation must not make young ones
// look durable.
func TestDelayedEntryCountsFromItsAgeOn(t *testing.T) {
	late := []lifespan.Observation{{Exit: 2, Ended: true}, {Exit: 3}, {Entry: 4, Exit: 6, Ended: true}, {Entry: 1, Exit: 5}, {Entry: 2, Exit: 7}}
	c := survival(t, late)
	// At 2: three of five are watched (entry 2 comes after); at 6: two.
	if len(c.Steps) != 2 || c.Steps[0].AtRisk != 3 || !near(c.Steps[0].Survival, 2./3) || c.Steps[1].AtRisk != 2 || !near(c.Steps[1].Survival, 1./3) {
		t.Errorf("got %+v", c.Steps)
	}
	// Nobody is watched between 2 and 4: the curve is of those who reach 4.
	gap := survival(t, []lifespan.Observation{{Exit: 2, Ended: true}, {Entry: 4, Exit: 6, Ended: true}, {Entry: 5, Exit: 8}})
	if gap.From != 4 || len(gap.Steps) != 1 || !near(gap.Steps[0].Survival, 0.5) {
		t.Errorf("got %+v", gap)
	}
	if _, ok := gap.At(3); ok {
		t.Error("the curve says something of an age that nobody was watched at")
	}
}

func TestObservationThatCannotBeIsRefused(t *testing.T) {
	if _, err := lifespan.KaplanMeier(nil); !errors.Is(err, lifespan.ErrNoDevices) {
		t.Errorf("got %v", err)
	}
	for _, o := range []lifespan.Observation{{Exit: 0}, {Entry: -1, Exit: 1}, {Entry: 2, Exit: 2}, {Exit: quantity.Years(math.NaN())}, {Exit: quantity.Years(math.Inf(1))}} {
		if _, err := lifespan.KaplanMeier([]lifespan.Observation{o}); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// Devices that lived alike count the same whether they are told one by one or together.
func TestObservationsOfSeveralDevicesAreThoseOfEach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups, apart := make([][]lifespan.Observation, 2), make([][]lifespan.Observation, 2)
		for g := range groups {
			groups[g] = drawObservations(t, rapid.Bool().Draw(t, "delayed"))
			for i := range groups[g] {
				o := groups[g][i]
				groups[g][i].Count = rapid.IntRange(0, 4).Draw(t, "count")
				apart[g] = append(apart[g], slices.Repeat([]lifespan.Observation{o}, max(1, groups[g][i].Count))...)
			}
		}
		if a, b := survival(t, groups[0]), survival(t, apart[0]); !reflect.DeepEqual(a, b) {
			t.Fatalf("together %+v\napart    %+v", a, b)
		}
		if a, b := lifespan.LogRank(groups), lifespan.LogRank(apart); !slices.Equal(a, b) {
			t.Fatalf("together %+v, apart %+v", a, b)
		}
	})
}
