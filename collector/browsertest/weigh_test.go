package browsertest_test

import (
	"math"
	"testing"

	"github.com/ecoparc/ecoparc/collector/browsertest"
)

// The examples were computed by hand from the published formula.
func TestEcoIndexIsTheCollectives(t *testing.T) {
	for _, c := range []struct {
		w     browsertest.Weight
		want  float64
		grade string
	}{
		{browsertest.Weight{}, 100, "A"},
		{browsertest.Weight{Elements: 47, Requests: 2, KB: 1.37}, 95, "A"},
		{browsertest.Weight{Elements: 233, Requests: 2, KB: 1.37}, 87.5, "A"},
		{browsertest.Weight{Elements: 1e9, Requests: 1e9, KB: 1e9}, 0, "G"},
		{browsertest.Weight{Elements: 61, Requests: 2, KB: 1.37}, 93.75, "A"},
	} {
		if got := c.w.EcoIndex(); math.Abs(got-c.want) > 1e-9 || browsertest.Grade(got) != c.grade {
			t.Errorf("%+v: %v (%s), want %v (%s)", c.w, got, browsertest.Grade(got), c.want, c.grade)
		}
	}
	if browsertest.Grade(80) != "B" {
		t.Error("80 is not above 80")
	}
}
