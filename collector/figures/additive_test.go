package figures_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Whatever a fleet is and did, devices add up to their school, schools to their
// council, days to the device, months and categories to the year, and the parts
// by provenance to the whole.
func TestFiguresAddUp(t *testing.T) {
	w := open(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++ // an organisation for each check: one store serves them all
		organisation := w.organisation(t, fmt.Sprintf("Département %d", run), false)
		var devices []device
		var sites []int64
		for i := range rapid.IntRange(1, 3).Draw(t, "sites") {
			pupils := rapid.SampledFrom([]int64{0, 1, 400}).Draw(t, "pupils")
			kind := rapid.SampledFrom([]string{registry.College, registry.Lycee, registry.Other}).Draw(t, "kind")
			sites = append(sites, w.site(t, organisation, registry.Site{Name: fmt.Sprintf("École %d", i), Kind: kind, Pupils: pupils}))
			for range rapid.IntRange(0, 3).Draw(t, "devices") {
				devices = append(devices, anyDevice(t, w, sites[i]))
			}
		}
		o := w.overview(t, organisation, 0)
		checkFleet(t, "council", o.Fleet)
		var ofSites, ofDevices footprint.Figure
		byMonth := make([]footprint.Figure, len(o.Months))
		var count int64
		for i, id := range sites {
			s := w.school(t, id, 0)
			checkFleet(t, "school", s.Fleet)
			ofSites = ofSites.Plus(s.Period)
			count += s.Coverage.Devices
			for m, month := range s.Months {
				byMonth[m] = byMonth[m].Plus(month.Figure)
			}
			var here footprint.Figure
			for _, d := range devices {
				if d.Site == id {
					here = here.Plus(checkDevice(t, w, d, s))
				}
			}
			ofDevices = ofDevices.Plus(here)
			same(t, fmt.Sprintf("devices of school %d", i), here, s.Period)
		}
		same(t, "schools", ofSites, o.Period)
		same(t, "devices", ofDevices, o.Period)
		for m := range byMonth {
			same(t, "schools in "+o.Months[m].Label, byMonth[m], o.Months[m].Figure)
		}
		if count != o.Coverage.Devices {
			t.Errorf("schools have %d devices, their council %d", count, o.Coverage.Devices)
		}
	})
}

// checkFleet checks the sums inside one answer.
func checkFleet(t fatal, what string, f view.Fleet) {
	t.Helper()
	same(t, what+": months", sum(f.Months, ofMonth), f.Period)
	same(t, what+": categories", sum(f.Categories, ofCategory), f.Period)
	checkFigure(t, what, f.Period)
	checkFigure(t, what+": headline", f.Headline.Yearly)
	checkParts(t, what, f)
}

// checkParts checks that scenarios start from the devices and the yearly use that the
// categories show.
func checkParts(t fatal, what string, f view.Fleet) {
	t.Helper()
	devices, energy := map[equipment.Category]float64{}, map[equipment.Category]float64{}
	for _, c := range f.Categories {
		if c.Category.Physical() && c.Devices > 0 {
			devices[c.Category] += float64(c.Devices)
			energy[c.Category] += float64(c.Yearly.Energy.Value) * float64(c.Devices)
		}
	}
	for _, p := range f.Parts {
		devices[p.Category] -= p.Devices()
		energy[p.Category] -= float64(p.Energy.Value)
		if u := p.Unattended; !(0 <= u.Low && u.Low <= u.Value && u.Value <= u.High) {
			t.Errorf("%s: %s unattended %+v", what, p.Category, u)
		}
	}
	for c := range devices {
		if !near(1+devices[c], 1) || math.Abs(energy[c]) > 1e-3 {
			t.Errorf("%s: the parts lack %v %ss and %v Wh", what, devices[c], c, energy[c])
		}
	}
}

// checkFigure checks that a figure's provenance adds up to it, and that its
// bounds hold it.
func checkFigure(t fatal, what string, f footprint.Figure) {
	t.Helper()
	e, m := f.EnergyFrom, f.MassFrom
	if parts := e.Measured + e.Calibrated + e.Modelled + e.Assumed; !near(parts, float64(f.Energy.Value)) {
		t.Errorf("%s: the parts of the energy add up to %v Wh of %v", what, parts, f.Energy.Value)
	}
	if parts := m.Measured + m.Calibrated + m.Modelled + m.Assumed; !near(parts, float64(f.Total().Value)) {
		t.Errorf("%s: the parts of the footprint add up to %v g of %v", what, parts, f.Total().Value)
	}
	for _, n := range numbers(f) {
		if n < 0 || math.IsNaN(n) || math.IsInf(n, 0) {
			t.Errorf("%s: %v in %+v", what, n, f)
		}
	}
	if total := f.Total(); total.Low > total.Value || total.Value > total.High || f.Energy.Low > f.Energy.Value || f.Energy.Value > f.Energy.High {
		t.Errorf("%s: the bounds of %+v do not hold it", what, f)
	}
}

