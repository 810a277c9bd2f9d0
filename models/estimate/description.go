package estimate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Description is what somebody knows of some devices that are alike. Only the
// category is needed: a zero is "not known", and what is not known is taken from
// the category.
type Description struct {
	Name     string             `json:"name,omitempty"`
	Category equipment.Category `json:"category"`
	Maker    string             `json:"maker,omitempty"`
	Model    string             `json:"model,omitempty"`
	CPU      string             `json:"cpu,omitempty"`

	MemoryGiB float64 `json:"memory_gib,omitempty"`
	StorageGB float64 `json:"storage_gb,omitempty"`
	ScreenIn  float64 `json:"screen_in,omitempty"` // diagonal in inches
	WeightKg  float64 `json:"weight_kg,omitempty"`
	// Brightness of the screen, between 0 and 1.
	Brightness float64 `json:"brightness,omitempty"`

	// Bought is the day on which the devices came into service with this owner.
	Bought Date `json:"bought,omitzero"`
	// Count is how many there are; 0 is one.
	Count int64 `json:"count"`
	// Acquisition is how the owner came by them; empty is new.
	Acquisition lifespan.Acquisition `json:"acquisition,omitempty"`
	// FirstLife is how long earlier owners used a second-hand device.
	FirstLife quantity.Years `json:"first_life_years,omitempty"`
	// ExpectedLife with this owner, counted from Bought, without parts.
	ExpectedLife quantity.Years `json:"expected_life_years,omitempty"`
	// Parts were fitted since.
	Parts []Fitted `json:"parts,omitempty"`

	Use Use `json:"use"`
	// Room is where a server stands; PUE says what the room draws in all for each
	// kWh of its servers, instead of the room's row. One of them at most.
	Room grid.Room `json:"room,omitempty"`
	PUE  float64   `json:"pue,omitempty"`
	// Territory is whose electricity it uses; empty is that of the options.
	Territory string `json:"territory,omitempty"`
	// Pupils is how many pupils all the devices serve together.
	Pupils float64 `json:"pupils,omitempty"`
}

// Use is how one device is used. A meter's word wins, then hours, then the
// category's yearly use.
type Use struct {
	// HoursPerDay is how long it is on during a day of DaysPerYear.
	HoursPerDay float64 `json:"hours_per_day,omitempty"`
	// DaysPerYear is 0 for the school days that the reference profile states.
	DaysPerYear float64 `json:"days_per_year,omitempty"`
	// Load is the mean load of the processors while it is on, between 0 and 1; nil
	// is not known.
	Load *float64 `json:"load,omitempty"`
	// AtRest is what it does at all other times.
	AtRest   Rest `json:"at_rest,omitempty"`
	AlwaysOn bool `json:"always_on,omitempty"`
	// MeteredKWh is what a meter at the socket counts in a year; nil is no meter.
	MeteredKWh *float64 `json:"metered_kwh_year,omitempty"`
}

// Rest is the state of a device that is not on.
type Rest string

// The states of rest. When nothing is said, a device sleeps, or is off by the low
// bound.
const (
	Asleep Rest = "asleep"
	Off    Rest = "off"
)

// Rests lists the states of rest.
var Rests = []Rest{Asleep, Off}

// Fitted is a part that was fitted on a day.
type Fitted struct {
	Part lifespan.Part `json:"part"`
	On   Date          `json:"on"`
}

// Date is a day that is written as 2026-11-23; the zero is "not known".
type Date calendar.Day

// MarshalText writes the day.
func (d Date) MarshalText() ([]byte, error) { return []byte(calendar.Day(d).String()), nil }

// Time is midnight of the day in UTC.
func (d Date) Time() time.Time { return calendar.Day(d).UTC() }

// Spec is the product that is described, as models look it up.
func (d *Description) Spec() equipment.Spec {
	s := equipment.Spec{
		Category: d.Category, Maker: d.Maker, Model: d.Model, CPU: d.CPU,
		MemoryGiB: d.MemoryGiB, StorageGB: d.StorageGB, ScreenIn: d.ScreenIn, WeightKg: d.WeightKg,
	}
	if d.Bought != 0 {
		s.Year = calendar.Day(d.Bought).Year()
	}
	return s
}

// Devices is how many devices are described.
func (d *Description) Devices() int64 { return max(1, d.Count) }

// Problem is a field of a description that cannot be, by its JSON name, and why.
type Problem struct{ Field, Text string }

// Error is the problem in a sentence.
func (p Problem) Error() string { return p.Field + ": " + p.Text }

// firstDay of which electricity may be known, and a laptop still be in service.
var firstDay = calendar.Date(1990, time.January, 1)

