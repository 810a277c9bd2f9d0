package lifespan

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Capacity is what a battery says of itself on a day.
type Capacity struct {
	On        time.Time
	FullMWh   int64 // what it holds when charged
	DesignMWh int64 // what it held when new
	Cycles    int64 // 0: not known
}

// Wear is the trend of a battery's health, the capacity it has left as a share of
// its design capacity.
type Wear struct {
	// Health is the trend's value on the last day observed. Its bounds are those
	// of the slope, carried from the middle of the observations to that day.
	Health quantity.Interval[float64] `json:"health"`
	// PerYear is the change in a year, negative for a battery that wears, with 95 %
	// bounds.
	PerYear quantity.Interval[float64] `json:"per_year"`
	// Earliest, Expected and Latest are when the health falls to the threshold; a
	// zero time is later than can be foreseen, or never. They lie in the past for a
	// battery that is worn already.
	Earliest time.Time `json:"earliest,omitzero"`
	Expected time.Time `json:"expected,omitzero"`
	Latest   time.Time `json:"latest,omitzero"`
	// Weeks is how many weeks with observations the trend rests on, since the
	// battery was last replaced.
	Weeks int `json:"weeks"`
}

// What a trend needs at least: batteries report a capacity that jumps by some
// per cent with each recalibration, and a season of it says little.
const (
	MinWearWeeks = 8   // weeks with an observation
	MinWearDays  = 120 // from the first to the last
)

// foreseeable is how far beyond the last observation a date is given.
const foreseeable = 10 // years

// replacedJump is a rise of health that no recalibration explains.
const replacedJump = 0.15

// ErrNotEnoughData says that a battery was not observed for long enough.
var ErrNotEnoughData = errors.New("not enough data for a trend")

// WornAt is the health at which a battery counts as worn.
func WornAt(t *factor.Table) (float64, error) {
	row, err := bounds[float64](t, "battery.end_of_life")
	return row.Value, err
}

// WearOf fits a trend to what a battery has reported, in any order, and tells
// when its health falls to a threshold between 0 and 1.
//
// The trend is the median of the slopes between all pairs of weeks (H. Theil 1950;
// P. K. Sen, J. Am. Stat. Assoc. 63, 1968, 1379-1389), which a quarter of wild
// values does not move much, with Sen's bounds from Kendall's statistic. Each week
// counts by the median of its observations. Only what was reported since the
// battery was last replaced counts: when its design capacity changed, its cycles
// fell, or its health rose by 15 points.
//
// The error is [ErrNotEnoughData] below [MinWearWeeks] and [MinWearDays].
func WearOf(observations []Capacity, threshold float64) (Wear, error) {
	if !(threshold > 0 && threshold < 1) {
		return Wear{}, fmt.Errorf("threshold is %v; want a share between 0 and 1", threshold)
	}
	weeks := weekly(sinceReplaced(observations))
	if len(weeks) < MinWearWeeks || weeks[len(weeks)-1].days-weeks[0].days < MinWearDays {
		return Wear{}, fmt.Errorf("%w: %d weeks; want %d over %d days", ErrNotEnoughData, len(weeks), MinWearWeeks, MinWearDays)
	}
	slope := senSlope(weeks)
	last := weeks[len(weeks)-1].days
	middle := median(column(weeks, func(p point) float64 { return p.days }))
	// The line of the middle slope; the others turn around its middle.
	level := median(column(weeks, func(p point) float64 { return p.health - slope.Value*(p.days-middle) }))
	at := func(slope, days float64) float64 { return level + slope*(days-middle) }

	w := Wear{
		Health:  quantity.Interval[float64]{Low: at(slope.Low, last), Value: at(slope.Value, last), High: at(slope.High, last)},
		PerYear: slope.Times(Year.Hours() / 24),
		Weeks:   len(weeks),
	}
	// Falling lines that start above the threshold reach it the later the flatter
	// they are; those that start below it have passed it the earlier.
	crossing := func(slope float64) float64 {
		if slope >= 0 {
			return math.Inf(1)
		}
		return middle + (threshold-level)/slope
	}
	dates := []float64{crossing(slope.Low), crossing(slope.High)}
	if level < threshold && slope.High >= 0 {
		dates[1] = math.Inf(-1) // it has been below for longer than the trend can tell
	}
	slices.Sort(dates)
	date := func(days float64) time.Time {
		if days > last+foreseeable*Year.Hours()/24 {
			return time.Time{}
		}
		days = math.Max(days, last-foreseeable*Year.Hours()/24)
		return time.Unix(0, 0).UTC().Add(time.Duration(days * 24 * float64(time.Hour))).Truncate(24 * time.Hour)
	}
	w.Earliest, w.Expected, w.Latest = date(dates[0]), date(crossing(slope.Value)), date(dates[1])
	if level < threshold && slope.Value >= 0 {
		w.Expected = w.Earliest
	}
	return w, nil
}

