package lifespan_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/lifespan"
)

// The bounds are those of tables of the Poisson distribution.
func TestFailureRateHasTheBoundsOfAPoissonProcess(t *testing.T) {
	for _, test := range []struct {
		failures         int64
		low, value, high float64
	}{
		{0, 0, 0, 3.689}, {1, 0.0253, 1, 5.572}, {5, 1.623, 5, 11.668}, {10, 4.795, 10, 18.390}, {50, 37.111, 50, 65.919}, {100, 81.364, 100, 121.627}, {1000, 938.97, 1000, 1063.95},
	} {
		got := lifespan.FailureRate(test.failures, 100)
		for _, pair := range [][2]float64{{got.Low, test.low}, {got.Value, test.value}, {got.High, test.high}} {
			if math.Abs(pair[0]-pair[1]) > 0.002*math.Max(1, pair[1]) {
				t.Errorf("%d failures in 100 device years: %+v; want %g to %g", test.failures, got, test.low, test.high)
			}
		}
	}
	if got := lifespan.FailureRate(3, 0); got.High != 0 {
		t.Errorf("without any device there is the rate %+v", got)
	}
}

func TestMoreFailuresAreAHigherRateAndMoreYearsANarrowerOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, years := rapid.Int64Range(0, 200).Draw(t, "failures"), rapid.Float64Range(1, 1e6).Draw(t, "years")
		got, more := lifespan.FailureRate(n, years), lifespan.FailureRate(n+1, years)
		if !(got.Low <= got.Value && got.Value < got.High && more.Low > got.Low && more.High > got.High) {
			t.Errorf("%d failures: %+v, one more: %+v", n, got, more)
		}
		if twice := lifespan.FailureRate(2*n, 2*years); n > 0 && !(twice.High-twice.Low < got.High-got.Low) {
			t.Errorf("of twice as many devices the interval is %+v, not narrower than %+v", twice, got)
		}
	})
}
