package lifespan

import (
	"slices"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// Health is what a battery holds at an age, as a share of what it held when new.
type Health struct {
	Age   quantity.Years
	Share float64
}

// Ageing is how the batteries of many devices age.
type Ageing struct {
	Batteries int `json:"batteries"` // as each was observed last
	// Now is their health: the median, and the quartiles as its bounds.
	Now quantity.Interval[float64] `json:"health"`
	// LossPerYear is how much of its first capacity a battery has lost for each year
	// of its age, the median with the quartiles: of those of at least a year.
	LossPerYear quantity.Interval[float64] `json:"loss_per_year"`
	Aged        int                        `json:"aged"`   // how many those are
	Worn        int                        `json:"worn"`   // below the threshold
	ByAge       []HealthAt                 `json:"by_age"` // half years with enough batteries, the youngest first
}

// HealthAt is the health at an age: the median with the quartiles as its bounds.
type HealthAt struct {
	Age       quantity.Years             `json:"age_years"` // the middle of half a year
	Batteries int                        `json:"batteries"`
	Health    quantity.Interval[float64] `json:"health"`
}

const (
	// fewBatteries say nothing of the others of their age.
	fewBatteries = 5
	binYears     = 0.5
)

// AgeingOf sums up batteries: each is what was observed of one, oldest first. A battery
// that was replaced shows as healthy at a great age; medians and quartiles bear a
// quarter of such.
func AgeingOf(batteries [][]Health, wornAt float64) Ageing {
	var a Ageing
	var now, losses []float64
	bins := map[int][]float64{}
	for _, observed := range batteries {
		if len(observed) == 0 {
			continue
		}
		last := observed[len(observed)-1]
		a.Batteries++
		now = append(now, last.Share)
		if last.Share < wornAt {
			a.Worn++
		}
		if last.Age >= 1 {
			a.Aged++
			losses = append(losses, (1-last.Share)/float64(last.Age))
		}
		seen := map[int]float64{} // of a battery, the last in each half year counts
		for _, h := range observed {
			if h.Age >= 0 {
				seen[int(h.Age/binYears)] = h.Share
			}
		}
		for bin, share := range seen {
			bins[bin] = append(bins[bin], share)
		}
	}
	a.Now, a.LossPerYear = quartiles(now), quartiles(losses)
	for bin, shares := range bins {
		if len(shares) >= fewBatteries {
			a.ByAge = append(a.ByAge, HealthAt{quantity.Years(bin)*binYears + binYears/2, len(shares), quartiles(shares)})
		}
	}
	slices.SortFunc(a.ByAge, func(x, y HealthAt) int { return compareYears(x.Age, y.Age) })
	return a
}

// quartiles are the median with the quartiles as its bounds; zeros of nothing.
func quartiles(values []float64) quantity.Interval[float64] {
	if len(values) == 0 {
		return quantity.Interval[float64]{}
	}
	slices.Sort(values)
	at := func(share float64) float64 { // linear between neighbours
		place := share * float64(len(values)-1)
		below := int(place)
		above := min(below+1, len(values)-1)
		return values[below] + (place-float64(below))*(values[above]-values[below])
	}
	return quantity.Interval[float64]{Low: at(0.25), Value: at(0.5), High: at(0.75)}
}