// checkDevice checks the sums of a device and its row in its school, and returns
// its figure.
func checkDevice(t fatal, w *world, d device, s *view.Site) footprint.Figure {
	t.Helper()
	v := w.device(t, d.name, 0)
	checkFigure(t, "device", v.Period)
	var facts footprint.Facts
	var energy footprint.Energy
	var from footprint.Provenance
	for _, day := range v.Days {
		facts.Add(day.Facts)
		energy = energy.Plus(day.Energy)
		from.Measured, from.Modelled, from.Assumed = from.Measured+day.From.Measured, from.Modelled+day.From.Modelled, from.Assumed+day.From.Assumed
	}
	if facts != v.Facts {
		t.Errorf("days add up to %+v, the device has %+v", facts, v.Facts)
	}
	// What is known of days is all that is known; the rest of the time is assumed.
	known := v.Period.EnergyFrom
	if from.Assumed != 0 || !near(from.Measured, known.Measured) || !near(from.Modelled, known.Modelled) || !near(float64(energy.Value), known.Measured+known.Modelled) {
		t.Errorf("days add up to %+v, the device has %+v", from, known)
	}
	for _, row := range s.Devices {
		if row.ID == d.name {
			same(t, "the device's row in its school", row.Yearly, v.Device.Yearly)
			return v.Period
		}
	}
	t.Errorf("school %d does not list its device %s", d.Site, d.name)
	return v.Period
}

// anyDevice makes a device of any kind and age, and what it did this school year
// while it was in service.
func anyDevice(t *rapid.T, w *world, site int64) device {
	day := func(from, to calendar.Day, name string) time.Time {
		return calendar.Day(rapid.IntRange(int(from), int(to)).Draw(t, name)).Start(w.where)
	}
	today := calendar.DayOf(w.now, w.where)
	inService := day(today-4000, today-1, "in service")
	d := w.add(t, 1, registry.NewDevice{
		Site: site, Category: rapid.SampledFrom(equipment.Categories).Draw(t, "category"),
		Population: rapid.SampledFrom(equipment.Populations).Draw(t, "population"), InService: inService,
		HasAgent: rapid.Bool().Draw(t, "agent"), LastSeen: inService,
	})
	end := w.now
	if rapid.IntRange(0, 3).Draw(t, "retired") == 0 {
		end = day(calendar.DayOf(inService, w.where)+1, today, "until")
		w.retire(t, d, end)
	}
	at := thisYear.From.Start(w.where)
	if at.Before(inService) {
		at = inService
	}
	var windows []report.Window
	for range rapid.IntRange(0, 6).Draw(t, "windows") {
		at = at.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "pause in quarters")) * report.WindowLength)
		next := anyWindow(t, at)
		if next.End().After(end) {
			break
		}
		windows, at = append(windows, next), next.End()
	}
	if len(windows) > 0 {
		w.record(t, d, windows...)
	}
	return d
}

// anyWindow is an absence of up to weeks, or a quarter of an hour of use.
func anyWindow(t *rapid.T, start time.Time) report.Window {
	if rapid.Bool().Draw(t, "away") {
		return away(start, start.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "quarters away"))*report.WindowLength))
	}
	q := report.Window{Start: start, SpanS: 900, CPUCapacityMs: 7_200_000, CPUBusyMs: rapid.Int64Range(0, 7_200_000).Draw(t, "busy")}
	for bin := range q.LoadMs {
		q.LoadMs[bin] = rapid.Int64Range(0, 180_000).Draw(t, "load")
	}
	for _, b := range []report.Boundary{report.Wall, report.Battery, report.Package, report.DRAM} {
		if q.RunningMs() > 0 && rapid.IntRange(0, 2).Draw(t, "meter") == 0 {
			covered := rapid.Int64Range(1, q.RunningMs()).Draw(t, "covered")
			q.Energy = append(q.Energy, report.Reading{Source: string(b), Boundary: b, CoveredMs: covered, EnergyUJ: rapid.Int64Range(0, covered*100_000).Draw(t, "energy")})
		}
	}
	return q
}

// A device with an hour of a meter, worked out by hand: a laptop (185.1 kgCO2e
// over 5 years, 17 kWh in a year of which nothing is known) from 1 September to
// 23 November 10:00, at 44.2 g/kWh (models/data).
func TestFigureOfOneLaptopByHand(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Collège", Kind: registry.College})
	d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2025, 9, 1, 0)))
	lesson := running(w.at(2026, 10, 5, 8), w.at(2026, 10, 5, 9), 1)
	for i := range lesson {
		lesson[i].Energy = []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: 9_000_000_000, CoveredMs: 900_000}} // 10 W
	}
	w.record(t, d, lesson...)

	hours := 83*24 + 1 + 10.0 // an hour more than days say: summer time ended
	years, unknown := hours/8765.82, (hours-1)/8765.82
	embodied, energy := 185_100*years/5, 10+17_000*unknown
	got := w.device(t, d.name, 0).Period
	if !near(got.DeviceYears, years) || !near(float64(got.Embodied.Value), embodied) || !near(float64(got.Energy.Value), energy) || !near(float64(got.Use.Value), energy*0.0442) {
		t.Errorf("got %+v; want %v years, %v g embodied, %v Wh", got, years, embodied, energy)
	}
	if !near(got.EnergyFrom.Measured, 10) || !near(got.EnergyFrom.Assumed, 17_000*unknown) {
		t.Errorf("the energy comes from %+v", got.EnergyFrom)
	}
}
