package lifespan

import (
	"math"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// FailureRate is how often devices fail: failures for a hundred devices and a year, with
// the interval that holds the true rate with a probability of 95 % where failures come by
// chance, independently of each other (a Poisson process). Few failures leave it wide,
// and none still leaves a highest rate.
func FailureRate(failures int64, deviceYears float64) quantity.Interval[float64] {
	if !(deviceYears > 0) {
		return quantity.Interval[float64]{}
	}
	low, high := expectedOf(failures)
	per := 100 / deviceYears
	return quantity.Interval[float64]{Low: low * per, Value: float64(failures) * per, High: high * per}
}

// exactUpTo is up to how many events the bounds are looked for; for more, Byar's
// approximation is as good as they are shown.
const exactUpTo = 50

// expectedOf are the bounds of how many events were to be expected where some were
// counted: those for which as many or more, and as many or fewer, have a probability of
// 2.5 % (Garwood, Biometrika 28, 1936). Beyond a few, by Byar's approximation (Breslow and
// Day, Statistical Methods in Cancer Research II, 1987, p. 69).
func expectedOf(events int64) (low, high float64) {
	const tail, z = 0.025, 1.959964
	n := float64(events)
	if events > exactUpTo {
		cube := func(n, z float64) float64 { return n * math.Pow(1-1/(9*n)+z/(3*math.Sqrt(n)), 3) }
		return cube(n, -z), cube(n+1, z)
	}
	atMost := func(k int64, expected float64) float64 { // the probability of k or fewer events
		term := math.Exp(-expected)
		sum := term
		for i := int64(1); i <= k; i++ {
			term *= expected / float64(i)
			sum += term
		}
		return sum
	}
	most := 3*n + 10 // beyond any bound
	if events > 0 {
		low = falling(func(x float64) float64 { return atMost(events-1, x) }, 1-tail, most)
	}
	return low, falling(func(x float64) float64 { return atMost(events, x) }, tail, most)
}

// falling is where a function that falls from 0 to most has a value.
func falling(f func(float64) float64, value, most float64) float64 {
	low, high := 0.0, most
	for range 60 {
		if middle := (low + high) / 2; f(middle) > value {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
