package grid

import (
	"fmt"
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
)

// HalfHour is half an hour of UTC, counted from 1970-01-01T00:00Z. A local day has
// 46 or 50 of them when the clocks change.
type HalfHour int64

const (
	halfHour    = 30 * time.Minute
	halfHourS   = int64(halfHour / time.Second)
	longestSpan = 50 * 366 * 48 // half hours of a Series: a wrong date must not fill the memory
)

// HighestDirect is more than any power station emits by burning, in g/kWh: a
// value above is a mistake.
const HighestDirect = 1500

// HalfHourOf is the half hour that holds an instant.
func HalfHourOf(t time.Time) HalfHour {
	s := t.Unix()
	h := s / halfHourS
	if s%halfHourS < 0 {
		h--
	}
	return HalfHour(h)
}

// Start is the instant at which the half hour begins, in UTC.
func (h HalfHour) Start() time.Time { return time.Unix(int64(h)*halfHourS, 0).UTC() }

// Direct is what burning fuel emitted for each kWh produced in a half hour, in
// gCO2/kWh: combustion only, without imports.
type Direct struct {
	At      HalfHour
	GPerKWh float64
}

// Series is the intensity of a territory by half hour. The zero value is of no
// use: make one with NewSeries. It does not change, and may be read by many.
type Series struct {
	factors   *factor.Table
	territory string
	first     HalfHour
	direct    []float64 // from first on; NaN is a gap
	means     map[int]float64
}

// enoughOfAYear is the share of the reference year that must be known: with a
// season missing, its mean would be another season's.
const enoughOfAYear = 0.9

// NewSeries makes a series of what is known, in any order. To be adjusted, a half
// hour needs its whole reference year: give the points of the calendar years that
// will be asked for and of the twelve months before the latest one. An error tells
// of a value out of range, or a half hour that is given twice.
func NewSeries(t *factor.Table, territory string, points []Direct) (*Series, error) {
	s := &Series{factors: t, territory: territory, means: map[int]float64{}}
	if len(points) == 0 {
		return s, nil
	}
	first, last := points[0].At, points[0].At
	for _, p := range points {
		first, last = min(first, p.At), max(last, p.At)
	}
	if last-first >= longestSpan {
		return nil, fmt.Errorf("half hours from %s to %s: too far apart for a series", first.Start(), last.Start())
	}
	s.first, s.direct = first, make([]float64, last-first+1)
	for i := range s.direct {
		s.direct[i] = math.NaN()
	}
	for _, p := range points {
		if !(p.GPerKWh > 0 && p.GPerKWh <= HighestDirect) {
			return nil, fmt.Errorf("%v g/kWh at %s: more than 0 and up to %d are possible", p.GPerKWh, p.At.Start().Format(time.RFC3339), HighestDirect)
		}
		at := &s.direct[p.At-first]
		if !math.IsNaN(*at) {
			return nil, fmt.Errorf("the half hour of %s is given twice", p.At.Start().Format(time.RFC3339))
		}
		*at = p.GPerKWh
	}
	for year := first.Start().Year(); year <= last.Start().Year(); year++ {
		if mean, ok := s.referenceMean(year, last+1); ok {
			s.means[year] = mean
		}
	}
	return s, nil
}

// referenceMean is the mean of the direct intensity over the reference year of a
// calendar year, where enough of it is known. end is when knowledge ends.
func (s *Series) referenceMean(year int, end HalfHour) (float64, bool) {
	from := HalfHourOf(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
	to := HalfHourOf(time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC))
	if to > end {
		from, to = HalfHourOf(end.Start().AddDate(-1, 0, 0)), end
	}
	sum, known := 0.0, 0
	for h := max(from, s.first); h < min(to, end); h++ {
		if d, ok := s.at(h); ok {
			sum += d
			known++
		}
	}
	return sum / float64(known), float64(known) >= enoughOfAYear*float64(to-from)
}

// at is the direct intensity of a half hour, where it is known.
func (s *Series) at(h HalfHour) (float64, bool) {
	i := h - s.first
	if i < 0 || i >= HalfHour(len(s.direct)) {
		return 0, false
	}
	return s.direct[i], !math.IsNaN(s.direct[i])
}
