package grid

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Label says how an intensity was found: it stands beside every figure made with it.
type Label string

// The labels, from the coarsest.
const (
	Yearly           Label = "yearly, life cycle"
	PartlyHalfHourly Label = "half-hourly, adjusted to life cycle; yearly in the gaps"
	HalfHourly       Label = "half-hourly, adjusted to life cycle"
)

func labelOf(adjusted float64) Label {
	switch {
	case adjusted >= 1:
		return HalfHourly
	case adjusted > 0:
		return PartlyHalfHourly
	}
	return Yearly
}

// Mean is an intensity over a stretch of time, each moment counting alike, in
// gCO2e/kWh over the life cycle. Adjusted is the share of the time, 0 to 1, that
// was known by half hour; the rest has the factor of the year.
type Mean struct {
	Intensity quantity.Interval[float64]
	Adjusted  float64
}

// Label says how the intensity was found.
func (m Mean) Label() Label { return labelOf(m.Adjusted) }

// Use is energy used from a start on, within one half hour. A window of a quarter
// of an hour, or of less, that begins on its quarter is one.
type Use struct {
	Start  time.Time
	Energy quantity.Interval[quantity.WattHours]
}

// Emitted is the mass that uses stand for. Adjusted is the share of the energy,
// 0 to 1, whose half hour was known; the rest has the factor of the year.
type Emitted struct {
	Mass     quantity.Interval[quantity.Grams]
	Adjusted float64
}

// Label says how the intensity was found.
func (e Emitted) Label() Label { return labelOf(e.Adjusted) }

// Mean is the intensity between two instants, by time. An error says that the
// territory has no factor for a day in between, or that there is no time between.
func (s *Series) Mean(from, to time.Time) (Mean, error) {
	if !from.Before(to) {
		return Mean{}, fmt.Errorf("no time between %s and %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	sum := summing{series: s}
	for h := HalfHourOf(from); h.Start().Before(to); h++ {
		start, end := h.Start(), (h + 1).Start()
		if start.Before(from) {
			start = from
		}
		if end.After(to) {
			end = to
		}
		if err := sum.add(h, quantity.Exactly(quantity.WattHours(end.Sub(start)/time.Second))); err != nil {
			return Mean{}, err
		}
	}
	mass := sum.mass()
	return Mean{quantity.As[float64](mass.Times(1000 / sum.energyWh)), sum.adjustedWh / sum.energyWh}, nil
}

// Emissions is what energy emits, each use at the intensity of its half hour. An
// error says that the territory has no factor for the day of a use.
func (s *Series) Emissions(uses []Use) (Emitted, error) {
	sum := summing{series: s}
	for _, u := range uses {
		if err := sum.add(HalfHourOf(u.Start), u.Energy); err != nil {
			return Emitted{}, err
		}
	}
	if sum.energyWh == 0 {
		return Emitted{Mass: sum.mass()}, nil
	}
	return Emitted{sum.mass(), sum.adjustedWh / sum.energyWh}, nil
}

// summing adds up both adjustments of the package comment, so that the interval of
// a sum is that of the two sums and not the sum of intervals: if what is not burnt
// is constant in one half hour, it is so in all.
type summing struct {
	series          *Series
	additive, ratio quantity.Interval[quantity.Grams]
	energyWh        float64
	adjustedWh      float64 // of it in half hours that are known

	// What holds on the UTC day that was looked up last.
	from, to HalfHour
	year     quantity.Interval[float64]
	mean     float64 // of the reference year; 0 when half hours cannot be adjusted
}

func (t *summing) add(h HalfHour, energy quantity.Interval[quantity.WattHours]) error {
	if h < t.from || h >= t.to {
		if err := t.lookUp(h); err != nil {
			return err
		}
	}
	additive, ratio := t.year, t.year
	if direct, ok := t.series.at(h); ok && t.mean > 0 {
		additive = t.year.Times((direct + t.year.Value - t.mean) / t.year.Value)
		ratio = t.year.Times(direct / t.mean)
		t.adjustedWh += float64(energy.Value)
	}
	t.additive = t.additive.Plus(Emissions(energy, additive))
	t.ratio = t.ratio.Plus(Emissions(energy, ratio))
	t.energyWh += float64(energy.Value)
	return nil
}

// lookUp finds the factor and the reference mean of the day of a half hour.
func (t *summing) lookUp(h HalfHour) error {
	day := calendar.DayOf(h.Start(), time.UTC)
	row, err := Intensity(t.series.factors, t.series.territory, day)
	if err != nil {
		return err
	}
	t.from, t.to = HalfHourOf(day.UTC()), HalfHourOf((day + 1).UTC())
	t.year, t.mean = row.Bounds(), t.series.means[day.Year()]
	if t.year.Value <= t.mean {
		t.mean = 0
	}
	return nil
}

func (t *summing) mass() quantity.Interval[quantity.Grams] {
	return quantity.Interval[quantity.Grams]{
		Low:   min(t.additive.Low, t.ratio.Low),
		Value: t.additive.Value,
		High:  max(t.additive.High, t.ratio.High),
	}
}
