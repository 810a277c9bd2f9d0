package profile_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/profile"
)

func TestComparisonShowsWhatTheDataCanShow(t *testing.T) {
	reference := footprint.Mass{Low: 27, Value: 37, High: 52}
	for name, test := range map[string]struct {
		f    footprint.Mass
		want profile.Verdict
	}{
		"the reference itself": {reference, profile.Same},
		// Both rest on the same factors: the bounds go together, and a third more
		// is a third more, although the two intervals overlap.
		"a third more":             {reference.Times(4. / 3), profile.Above},
		"a third less":             {reference.Times(2. / 3), profile.Below},
		"just notable":             {reference.Times(1.051), profile.Above},
		"less than notable":        {reference.Times(1.049), profile.Same},
		"a little below":           {reference.Times(0.951), profile.Same},
		"notably below":            {reference.Times(0.949), profile.Below},
		"more, but perhaps not":    {footprint.Mass{Low: 26, Value: 42, High: 60}, profile.Same},
		"less, but perhaps not":    {footprint.Mass{Low: 27, Value: 30, High: 45}, profile.Same},
		"at the high bound, lower": {footprint.Mass{Low: 40, Value: 45, High: 50}, profile.Same},
		"metered, wide above":      {footprint.Mass{Low: 27.1, Value: 60, High: 300}, profile.Above},
		"nothing":                  {footprint.Mass{}, profile.Unknown},
	} {
		if got := profile.Compare(test.f, reference); got.Verdict != test.want {
			t.Errorf("%s: %v against %v is %q (%v); want %q", name, test.f, reference, got.Verdict, got.Ratio, test.want)
		}
	}
	if got := profile.Compare(reference, footprint.Mass{Value: 1, High: 2}); got.Verdict != profile.Unknown {
		t.Errorf("against a reference that may be nothing: %+v", got)
	}
	got := profile.Compare(reference.Times(2), reference).Ratio
	if got.Low != 2 || got.Value != 2 || got.High != 2 {
		t.Errorf("twice the reference is %v times it", got)
	}
}

func TestRatioHoldsItsValueAndAgreesWithTheVerdict(t *testing.T) {
	draw := func(t *rapid.T, label string) footprint.Mass {
		value := rapid.Float64Range(1, 1e9).Draw(t, label)
		return footprint.Mass{Low: 1, Value: 1, High: 1}.Times(value).Plus(footprint.Mass{
			Value: 1, High: 1}.Times(rapid.Float64Range(0, 1e9).Draw(t, "to value"))).Plus(footprint.Mass{
			High: 1}.Times(rapid.Float64Range(0, 1e9).Draw(t, "to high")))
	}
	rapid.Check(t, func(t *rapid.T) {
		c := profile.Compare(draw(t, "f"), draw(t, "reference"))
		r := c.Ratio
		if !(0 < r.Low && r.Low <= r.Value && r.Value <= r.High) {
			t.Fatalf("got %+v", c)
		}
		if c.Verdict == profile.Above && r.Low <= 1 || c.Verdict == profile.Below && r.High >= 1 || c.Verdict == profile.Unknown {
			t.Fatalf("got %+v", c)
		}
	})
}
