package lifespan_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/lifespan"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestYearHasItsMeanLength(t *testing.T) {
	if lifespan.Year != 8765*time.Hour+49*time.Minute+12*time.Second { // 365 d 5 h 49 min 12 s
		t.Errorf("got %s", lifespan.Year)
	}
	if got := lifespan.Years(4 * lifespan.Year); got != 4 {
		t.Errorf("four years are %v", got)
	}
}

// rate is the part of the impact that falls to one year.
func rate(age, expected float64) float64 { return lifespan.Share(lifespan.Year, age, expected) }

func TestImpactIsSpreadOverTheLongerOfExpectedLifeAndAge(t *testing.T) {
	for _, test := range []struct{ age, expected, want float64 }{
		{0, 5, 0.2}, {3, 5, 0.2}, {5, 5, 0.2}, // a young device is not worse than an old one
		{6, 5, 1. / 6}, {10, 5, 0.1}, // a device that is kept is spread over its age
		{0, 4, 0.25},
	} {
		if got := rate(test.age, test.expected); !near(got, test.want) {
			t.Errorf("age %v, expected %v: a year takes %v; want %v", test.age, test.expected, got, test.want)
		}
	}
}

func TestSharesAddUpAndFallWithAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expected := rapid.Float64Range(1, 20).Draw(t, "expected")
		age := rapid.Float64Range(0, 30).Draw(t, "age")
		a := time.Duration(rapid.Int64Range(0, int64(10*lifespan.Year)).Draw(t, "a"))
		b := time.Duration(rapid.Int64Range(0, int64(10*lifespan.Year)).Draw(t, "b"))
		if !near(lifespan.Share(a, age, expected)+lifespan.Share(b, age, expected), lifespan.Share(a+b, age, expected)) {
			t.Fatal("two stretches do not add up to the whole")
		}
		if rate(age+1, expected) > rate(age, expected) || rate(age, expected+1) > rate(age, expected) {
			t.Fatal("a longer life makes a year worse")
		}
		// Looked back at from its end, a life holds the whole impact, once.
		life := time.Duration(math.Max(age, expected) * float64(lifespan.Year))
		if !near(lifespan.Share(life, age, expected), 1) {
			t.Fatalf("a life of %s holds %v of the impact", life, lifespan.Share(life, age, expected))
		}
	})
}
