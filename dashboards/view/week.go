package view

import (
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Money is in euros.
type Money = quantity.Interval[quantity.Euros]

// Week is at what times the devices of a school run, and what runs although nobody is
// there. It holds the devices that report and stay at school: those that go home with
// their pupil or teacher are left out, and so is what carries no agent.
type Week struct {
	Scope   Scope            `json:"scope"`
	From    string           `json:"from,omitempty"` // the first day that is known by the hour; empty: none is
	To      string           `json:"to,omitempty"`   // the last one
	Days    int              `json:"days"`           // that are known
	Opening calendar.Opening `json:"opening"`
	Rows    []WeekRow        `json:"week"`
	// Moments are what was used while nobody was there, Categories what of it need not
	// have been. Both are empty where nothing is known by the hour.
	Moments    []MomentRow `json:"moments"`
	Categories []LeftOnRow `json:"left_on"`
	// Yearly is what stopping that saves in a whole school year of such days; nil until
	// four weeks are known.
	Yearly *Saving `json:"yearly,omitempty"`
	// Devices are those that ran most while nobody was there, in the last LastDays days;
	// Found is how many did for an hour a week or more. Empty where devices are not to be listed.
	Devices  []LeftOnDevice `json:"devices"`
	Found    int            `json:"devices_found"`
	LastDays int            `json:"devices_days"`
	// Like compares the school with its like; nil where there are too few, or that is
	// not computed yet.
	Like *Like `json:"like,omitempty"`
}

// WeekRow is an average day of a kind, by the hour. What runs day and night on purpose is
// left out: nobody is to switch it off.
type WeekRow struct {
	Day   string       `json:"day"` // "monday" to "sunday", of which the first five have classes, or "holiday"
	Days  int          `json:"days"`
	Hours [24]WeekHour `json:"hours"`
}

// WeekHour is an average hour.
type WeekHour struct {
	Energy footprint.Energy `json:"energy_wh"`
	On     float64          `json:"devices_on"`
}

// Saving is energy, and what it emits and costs.
type Saving struct {
	Energy footprint.Energy `json:"energy_wh"`
	Mass   footprint.Mass   `json:"gco2e"`
	Cost   Money            `json:"eur"`
}

// Plus adds another saving.
func (s Saving) Plus(o Saving) Saving {
	return Saving{s.Energy.Plus(o.Energy), s.Mass.Plus(o.Mass), s.Cost.Plus(o.Cost)}
}

// Times scales a saving.
func (s Saving) Times(k float64) Saving {
	return Saving{s.Energy.Times(k), s.Mass.Times(k), s.Cost.Times(k)}
}

// MomentRow is what was used in a kind of time in which nobody is there.
type MomentRow struct {
	Moment calendar.Moment `json:"moment"`
	Days   int             `json:"days"` // of the known ones that have it
	InYear int             `json:"days_in_year"`
	Used   Saving          `json:"used"`
	On     float64         `json:"devices_on"` // on average
}

// LeftOnRow is what devices of a category used while nobody was there, and need not
// have: what running took more than being off, and what was used while off or asleep.
type LeftOnRow struct {
	Category equipment.Category `json:"category"`
	Running  Saving             `json:"running"`
	Standby  Saving             `json:"standby"`
	// Meant is true for what runs day and night on purpose: it is not in Yearly.
	Meant bool `json:"meant"`
}

// LeftOnDevice is a device that ran while nobody was there. By day it is known only how
// long a device ran: of a school day counts what goes beyond the hours of opening, so
// it was at least that.
type LeftOnDevice struct {
	ID          string               `json:"id"`
	Label       string               `json:"label,omitempty"`
	Category    equipment.Category   `json:"category"`
	Population  equipment.Population `json:"population"`
	Maker       string               `json:"maker,omitempty"`
	Model       string               `json:"model,omitempty"`
	WeeklyHours float64              `json:"hours_a_week"` // at least
	Saves       Saving               `json:"yearly_saving"`
}

// YearOf is the headline of an overview as that of its school year.
func YearOf(o *Overview) YearRow {
	return YearRow{SchoolYear: o.Scope.SchoolYear, Headline: o.Headline, Complete: o.Scope.To >= calendar.SchoolYear(o.Scope.SchoolYear).To}
}

// YearRow is the headline of a school year.
type YearRow struct {
	SchoolYear int      `json:"school_year"` // begins in September of this year
	Headline   Headline `json:"headline"`
	Complete   bool     `json:"complete"` // it is over
}
