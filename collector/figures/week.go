package figures

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/ledger/hours"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

// OpenFrom says when schools are open on a school day.
func (f *Figures) OpenFrom(o calendar.Opening) { f.opening = o }

// lastDays are for how long it is looked which devices run while nobody is there, and
// leftOnListed how many are listed.
const (
	lastDays     = 28
	leftOnListed = 10
)

// Week answers at what times the devices of a school run. Like is left to whoever keeps
// the overview of its organisation.
func (f *Figures) Week(ctx context.Context, id int64, schoolYear int) (*view.Week, error) {
	site, scope, stretches, err := f.school(ctx, id, schoolYear)
	if err != nil {
		return nil, err
	}
	days, err := f.ledger.Hours(ctx, id, calendar.Period{From: scope.From, To: scope.To})
	if err != nil {
		return nil, err
	}
	w := &weekly{of: f, scope: scope, zone: site.Zone, terms: calendar.Default(), classes: map[int64]*footprint.Class{}, stretches: map[calendar.Day]footprint.Stretch{}}
	for _, s := range stretches {
		w.stretches[s.Days.From.Month()] = s
	}
	v := &view.Week{Scope: scope, Opening: f.opening, Rows: []view.WeekRow{}, Moments: []view.MomentRow{}, Categories: []view.LeftOnRow{}, Devices: []view.LeftOnDevice{}}
	if len(days) > 0 {
		v.From, v.To, v.Days = days[0].Day.String(), days[len(days)-1].Day.String(), len(days)
		if err := w.fill(ctx, v, days); err != nil {
			return nil, fmt.Errorf("cannot compute the week of site %d: %w", id, err)
		}
	}
	if current := calendar.SchoolYear(scope.SchoolYear).Contains(calendar.DayOf(scope.AsOf, f.where)); current && !reach.Of(ctx).SumsOnly {
		if err := w.addDevices(ctx, v, site); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// weekly computes the week of a school.
type weekly struct {
	of        *Figures
	scope     view.Scope
	zone      string
	terms     *calendar.Terms
	classes   map[int64]*footprint.Class // by product
	stretches map[calendar.Day]footprint.Stretch
}

// goesHome tells whether devices leave the school with who uses them.
func goesHome(c equipment.Category, p equipment.Population) bool {
	portable := c == equipment.Laptop || c == equipment.Tablet || c == equipment.Smartphone
	return portable && (p == equipment.Individual || p == equipment.Teaching)
}

// runsOnPurpose tells whether devices of a category serve while nobody is there.
func runsOnPurpose(c equipment.Category) bool {
	return c == equipment.Server || c == equipment.AccessPoint
}

// atSchool is the class of a group of devices that stay at school and count; nil of
// others.
func (w *weekly) atSchool(ctx context.Context, g hours.Group) (*footprint.Class, error) {
	class, known := w.classes[g.Product]
	if !known {
		spec, err := w.of.product(ctx, g.Product)
		if err != nil {
			return nil, err
		}
		if class, err = w.of.model(w.scope).Class(spec); err != nil {
			return nil, err
		}
		w.classes[g.Product] = class
	}
	if !class.Physical() || goesHome(class.Spec.Category, g.Population) {
		return nil, nil
	}
	return class, nil
}

// momentKey is what facts are summed up by, before they are estimated: figures are
// linear in them.
type momentKey struct {
	product int64
	month   calendar.Day
	moment  calendar.Moment
}

// rowOf is the row of the week that a day belongs to: its weekday, or 7 for one
// without classes from Monday to Friday.
func (w *weekly) rowOf(d calendar.Day) int {
	weekday := (int(d.Weekday()) + 6) % 7
	if weekday < 5 && !w.terms.SchoolDay(w.zone, d) {
		return len(weekdays) - 1
	}
	return weekday
}

var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "holiday"}

// fill computes all that hours tell.
func (w *weekly) fill(ctx context.Context, v *view.Week, days []ledger.SiteHours) error {
	type cell struct {
		row, hour int
		product   int64
	}
	cells, moments := map[cell]*footprint.Facts{}, map[momentKey]*footprint.Facts{}
	counts := make([]int, len(weekdays))
	for _, day := range days {
		row := w.rowOf(day.Day)
		counts[row]++
		for g, all := range day.Hours {
			class, err := w.atSchool(ctx, g)
			if err != nil {
				return err
			}
			if class == nil {
				continue
			}
			for hour := range all {
				if !runsOnPurpose(class.Spec.Category) {
					sumUp(cells, cell{row, hour, g.Product}, all[hour])
				}
				if m := w.terms.MomentOf(w.zone, day.Day, hour, w.of.opening); m != calendar.Open {
					sumUp(moments, momentKey{g.Product, day.Day.Month(), m}, all[hour])
				}
			}
		}
	}
	rows := make([]view.WeekRow, len(weekdays))
	model := w.of.model(w.scope)
	for k, facts := range cells {
		energy, _ := model.KnownEnergy(w.classes[k.product], *facts)
		at := &rows[k.row].Hours[k.hour]
		at.Energy = at.Energy.Plus(energy.Times(1 / float64(counts[k.row])))
		at.On += float64(facts.RunningMs()) / float64(counts[k.row]) / float64(time.Hour.Milliseconds())
	}
	for i := range rows {
		if rows[i].Day, rows[i].Days = weekdays[i], counts[i]; counts[i] > 0 {
			v.Rows = append(v.Rows, rows[i])
		}
	}
	return w.fillMoments(v, moments, days)
}

func sumUp[K comparable](sums map[K]*footprint.Facts, k K, facts footprint.Facts) {
	if sums[k] == nil {
		sums[k] = new(footprint.Facts)
	}
	sums[k].Add(facts)
}

// fillMoments computes what was used while nobody was there, and what need not have been.
func (w *weekly) fillMoments(v *view.Week, moments map[momentKey]*footprint.Facts, days []ledger.SiteHours) error {
	byMoment, known := map[calendar.Moment]*view.MomentRow{}, map[calendar.Moment]map[calendar.Day]bool{}
	for _, m := range calendar.EmptyMoments {
		byMoment[m], known[m] = &view.MomentRow{Moment: m, InYear: w.terms.DaysWith(m, w.zone, calendar.SchoolYear(w.scope.SchoolYear))}, map[calendar.Day]bool{}
	}
	for _, day := range days {
		m := w.terms.MomentOf(w.zone, day.Day, 0, calendar.Opening{FromHour: 1, ToHour: 24}) // before one o'clock nobody is there
		known[m][day.Day] = true
	}
	categories, yearly := map[equipment.Category]*view.LeftOnRow{}, view.Saving{}
	for _, m := range calendar.EmptyMoments {
		byMoment[m].Days = len(known[m])
	}
	// In a fixed order: sums of numbers with a point depend on it in their last digits.
	for _, k := range slices.SortedFunc(maps.Keys(moments), func(a, b momentKey) int {
		return cmp.Or(cmp.Compare(a.product, b.product), cmp.Compare(a.month, b.month), cmp.Compare(a.moment, b.moment))
	}) {
		class, facts, row := w.classes[k.product], *moments[k], byMoment[k.moment]
		used, running, standby, err := w.savings(class, facts, k.month)
		if err != nil {
			return err
		}
		row.Used = row.Used.Plus(used)
		row.On += float64(facts.RunningMs())
		c := class.Spec.Category
		if categories[c] == nil {
			categories[c] = &view.LeftOnRow{Category: c, Meant: runsOnPurpose(c)}
		}
		categories[c].Running = categories[c].Running.Plus(running)
		categories[c].Standby = categories[c].Standby.Plus(standby)
		if !runsOnPurpose(c) && row.Days > 0 {
			yearly = yearly.Plus(running.Plus(standby).Times(float64(row.InYear) / float64(row.Days)))
		}
	}
	for _, m := range calendar.EmptyMoments {
		row := byMoment[m]
		if row.Days == 0 {
			continue
		}
		hoursADay := 24
		if m == calendar.Night {
			hoursADay -= w.of.opening.Hours()
		}
		row.On /= float64(row.Days) * float64(hoursADay) * float64(time.Hour.Milliseconds())
		v.Moments = append(v.Moments, *row)
	}
	for _, row := range categories {
		v.Categories = append(v.Categories, *row)
	}
	slices.SortFunc(v.Categories, func(a, b view.LeftOnRow) int {
		return cmp.Or(compareBool(a.Meant, b.Meant), cmp.Compare(b.Running.Energy.Value+b.Standby.Energy.Value, a.Running.Energy.Value+a.Standby.Energy.Value), cmp.Compare(a.Category, b.Category))
	})
	if len(days) >= lastDays {
		v.Yearly = &yearly
	}
	return nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// savings are what facts of a month used, what running took more than being off would
// have, and what was used while off or asleep, with what would have been so too had it
// not run: cutting the supply saves that.
func (w *weekly) savings(class *footprint.Class, facts footprint.Facts, month calendar.Day) (used, running, standby view.Saving, err error) {
	model := w.of.model(w.scope)
	all, _ := model.KnownEnergy(class, facts)
	still, _ := model.KnownEnergy(class, footprint.Facts{OffMs: facts.OffMs, SuspendedMs: facts.SuspendedMs})
	var errs [3]error
	used, errs[0] = w.saving(all, month)
	running, errs[1] = w.saving(model.SwitchedOff(class, facts), month)
	standby, errs[2] = w.saving(still, month)
	return used, running, standby, errors.Join(errs[:]...)
}

// saving is what energy of a month emitted and cost.
func (w *weekly) saving(e footprint.Energy, month calendar.Day) (view.Saving, error) {
	mass, err := w.of.model(w.scope).Emissions(e, w.stretches[month])
	if err != nil {
		return view.Saving{}, err
	}
	cost, err := w.of.costOf(e)
	return view.Saving{Energy: e, Mass: mass, Cost: cost}, err
}

// costOf is what energy costs.
func (f *Figures) costOf(e footprint.Energy) (view.Money, error) {
	row, err := f.Factors().Find("price.electricity", "", time.Time{})
	if err != nil {
		return view.Money{}, err
	}
	return quantity.Product[quantity.Euros](e.Times(1.0/1000), row.Bounds()), nil
}

// addDevices lists the devices that ran most while nobody was there.
func (w *weekly) addDevices(ctx context.Context, v *view.Week, site registry.Site) error {
	f := w.of
	v.LastDays = lastDays
	today := calendar.DayOf(w.scope.AsOf, f.where)
	var school, others []calendar.Day
	for d := today - lastDays; d < today; d++ { // whole days
		if w.terms.SchoolDay(w.zone, d) {
			school = append(school, d)
		} else {
			others = append(others, d)
		}
	}
	ran, err := f.ledger.RunningBeyond(ctx, site.ID, others, 0)
	if err != nil {
		return err
	}
	nights, err := f.ledger.RunningBeyond(ctx, site.ID, school, time.Duration(f.opening.Hours())*time.Hour)
	if err != nil {
		return err
	}
	for device, t := range nights {
		ran[device] += t
	}
	devices, err := f.registry.Devices(ctx, site.ID)
	if err != nil {
		return err
	}
	for _, d := range devices {
		weekly := ran[d.ID].Hours() * 7 / lastDays
		if weekly < 1 || !d.Category.Physical() || !d.Retired.IsZero() || goesHome(d.Category, d.Population) || runsOnPurpose(d.Category) {
			continue
		}
		class, err := classOf(f.model(w.scope), d)
		if err != nil {
			return err
		}
		_, saves, _, err := w.savings(class, footprint.Facts{LoadMs: [report.LoadBins]int64{ran[d.ID].Milliseconds()}}, today.Month())
		if err != nil {
			return err
		}
		v.Devices = append(v.Devices, view.LeftOnDevice{
			ID: d.Name, Label: d.Label, Category: d.Category, Population: d.Population, Maker: d.Inventory.Maker, Model: d.Inventory.Model,
			WeeklyHours: weekly, Saves: saves.Times(calendarYearDays / lastDays),
		})
	}
	slices.SortFunc(v.Devices, func(a, b view.LeftOnDevice) int {
		return cmp.Or(cmp.Compare(b.Saves.Energy.Value, a.Saves.Energy.Value), strings.Compare(a.Label, b.Label), strings.Compare(a.ID, b.ID))
	})
	v.Found = len(v.Devices)
	v.Devices = v.Devices[:min(len(v.Devices), leftOnListed)]
	return nil
}

// calendarYearDays is a year in days, on average.
const calendarYearDays = 365.2425
