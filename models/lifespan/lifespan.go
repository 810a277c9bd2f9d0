// Package lifespan spreads the impact of making a device over the years it
// serves.
//
// The spread is linear over the expected life. A device that is kept longer is
// spread over its age: each further year lowers the yearly rate,
//
//	rate = embodied / max(expected life, age)
//
// which follows the fallback order of ADEME's method as NumEcoEval applies it,
// but with the expected life as a floor, so that a young fleet does not look
// worse than it is.
package lifespan

import (
	"math"
	"time"
)

// Year is the mean Gregorian year.
const Year = time.Duration(365.2425 * 24 * float64(time.Hour))

// Years is a duration in years.
func Years(d time.Duration) float64 { return float64(d) / float64(Year) }

// Share is the part of a device's embodied impact that falls to a stretch of
// its service, when the device is age years old and expected to serve
// expectedYears.
func Share(stretch time.Duration, ageYears, expectedYears float64) float64 {
	return Years(stretch) / math.Max(expectedYears, ageYears)
}
