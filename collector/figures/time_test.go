package figures_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

func TestSchoolYearsAreThoseWithData(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College})
	d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2020, 8, 20, 8)))
	if got := w.overview(t, council, 0).Scope; got.SchoolYear != 2026 || !slices.Equal(got.SchoolYears, []int{2026}) {
		t.Errorf("before the first report: %+v", got)
	}
	w.record(t, d, running(w.at(2024, 9, 1, 0), w.at(2024, 9, 1, 1), 1)...) // the first hour of a school year

	for year, want := range map[int]struct{ from, to calendar.Day }{
		0:    {calendar.Date(2026, 9, 1), calendar.Date(2026, 11, 24)}, // up to today
		2026: {calendar.Date(2026, 9, 1), calendar.Date(2026, 11, 24)},
		2025: {calendar.Date(2025, 9, 1), calendar.Date(2026, 9, 1)},
		2024: {calendar.Date(2024, 9, 1), calendar.Date(2025, 9, 1)},
	} {
		o, s, v := w.overview(t, council, year), w.school(t, site, year), w.device(t, d.name, year)
		for _, got := range []view.Scope{o.Scope, s.Scope, v.Scope} {
			if got.From != want.from || got.To != want.to || !slices.Equal(got.SchoolYears, []int{2026, 2025, 2024}) {
				t.Errorf("year %d: %+v, want %v", year, got, want)
			}
		}
		months := 12
		if year == 0 || year == 2026 {
			months = 3
		}
		if len(o.Months) != months || (len(v.Days) == 1) != (year == 2024) {
			t.Errorf("year %d has %d months and %d days with data", year, len(o.Months), len(v.Days))
		}
	}
	// A whole past year is a year of the device; its time ends with the year.
	if got := w.device(t, d.name, 2025); !near(got.Period.DeviceYears, 365/365.2425) || !near(got.Device.AgeYears, w.at(2026, 9, 1, 0).Sub(w.at(2020, 8, 20, 8)).Hours()/8765.82) {
		t.Errorf("in 2025-2026 it served %v years and was %v years old", got.Period.DeviceYears, got.Device.AgeYears)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College})
	d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2020, 8, 20, 8)))
	for _, c := range []struct {
		what               string
		organisation, site int64
		device             string
		year               int
	}{
		{"another number", council + 1, site + 1, "d-unknown", 0},
		{"a year before all data", council, site, d.name, 2025},
		{"a year to come", council, site, d.name, 2027},
		{"a year out of this world", council, site, d.name, -1},
	} {
		_, errO := w.Overview(context.Background(), c.organisation, c.year)
		_, errS := w.Site(context.Background(), c.site, c.year)
		_, errD := w.Device(context.Background(), c.device, c.year)
		for _, err := range []error{errO, errS, errD} {
			if !errors.Is(err, view.ErrNotFound) {
				t.Errorf("%s: %v", c.what, err)
			}
		}
	}
}

// The days on which clocks change have 25 and 23 hours: a server that ran all day
// is known for all of it, and nothing is assumed.
func TestDaysOf25And23Hours(t *testing.T) {
	w := open(t)
	for _, c := range []struct {
		name  string
		day   calendar.Day
		hours int64
	}{{"summer time ends", calendar.Date(2026, 10, 25), 25}, {"summer time begins", calendar.Date(2026, 3, 29), 23}, {"any other day", calendar.Date(2026, 10, 6), 24}} {
		t.Run(c.name, func(t *testing.T) {
			site := w.site(t, w.organisation(t, c.name, false), registry.Site{Name: "Collège", Kind: registry.College})
			from, to := c.day.Start(w.where), (c.day + 1).Start(w.where)
			d := w.add(t, 1, registry.NewDevice{Site: site, Category: equipment.Server, Population: equipment.Infrastructure, InService: from})
			w.record(t, d, running(from, to, 1)...)
			w.retire(t, d, to)
			year := calendar.SchoolYearOf(c.day)
			v := w.device(t, d.name, year)
			if len(v.Days) != 1 || v.Days[0].Label != c.day.String() || v.Days[0].Facts.KnownMs() != c.hours*3_600_000 {
				t.Errorf("the days are %+v", v.Days)
			}
			if !near(v.Period.DeviceYears*8765.82, float64(c.hours)) || v.Period.EnergyFrom.Assumed > 0.001 {
				t.Errorf("served %v hours, %v Wh assumed", v.Period.DeviceYears*8765.82, v.Period.EnergyFrom.Assumed)
			}
			same(t, "school", w.school(t, site, year).Period, v.Period)
		})
	}
}

