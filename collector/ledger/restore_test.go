package ledger_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// An agent's spool and the ledger after any schedule of sending (twice, out of
// order, overlapping), purging, backing up and restoring: what is in the agent's
// hands or was acknowledged since the last backup is counted once, to the microjoule,
// as if it had been sent once and in order.
func TestAnyScheduleWithRestoresGivesTheSameTotals(t *testing.T) {
	storetest.OnlySQLite(t, "backups of its own")
	where := paris(t)
	// Each check opens several stores: a fifth of the usual number.
	checks := flag.Lookup("rapid.checks").Value
	usual := checks.String()
	if usual == usualChecks {
		defer checks.Set(usual)
		if err := checks.Set("8"); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, where)
		defer w.close()
		at := now
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "days")) * 24 * time.Hour)
			switch rapid.SampledFrom([]string{"send", "send", "send", "purge", "backup", "restore"}).Draw(t, "step") {
			case "send":
				w.send(t, rapid.SliceOfN(rapid.SampledFrom(w.windows), 1, 8).Draw(t, "windows"), at)
			case "purge":
				w.send(t, []report.Window{{Start: at.Add(-time.Hour), SpanS: 900, OffMs: 1}}, at) // tells that the time is right
				if _, err := w.ledger.Purge(context.Background(), at); err != nil {
					t.Fatalf("%v", err)
				}
			case "backup":
				w.backup(t)
			case "restore":
				w.restore(t)
			}
		}
		w.send(t, w.windows, at) // in the end the agent sends all that it has
		w.check(t)
	})
}

// world is one device, the ledger that it reports to, and what that should hold.
type world struct {
	dir     string
	where   *time.Location
	store   *store.Store
	ledger  *ledger.Ledger
	device  ledger.Device
	windows []report.Window
	counted map[int64]report.Window // by start

	copied      string
	inTheCopy   map[int64]report.Window
	generations int
}

func newWorld(t *rapid.T, where *time.Location) *world {
	dir, err := os.MkdirTemp("", "ecoparc-ledger-*")
	if err != nil {
		t.Fatalf("%v", err)
	}
	w := &world{dir: dir, where: where, counted: map[int64]report.Window{}}
	w.open(t)
	_, all := devices(t, w.store, "Région", false, 1)
	w.device = all[0]
	// Windows of a sound agent do not overlap: quarters of an hour with meters, and
	// absences over midnight.
	begin := time.Date(2026, 10, 22, 20, 0, 0, 0, time.UTC)
	for range rapid.IntRange(1, 12).Draw(t, "count") {
		one := drawWindow(t, begin)
		w.windows = append(w.windows, one)
		begin = one.End().Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "hole"))*report.WindowLength + report.WindowLength).Truncate(report.WindowLength)
	}
	w.backup(t)
	return w
}

func (w *world) folder() string { return filepath.Join(w.dir, fmt.Sprint("data", w.generations)) }

func (w *world) open(t *rapid.T) {
	var err error
	if w.store, err = store.Open(context.Background(), w.folder()); err != nil {
		t.Fatalf("%v", err)
	}
	w.ledger = ledger.Open(w.store, w.where, false)
}

func (w *world) shut() {
	w.ledger.Close()
	w.store.Close()
}

func (w *world) close() {
	w.shut()
	os.RemoveAll(w.dir)
}

func (w *world) send(t *rapid.T, windows []report.Window, at time.Time) {
	var want report.Ack
	for _, one := range windows {
		if _, known := w.counted[one.Start.Unix()]; known {
			want.Repeat++
			continue
		}
		want.New++
		w.counted[one.Start.Unix()] = one
	}
	if ack, err := w.ledger.Record(context.Background(), w.device, of(windows...), at); err != nil || ack != want {
		t.Fatalf("acknowledged %+v, %v; want %+v", ack, err, want)
	}
}

func (w *world) backup(t *rapid.T) {
	w.copied = filepath.Join(w.dir, fmt.Sprint(len(w.counted), "-", w.generations, "-", time.Now().UnixNano()))
	if err := w.store.Backup(context.Background(), w.copied); err != nil {
		t.Fatalf("%v", err)
	}
	w.inTheCopy = maps.Clone(w.counted)
}

func (w *world) restore(t *rapid.T) {
	w.shut()
	w.generations++
	err := store.Restore(context.Background(), w.copied, w.folder(), func(db *sql.DB) error {
		verified(t, db)
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	w.open(t)
	w.counted = maps.Clone(w.inTheCopy)
}

func (w *world) check(t *rapid.T) {
	want := map[calendar.Day]footprint.Facts{}
	for _, start := range slices.Sorted(maps.Keys(w.counted)) {
		one := w.counted[start]
		for _, part := range footprint.ByDay(&one, w.where) {
			sum := want[part.Day]
			sum.Add(part.Facts)
			want[part.Day] = sum
		}
	}
	days, err := w.ledger.Days(context.Background(), w.device.ID, always)
	got := map[calendar.Day]footprint.Facts{}
	for _, d := range days {
		got[d.Day] = d.Facts
	}
	if err != nil || !maps.Equal(got, want) {
		t.Fatalf("the days are %+v, %v; want %+v", got, err, want)
	}
	verified(t, w.store.Read)
}
