package figures

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// deviceRows are the devices of a site, the heaviest first.
func (f *Figures) deviceRows(ctx context.Context, scope view.Scope, stretches []footprint.Stretch, site registry.Site) ([]view.DeviceRow, error) {
	devices, err := f.registry.Devices(ctx, site.ID)
	if err != nil {
		return nil, err
	}
	months, err := f.ledger.DeviceMonths(ctx, site.ID, calendar.Period{From: scope.From, To: scope.To})
	if err != nil {
		return nil, err
	}
	facts := map[int64]map[calendar.Day]footprint.Facts{}
	for _, m := range months {
		if facts[m.Device] == nil {
			facts[m.Device] = map[calendar.Day]footprint.Facts{}
		}
		facts[m.Device][m.Month] = m.Facts
	}
	ids := make([]int64, len(devices))
	for i := range devices {
		ids[i] = devices[i].ID
	}
	two, err := f.registry.Twins(ctx, ids...)
	if err != nil {
		return nil, err
	}
	repairs, err := f.registry.RepairsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	silence := f.silence(scope)
	rows := make([]view.DeviceRow, 0, len(devices))
	for _, d := range devices {
		row, _, err := f.deviceRow(scope, stretches, site.Zone, d, facts[d.ID], repairs[d.ID])
		if err != nil {
			return nil, err
		}
		row.State, row.Twins = d.State(site.Zone, silence), (*view.Twins)(two[d.ID])
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b view.DeviceRow) int {
		return cmp.Compare(b.Yearly.Total().Value, a.Yearly.Total().Value)
	})
	return rows, nil
}

// deviceRow estimates one device from its facts by month and its repairs; its state is
// left out.
func (f *Figures) deviceRow(scope view.Scope, stretches []footprint.Stretch, zone string, d registry.Device, facts map[calendar.Day]footprint.Facts, repairs []registry.Repair) (view.DeviceRow, *group, error) {
	class, err := classOf(f.model(scope), d)
	if err != nil {
		return view.DeviceRow{}, nil, err
	}
	g := &group{
		zone: zone, class: class, population: d.Population, devices: 1, facts: facts,
		cohorts: []footprint.Cohort{{InService: d.InService, Retired: d.Retired, Count: 1, Acquisition: lifespan.Acquisition(d.Purchase.Acquisition), Fitted: f.fittedIn(repairs)}},
	}
	if err := f.estimate(scope, stretches, g); err != nil {
		return view.DeviceRow{}, nil, err
	}
	end := f.asOf(scope)
	if !d.Retired.IsZero() && d.Retired.Before(end) {
		end = d.Retired
	}
	return view.DeviceRow{
		ID: d.Name, Label: d.Label, Category: d.Category, Population: d.Population, Maker: d.Inventory.Maker, Model: d.Inventory.Model,
		InService: d.InService, AgeYears: max(0, lifespan.Years(end.Sub(d.InService))), LastSeen: d.LastSeen,
		Yearly: g.yearly,
	}, g, nil
}

// classOf is the class of the product that the device is filed under.
func classOf(m *footprint.Model, d registry.Device) (*footprint.Class, error) {
	return m.Class(d.Spec())
}

// locate finds a device by its name, with its site and the scope of a school year there.
func (f *Figures) locate(ctx context.Context, name string, schoolYear int) (d registry.Device, site registry.Site, scope view.Scope, err error) {
	if d, err = f.registry.Device(ctx, name); err != nil {
		if errors.Is(err, registry.ErrNotFound) {
			err = view.ErrNotFound
		}
		return d, site, scope, err
	}
	if site, err = f.registry.Site(ctx, d.Site); err != nil {
		return d, site, scope, err
	}
	scope, err = f.scope(ctx, site.Organisation, schoolYear)
	return d, site, scope, err
}

