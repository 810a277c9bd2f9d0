package relocate_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/relocate"
	"github.com/ecoparc/ecoparc/collector/simulate"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

var now = time.Date(2026, 9, 18, 13, 0, 0, 0, time.UTC)

// always holds every day of these tests.
var always = calendar.Period{From: 0, To: 40_000}

func paris(t testing.TB) *time.Location {
	t.Helper()
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// reported is the report that waits in the journal of the folder.
var reported = &report.Report{Schema: report.Schema, Agent: "1.0.0", Windows: []report.Window{
	{Start: now.Add(-time.Hour), SpanS: 900, NetRxB: 5}, {Start: now.Add(-30 * time.Minute), SpanS: 900, OffMs: 900_000},
}}

// folder is a data folder as a collector leaves it that was killed: a simulated region,
// and a laptop of which a report waits in the journal.
func folder(t *testing.T) (dir string, laptop ledger.Device) {
	t.Helper()
	ctx, where := t.Context(), paris(t)
	s, err := store.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r, l := registry.Open(s), ledger.Open(s, where, true, ledger.WithJournal(ledger.JournalAlways))
	plan := simulate.Plan{Name: "Région simulée", Seed: 1, Colleges: 1, Years: 1, Now: now, Where: where}
	if err := simulate.Region(ctx, r, l, plan, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	o, err := r.AddOrganisation(ctx, "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := r.AddSites(ctx, o.ID, []registry.Site{{Name: "Lycée Émilie du Châtelet", Kind: registry.Lycee}})
	if err != nil {
		t.Fatal(err)
	}
	added, err := r.AddDevices(ctx, []registry.NewDevice{{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: now.AddDate(-1, 0, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	laptop = ledger.Device(added[0])
	if _, err := l.Record(ctx, laptop, reported, now); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := s.Backup(ctx, filepath.Join(dir, "ecoparc.sqlite")); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, laptop
}

func open(t *testing.T, p store.Place) *store.Store {
	t.Helper()
	s, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// stopAfter is a context that ends after some chunks.
func stopAfter(t *testing.T, chunks int, tell relocate.Progress) (context.Context, relocate.Progress) {
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	return ctx, func(table string, rows, of int64) {
		tell(table, rows, of)
		if chunks--; chunks == 0 {
			stop()
		}
	}
}

// A run that is stopped anywhere goes on where it was, and what is there in the end is
// the folder's: a collector on it knows each window again.
func TestStoppedRelocationGoesOn(t *testing.T) {
	server := storetest.StartPostgres(t)
	dir, laptop := folder(t)
	from := open(t, store.Place{Dir: dir})
	place := server.Place(t)
	told := map[string]int64{}
	tell := func(table string, rows, of int64) {
		if rows > of || rows <= told[table] && of > 0 {
			t.Errorf("of %s %d rows are told after %d, of %d", table, rows, told[table], of)
		}
		told[table] = rows
	}
	var o *relocate.Outcome
	stopped := 0
	for chunks := 1; o == nil; chunks += 3 {
		to := open(t, place)
		ctx, tell := stopAfter(t, chunks, tell)
		var err error
		if o, err = relocate.ToPostgres(ctx, from, to, paris(t), tell); err != nil {
			if stopped++; !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if err := relocate.Finished(t.Context(), to); (err == nil) != (o != nil) {
			t.Errorf("after %d stops, whether a collector may run on it is answered %v", stopped, err)
		}
		if err := to.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if stopped < 3 || !o.Right() || o.Ledger.SiteDays == 0 || o.Ledger.Unposted != 0 {
		t.Fatalf("after %d stops: %+v, %+v", stopped, o, o.Ledger)
	}
	to := open(t, place)
	old, l := ledger.Open(from, paris(t), true), ledger.Open(to, paris(t), true)
	defer old.Close()
	defer l.Close()
	owners, _, _, err := registry.Open(from).Organisations(t.Context())
	if err != nil || len(owners) != 2 {
		t.Fatalf("the folder has the organisations %v, %v", owners, err)
	}
	for _, owner := range owners {
		want, err := old.OrganisationMonths(t.Context(), owner.ID, always)
		if err != nil || len(want) == 0 {
			t.Fatalf("organisation %d has %d months, %v", owner.ID, len(want), err)
		}
		got, err := l.OrganisationMonths(t.Context(), owner.ID, always)
		if err != nil || !reflect.DeepEqual(byKey(got), byKey(want)) {
			t.Errorf("organisation %d has the months %+v, %v; want %+v", owner.ID, got, err, want)
		}
	}
	key, err := to.SerialKey()
	if was, readErr := from.SerialKey(); err != nil || readErr != nil || string(key) != string(was) {
		t.Errorf("the key of serial numbers is another: %v, %v", err, readErr)
	}
	if ack, err := l.Record(t.Context(), laptop, reported, now); err != nil || ack != (report.Ack{Repeat: 2}) {
		t.Errorf("a report that came before is acknowledged as %+v, %v", ack, err)
	}
	if _, err := registry.Open(to).AddOrganisation(t.Context(), "Département", false); err != nil {
		t.Errorf("new rows cannot be numbered: %v", err)
	}
	if n, err := l.Waiting(t.Context()); err != nil || n != 2 {
		t.Errorf("%d windows wait to be sent on, %v; want 2", n, err)
	}
	if _, err := relocate.ToPostgres(t.Context(), from, to, paris(t), tell); err == nil || !strings.Contains(err.Error(), "holds data already") {
		t.Errorf("a target that is in use is filled again: %v", err)
	}
}

func byKey(all []ledger.GroupMonth) map[string]ledger.GroupMonth {
	months := map[string]ledger.GroupMonth{}
	for _, m := range all {
		months[fmt.Sprint(m.Month, m.Product, m.Population)] = m
	}
	return months
}

// What is not as it was in the folder is told, and a target is filled from one folder
// that stays as it is.
func TestRelocationRefusesAndTells(t *testing.T) {
	server := storetest.StartPostgres(t)
	dir, laptop := folder(t)
	from := open(t, store.Place{Dir: dir})
	to := open(t, server.Place(t))
	silent := func(string, int64, int64) {}
	ctx, stopping := stopAfter(t, 8, silent)
	if _, err := relocate.ToPostgres(ctx, from, to, paris(t), stopping); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	other := open(t, store.Place{Dir: t.TempDir()})
	if _, err := relocate.ToPostgres(t.Context(), other, to, paris(t), silent); err == nil || !strings.Contains(err.Error(), "another data folder") {
		t.Errorf("two folders are mixed: %v", err)
	}
	if _, err := to.Write.Exec("UPDATE organisations SET name = name || ' Sud' WHERE name = 'Région'"); err != nil {
		t.Fatal(err)
	}
	o, err := relocate.ToPostgres(t.Context(), from, to, paris(t), silent)
	if err != nil || o.Right() || len(o.Differences) != 1 || !strings.HasPrefix(o.Differences[0], "organisations: the length of all name is ") {
		t.Errorf("a name that was changed is told as %+v, %v", o, err)
	}
	l := ledger.Open(from, paris(t), true)
	late := &report.Report{Schema: report.Schema, Windows: []report.Window{{Start: now, SpanS: 900, OffMs: 900_000}}}
	if _, err := l.Record(t.Context(), laptop, late, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := relocate.ToPostgres(t.Context(), from, to, paris(t), silent); err == nil || !strings.Contains(err.Error(), "has changed since") {
		t.Errorf("a folder that has changed is mixed with what it was: %v", err)
	}
	for _, pair := range [][2]*store.Store{{from, other}, {to, to}, {to, from}} {
		if _, err := relocate.ToPostgres(t.Context(), pair[0], pair[1], paris(t), silent); err == nil || !strings.Contains(err.Error(), "pg_dump") {
			t.Errorf("another way is gone: %v", err)
		}
	}
}
