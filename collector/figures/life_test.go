package figures_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
	"github.com/ecoparc/ecoparc/models/report"
)

// A laptop of two years that was bought for 480 euros: made for 185.1 kg, and expected
// to serve 5 years (4 to 7).
func TestDeviceTellsWhatItHasCostAndHowLongItWillLast(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := laptop(site, equipment.Shared, w.now.Add(-2*lifespan.Year))
	d.Purchase = registry.Purchase{PriceCents: 48_000, Acquisition: "new"}
	life := w.device(t, w.add(t, 1, d).name, 0).Life
	if life == nil || !near(float64(life.Made.Value), 185_100) || !near(float64(life.Years), 2) || life.Price.From != "purchase" || life.Price.Value != 480 {
		t.Fatalf("it has cost %+v", life)
	}
	// Nothing is reported: 17 kWh a year at 0.17 euros.
	if got := float64(life.Electricity.Value); !near(got, 2*17*0.17) || life.Used.Value <= 0 {
		t.Errorf("its electricity cost %v euros", got)
	}
	left := life.Left
	if !near(float64(left.Low), 2) || !near(float64(left.Value), 3) || !near(float64(left.High), 5) || left.From != "lifetime.laptop less age" {
		t.Errorf("it will serve %+v more", left)
	}
	if got := life.Ends.Expected; got.Sub(w.now.Add(3*lifespan.Year)).Abs() > time.Minute || !life.Ends.Earliest.Before(got) || !life.Ends.Latest.After(got) {
		t.Errorf("it ends %+v", life.Ends)
	}
	if len(life.Events) != 1 || life.Events[0].Kind != view.EventInService || !life.Ended.IsZero() {
		t.Errorf("what happened: %+v", life.Events)
	}
}

// Parts emit when they are made, a repair costs, and the part puts the end off; what no
// factor speaks of is said to count nothing.
func TestRepairsAreCountedInALife(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := laptop(site, equipment.Shared, w.now.Add(-2*lifespan.Year))
	before := w.device(t, w.add(t, 1, d).name, 0)
	day := func(ago int) calendar.Day { return calendar.DayOf(w.now, w.where) - calendar.Day(ago) }
	d.Repairs = []registry.Repair{
		{On: day(300), Part: lifespan.Battery, Outcome: registry.Repaired, CostCents: 8000},
		{On: day(200), Part: lifespan.Keyboard, Outcome: registry.Repaired},
		{On: day(100), Part: lifespan.SSD, Outcome: registry.NotRepairable, CostCents: 2000},
		{On: day(90), Part: lifespan.SSD, Outcome: registry.Repaired, DoneBy: "warranty"},
		{On: day(80), Part: lifespan.NoPart, Outcome: registry.Repaired, CostCents: 1500},
	}
	v := w.device(t, w.add(t, 1, d).name, 0)
	life, was := v.Life, before.Life
	if !near(float64(life.Parts.Value), 6_000+41_000) || !near(float64(life.Cost().Value-was.Cost().Value), 47_000) || life.PartsUncounted != 1 {
		t.Errorf("its parts emitted %+v, %d uncounted", life.Parts, life.PartsUncounted)
	}
	if life.Repairs != 115 || life.RepairsUnpriced != 1 || !near(float64(life.Paid().Value-was.Paid().Value), 115) {
		t.Errorf("its repairs cost %v, %d not known", life.Repairs, life.RepairsUnpriced)
	}
	var kinds []string
	for _, e := range life.Events[1:] {
		kinds = append(kinds, e.Kind+" "+string(e.Repair.Part)+" "+e.Repair.Factor)
	}
	if want := []string{"repaired battery part.battery", "repaired keyboard ", "not_repairable ssd ", "repaired ssd part.ssd", "repaired none "}; !slices.Equal(kinds, want) {
		t.Errorf("what happened: %q", kinds)
	}
	if e := life.Events[4].Repair; e.Cost == nil || *e.Cost != 0 || life.Events[2].Repair.Cost != nil || !life.Events[2].Repair.Uncounted || life.Events[5].Repair.Uncounted {
		t.Errorf("the repairs are %+v", life.Events)
	}
	// 5 years (4 to 7), and 2 more (1 to 4, or 0.5 to 4): not twice.
	if left := life.Left; !near(float64(left.Low), 3) || !near(float64(left.Value), 5) || !near(float64(left.High), 9) || left.From != "lifetime.added.battery" || v.Choice.Question.OldLife != *left {
		t.Errorf("it will serve %+v more", left)
	}
	if q := before.Choice.Question; q.OldLife.From != "lifetime.laptop less age" {
		t.Errorf("without repairs it is asked with %+v", q.OldLife)
	}
}

