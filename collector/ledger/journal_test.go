package ledger_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// unposted checks how many reports wait.
func unposted(t *testing.T, l *ledger.Ledger, want int) {
	t.Helper()
	if n, since := l.Unposted(); n != want || since.IsZero() != (want == 0) {
		t.Errorf("%d reports wait since %s, want %d", n, since, want)
	}
}

func counted(t *testing.T, l *ledger.Ledger, d ledger.Device) (windows int64) {
	t.Helper()
	days, err := l.Days(t.Context(), d.ID, always)
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range days {
		windows += day.Facts.Windows
	}
	return windows
}

// Reports that say nothing but news wait; one that may hold repeats, or tells what the
// device is, is posted at once, after those of its device that wait.
func TestJournalHoldsNewsAndOthersArePostedAtOnce(t *testing.T) {
	l, s := open(t, t.TempDir(), true, ledger.WithJournal(ledger.JournalAlways))
	_, all := devices(t, s, "Région", false, 3)
	record(t, l, all[0], now, 2, 0, quarter(9), quarter(8))
	record(t, l, all[0], now.Add(time.Minute), 1, 0, quarter(7))
	record(t, l, all[1], now, 1, 0, quarter(9))
	unposted(t, l, 3)
	if _, since := l.Unposted(); !since.Equal(now) {
		t.Errorf("reports wait since %s, want %s", since, now)
	}
	if n := counted(t, l, all[0]); n != 0 {
		t.Errorf("%d windows are in the sums already", n)
	}
	if v := verified(t, s.Read); v.Unposted != 3 || v.Windows != 0 {
		t.Errorf("the check counts %+v", v)
	}
	if n, err := l.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("%d windows wait to be sent on before they are posted, %v", n, err)
	}
	record(t, l, all[0], now, 1, 1, quarter(8), quarter(6)) // a repeat of what waits
	unposted(t, l, 1)
	if n := counted(t, l, all[0]); n != 4 {
		t.Errorf("%d windows are in the sums, want 4", n)
	}
	r := of(quarter(8))
	r.Inventory = &report.Inventory{Category: "desktop"}
	if ack, err := l.Record(t.Context(), all[1], r, now); err != nil || ack.New != 1 {
		t.Errorf("acknowledged %+v, %v", ack, err)
	}
	unposted(t, l, 0)
	record(t, l, all[2], now, 2, 0, quarter(3), quarter(4)) // not in order: they may be repeats of each other
	unposted(t, l, 0)
	verified(t, s.Read)
	if n, err := l.Waiting(t.Context()); err != nil || n != 8 {
		t.Errorf("%d windows wait to be sent on, %v; want 8", n, err)
	}
}

