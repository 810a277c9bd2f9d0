// Package lifespan says how long devices serve, and what that does to the impact
// of having made them.
//
// The impact is spread linearly over the expected life. There are two ways to
// keep count, which agree once a device has left:
//
//   - The rate, what a year of a device costs at its age today:
//
//     rate = embodied / max(expected life, age)
//
//     A device that is kept longer is spread over its age, so each further year
//     lowers the rate, also that of the years gone by. This is [Share]; it is
//     what pages compare devices and schools by. It follows the fallback order of
//     ADEME's method as NumEcoEval applies it, but with the expected life as a
//     floor, so that a young fleet does not look worse than it is.
//
//   - The [Book], what was booked year by year and reported. It never rewrites a
//     year: a changed expectation or a new part changes the years to come. The
//     years of a device add up to its impact, whenever it leaves. It is what
//     yearly reports add up by.
//
// Beside these: where a device and its parts come from ([Rules], [Event]), how
// long the devices of a fleet really serve ([Curve]), when its batteries are worn
// ([WearOf]), and whether to keep, repair or replace ([Question]).
package lifespan

import (
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// Mass is an amount of greenhouse gases within its bounds, in gCO2e; Span a
// length of time, in years.
type (
	Mass = quantity.Interval[quantity.Grams]
	Span = quantity.Interval[quantity.Years]
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

// Amortised is the part of its embodied impact that a device has used up at an
// age: all of it once the expected life is over. What remains, 1 - Amortised, is
// booked at once when the device is retired, so that
//
//	Share(whole life) + 1 - Amortised(age at the end) = 1
func Amortised(ageYears, expectedYears float64) float64 {
	return math.Min(1, ageYears/expectedYears)
}

// duration is a number of years as a length of time.
func duration(y quantity.Years) time.Duration { return time.Duration(float64(y) * float64(Year)) }