// Problems are all that is wrong with a description on a day.
func (d *Description) Problems(today calendar.Day) []Problem {
	var all problems
	if !slices.Contains(equipment.Categories, d.Category) {
		all.add("category", "is %q; allowed are %v", d.Category, physical())
	} else if !d.Category.Physical() {
		all.add("category", "a virtual machine has no footprint of its own; describe its host, a server")
	}
	all.within("memory_gib", d.MemoryGiB, 0, 100_000)
	all.within("storage_gb", d.StorageGB, 0, 10_000_000)
	all.within("screen_in", d.ScreenIn, 0, 200)
	all.within("weight_kg", d.WeightKg, 0, 1000)
	all.within("brightness", d.Brightness, 0, 1)
	all.within("count", float64(d.Count), 0, 10_000_000)
	all.within("pupils", d.Pupils, 0, 10_000_000)
	if d.Bought != 0 {
		all.day("bought", calendar.Day(d.Bought), firstDay, today)
	}
	d.checkLife(&all, today)
	d.checkUse(&all)
	if d.Territory != "" {
		if _, err := grid.TerritoryOf(d.Territory); err != nil {
			all.add("territory", "%v", err)
		}
	}
	return all
}

func (d *Description) checkLife(all *problems, today calendar.Day) {
	if d.Acquisition != "" && !slices.Contains(lifespan.Acquisitions, d.Acquisition) {
		all.add("acquisition", "is %q; allowed are %v", d.Acquisition, lifespan.Acquisitions)
	}
	all.within("first_life_years", float64(d.FirstLife), 0, 50)
	if d.FirstLife > 0 && !d.Acquisition.SecondHand() {
		all.add("first_life_years", "only reconditioned or donated devices had a first life; acquisition says %q", d.Acquisition)
	}
	if d.ExpectedLife != 0 {
		all.within("expected_life_years", float64(d.ExpectedLife), 0.5, 50)
	}
	for _, p := range d.Parts {
		if !slices.Contains(lifespan.Parts, p.Part) {
			all.add("parts", "%q is not known; allowed are %v", p.Part, lifespan.Parts)
		}
		if d.Bought == 0 {
			all.add("parts", "a %s was fitted, so it must be known when the device was bought", p.Part)
			break
		}
		all.day("parts", calendar.Day(p.On), calendar.Day(d.Bought), today)
	}
}

func (d *Description) checkUse(all *problems) {
	u := &d.Use
	all.within("hours_per_day", u.HoursPerDay, 0, 24)
	all.within("days_per_year", u.DaysPerYear, 0, 366)
	timed := u.HoursPerDay > 0 || u.AlwaysOn
	switch {
	case u.MeteredKWh != nil && (timed || u.Load != nil || u.DaysPerYear > 0 || u.AtRest != ""):
		all.add("metered_kwh_year", "is the whole of a year; leave out the hours, days, load and rest")
	case u.AlwaysOn && (u.HoursPerDay > 0 || u.DaysPerYear > 0 || u.AtRest != ""):
		all.add("always_on", "says all hours; leave out hours_per_day, days_per_year and at_rest")
	case !timed && (u.DaysPerYear > 0 || u.Load != nil || u.AtRest != ""):
		all.add("hours_per_day", "is needed with days_per_year, load and at_rest, or always_on")
	}
	if u.MeteredKWh != nil {
		all.within("metered_kwh_year", *u.MeteredKWh, 0, 1_000_000)
	}
	if u.Load != nil {
		all.within("load", *u.Load, 0, 1)
	}
	if u.AtRest != "" && !slices.Contains(Rests, u.AtRest) {
		all.add("at_rest", "is %q; allowed are %v", u.AtRest, Rests)
	}
	if d.Room != "" && d.Room != grid.ServerRoom && d.Room != grid.DataCentre {
		all.add("room", "is %q; allowed are [%s %s]", d.Room, grid.ServerRoom, grid.DataCentre)
	}
	if d.PUE != 0 {
		all.within("pue", d.PUE, 1, 5)
	}
	if (d.Room != "" || d.PUE != 0) && d.Category != equipment.Server {
		all.add("room", "only servers have a room with a power usage effectiveness")
	}
	if d.Room != "" && d.PUE != 0 {
		all.add("pue", "either room or pue, not both")
	}
}

type problems []Problem

func (p *problems) add(field, format string, args ...any) {
	*p = append(*p, Problem{field, fmt.Sprintf(format, args...)})
}

func (p *problems) within(field string, v, low, high float64) {
	if !(low <= v && v <= high) || math.IsInf(v, 0) {
		p.add(field, "is %v; it must be from %v to %v", v, low, high)
	}
}

func (p *problems) day(field string, d, first, last calendar.Day) {
	if d < first || d > last {
		p.add(field, "%s is not from %s to %s", d, first, last)
	}
}

// physical are the categories that can be described.
func physical() []equipment.Category {
	return slices.DeleteFunc(slices.Clone(equipment.Categories), func(c equipment.Category) bool { return !c.Physical() })
}
