package lifespan

import (
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// AgeGroup is a number of devices of about the same age.
type AgeGroup struct {
	Age   quantity.Years
	Count int
}

// Batch is devices that came into service together.
type Batch struct {
	InService time.Time
	Count     int
}

// Pyramid counts devices in service by whole years of age at an instant: the
// first count is of those younger than a year. Devices that come into service
// later are left out.
func Pyramid(fleet []Batch, at time.Time) []int {
	var counts []int
	for _, b := range fleet {
		if b.InService.After(at) {
			continue
		}
		bin := int(Years(at.Sub(b.InService)))
		if bin >= len(counts) {
			counts = append(counts, make([]int, bin+1-len(counts))...)
		}
		counts[bin] += b.Count
	}
	return counts
}

// Groups are the bars of a pyramid, each at the middle of its year.
func Groups(pyramid []int) []AgeGroup {
	var groups []AgeGroup
	for year, count := range pyramid {
		if count > 0 {
			groups = append(groups, AgeGroup{quantity.Years(year) + 0.5, count})
		}
	}
	return groups
}

// Due is how many devices reach the end of their expected life in the school year
// that begins in a calendar year.
type Due struct {
	BeginsIn int `json:"begins_in"`
	// InYear is by the expected life itself. Devices past it are due in the first year.
	InYear int `json:"in_year"`
	// ByEnd is how many are due up to the end of the year, all years before
	// included: low by the longest expected life, high by the shortest.
	ByEnd quantity.Interval[float64] `json:"by_end"`
}

// EndOfLife counts expected ends by school year, from the one of an instant, for
// some years. It needs no history of the fleet, but only says what the expected
// life implies; [Curve.Replacements] says what the fleet's own survival does.
func EndOfLife(fleet []Batch, expected Span, at time.Time, years int, where *time.Location) []Due {
	first := calendar.SchoolYearOf(calendar.DayOf(at, where))
	dues := make([]Due, years)
	for i := range dues {
		dues[i].BeginsIn = first + i
	}
	endsIn := func(t time.Time, life quantity.Years) int {
		return max(0, calendar.SchoolYearOf(calendar.DayOf(t.Add(duration(life)), where))-first)
	}
	countFrom := func(i int, count func(*Due)) {
		for ; i < years; i++ {
			count(&dues[i])
		}
	}
	for _, b := range fleet {
		n := float64(b.Count)
		if i := endsIn(b.InService, expected.Value); i < years {
			dues[i].InYear += b.Count
			countFrom(i, func(d *Due) { d.ByEnd.Value += n })
		}
		countFrom(endsIn(b.InService, expected.High), func(d *Due) { d.ByEnd.Low += n })
		countFrom(endsIn(b.InService, expected.Low), func(d *Due) { d.ByEnd.High += n })
	}
	return dues
}

// Replacements is how many devices are expected to end in a school year.
type Replacements struct {
	BeginsIn int                        `json:"begins_in"`
	Expected quantity.Interval[float64] `json:"expected"` // 95 %
	// Unseen is how many are expected to grow older in this year than any device
	// that was observed, or are younger: the curve says nothing of them, and
	// Expected does not hold their ends.
	Unseen float64 `json:"unseen"`
}

// Replacements forecasts, from the survival of a fleet and the ages of its devices
// at an instant, how many end in each of some school years. A device of age a that
// works today ends between ages b and c with probability (S(b) - S(c)) / S(a).
//
// The interval adds two variances: of the curve, which all devices share (by the
// delta method from Greenwood's terms), and of chance, which is each device's own
// (p (1 - p)). The first school year is the rest of the one that at is in.
func (c Curve) Replacements(groups []AgeGroup, at time.Time, years int, where *time.Location) []Replacements {
	first := calendar.SchoolYearOf(calendar.DayOf(at, where))
	forecast := make([]Replacements, years)
	since := func(i int) quantity.Years { // from at to the beginning of year i
		if i == 0 {
			return 0
		}
		return quantity.Years(Years(calendar.SchoolYear(first + i).From.Start(where).Sub(at)))
	}
	for i := range forecast {
		forecast[i] = c.replacements(groups, since(i), since(i+1))
		forecast[i].BeginsIn = first + i
	}
	return forecast
}

// replacements is the forecast between two times from now.
func (c Curve) replacements(groups []AgeGroup, from, to quantity.Years) Replacements {
	var r Replacements
	sum, chance, devices := 0.0, 0.0, 0.0
	slope := make([]float64, len(c.Steps)) // of the sum, by the logarithm of survival at each step
	for _, g := range groups {
		now, begin, end := c.stepsUntil(g.Age), c.stepsUntil(g.Age+from), c.stepsUntil(g.Age+to)
		count := float64(g.Count)
		devices += count
		reaches := c.ratio(now, begin)
		stays := c.ratio(now, end)
		if g.Age < c.From {
			r.Unseen += count
			continue
		}
		if g.Age+to > c.To {
			r.Unseen += count * stays
		}
		p := reaches - stays
		sum += count * p
		chance += count * p * (1 - p)
		for k := now; k < begin; k++ {
			slope[k] += count * p
		}
		for k := begin; k < end; k++ {
			slope[k] -= count * stays
		}
	}
	variance := chance
	for k, s := range slope {
		variance += s * s * c.Steps[k].term()
	}
	half := z95 * math.Sqrt(variance)
	r.Expected = quantity.Interval[float64]{Low: math.Max(0, sum-half), Value: sum, High: math.Min(devices, sum+half)}
	return r
}

// ratio is the share of the devices that have passed some steps which pass some
// more. Of a device that is older than the curve's end allows, it is all.
func (c Curve) ratio(passed, then int) float64 {
	survival := func(steps int) float64 {
		if steps == 0 {
			return 1
		}
		return c.Steps[steps-1].Survival
	}
	if survival(passed) == 0 {
		return 1
	}
	return survival(then) / survival(passed)
}
