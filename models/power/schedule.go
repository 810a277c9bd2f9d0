package power

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Schedule is when a device that carries no agent is on. Nobody reports it: it
// follows the school's calendar, and the energy that comes of it is assumed.
type Schedule struct {
	// OnHours is how long it is on during a school day; it is on stand-by for the
	// rest of the day and on all other days.
	OnHours  quantity.Interval[quantity.Hours]
	AlwaysOn bool // as network equipment is
}

// ScheduleFor is the schedule of a category by its hours.* row; access points are
// always on. It is an error for a category that has neither: its use is reported
// by its agent.
func ScheduleFor(t *factor.Table, c equipment.Category) (Schedule, error) {
	if c == equipment.AccessPoint {
		return Schedule{AlwaysOn: true}, nil
	}
	row, err := t.Find("hours."+string(c)+".school_day", "", time.Time{})
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule of a %s: %w", c, err)
	}
	return Schedule{OnHours: quantity.As[quantity.Hours](row.Bounds())}, nil
}

// Calendar is a school's: its holiday zone (A, B or C) and the territory whose
// days are counted, with those of 23 and 25 hours.
type Calendar struct {
	Terms *calendar.Terms
	Zone  string
	Where *time.Location
}

// Energy is what one device draws in a period, in Wh:
//
//	E = on-hours x school days x active + (all hours - on-hours x school days) x asleep
//
// Energies of periods that follow one another add up to that of both.
func (s Schedule) Energy(c *Curve, school Calendar, p calendar.Period) WattHours {
	if p.To <= p.From {
		return WattHours{}
	}
	hours := p.To.Start(school.Where).Sub(p.From.Start(school.Where)).Hours()
	if s.AlwaysOn {
		return quantity.As[quantity.WattHours](c.Active().Times(hours))
	}
	days := 0
	for d := p.From; d < p.To; d++ {
		if school.Terms.SchoolDay(school.Zone, d) {
			days++
		}
	}
	on := s.OnHours.Times(float64(days))
	active, asleep := c.Active(), c.Sleep
	bound := func(on quantity.Hours, active, asleep quantity.Watts) quantity.WattHours {
		return quantity.WattHours(float64(on)*float64(active) + (hours-float64(on))*float64(asleep))
	}
	return WattHours{
		Low:   bound(on.Low, active.Low, asleep.Low),
		Value: bound(on.Value, active.Value, asleep.Value),
		High:  bound(on.High, active.High, asleep.High),
	}
}