// point is a battery's health on a day, counted from 1970.
type point struct{ days, health float64 }

// sinceReplaced are the usable observations of the battery that is fitted now, by date.
func sinceReplaced(all []Capacity) []point {
	var points []point
	follow(all, func(_ Capacity, p point, replaced bool) {
		if replaced {
			points = points[:0]
		}
		points = append(points, p)
	})
	return points
}

// follow goes through the usable observations by date, and tells of each whether it is
// of another battery than the one before.
func follow(all []Capacity, tell func(c Capacity, p point, replaced bool)) {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Capacity) int { return a.On.Compare(b.On) })
	var before *point
	var previous Capacity
	for _, c := range sorted {
		if c.FullMWh <= 0 || c.DesignMWh <= 0 {
			continue // firmware that does not say
		}
		p := point{float64(c.On.Unix()) / 86400, float64(c.FullMWh) / float64(c.DesignMWh)}
		replaced := false
		if before != nil {
			fewerCycles := c.Cycles > 0 && previous.Cycles > 0 && c.Cycles < previous.Cycles
			replaced = c.DesignMWh != previous.DesignMWh || fewerCycles || p.health > before.health+replacedJump
		}
		tell(c, p, replaced)
		before, previous = &p, c
	}
}

// weekly is the median of each week, so that a device that reports a hundred
// times a day in one week has no more say than in another.
func weekly(points []point) []point {
	var weeks []point
	for from := 0; from < len(points); {
		to := from
		for to < len(points) && math.Floor(points[to].days/7) == math.Floor(points[from].days/7) {
			to++
		}
		week := points[from:to]
		weeks = append(weeks, point{
			median(column(week, func(p point) float64 { return p.days })),
			median(column(week, func(p point) float64 { return p.health })),
		})
		from = to
	}
	return weeks
}

// senSlope is the median slope between pairs, by day, with its 95 % bounds.
func senSlope(points []point) quantity.Interval[float64] {
	n := len(points)
	slopes := make([]float64, 0, n*(n-1)/2)
	for i := range points {
		for j := range i {
			slopes = append(slopes, (points[i].health-points[j].health)/(points[i].days-points[j].days))
		}
	}
	slices.Sort(slopes)
	// Variance of Kendall's statistic; equal values make it smaller.
	variance := kendall(n)
	values := column(points, func(p point) float64 { return p.health })
	slices.Sort(values)
	for from := 0; from < n; {
		to := from
		for to < n && values[to] == values[from] {
			to++
		}
		variance -= kendall(to - from)
		from = to
	}
	c := z95 * math.Sqrt(math.Max(0, variance))
	low := int(math.Floor((float64(len(slopes)) - c) / 2))
	high := len(slopes) - low
	value := median(slopes)
	return quantity.Interval[float64]{
		Low:   math.Min(value, slopes[max(0, low-1)]),
		Value: value,
		High:  math.Max(value, slopes[min(len(slopes)-1, high)]),
	}
}

func kendall(n int) float64 { return float64(n*(n-1)*(2*n+5)) / 18 }

func column(points []point, of func(point) float64) []float64 {
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = of(p)
	}
	return values
}

// median sorts the values.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}