// A lost or stored laptop has been made all the same: its embodied part goes on,
// and its use is assumed.
func TestSilentDeviceGoesOnBeingBooked(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College})
	entry := laptop(site, equipment.Individual, w.at(2025, 8, 20, 8))
	entry.HasAgent, entry.LastSeen = true, w.at(2026, 9, 10, 8)
	lost := w.add(t, 1, entry)
	w.now = w.at(2026, 9, 10, 8)
	w.record(t, lost, away(w.at(2026, 9, 1, 0), w.now))
	entry.LastSeen = w.now.AddDate(0, 0, -14)
	w.add(t, 1, entry) // another one, silent as long

	w.now = w.at(2026, 9, 11, 8)
	early := w.device(t, lost.name, 0)
	if early.Device.State != "reporting" {
		t.Errorf("a day after its report it is %s", early.Device.State)
	}
	w.now = w.at(2026, 11, 23, 10)
	late := w.device(t, lost.name, 0)
	if late.Device.State != "silent" {
		t.Errorf("ten weeks later it is %s", late.Device.State)
	}
	hours := w.now.Sub(w.at(2026, 9, 11, 8)).Hours()
	if grown := float64(late.Period.Embodied.Value - early.Period.Embodied.Value); !near(grown, 185_100/5*hours/8765.82) {
		t.Errorf("its embodied part has grown by %v g", grown)
	}
	if grown := late.Period.EnergyFrom.Assumed - early.Period.EnergyFrom.Assumed; !near(grown, 17_000*hours/8765.82) {
		t.Errorf("its assumed energy has grown by %v Wh", grown)
	}
	for _, m := range w.overview(t, council, 0).Months {
		if m.Figure.Embodied.Value <= 0 {
			t.Errorf("nothing is booked in %s", m.Label)
		}
	}
	if c := w.school(t, site, 0).Coverage; c.Silent != 2 || c.Devices != 2 || c.Reporting != 0 {
		t.Errorf("coverage is %+v", c)
	}
}

func TestRetiredDeviceCountsUntilItLeft(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 10})
	kept, gone := w.add(t, 1, laptop(site, equipment.Shared, w.at(2024, 8, 20, 8))), w.add(t, 1, laptop(site, equipment.Shared, w.at(2024, 8, 20, 8)))
	left := w.at(2026, 10, 1, 0)
	w.retire(t, gone, left)
	s, v, stays := w.school(t, site, 0), w.device(t, gone.name, 0), w.device(t, kept.name, 0)

	if want := left.Sub(w.at(2026, 9, 1, 0)).Hours() / 8765.82; !near(v.Period.DeviceYears, want) {
		t.Errorf("it served %v years, want %v", v.Period.DeviceYears, want)
	}
	if want := left.Sub(w.at(2024, 8, 20, 8)).Hours() / 8765.82; !near(v.Device.AgeYears, want) || v.Device.State != "retired" {
		t.Errorf("it is %s and %v years old, want %v", v.Device.State, v.Device.AgeYears, want)
	}
	same(t, "school", s.Period, v.Period.Plus(stays.Period))
	if s.Months[0].Figure.DeviceYears <= s.Months[1].Figure.DeviceYears*1.9 {
		t.Errorf("in September two devices served %v years, in October one served %v", s.Months[0].Figure.DeviceYears, s.Months[1].Figure.DeviceYears)
	}
	if s.Headline.Devices != 1 || s.Categories[0].Devices != 1 || s.Coverage.Devices != 1 || s.Scope.Organisation.Devices != 1 {
		t.Errorf("it still counts among the devices: %+v", s)
	}
	same(t, "per pupil, one device for ten", s.Headline.Yearly, stays.Device.Yearly.Times(0.1))
	// The year before, it was there like the other.
	w.record(t, kept, running(w.at(2025, 9, 1, 8), w.at(2025, 9, 1, 9), 1)...)
	if past := w.school(t, site, 2025); past.Headline.Devices != 2 {
		t.Errorf("in 2025-2026 there were %d devices", past.Headline.Devices)
	}
}

// A device that is in service before, after or outside of a year has its part of
// that year and no other.
func TestDeviceCountsForItsTimeInService(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Collège", Kind: registry.College})
	old := w.add(t, 1, laptop(site, equipment.Shared, w.at(2020, 8, 20, 8)))
	w.record(t, old, running(w.at(2025, 9, 1, 8), w.at(2025, 9, 1, 9), 1)...)
	ordered := w.add(t, 1, laptop(site, equipment.Shared, w.at(2027, 1, 4, 8)))
	fresh := w.add(t, 1, laptop(site, equipment.Shared, w.now.Add(-24*time.Hour)))
	if v := w.device(t, ordered.name, 0); v.Period.DeviceYears != 0 || v.Period.Total().Value != 0 || v.Device.AgeYears != 0 {
		t.Errorf("a laptop that is still to come has %+v", v)
	}
	if v := w.device(t, fresh.name, 2025); v.Period.Total().Value != 0 {
		t.Errorf("a laptop bought in November had %+v the year before", v.Period)
	}
	if s := w.school(t, site, 0); s.Headline.Devices != 2 || !near(s.Period.DeviceYears*8765.82, 83*24+1+10+24) {
		t.Errorf("%d devices served %v hours", s.Headline.Devices, s.Period.DeviceYears*8765.82)
	}
}