// A battery that somebody recorded is not told a second time when an agent sees it.
func TestRecordedBatteryIsTheOneThatWasSeen(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := laptop(site, equipment.Shared, w.now.Add(-3*lifespan.Year))
	ago := func(days int) time.Time { return w.now.AddDate(0, 0, -days) }
	d.Capacities = []lifespan.Capacity{{On: ago(700), FullMWh: 30_000, DesignMWh: 50_000, Cycles: 500}, {On: ago(300), FullMWh: 50_000, DesignMWh: 50_000, Cycles: 3}, {On: ago(30), FullMWh: 60_000, DesignMWh: 60_000, Cycles: 1}}
	d.Repairs = []registry.Repair{{On: calendar.DayOf(ago(310), w.where), Part: lifespan.Battery, Outcome: registry.Repaired}}
	var kinds []string
	for _, e := range w.device(t, w.add(t, 1, d).name, 0).Life.Events {
		kinds = append(kinds, e.Kind)
	}
	if want := []string{"in_service", "repaired", "battery"}; !slices.Equal(kinds, want) {
		t.Errorf("what happened: %q, want %q", kinds, want)
	}
}

// Where the council has paid for enough repairs of the like, these are its prices.
func TestPaidRepairsAreThePriceOfTheNextOne(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Région", false)
	site := w.site(t, council, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := laptop(site, equipment.Shared, w.now.Add(-3*lifespan.Year))
	price := func(n int) lifespan.Input[quantity.Euros] {
		t.Helper()
		var name string
		for i := range n {
			one := d
			one.Repairs = []registry.Repair{{On: calendar.DayOf(w.now, w.where) - 9, Part: lifespan.Battery, Outcome: registry.Repaired, CostCents: int64(5000 + 1000*i)}}
			name = w.add(t, 1, one).name
		}
		q := w.device(t, name, 0).Choice.Question
		if q.Repairs[0].Part != lifespan.Battery || q.Repairs[1].Price.From != "price.part.ssd" {
			t.Fatalf("the question is %+v", q.Repairs)
		}
		return q.Repairs[0].Price
	}
	if p := price(4); p.From != "price.part.battery" {
		t.Errorf("after four it is %+v", p)
	}
	if p := price(5); p.From != lifespan.FromRepairs || p.Low != 60 || p.Value != 70 || p.High != 80 { // 50, 50, 60, 60, 70, 70, 80, 80, 90
		t.Errorf("after nine it is %+v", p)
	}
	plan, err := w.Procurement(t.Context(), council, renewal.Policy{})
	if err != nil || len(plan.Kinds) != 1 || plan.Kinds[0].Repair.Price.Value != 70 {
		t.Errorf("the plan reckons with %+v, %v", plan, err)
	}
}

func TestLifeOfOtherDevices(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee})
	life := func(change func(*registry.NewDevice)) *view.DeviceLife {
		t.Helper()
		d := laptop(site, equipment.Shared, w.at(2018, 9, 3, 8))
		change(&d)
		return w.device(t, w.add(t, 1, d).name, 0).Life
	}
	if l := life(func(*registry.NewDevice) {}); l.Left.Value != 1 || l.Left.High != 3 || l.Price.From != "price.laptop" || l.Expected.After(w.now) {
		t.Errorf("past its expected life: %+v, %+v", l.Left, l.Price)
	}
	again := life(func(d *registry.NewDevice) {
		d.InService, d.Purchase.Acquisition = w.now.Add(-lifespan.Year), "reconditioned"
	})
	if !near(float64(again.Left.Value), 3) || again.Left.From != "lifetime.second.laptop less age" || again.Price.From != "price.reconditioned.laptop" || !near(float64(again.Made.Value), 185_100*0.2) {
		t.Errorf("reconditioned: %+v, %+v, %+v", again.Left, again.Price, again.Made)
	}
	if given := life(func(d *registry.NewDevice) { d.Purchase.Acquisition = "donated" }); given.Price != nil || given.Paid() != nil {
		t.Errorf("a gift was paid %+v", given.Price)
	}
	left := life(func(d *registry.NewDevice) { d.Retired, d.Purchase.RetiredTo = w.at(2026, 10, 1, 8), "reuse" })
	if last := left.Events[len(left.Events)-1]; left.Left != nil || left.Ends != nil || !left.Ended.Equal(w.at(2026, 10, 1, 8)) || last.Kind != view.EventReuse {
		t.Errorf("retired: %+v", left)
	}
}

