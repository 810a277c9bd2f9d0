package lifespan

import "github.com/ecoparc/ecoparc/models/quantity"

// SenSlope is the trend of values at some times, for published examples.
func SenSlope(at, values []float64) quantity.Interval[float64] {
	points := make([]point, len(at))
	for i := range at {
		points[i] = point{at[i], values[i]}
	}
	return senSlope(points)
}
