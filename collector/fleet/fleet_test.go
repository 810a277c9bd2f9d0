package fleet_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestDeviceIsRetiredAroundWhatItReported(t *testing.T) {
	w := open(t)
	_, sites := w.schools(t, "Région", 1)
	w.now = w.at(10, 8)
	d := w.enrol(t, sites[0], "salle 12", report.Inventory{})
	w.record(t, d, w.at(10, 9), 4)
	w.record(t, d, w.at(12, 23), 4)
	w.now = w.at(23, 10)
	on := func(day int) calendar.Day { return calendar.Date(2026, 11, day) }
	for _, test := range []struct {
		name, to, words string
		on              calendar.Day
	}{
		{"salle 12", "recycling", "it has reported until 2026-11-12, after 2026-11-11", on(11)},
		{"salle 12", "recycling", "it is in service since 2026-11-10, after 2026-11-08", on(8)},
		{"salle 12", "recycling", "2026-11-24 is in the future", on(24)},
		{"salle 12", "the moon", `to is "the moon"; a device leaves to reuse, recycling, lost`, on(12)},
		{"salle 13", "reuse", `there is no device "salle 13"`, on(12)},
	} {
		_, err := w.Retire(w.ctx, []string{test.name}, test.on, test.to)
		wants(t, err, test.words)
	}
	if got := w.device(t, d.Name); !got.Retired.IsZero() {
		t.Fatalf("after errors it is retired on %s", got.Retired)
	}
	retired, err := w.Retire(w.ctx, []string{"salle 12"}, on(12), "recycling")
	if err != nil || !retired[0].Retired.Equal(w.at(13, 0)) {
		t.Fatalf("retired on %+v, %v; want the end of the day", retired, err)
	}
	if act := w.lastAct(t); act.Who != "the test" || act.What != "device retire" || act.Object != d.Name || act.Details != "on 2026-11-12, to recycling" || !act.At.Equal(w.now) {
		t.Errorf("the audit log says %+v", act)
	}
	if _, err := w.registry.Authenticate(w.ctx, d.Name, "any"); err == nil {
		t.Error("a retired device may report")
	}
	w.conserved(t)
	if _, err := w.Retire(w.ctx, []string{d.Name}, on(23), "lost"); err != nil {
		t.Fatal(err)
	}
	if got := w.device(t, d.Name); !got.Retired.Equal(w.now) || got.Purchase.RetiredTo != "lost" {
		t.Errorf("retired today, it is %+v", got)
	}
	if err := w.Return(w.ctx, []string{d.Name}); err != nil {
		t.Fatal(err)
	}
	if got := w.device(t, d.Name); !got.Retired.IsZero() || got.Purchase.RetiredTo != "" {
		t.Errorf("returned, it is %+v", got)
	}
	wants(t, w.Return(w.ctx, []string{d.Name}), "is in service")
}

func TestOneOfSeveralThatCannotBeRetiredLeavesAllInService(t *testing.T) {
	w := open(t)
	_, sites := w.schools(t, "Région", 1)
	a, b := w.enrol(t, sites[0], "a", report.Inventory{}), w.enrol(t, sites[0], "twice", report.Inventory{})
	w.enrol(t, sites[0], "twice", report.Inventory{})
	_, err := w.Retire(w.ctx, []string{"a", "twice"}, calendar.DayOf(w.now, w.where), "reuse")
	wants(t, err, "several devices have this label")
	if got := w.device(t, a.Name); !got.Retired.IsZero() {
		t.Error("the first is retired all the same")
	}
	if _, err := w.Retire(w.ctx, []string{"a", b.Name}, calendar.DayOf(w.now, w.where), "reuse"); err != nil {
		t.Error(err)
	}
}

