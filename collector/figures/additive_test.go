package figures_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
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
	if p := f.Parts; p.Value > f.Embodied.Value || p.Low > p.Value || p.Value > p.High {
		t.Errorf("%s: the parts of %+v are no part of it", what, f)
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
	var repairs []registry.Repair
	for on := calendar.DayOf(inService, w.where); len(repairs) < 3; {
		if on += calendar.Day(rapid.IntRange(0, 3000).Draw(t, "days to the next repair")); on > today {
			break
		}
		repairs = append(repairs, registry.Repair{On: on, Part: rapid.SampledFrom(lifespan.RepairedParts).Draw(t, "part"), Outcome: rapid.SampledFrom(registry.Outcomes).Draw(t, "outcome")})
	}
	d := w.add(t, 1, registry.NewDevice{
		Site: site, Category: rapid.SampledFrom(equipment.Categories).Draw(t, "category"),
		Population: rapid.SampledFrom(equipment.Populations).Draw(t, "population"), InService: inService,
		HasAgent: rapid.Bool().Draw(t, "agent"), LastSeen: inService, Repairs: repairs,
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

// A battery (6 kgCO2e) that a laptop was given a year before it reached its five years,
// worked out by hand: it is spread over that year and the two that a battery adds. Nothing
// of it falls to the time before, all of it to the three years after, and the school, its
// council and its device tell the same.
func TestPartOfARepairIsSpreadOverWhatRemains(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	site := w.site(t, council, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 100})
	in := w.at(2022, 9, 1, 0)
	fitted := calendar.Date(2026, 10, 1)
	d := laptop(site, equipment.Shared, in)
	d.Repairs = []registry.Repair{{On: fitted, Part: lifespan.Battery, Outcome: registry.Repaired}}
	repaired := w.add(t, 1, d)
	like := w.add(t, 1, laptop(site, equipment.Shared, in))

	years := func(since time.Time) float64 { return lifespan.Years(w.now.Sub(since)) }
	life := 5 - lifespan.Years(fitted.Start(w.where).Sub(in)) + 2
	want := 6_000 * years(fitted.Start(w.where)) / life
	v, beside := w.device(t, repaired.name, 0), w.device(t, like.name, 0)
	if got := float64(v.Period.Parts.Value); !near(got, want) || beside.Period.Parts.Value != 0 || !near(float64(v.Period.Embodied.Value-beside.Period.Embodied.Value), want) {
		t.Errorf("its part counts %v g, want %v", got, want)
	}
	s, o := w.school(t, site, 0), w.overview(t, council, 0)
	same(t, "devices", v.Period.Plus(beside.Period), s.Period)
	same(t, "schools", s.Period, o.Period)
	if got, want := float64(s.Headline.Yearly.Parts.Value), float64(v.Device.Yearly.Parts.Value)/100; !near(got, want) || want == 0 || !near(float64(o.Headline.Yearly.Parts.Value), want) {
		t.Errorf("for one pupil its part counts %v g, want %v", got, want)
	}
	if !slices.Contains(s.Headline.FactorKeys, "part.battery") || !slices.Contains(v.Headline.FactorKeys, "part.battery") {
		t.Errorf("the figure stands on %q", s.Headline.FactorKeys)
	}
	for _, row := range s.Methods {
		if row.Used && row.Embodied != s.Period.Embodied || !row.Used && row.Embodied.Value <= s.Period.Parts.Value {
			t.Errorf("beside: %+v", row)
		}
	}
	if got := float64(s.Parts[0].Repaired.Value); !near(got, 2*float64(s.Categories[0].Yearly.Parts.Value)) || got == 0 {
		t.Errorf("scenarios start from %v g of parts", got)
	}
	var steps float64
	for _, row := range s.Steps {
		if row.Mass != nil {
			steps += float64(row.Mass.Value)
		}
	}
	var before float64
	for _, row := range beside.Steps {
		if row.Mass != nil {
			before += float64(row.Mass.Value)
		}
	}
	if !near(steps-2*before, want) {
		t.Errorf("the steps have %v g of the part, want %v", steps-2*before, want)
	}

	// It was made all the same when its device is erased.
	if _, err := ledger.Erase(t.Context(), w.store, w.where, repaired.name, w.now); err != nil {
		t.Fatal(err)
	}
	same(t, "without the device", w.school(t, site, 0).Period, s.Period)
	w.now = fitted.Start(w.where)
	if got := w.school(t, site, 0).Period.Parts; got != (footprint.Mass{}) {
		t.Errorf("before it was fitted it counts %+v", got)
	}
}
