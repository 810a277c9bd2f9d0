package dashboards

import (
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
	"time"
)

// detailed fills in what the world knows beyond its headline.
func (w *world) detailed(f *view.Fleet) {
	f.Waterfall = waterfallOf(w.headline().Comparison.Verdict, 38, map[profile.Driver]float64{profile.Devices: -8, profile.Manufacture: 3, profile.Screens: 25})
	f.Watching = view.Watching{RunningMs: 3_600_000_000, CPUMs: 360_000, SentB: 2_500_000, Energy: footprint.Energy{Low: 500, Value: 1000, High: 3000}}
	f.NotCounted = []equipment.Category{equipment.Projector}
	f.Criteria, f.Steps = criteriaOf(), stepsOf()
	f.Conformity = profile.Tally{
		Devices: 80, Classes: map[profile.Class]int64{profile.ClassFits: 60, profile.ClassBelow: 12, profile.ClassTooOld: 1, profile.ClassUnknown: 7},
		Below: map[profile.Aspect]int64{profile.AspectStorage: 3, profile.AspectMemory: 12}, Unknown: map[profile.Aspect]int64{profile.AspectAge: 7},
	}
	offer := grid.MarketGrams(1234)
	f.Electricity = view.Electricity{
		Territory: grid.MainlandFrance, Label: grid.PartlyHalfHourly, Adjusted: 0.41, Contract: w.name, ByOffer: &offer, Energy: f.Period.Energy,
		Intensity: &quantity.Interval[float64]{Low: 38, Value: 41, High: 47},
	}
}

func waterfallOf(v profile.Verdict, reference float64, changesKg map[profile.Driver]float64) *profile.Waterfall {
	w := &profile.Waterfall{Reference: massOf(800*reference, 1000*reference, 1300*reference)}
	height := w.Reference.Value
	for _, d := range profile.Drivers {
		c := 1000 * changesKg[d]
		s := profile.Step{Driver: d, Change: massOf(min(c*0.8, c*1.2), c, max(c*0.8, c*1.2)), From: height, To: height + quantity.Grams(c), Ratio: profile.Ratio(c / 1000 / reference)}
		height = s.To
		w.Steps = append(w.Steps, s)
	}
	w.Fleet = footprint.Mass{Low: height * 0.8, Value: height, High: height * 1.3}
	w.Comparison = profile.Comparison{Ratio: ratioOf(float64(height)/900/reference, float64(height)/1000/reference, float64(height)/800/reference), Verdict: v}
	return w
}

func criteriaOf() []view.CriterionRow {
	at := func(v float64) *quantity.Interval[float64] {
		return &quantity.Interval[float64]{Low: v / 2, Value: v, High: v * 2}
	}
	var rows []view.CriterionRow
	for i, c := range impact.Criteria {
		row := view.CriterionRow{Criterion: c, Unit: c.Unit(), Embodied: at(23e-6), Use: at(0.4)}
		if i > 3 { // no source has a value
			row.Embodied, row.Use, row.Without = nil, nil, []equipment.Category{equipment.Laptop, equipment.Tablet}
		}
		rows = append(rows, row)
	}
	return rows
}

func stepsOf() []view.StepRow {
	mass := massOf(800, 1000, 1400)
	return []view.StepRow{{Step: impact.Manufacture, Mass: &mass}, {Step: impact.Distribution, Mass: &mass}, {Step: impact.Use, Mass: &mass}, {Step: impact.EndOfLife, Without: []equipment.Category{equipment.Server}}}
}