// A report that was authenticated before its device was retired or transferred is
// filed where the device is now, and within its time in service.
func TestReportThatWasOvertakenByAnAdministratorIsFiledRight(t *testing.T) {
	w := open(t)
	_, sites := w.schools(t, "Région", 2)
	w.now = w.at(10, 12)
	d := w.enrol(t, sites[0], "a", report.Inventory{})
	w.record(t, d, w.at(10, 9), 4) // before it enrolled: its agent was there first
	if got := w.device(t, d.Name); !got.InService.Equal(w.at(10, 9)) {
		t.Errorf("it is in service since %s", got.InService)
	}
	if _, err := w.Transfer(w.ctx, d.Name, sites[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Retire(w.ctx, []string{d.Name}, calendar.Date(2026, 11, 10), "lost"); err != nil {
		t.Fatal(err)
	}
	w.now = w.at(10, 14)
	w.record(t, d, w.at(10, 12), 8) // by the key from before both
	w.conserved(t)
	if got := w.device(t, d.Name); !got.Retired.Equal(w.at(10, 14)) || got.Site != sites[1] {
		t.Errorf("it left on %s from site %d", got.Retired, got.Site)
	}
}

func TestTransferTakesThePastAlong(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 2)
	other, foreign := w.schools(t, "Autre", 1)
	w.now = w.at(10, 8)
	d, stays := w.enrol(t, sites[0], "a", report.Inventory{}), w.enrol(t, sites[0], "b", report.Inventory{})
	w.record(t, d, w.at(10, 9), 4)
	w.record(t, stays, w.at(10, 9), 6)
	before := w.total(t, organisation)
	if moved, err := w.Transfer(w.ctx, "a", sites[1]); err != nil || moved.Site != sites[1] {
		t.Fatalf("moved %+v, %v", moved, err)
	}
	if act := w.lastAct(t); act.Details != fmt.Sprintf("from site %d to site %d", sites[0], sites[1]) {
		t.Errorf("the audit log says %+v", act)
	}
	w.conserved(t)
	for i, want := range []int64{6, 4} {
		months, err := w.ledger.Months(w.ctx, organisation, sites[i], calendar.Period{From: 0, To: 40_000})
		if err != nil || len(months) != 1 || months[0].Facts.Windows != want {
			t.Errorf("site %d has %+v, %v; want %d windows", i+1, months, err, want)
		}
	}
	if after := w.total(t, organisation); after != before {
		t.Errorf("the organisation has %+v, before %+v", after, before)
	}
	_, err := w.Transfer(w.ctx, "a", foreign[0])
	wants(t, err, "belongs to another organisation")
	_, err = w.Transfer(w.ctx, "a", 99)
	wants(t, err, "there is no site 99")
	if got := w.total(t, other); got.Windows != 0 {
		t.Errorf("the other organisation has %+v", got)
	}
}

func TestReimagedDeviceGoesOn(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 2)
	w.now = w.at(2, 8)
	old := w.enrol(t, sites[0], "salle 12", report.Inventory{MemoryMiB: 4096, BatteryFullMWh: 40_000, BatteryDesignMWh: 50_000})
	w.record(t, old, w.at(2, 9), 4)
	w.imports(t, fleet.ImportOptions{Organisation: organisation, Site: sites[0]}, purchase.Entry{Label: "salle 12", Serial: "S1", Purchased: calendar.Date(2023, 9, 1), PriceCents: 45000, ScreenIn: 14})
	w.now = w.at(9, 8)
	heir := w.enrol(t, sites[1], "", report.Inventory{MemoryMiB: 8192, BatteryFullMWh: 39_000, BatteryDesignMWh: 50_000})
	w.record(t, heir, w.at(9, 9), 8)
	before := w.total(t, organisation)

	_, err := w.Merge(w.ctx, heir.Name, old.Name)
	wants(t, err, "they are two machines, or stand in the wrong order")
	_, err = w.Merge(w.ctx, heir.Name, heir.Name)
	wants(t, err, "one device already")
	tablet := w.enrol(t, sites[0], "tablette", report.Inventory{Category: "tablet"})
	_, err = w.Merge(w.ctx, tablet.Name, heir.Name)
	wants(t, err, "one is a tablet, the other a laptop")

	merged, err := w.Merge(w.ctx, old.Name, heir.Name)
	if err != nil {
		t.Fatal(err)
	}
	w.conserved(t)
	if after := w.total(t, organisation); after != before {
		t.Errorf("the organisation has %+v, before %+v", after, before)
	}
	got := w.device(t, heir.Name)
	if got.InServiceFrom != registry.FromPurchase || !got.InService.Equal(time.Date(2023, 9, 1, 0, 0, 0, 0, w.where)) || got.Purchase.PriceCents != 45000 || got.Purchase.ScreenIn != 14 ||
		got.Label != "salle 12" || got.Site != sites[1] || got.Inventory.MemoryMiB != 8192 || merged.Name != heir.Name {
		t.Errorf("it goes on as %+v", got)
	}
	if _, err := w.registry.Device(w.ctx, old.Name); err == nil {
		t.Error("the old identity is still there")
	}
	windows, err := w.ledger.Windows(w.ctx, got.ID, w.at(1, 0), w.at(23, 0))
	if err != nil || len(windows) != 12 || len(windows[0].Energy) != 1 {
		t.Errorf("it has %d windows, %v; want those of both", len(windows), err)
	}
	capacities, err := w.registry.Capacities(w.ctx, got.ID)
	if err != nil || len(capacities) != 2 || capacities[0].FullMWh != 40_000 || capacities[1].FullMWh != 39_000 {
		t.Errorf("its battery has %+v, %v; want what both said", capacities, err)
	}
	if act := w.lastAct(t); act.What != "device merge" || act.Object != heir.Name || act.Details != "goes on from "+old.Name {
		t.Errorf("the audit log says %+v", act)
	}
	again := w.imports(t, fleet.ImportOptions{Organisation: organisation}, purchase.Entry{Label: "salle 12", Serial: "s1", Site: "Site 2"})
	if again[0].Outcome != registry.Unchanged || again[0].Device != heir.Name {
		t.Errorf("its serial number is known as %+v", again[0])
	}
}

