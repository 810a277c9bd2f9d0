package view_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// years are the overviews of an organisation by school year.
type years struct {
	view.Source
	all map[int]*view.Overview
}

func (y years) Overview(_ context.Context, _ int64, year int) (*view.Overview, error) {
	if o := y.all[year]; o != nil {
		return o, nil
	}
	return nil, view.ErrNotFound
}

func month(year int, m time.Month, f footprint.Figure) view.MonthRow {
	return view.MonthRow{Month: calendar.Date(year, m, 1), Figure: f}
}

func figure(deviceYears, embodied, use, energy float64) footprint.Figure {
	return footprint.Figure{DeviceYears: deviceYears, Embodied: quantity.Exactly(quantity.Grams(embodied)), Use: quantity.Exactly(quantity.Grams(use)), Energy: quantity.Exactly(quantity.WattHours(energy))}
}

func overview(year int, to calendar.Day, months ...view.MonthRow) *view.Overview {
	o := new(view.Overview)
	o.Scope = view.Scope{SchoolYear: year, SchoolYears: []int{2026, 2025}, To: to}
	o.Months = months
	return o
}

func TestCausesAddUpToTheChange(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(0, 1e6), rapid.Just(0.0))
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) footprint.Figure {
			return figure(rapid.Float64Range(0.01, 1e5).Draw(t, name), value.Draw(t, name), value.Draw(t, name), rapid.Float64Range(1, 1e6).Draw(t, name))
		}
		a, b := draw("before"), draw("now")
		o := overview(2026, calendar.Date(2026, 12, 1), month(2026, 10, a), month(2026, 11, b))
		m, err := view.MonthlyOf(t.Context(), years{all: map[int]*view.Overview{2026: o}}, 1, calendar.Date(2026, 11, 15))
		if err != nil {
			t.Fatal(err)
		}
		sum := quantity.Grams(0)
		for _, c := range m.Causes {
			sum += c.Mass
		}
		change := b.Total().Value - a.Total().Value
		if scale := float64(a.Total().Value+b.Total().Value) * 1e4; math.Abs(float64(sum-change)) > 1e-9*scale+1e-6 {
			t.Fatalf("the causes add up to %g, the change is %g", sum, change)
		}
	})
}

func TestEachCauseIsToldApart(t *testing.T) {
	base := figure(100*31/365.25, 1000, 200, 4000)
	for kind, now := range map[string]footprint.Figure{
		"devices": figure(2*base.DeviceYears*30/31, 2000*30./31, 400*30./31, 8000*30./31),
		"making":  figure(base.DeviceYears*30/31, 3000*30./31, 200*30./31, 4000*30./31),
		"energy":  figure(base.DeviceYears*30/31, 1000*30./31, 2000*30./31, 40000*30./31),
		"grid":    figure(base.DeviceYears*30/31, 1000*30./31, 2000*30./31, 4000*30./31),
		"days":    figure(base.DeviceYears*30/31, 1000*30./31, 200*30./31, 4000*30./31),
	} {
		o := overview(2026, calendar.Date(2026, 12, 1), month(2026, 10, base), month(2026, 11, now))
		m, err := view.MonthlyOf(t.Context(), years{all: map[int]*view.Overview{2026: o}}, 1, calendar.Date(2026, 11, 1))
		if err != nil || m.Causes[0].Kind != kind || kind != "days" && m.Causes[1].Kind != "days" {
			t.Errorf("%s: %v, %+v", kind, err, m)
		}
	}
}

func TestSeptemberFollowsTheAugustOfTheSchoolYearBefore(t *testing.T) {
	before, now := overview(2025, calendar.Date(2026, 9, 1), month(2026, 8, figure(1, 10, 1, 1))), overview(2026, calendar.Date(2026, 9, 11), month(2026, 9, figure(1, 12, 1, 1)))
	m, err := view.MonthlyOf(t.Context(), years{all: map[int]*view.Overview{2025: before, 2026: now}}, 1, calendar.Date(2026, 9, 1))
	if err != nil || m.Before == nil || m.Before.Month != calendar.Date(2026, 8, 1) || m.Unfinished != 10 || m.Label != "2026-09" {
		t.Errorf("%+v, %v", m, err)
	}
	now.Scope.SchoolYears = []int{2026}
	if m, err = view.MonthlyOf(t.Context(), years{all: map[int]*view.Overview{2026: now}}, 1, calendar.Date(2026, 9, 1)); err != nil || m.Before != nil || m.Causes != nil {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := view.MonthlyOf(t.Context(), years{all: map[int]*view.Overview{2026: now}}, 1, calendar.Date(2026, 10, 1)); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("a month without data: %v", err)
	}
}

func TestMonthsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]bool{"2026-10": true, "2026-13": false, "1999-10": false, "2026-1": false, "October": false, "2026-10-01": false, "": false} {
		if _, ok := view.ParseMonth(text); ok != want {
			t.Errorf("%q: %v", text, ok)
		}
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	if got := view.LastMonth(time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC), paris); got != calendar.Date(2026, 10, 1) {
		t.Errorf("in Paris, October has ended: %s", got)
	}
}