// What is acknowledged through the journal is what is filed without it.
func TestJournalLeavesWhatDirectPostingLeaves(t *testing.T) {
	var dumps []string
	for _, mode := range []ledger.Mode{ledger.JournalNever, ledger.JournalAlways} {
		l, s := open(t, t.TempDir(), false, ledger.WithJournal(mode))
		_, all := devices(t, s, "Région", false, 5)
		if _, err := s.Write.Exec("UPDATE devices SET name = 'd-' || id"); err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for n, d := range all {
			wait.Go(func() {
				for i := range 20 {
					r := of(quarter(100-2*i), quarter(99-2*i-n%2)) // the second one again in the next
					if _, err := l.Record(t.Context(), d, r, now.Add(time.Duration(i)*time.Minute)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		post(t, l)
		unposted(t, l, 0)
		verified(t, s.Read)
		dumps = append(dumps, dump(t, s))
	}
	if dumps[0] != dumps[1] {
		t.Errorf("at once:\n%s\nthrough the journal:\n%s", dumps[0], dumps[1])
	}
}

// A journal that an earlier process left is posted by the next, beside reports that
// come, whose acknowledgements are exact all the same.
func TestJournalThatWasLeftIsPosted(t *testing.T) {
	storetest.OnlySQLite(t, "backups of its own")
	dir := t.TempDir()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	_, all := devices(t, s, "Région", false, 2)
	killed := ledger.Open(s, paris(t), true, ledger.WithJournal(ledger.JournalAlways))
	for i := range 10 {
		record(t, killed, all[0], now, 1, 0, quarter(20-i))
	}
	// As by a kill: its folder is copied while the reports wait.
	left := t.TempDir()
	if err := s.Backup(t.Context(), left+"/ecoparc.sqlite"); err != nil {
		t.Fatal(err)
	}
	killed.Close()
	s.Close()

	l, again := open(t, left, true)
	record(t, l, all[0], now, 1, 2, quarter(20), quarter(11), quarter(10))
	record(t, l, all[1], now, 1, 0, quarter(1))
	post(t, l)
	unposted(t, l, 0)
	if n := counted(t, l, all[0]); n != 11 {
		t.Errorf("%d windows are in the sums, want 11", n)
	}
	verified(t, again.Read)
}

func TestClosingPostsTheJournal(t *testing.T) {
	l, s := open(t, t.TempDir(), false, ledger.WithJournal(ledger.JournalAlways))
	_, all := devices(t, s, "Région", false, 1)
	record(t, l, all[0], now, 1, 0, quarter(1))
	l.Close()
	if n := counted(t, l, all[0]); n != 1 {
		t.Errorf("%d windows are in the sums, want 1", n)
	}
	if err := l.Post(t.Context()); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("a closed ledger posts: %v", err)
	}
}

// A report that cannot be posted is kept, and does not hold the others back.
func TestReportThatCannotBePostedDoesNotHoldTheOthersBack(t *testing.T) {
	l, s := open(t, t.TempDir(), false, ledger.WithJournal(ledger.JournalAlways))
	_, all := devices(t, s, "Région", false, 3)
	odd := quarter(5)
	odd.NetRxB = 666
	for i, w := range []report.Window{quarter(5), odd, quarter(5)} {
		record(t, l, all[i], now, 1, 0, w)
	}
	undo := refuse(t, s, "INSERT", "device_days", "NEW.net_rx_b = 666")
	post(t, l)
	unposted(t, l, 1)
	for i, want := range []int64{1, 0, 1} {
		if n := counted(t, l, all[i]); n != want {
			t.Errorf("of device %d %d windows are in the sums, want %d", i, n, want)
		}
	}
	verified(t, s.Read)
	undo()
	record(t, l, all[1], now, 0, 1, odd) // asked again, it is posted with what waits
	unposted(t, l, 0)
	if n := counted(t, l, all[1]); n != 1 {
		t.Errorf("%d windows are in the sums, want 1", n)
	}
}

// A disk that fails while the journal is posted leaves it as it was.
func TestPostingThatFailsLeavesTheJournal(t *testing.T) {
	l, s := open(t, t.TempDir(), false, ledger.WithJournal(ledger.JournalAlways))
	_, all := devices(t, s, "Région", false, 2)
	record(t, l, all[0], now, 1, 0, quarter(1))
	record(t, l, all[1], now, 1, 0, quarter(1))
	undo := refuse(t, s, "DELETE", "journal", "OLD.id > 0")
	before := dump(t, s)
	if err := l.Post(t.Context()); err == nil {
		t.Error("nothing was deleted from the journal, and nothing is told")
	}
	if dump(t, s) != before {
		t.Error("a part of it was posted")
	}
	unposted(t, l, 2)
	undo()
	post(t, l)
	unposted(t, l, 0)
	verified(t, s.Read)
}

// Acts on a device see what waits of it.
func TestExportAndErasureSeeTheJournal(t *testing.T) {
	l, s := open(t, t.TempDir(), true, ledger.WithJournal(ledger.JournalAlways))
	organisation, all := devices(t, s, "Région", false, 2)
	for _, d := range all {
		record(t, l, d, now, 2, 0, quarter(3), quarter(2))
	}
	name := nameOf(t, s, all[0])
	kept, err := ledger.Export(t.Context(), s, name, now)
	if want := []report.Window{quarter(3), quarter(2)}; err != nil || !reflect.DeepEqual(kept.Unposted, want) || len(kept.Windows) != 0 {
		t.Errorf("exported are %+v, %v", kept, err)
	}
	if e, err := ledger.Erase(t.Context(), s, paris(t), name, now); err != nil || e != (ledger.Erased{Days: 1, Windows: 2, Waiting: 1}) {
		t.Errorf("erased are %+v, %v", e, err)
	}
	post(t, l) // which remembers what is not there any more
	unposted(t, l, 0)
	verified(t, s.Read)
	months, err := l.OrganisationMonths(t.Context(), organisation, always)
	if err != nil || len(months) != 1 || months[0].Facts.Windows != 4 {
		t.Errorf("the months are %+v, %v; want four windows", months, err)
	}
}

// One organisation has the sums of its sites, also of a period that cuts a month.
func TestOrganisationMonthsAreThoseOfItsSites(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	organisation, all := devices(t, s, "Région", false, 2)
	other, others := devices(t, s, "Autre", false, 1)
	for i, d := range append(all, others...) {
		for day := range 40 {
			record(t, l, d, later(50*24), 1, 0, hour(day*24+i))
		}
	}
	first := calendar.DayOf(now, paris(t))
	for _, p := range []calendar.Period{always, {From: first + 3, To: first + 20}, {From: first.Month(), To: first + 10}, {From: first + 39, To: first + 60}} {
		for _, o := range []int64{organisation, other} {
			sites, err := l.Months(t.Context(), o, 0, p)
			if err != nil {
				t.Fatal(err)
			}
			together, err := l.OrganisationMonths(t.Context(), o, p)
			if err != nil {
				t.Fatal(err)
			}
			for i := range sites {
				sites[i].Site = 0
			}
			byMonth := func(a, b ledger.GroupMonth) int { return int(a.Month - b.Month) }
			slices.SortFunc(sites, byMonth)
			slices.SortFunc(together, byMonth)
			if !reflect.DeepEqual(sites, together) || len(sites) == 0 {
				t.Errorf("in %v the sites have %+v, together they have %+v", p, sites, together)
			}
			var windows, want int64
			for _, g := range together {
				windows += g.Facts.Windows
			}
			for day := range calendar.Day(40) {
				if p.Contains(first + day) {
					want += int64(len(all))
				}
			}
			if o == other {
				want /= int64(len(all))
			}
			if windows != want {
				t.Errorf("in %v organisation %d has %d windows, want %d", p, o, windows, want)
			}
		}
	}
}

// Two programs on one file, both of which keep journals: even they count once.
func TestTwoJournalsOnOneFileCountEachWindowOnce(t *testing.T) {
	dir := t.TempDir()
	l, s := open(t, dir, false, ledger.WithJournal(ledger.JournalAlways))
	_, all := devices(t, s, "Région", false, 2)
	beside, err := place(t, dir).OpenShared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := ledger.Open(beside, paris(t), false, ledger.WithJournal(ledger.JournalAlways))
	defer func() { second.Close(); beside.Close() }()
	var wait sync.WaitGroup
	for _, one := range []*ledger.Ledger{l, second} {
		wait.Go(func() {
			for n := range 12 {
				if _, err := one.Record(context.Background(), all[n%2], of(quarter(40-2*n), quarter(39-2*n)), now); err != nil {
					t.Error(err)
				}
				if n%5 == 4 {
					if err := one.Post(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wait.Wait()
	post(t, l)
	post(t, second)
	if v := verified(t, s.Read); v.Windows != 24 || v.Unposted != 0 {
		t.Errorf("the check counts %+v, want 24 windows", v)
	}
	if got := counted(t, l, all[0]) + counted(t, l, all[1]); got != 24 {
		t.Errorf("%d windows are in the sums, want 24", got)
	}
}

// In one group some reports wait and others are posted: what is known of the devices
// that wait stays as it is until they are.
func TestGroupOfBothKindsLeavesEachDeviceItsOwn(t *testing.T) {
	l, s := open(t, t.TempDir(), false, ledger.WithJournal(ledger.JournalAlways))
	_, all := devices(t, s, "Région", false, 4)
	for _, d := range all {
		record(t, l, d, now, 1, 0, quarter(9))
	}
	post(t, l)
	told := func() (texts [3]string) {
		for i := range texts {
			if err := s.Read.QueryRow("SELECT agent || ' ' || last_seen || ' ' || in_service || ' ' || newest_window FROM devices WHERE id = ?", all[i].ID).Scan(&texts[i]); err != nil {
				t.Fatal(err)
			}
		}
		return texts
	}
	before := told()
	release := hold(t, s)
	for i, d := range all {
		w := quarter(5)
		if i == 3 {
			w = quarter(9) // a repeat
		}
		if _, err := l.Record(gone(t), d, of(w), now.Add(time.Hour)); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	release()
	record(t, l, all[3], now.Add(time.Hour), 0, 1, quarter(9))
	unposted(t, l, 3)
	if after := told(); after != before {
		t.Errorf("of the devices that wait is told %s, before %s", after, before)
	}
	post(t, l)
	verified(t, s.Read)
}

// Who may report is remembered, and no longer than it is true, whoever changes it.
func TestReportThatWaitsNeedsAnIdentityThatStillHolds(t *testing.T) {
	dir := t.TempDir()
	l, s := open(t, dir, false, ledger.WithJournal(ledger.JournalAlways))
	_, all := devices(t, s, "Région", false, 4)
	for i := range all {
		all[i].Secret = [32]byte{byte(i + 1)}
		if _, err := s.Write.Exec("UPDATE devices SET secret_sha256 = ? WHERE id = ?", all[i].Secret[:], all[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	reports := func(at int, want ...bool) {
		t.Helper()
		for i, d := range all {
			_, err := l.Record(t.Context(), d, of(quarter(100-at)), now)
			if (err == nil) != want[i] || err != nil && !errors.Is(err, ledger.ErrRetired) {
				t.Errorf("at %d of device %d: %v", at, i, err)
			}
		}
	}
	reports(0, true, true, true, true)
	reports(1, true, true, true, true)
	unposted(t, l, 8)
	beside, err := place(t, dir).OpenShared(t.Context()) // a command of its own
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	for i, change := range []struct {
		by        *store.Store
		statement string
		device    int
	}{
		{beside, "UPDATE devices SET secret_sha256 = NULL WHERE id = ?", 0},
		{s, "UPDATE devices SET retired = 1 WHERE id = ?", 1},
		{beside, "UPDATE devices SET label = 'x' WHERE id = ?", 2},
	} {
		if _, err := change.by.Write.Exec(change.statement, all[change.device].ID); err != nil {
			t.Fatal(err)
		}
		reports(2+i, false, i < 1, true, true)
	}
	if _, err := ledger.Erase(t.Context(), beside, paris(t), nameOf(t, s, all[3]), now); err != nil {
		t.Fatal(err)
	}
	reports(9, false, false, true, false)
	if _, err := s.Write.Exec("UPDATE devices SET retired = NULL WHERE id = ?", all[1].ID); err != nil {
		t.Fatal(err)
	}
	reports(10, false, true, true, false)
	post(t, l)
	verified(t, s.Read)
}
