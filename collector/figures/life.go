package figures

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// addLife adds what the device has cost, how long it will last, and what is known of its
// battery.
func (f *Figures) addLife(ctx context.Context, v *view.Device, scope view.Scope, d registry.Device, repairs []registry.Repair, g *group) error {
	how := lifespan.Acquisition(d.Purchase.Acquisition)
	capacities, err := f.registry.Capacities(ctx, d.ID)
	if err != nil {
		return err
	}
	asOf := f.asOf(scope)
	life := &view.DeviceLife{Years: quantity.Years(v.Device.AgeYears), Made: g.class.Carried(g.cohorts[0]), Used: v.Device.Yearly.Use.Times(v.Device.AgeYears), At: asOf}
	after := func(t time.Time, years quantity.Years) time.Time {
		return t.Add(time.Duration(float64(years) * float64(lifespan.Year)))
	}
	life.Expected = after(d.InService, g.class.Lifetime(how))
	life.Price = f.paid(d)
	if kwh, err := f.Factors().Find("price.electricity", "", time.Time{}); err == nil {
		cost := quantity.Product[quantity.Euros](quantity.As[float64](v.Device.Yearly.Energy.Times(v.Device.AgeYears/1000)), kwh.Bounds())
		life.Electricity = &cost
	}
	life.Events = []view.LifeEvent{{On: d.InService, Kind: view.EventInService}}
	fitted := f.addRepairs(life, g.class, d, repairs)
	for _, on := range lifespan.Replaced(capacities) {
		if !batteryRecorded(repairs, calendar.DayOf(on, f.where)) {
			life.Events = append(life.Events, view.LifeEvent{On: on, Kind: view.EventBattery})
		}
	}
	if !d.Retired.IsZero() && !d.Retired.After(asOf) {
		life.Ended = d.Retired
		life.Events = append(life.Events, view.LifeEvent{On: d.Retired, Kind: cmp.Or(d.Purchase.RetiredTo, view.EventRetired)})
	} else if left, err := lifespan.LeftWith(f.Factors(), d.Category, how, life.Years, fitted); err == nil {
		life.Left, life.Ends = &left, &view.LifeEnd{Earliest: after(asOf, left.Low), Expected: after(asOf, left.Value), Latest: after(asOf, left.High)}
	}
	slices.SortStableFunc(life.Events, func(a, b view.LifeEvent) int { return a.On.Compare(b.On) })
	v.Life = life
	v.Battery, err = f.battery(d, capacities)
	return err
}

// paid is what was paid for a device: what its purchase says, or else the row of its
// category; nil where there is neither.
func (f *Figures) paid(d registry.Device) *lifespan.Input[quantity.Euros] {
	if d.Purchase.PriceCents > 0 {
		return &lifespan.Input[quantity.Euros]{Interval: quantity.Exactly(quantity.Euros(d.Purchase.PriceCents) / 100), From: "purchase"}
	}
	switch how := lifespan.Acquisition(d.Purchase.Acquisition); how {
	case lifespan.Donated, lifespan.Leased:
		return nil // nothing was paid, or a rent that nobody has told
	default:
		key := "price." + string(d.Category)
		if how == lifespan.Reconditioned {
			key = "price.reconditioned." + string(d.Category)
		}
		row, err := f.Factors().Find(key, "", time.Time{})
		if err != nil {
			return nil
		}
		return &lifespan.Input[quantity.Euros]{Interval: quantity.As[quantity.Euros](row.Bounds()), From: key}
	}
}

// battery is what is kept of a device's battery, or what its inventory says now; nil
// where neither knows one. A capacity that is not told anew is as before, up to when the
// device was heard of last.
func (f *Figures) battery(d registry.Device, capacities []lifespan.Capacity) (*view.Battery, error) {
	now := lifespan.Capacity{On: d.LastSeen, FullMWh: d.Inventory.BatteryFullMWh, DesignMWh: d.Inventory.BatteryDesignMWh, Cycles: d.Inventory.BatteryCycles}
	if now.FullMWh <= 0 || now.DesignMWh <= 0 {
		if len(capacities) == 0 {
			return nil, nil
		}
		now = capacities[len(capacities)-1]
	}
	wornAt, err := lifespan.WornAt(f.Factors())
	if err != nil {
		return nil, err
	}
	health := func(c lifespan.Capacity) float64 { return float64(c.FullMWh) / float64(c.DesignMWh) }
	b := &view.Battery{Health: health(now), FullMWh: now.FullMWh, DesignMWh: now.DesignMWh, Cycles: now.Cycles, WornAt: wornAt, Observed: []view.BatteryWeek{}}
	var held []lifespan.Capacity
	for i, c := range capacities {
		b.Observed = append(b.Observed, view.BatteryWeek{Week: c.On, Health: health(c)})
		until := d.LastSeen
		if i+1 < len(capacities) {
			until = capacities[i+1].On
		}
		held = append(held, c)
		for on := c.On.AddDate(0, 0, 7); on.Before(until); on = on.AddDate(0, 0, 7) {
			same := c
			same.On = on
			held = append(held, same)
		}
	}
	if wear, err := lifespan.WearOf(held, wornAt); err == nil { // else too short a time, which is told by its absence
		b.Wear = &wear
	}
	return b, nil
}

// meanWeeks is over how many weeks the hours of a mean day are taken.
const meanWeeks = 4

// meanDay are the hours of a mean day of the weeks before the last window; nil where
// there is none.
func (f *Figures) meanDay(ctx context.Context, d registry.Device, model *footprint.Model, class *footprint.Class) (*view.Hours, error) {
	last, ok, err := f.ledger.LastWindow(ctx, d.ID)
	if err != nil || !ok {
		return nil, err
	}
	end := calendar.DayOf(last, f.where) + 1
	begin := end - 7*meanWeeks
	windows, err := f.ledger.Windows(ctx, d.ID, begin.Start(f.where), end.Start(f.where))
	if err != nil {
		return nil, err
	}
	var hours [24]footprint.Facts
	days := map[calendar.Day]bool{}
	for i := range windows {
		for _, h := range footprint.ByHour(&windows[i], f.where) {
			if h.Day < end { // a long absence may reach beyond
				hours[h.Hour].Add(h.Facts)
				days[h.Day] = true
			}
		}
	}
	if len(days) == 0 {
		return nil, nil
	}
	v := &view.Hours{Days: len(days)}
	for hour, facts := range hours {
		energy, _ := model.KnownEnergy(class, facts)
		v.Rows = append(v.Rows, view.HourRow{Hour: hour, RunningMs: facts.RunningMs() / int64(len(days)), Energy: energy.Times(1 / float64(len(days)))})
	}
	return v, nil
}