func TestBatteryHasItsHistoryAndItsReplacement(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := laptop(site, equipment.Shared, w.at(2023, 9, 4, 8))
	d.LastSeen = w.now
	d.Inventory = report.Inventory{Category: "laptop", BatteryFullMWh: 47_000, BatteryDesignMWh: 50_000, BatteryCycles: 90}
	// The first battery wears to 70 %; in January 2026 there is another, which loses two
	// points every ten weeks.
	for i, share := range []int64{100, 90, 80, 70} {
		d.Capacities = append(d.Capacities, lifespan.Capacity{On: w.at(2023, 9, 4, 8).AddDate(0, 8*i, 0), FullMWh: 500 * share, DesignMWh: 50_000, Cycles: 100 * int64(i+1)})
	}
	for i, share := range []int64{100, 98, 96, 94} {
		d.Capacities = append(d.Capacities, lifespan.Capacity{On: w.at(2026, 1, 5, 8).AddDate(0, 0, 70*i), FullMWh: 500 * share, DesignMWh: 50_000, Cycles: 30 * int64(i+1)})
	}
	v := w.device(t, w.add(t, 1, d).name, 0)
	b := v.Battery
	if b == nil || b.Health != 0.94 || b.Cycles != 90 || len(b.Observed) != 8 || b.WornAt != 0.8 {
		t.Fatalf("the battery is %+v", b)
	}
	if b.Wear == nil || b.Wear.PerYear.Value > -0.03 || b.Wear.Health.Value < 0.9 || b.Wear.Expected.Before(w.now) {
		t.Errorf("it wears by %+v", b.Wear)
	}
	replaced := 0
	for _, e := range v.Life.Events {
		if e.Kind == view.EventBattery {
			replaced++
			if e.On.Year() != 2026 || e.On.Month() != time.January {
				t.Errorf("it was replaced on %s", e.On)
			}
		}
	}
	if replaced != 1 {
		t.Errorf("it was replaced %d times", replaced)
	}
	if v := w.device(t, w.add(t, 1, laptop(site, equipment.Shared, w.at(2023, 9, 4, 8))).name, 0); v.Battery != nil {
		t.Errorf("a laptop that says nothing of its battery has %+v", v.Battery)
	}
}

// Four hours a day, from eight to noon on local clocks, are four bars.
func TestMeanDayIsByTheHoursOfLocalClocks(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2025, 9, 1, 8)))
	if v := w.device(t, d.name, 0); v.Hours != nil {
		t.Errorf("before any report there is a mean day: %+v", v.Hours)
	}
	var windows []report.Window
	for day := 16; day <= 17; day++ {
		for quarter := range 16 {
			windows = append(windows, report.Window{Start: w.at(2026, 11, day, 8).Add(time.Duration(quarter) * report.WindowLength), SpanS: 900, LoadMs: report.Loads{900_000}, CPUCapacityMs: 900_000})
		}
		windows = append(windows, away(w.at(2026, 11, day, 12), w.at(2026, 11, day+1, 8)))
	}
	w.record(t, d, windows[:len(windows)-1]...)
	h := w.device(t, d.name, 0).Hours
	if h == nil || h.Days != 2 || len(h.Rows) != 24 {
		t.Fatalf("the mean day is %+v", h)
	}
	for _, row := range h.Rows {
		want := int64(0)
		if row.Hour >= 8 && row.Hour < 12 {
			want = 3_600_000
		}
		if row.RunningMs != want || want > 0 && row.Energy.Value <= 0 {
			t.Errorf("at %d o'clock it is on for %d ms, want %d", row.Hour, row.RunningMs, want)
		}
	}
}