func TestNewKeyReplacesTheOldOne(t *testing.T) {
	w := open(t)
	_, sites := w.schools(t, "Région", 1)
	token, _, err := w.registry.CreateToken(w.ctx, sites[0], equipment.Shared, 1, time.Hour, w.now)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.registry.Enrol(w.ctx, &report.EnrolRequest{Token: token, Inventory: report.Inventory{Category: "laptop"}}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := w.RotateKey(w.ctx, id.Device)
	if err != nil || secret == id.Secret {
		t.Fatalf("the new secret is %q, %v", secret, err)
	}
	if _, err := w.registry.Authenticate(w.ctx, id.Device, id.Secret); err == nil {
		t.Error("the old secret is still good")
	}
	if _, err := w.registry.Authenticate(w.ctx, id.Device, secret); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	w.imports(t, fleet.ImportOptions{Organisation: 1, Site: sites[0]}, purchase.Entry{Label: "écran", Category: equipment.Monitor, Purchased: calendar.Date(2023, 9, 1)})
	_, _, err = w.RotateKey(w.ctx, "écran")
	wants(t, err, "carries no agent")
}

// Whatever administrators do, in whatever order, windows are neither lost nor counted
// twice, and what is known of a device stays within its time in service.
func TestAdministrationConserves(t *testing.T) {
	w := open(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		w.now = w.at(1, 8)
		organisation, sites := w.schools(t, fmt.Sprint("Région ", run), 3)
		var names []string
		var windows int64
		pick := func() string { return rapid.SampledFrom(names).Draw(t, "device") }
		for step := range rapid.IntRange(3, 14).Draw(t, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
			act := rapid.SampledFrom([]string{"enrol", "record", "record", "transfer", "merge", "retire", "purchase"}).Draw(t, "act")
			if len(names) == 0 {
				act = "enrol"
			}
			switch act {
			case "enrol":
				memory := rapid.SampledFrom([]int64{4096, 8192}).Draw(t, "memory")
				d := w.enrol(t, rapid.SampledFrom(sites).Draw(t, "site"), fmt.Sprint("poste ", step), report.Inventory{MemoryMiB: memory})
				names = append(names, d.Name)
			case "record":
				if d := w.device(t, pick()); d.Retired.IsZero() {
					n := rapid.IntRange(1, 4).Draw(t, "quarters")
					w.record(t, d, w.now.Add(-time.Hour), n)
					windows += int64(n)
				}
			case "transfer":
				if _, err := w.Transfer(w.ctx, pick(), rapid.SampledFrom(sites).Draw(t, "site")); err != nil {
					t.Fatalf("%v", err)
				}
			case "merge":
				old := pick()
				if _, err := w.Merge(w.ctx, old, pick()); err == nil { // otherwise they are two
					names = without(names, old)
				}
			case "retire":
				on := calendar.DayOf(w.now, w.where) - calendar.Day(rapid.IntRange(0, 3).Draw(t, "days ago"))
				_, _ = w.Retire(w.ctx, []string{pick()}, on, "reuse") // or it has reported since
			case "purchase":
				d := w.device(t, pick())
				bought := calendar.DayOf(w.now, w.where) - calendar.Day(rapid.IntRange(0, 20).Draw(t, "days ago"))
				_, _ = w.tries(fleet.ImportOptions{Organisation: organisation, Site: d.Site}, purchase.Entry{Label: d.Label, Purchased: bought, WeightKg: rapid.Float64Range(1, 2).Draw(t, "weight")})
			}
			w.conserved(t)
			if got := w.total(t, organisation).Windows; got != windows {
				t.Fatalf("after %s the organisation has %d windows, want %d", act, got, windows)
			}
		}
		// Whatever came before, the machine can be set up anew.
		w.now = w.now.Add(24 * time.Hour)
		heir := w.enrol(t, sites[0], "", report.Inventory{})
		w.record(t, heir, w.now.Add(-time.Hour), 2)
		if _, err := w.Merge(w.ctx, pick(), heir.Name); err != nil {
			t.Fatalf("%v", err)
		}
		w.conserved(t)
		if got := w.total(t, organisation).Windows; got != windows+2 {
			t.Fatalf("after a merge the organisation has %d windows, want %d", got, windows+2)
		}
	})
}

func without(names []string, name string) (left []string) {
	for _, n := range names {
		if n != name {
			left = append(left, n)
		}
	}
	return left
}
