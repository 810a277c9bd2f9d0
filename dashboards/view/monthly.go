package view

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Monthly is the report of an organisation on one month: where it stands, what changed
// against the month before and why, what to do, and which schools need help.
type Monthly struct {
	Scope    Scope        `json:"scope"`
	Month    calendar.Day `json:"-"`
	Label    string       `json:"month"` // 2026-10
	Headline Headline     `json:"headline"`
	Coverage Coverage     `json:"coverage"`
	This     MonthRow     `json:"this"`
	// Unfinished is how many days of a month that has not ended are in it; 0: all.
	Unfinished int `json:"unfinished_days,omitempty"`
	// Before is the month before, nil where nothing is known of it, and Causes lead from
	// its footprint to this one: they add up to the change.
	Before  *MonthRow    `json:"before,omitempty"`
	Causes  []Cause      `json:"causes,omitempty"`
	Drivers []Driver     `json:"drivers"`
	Heavy   []*SchoolRow `json:"heavy_schools"`  // heavier than chance explains, the furthest first
	Silent  []*SiteRow   `json:"silent_schools"` // with silent devices, most first
}

// Cause is what one thing added to the footprint of a month, or took away.
type Cause struct {
	// Kind is "days" (of the month), "devices" (how many), "making" (of a device), "energy"
	// (of a device) or "grid" (how clean electricity was).
	Kind string         `json:"kind"`
	Mass quantity.Grams `json:"gco2e"`
}

// mostSchools is how many schools a report names.
const mostSchools = 5

// MonthlyOf is the report on the month that holds a day.
func MonthlyOf(ctx context.Context, source Source, organisation int64, month calendar.Day) (*Monthly, error) {
	month = month.Month()
	o, err := source.Overview(ctx, organisation, calendar.SchoolYearOf(month))
	if err != nil {
		return nil, err
	}
	before := (month - 1).Month()
	earlier := o
	if calendar.SchoolYearOf(before) != calendar.SchoolYearOf(month) && slices.Contains(o.Scope.SchoolYears, calendar.SchoolYearOf(before)) {
		if earlier, err = source.Overview(ctx, organisation, calendar.SchoolYearOf(before)); err != nil {
			return nil, err
		}
	}
	m := &Monthly{Scope: o.Scope, Month: month, Label: month.UTC().Format("2006-01"), Headline: o.Headline, Coverage: o.Coverage, Drivers: o.Drivers}
	this := monthOf(o, month)
	if this == nil {
		return nil, ErrNotFound
	}
	m.This = *this
	if end := nextMonth(month); o.Scope.To < end {
		m.Unfinished = int(o.Scope.To - month)
	}
	if m.Before = monthOf(earlier, before); m.Before != nil {
		m.Causes = causes(m.Before.Figure, m.This.Figure, days(before, month), days(month, min(o.Scope.To, nextMonth(month))))
	}
	for _, s := range CompareSchools(o, Alike{}).Schools {
		if s.Excess != nil && len(m.Heavy) < mostSchools {
			m.Heavy = append(m.Heavy, s)
		}
	}
	silent, _ := ListSites(o.Sites, List{Sort: "silent"}, mostSchools)
	m.Silent = slices.DeleteFunc(silent, func(s *SiteRow) bool { return s.Coverage.Silent == 0 })
	return m, nil
}

// monthOf is a month of an overview, nil where it has nothing of it.
func monthOf(o *Overview, month calendar.Day) *MonthRow {
	i := slices.IndexFunc(o.Months, func(m MonthRow) bool { return m.Month == month && m.Figure.DeviceYears > 0 })
	if i < 0 {
		return nil
	}
	return &o.Months[i]
}

func days(from, to calendar.Day) float64 { return max(1, float64(to-from)) }

// causes split the change from one month to the next among what a footprint is the product
// of, one after the other: the days, the devices, what making one device weighs in a day,
// the energy of one in a day, and what a watt-hour emits. So they add up to the change.
func causes(a, b footprint.Figure, daysA, daysB float64) []Cause {
	// In a day, of all devices that were there on average.
	devicesA, devicesB := a.DeviceYears/daysA, b.DeviceYears/daysB
	per := func(v float64, f footprint.Figure) float64 {
		if f.DeviceYears == 0 {
			return 0
		}
		return v / f.DeviceYears
	}
	madeA, madeB := per(float64(a.Embodied.Value), a), per(float64(b.Embodied.Value), b)
	energyA, energyB := per(float64(a.Energy.Value), a), per(float64(b.Energy.Value), b)
	cleanA, cleanB := ratio(float64(a.Use.Value), float64(a.Energy.Value)), ratio(float64(b.Use.Value), float64(b.Energy.Value))
	all := []Cause{
		{"days", quantity.Grams((daysB - daysA) * devicesA * (madeA + energyA*cleanA))},
		{"devices", quantity.Grams(daysB * (devicesB - devicesA) * (madeA + energyA*cleanA))},
		{"making", quantity.Grams(b.DeviceYears * (madeB - madeA))},
		{"energy", quantity.Grams(b.DeviceYears * (energyB - energyA) * cleanA)},
		{"grid", quantity.Grams(b.DeviceYears * energyB * (cleanB - cleanA))},
	}
	slices.SortStableFunc(all, func(a, b Cause) int { return cmp.Compare(max(b.Mass, -b.Mass), max(a.Mass, -a.Mass)) })
	return all
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// LastMonth is the last month that has ended by a time.
func LastMonth(now time.Time, where *time.Location) calendar.Day {
	return (calendar.DayOf(now, where).Month() - 1).Month()
}

// ParseMonth reads a month, as in 2026-10.
func ParseMonth(text string) (calendar.Day, bool) {
	t, err := time.Parse("2006-01", text)
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		return 0, false
	}
	return calendar.Date(t.Year(), t.Month(), 1), true
}

func nextMonth(month calendar.Day) calendar.Day { return (month.Month() + 31).Month() }