// detailedDevice fills in what the world knows of its device.
func (w *world) detailedDevice(d *view.Device) {
	d.Waterfall = waterfallOf(w.headline().Comparison.Verdict, 38, map[profile.Driver]float64{profile.Lifetime: 12, profile.Manufacture: -2})
	d.Lifetime, d.Amortised = quantity.Interval[quantity.Years]{Low: 4, Value: 5, High: 7}, 0.21
	d.Criteria, d.Steps = criteriaOf(), stepsOf()
	d.Made = []view.MadeRow{
		{Method: impact.ADEME, Used: true, Available: true, Embodied: massOf(135e3, 185e3, 260e3), Basis: "category"},
		{Method: impact.Maker, Available: true, Embodied: massOf(170e3, 230e3, 290e3), Basis: "predicted", Nearest: []view.NearestRow{
			{Name: w.name, Source: "https://example.org/pcf.pdf", Likeness: 0.93, Embodied: 233e3}, {Name: "x", Source: "javascript:alert(1)", Likeness: 0.5, Embodied: 210e3},
		}},
	}
	watts := func(v quantity.Watts) power.Watts { return power.Watts{Low: v / 2, Value: v, High: v * 2} }
	year := footprint.Energy{Low: 20e3, Value: 31e3, High: 60e3}
	d.Power = &view.PowerRow{Off: watts(0.3), Sleep: watts(0.6), Idle: watts(5.3), Active: watts(20), Curve: power.DefaultCurve, TypicalYear: &year}
	d.Conformity = &profile.Conformity{Class: profile.ClassBelow, Findings: []profile.Finding{
		{Aspect: profile.AspectAge, Class: profile.ClassFits, Have: 1.5, AtMost: 7}, {Aspect: profile.AspectMemory, Class: profile.ClassBelow, Have: 4, AtLeast: 8, AtMost: 16},
		{Aspect: profile.AspectScreen, Class: profile.ClassUnknown, AtLeast: 11.6},
	}}
	d.Choice = w.choice()
	d.Life = lifeOf(d.Device.InService)
	d.Battery = &view.Battery{
		Health: 0.82, FullMWh: 41_000, DesignMWh: 50_000, Cycles: 312, WornAt: 0.8,
		Observed: []view.BatteryWeek{{Week: noon.AddDate(0, -9, 0), Health: 0.9}, {Week: noon.AddDate(0, -3, 0), Health: 0.82}},
		Wear:     &lifespan.Wear{PerYear: quantity.Interval[float64]{Low: -0.2, Value: -0.16, High: -0.1}, Earliest: noon.AddDate(0, 1, 0), Expected: noon.AddDate(0, 2, 0), Latest: noon.AddDate(1, 0, 0), Weeks: 30},
	}
	d.Hours = &view.Hours{Days: 28}
	for hour := range 24 {
		d.Hours.Rows = append(d.Hours.Rows, view.HourRow{Hour: hour, RunningMs: 600_000, Energy: footprint.Energy{Low: 1, Value: 2, High: 3}})
	}
}

// lifeOf is that of a laptop of 185 kg that cost 510 euros, got a disk for 95, and is used
// as in choice.
func lifeOf(begun time.Time) *view.DeviceLife {
	electricity := quantity.Interval[quantity.Euros]{Low: 3, Value: 8, High: 22}
	disk, paid := massOf(18e3, 41e3, 135e3), quantity.Euros(95)
	return &view.DeviceLife{
		Years: 1.5, At: noon, Expected: begun.AddDate(5, 0, 0), Made: massOf(135e3, 185e3, 260e3), Used: massOf(1e3, 2e3, 4e3),
		Price: &lifespan.Input[quantity.Euros]{Interval: quantity.Exactly(quantity.Euros(510)), From: "purchase"}, Electricity: &electricity,
		Left: &lifespan.Input[quantity.Years]{Interval: quantity.Interval[quantity.Years]{Low: 2.5, Value: 3.5, High: 5.5}, From: "lifetime.laptop less age"},
		Ends: &view.LifeEnd{Earliest: noon.AddDate(2, 6, 0), Expected: noon.AddDate(3, 6, 0), Latest: noon.AddDate(5, 6, 0)},
		Events: []view.LifeEvent{{On: begun, Kind: view.EventInService}, {On: noon.AddDate(0, -9, 0), Kind: view.EventBattery},
			{On: noon.AddDate(0, -8, 0), Kind: view.EventRepaired, Repair: &view.RepairEvent{Part: lifespan.SSD, DoneBy: "sent_out", Embodied: &disk, Factor: "part.ssd", Cost: &paid}},
			{On: noon.AddDate(0, -7, 0), Kind: view.EventRepaired, Repair: &view.RepairEvent{Part: lifespan.Keyboard, Uncounted: true}},
			{On: noon.AddDate(0, -6, 0), Kind: view.EventBroken, Repair: &view.RepairEvent{Part: lifespan.Screen}},
		},
		Parts: disk, PartsUncounted: 1, Repairs: paid, RepairsUnpriced: 2,
	}
}

// choice is whether to keep a laptop of a year and a half, with the shipped factors.
func (w *world) choice() *view.Choice {
	year := footprint.Energy{Low: 20e3, Value: 31e3, High: 60e3}
	q, err := lifespan.Ask(factor.Default(), equipment.Laptop, 1.5, grid.MainlandFrance, calendar.Date(2026, 11, 23))
	if err != nil {
		panic(err)
	}
	q.OldEnergy = lifespan.Input[quantity.WattHours]{Interval: year, From: "measured"}
	answer, err := q.Answer()
	if err != nil {
		panic(err)
	}
	return &view.Choice{Question: q, Answer: answer}
}