// Device answers for one device.
func (f *Figures) Device(ctx context.Context, name string, schoolYear int) (*view.Device, error) {
	d, site, scope, err := f.locate(ctx, name, schoolYear)
	if err != nil {
		return nil, err
	}
	days, err := f.ledger.Days(ctx, d.ID, calendar.Period{From: scope.From, To: scope.To})
	if err != nil {
		return nil, err
	}
	model := f.model(scope)
	class, err := classOf(model, d)
	if err != nil {
		return nil, err
	}
	stretches, err := f.stretches(ctx, scope)
	if err != nil {
		return nil, err
	}
	v := &view.Device{Scope: scope, Site: view.SiteRow{ID: site.ID, Name: site.Name, Kind: site.Kind, UAI: site.UAI}, Inventory: d.Inventory, InServiceFrom: d.InServiceFrom, Acquisition: d.Purchase.Acquisition}
	byMonth := map[calendar.Day]footprint.Facts{}
	for _, day := range days {
		v.Facts.Add(day.Facts)
		month := byMonth[day.Day.Month()]
		month.Add(day.Facts)
		byMonth[day.Day.Month()] = month
		row := view.DayRow{Day: day.Day, Label: day.Day.String(), Facts: day.Facts}
		row.Energy, row.From = model.KnownEnergy(class, day.Facts)
		v.Days = append(v.Days, row)
	}
	repairs, err := f.registry.Repairs(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	var g *group
	if v.Device, g, err = f.deviceRow(scope, stretches, site.Zone, d, byMonth, repairs); err != nil {
		return nil, err
	}
	v.Device.State = d.State(site.Zone, f.silence(scope))
	two, err := f.registry.Twins(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	v.Device.Twins = (*view.Twins)(two[d.ID])
	v.Period = g.total
	v.Drivers = g.saving.drivers(g.total.DeviceYears, nil)
	// One device stands for itself, however many pupils the site has.
	site.Pupils = 0
	h, err := f.headline(scope, []*group{g}, site)
	if err != nil {
		return nil, err
	}
	v.Headline = h.Headline
	v.Lifetime = quantity.Exactly(class.Lifetime(lifespan.Acquisition(d.Purchase.Acquisition)))
	if class.Physical() {
		if err := f.addLife(ctx, v, scope, d, repairs, g); err != nil {
			return nil, err
		}
		if err := f.addDeviceDetail(ctx, v, scope, d, site, g, &h); err != nil {
			return nil, err
		}
	}
	if d.Category == equipment.Virtual {
		if v.Virtual, err = virtual(model, d, v.Facts); err != nil {
			return nil, err
		}
	}
	if v.Hours, err = f.meanDay(ctx, d, model, class); err != nil {
		return nil, err
	}
	v.Windows, err = f.lastDay(ctx, d, model, class)
	return v, err
}

// lastDay are the windows of the last 24 hours that have any.
func (f *Figures) lastDay(ctx context.Context, d registry.Device, model *footprint.Model, class *footprint.Class) ([]view.WindowRow, error) {
	last, ok, err := f.ledger.LastWindow(ctx, d.ID)
	if err != nil || !ok {
		return nil, err
	}
	windows, err := f.ledger.Windows(ctx, d.ID, last.Add(-24*time.Hour), last.Add(time.Second))
	if err != nil {
		return nil, err
	}
	return windowRows(model, class, windows), nil
}

func sources(readings []report.Reading) []string {
	var names []string
	for _, r := range readings {
		names = append(names, r.Source)
	}
	return names
}

func load(busyMs, capacityMs int64) float64 {
	if capacityMs == 0 {
		return 0
	}
	return float64(busyMs) / float64(capacityMs)
}

func virtual(m *footprint.Model, d registry.Device, facts footprint.Facts) (*view.Virtual, error) {
	v := &view.Virtual{System: d.Inventory.Virtualization, Load: load(facts.CPUBusyMs, facts.CPUCapacityMs)}
	var err error
	v.Power, err = m.VirtualPower(d.Inventory.LogicalCPUs, v.Load)
	return v, err
}
