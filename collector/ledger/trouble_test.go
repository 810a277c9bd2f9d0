package ledger_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/report"
)

// childVariable makes the test's own program a collector that records until it
// is killed, in the folder that it names.
const childVariable = "ECOPARC_TEST_LEDGER_CHILD"

// recordUntilKilled records windows with several goroutines and prints each one
// after it was acknowledged, never before.
func recordUntilKilled(dir string) {
	s, err := store.Open(context.Background(), dir)
	if err != nil {
		panic(err)
	}
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	var from, mode int
	var d ledger.Device
	if _, err := fmt.Sscan(os.Getenv(childVariable+"_FROM"), &from, &d.ID, &d.Site, &mode); err != nil {
		panic(err)
	}
	l := ledger.Open(s, where, true, ledger.WithJournal(ledger.Mode(mode)))
	if ledger.Mode(mode) == ledger.JournalAlways { // killed while it posts, as likely as not
		go func() {
			for l.Post(context.Background()) == nil {
			}
		}()
	}
	d.Population = "shared"
	const workers = 8
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			for i := from + worker; ; i += workers {
				if ack, err := l.Record(context.Background(), d, of(quarter(i)), now); err != nil || ack.New != 1 {
					panic(fmt.Sprint(i, ack, err))
				}
				os.Stdout.WriteString(fmt.Sprintln(i)) // in one write
			}
		})
	}
	wait.Wait()
}

// rounds is how often a collector is killed: more often in `make soak`.
func rounds(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("ECOPARC_SOAK")); err == nil {
		return n
	}
	return usual
}

func TestAcknowledgedWindowSurvivesKill(t *testing.T) {
	storetest.OnlySQLite(t, "its process in the collector")
	for name, mode := range map[string]ledger.Mode{"posted at once": ledger.JournalNever, "through the journal": ledger.JournalAlways} {
		t.Run(name, func(t *testing.T) { survivesKill(t, mode) })
	}
}

func survivesKill(t *testing.T, mode ledger.Mode) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	_, all := devices(t, s, "Région", false, 1)
	d := all[0]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []report.Window
	for round := range rounds(6) {
		for _, i := range recordAndKill(t, dir, d, mode, round*1000, 5+9*(round%10)) {
			acknowledged = append(acknowledged, quarter(i))
		}
		s, err := store.Open(t.Context(), dir)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		l := ledger.Open(s, paris(t), true, ledger.WithJournal(mode))
		record(t, l, d, now, 0, len(acknowledged), acknowledged...)
		post(t, l)
		verified(t, s.Read)
		// Nothing was counted by half either: days, windows and outbox agree.
		var counted int64
		if err := s.Read.QueryRow("SELECT sum(windows) FROM device_days").Scan(&counted); err != nil {
			t.Fatal(err)
		}
		windows, err := l.Windows(t.Context(), d.ID, time.Unix(0, 0), now)
		queued, waits := l.Waiting(t.Context())
		if kept := int64(len(windows)); err != nil || waits != nil || kept != counted || kept != queued || kept < int64(len(acknowledged)) {
			t.Fatalf("round %d: %d windows, %d counted, %d queued, %d acknowledged, %v, %v", round, kept, counted, queued, len(acknowledged), err, waits)
		}
		l.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// recordAndKill runs a child and kills it after some acknowledgements.
func recordAndKill(t *testing.T, dir string, d ledger.Device, mode ledger.Mode, from, after int) (acknowledged []int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+dir, fmt.Sprintf("%s_FROM=%d %d %d %d", childVariable, from, d.ID, d.Site, mode))
	var trouble strings.Builder
	child.Stderr = &trouble
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // the pipe's end; a line without its end was not acknowledged in full
		}
		var i int
		if _, err := fmt.Sscanln(line, &i); err != nil {
			t.Fatalf("the child prints %q", line)
		}
		if acknowledged = append(acknowledged, i); len(acknowledged) == after {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(acknowledged) < after {
		t.Fatalf("the child ended by itself: %v\n%s", err, trouble.String())
	}
	return acknowledged
}

func TestFullDiskAcknowledgesNothingAndIsOvercome(t *testing.T) {
	storetest.OnlySQLite(t, "a bound on its pages")
	l, s := open(t, t.TempDir(), true)
	_, all := devices(t, s, "Région", false, 1)
	record(t, l, all[0], now, 1, 0, quarter(0))
	// No page more than there are: SQLite answers as on a full disk.
	if _, err := s.Write.Exec("PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	before, taken := dump(t, s), 1
	for { // until the pages in hand are full
		ack, err := l.Record(t.Context(), all[0], of(quarters(taken, taken+20)...), now)
		if err != nil {
			if !errors.Is(err, store.ErrNoSpace) || ack != (report.Ack{}) {
				t.Errorf("acknowledged %+v with %v", ack, err)
			}
			break
		}
		before, taken = dump(t, s), taken+20
	}
	if dump(t, s) != before {
		t.Error("a part of what was refused is kept")
	}
	conserved(t, s)
	if _, err := s.Write.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	record(t, l, all[0], now, 20, taken, quarters(0, taken+20)...)
	conserved(t, s)
}

func TestLostStoreAcknowledgesNothing(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 1)
	before := dump(t, s)
	if err := s.Write.Close(); err != nil {
		t.Fatal(err)
	}
	if ack, err := l.Record(t.Context(), all[0], of(quarter(0)), now); err == nil || ack != (report.Ack{}) {
		t.Errorf("acknowledged %+v with %v", ack, err)
	}
	if dump(t, s) != before {
		t.Error("something is kept")
	}
}

// gone is the context of a client that hangs up at once: its report enters the
// queue, and nobody waits for it.
func gone(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// hold keeps the store's only writing connection, so that reports queue.
func hold(t testing.TB, s *store.Store) (release func()) {
	t.Helper()
	tx, err := s.Write.BeginTx(t.Context(), nil)
	if err == nil && s.Shared() { // which has more connections than this
		_, err = tx.Exec("LOCK TABLE devices IN EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// refuse makes the store refuse some rows of a table, in the middle of a transaction,
// until it is undone.
func refuse(t *testing.T, s *store.Store, event, table, when string) (undo func()) {
	t.Helper()
	make, drop := "CREATE TRIGGER odd BEFORE "+event+" ON "+table+" WHEN "+when+" BEGIN SELECT raise(ABORT, 'odd'); END", "DROP TRIGGER odd"
	if s.Shared() {
		make = "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'odd'; END$$; CREATE TRIGGER odd BEFORE " + event + " ON " + table + " FOR EACH ROW WHEN (" + when + ") EXECUTE FUNCTION odd()"
		drop = "DROP TRIGGER odd ON " + table + "; DROP FUNCTION odd"
	}
	run := func(statements string) {
		t.Helper()
		if _, err := s.Write.Exec(statements); err != nil {
			t.Fatal(err)
		}
	}
	run(make)
	return func() { t.Helper(); run(drop) }
}

func TestReportThatCannotBeFiledDoesNotHoldTheOthersBack(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 4)
	unknown := ledger.Device{ID: 999, Site: all[0].Site, Product: all[0].Product, Population: "shared"}
	odd := quarter(1) // the store refuses it in the middle of a transaction
	odd.NetRxB = 666
	refuse(t, s, "INSERT", "device_days", "NEW.net_rx_b = 666")
	release := hold(t, s)
	for _, r := range []struct {
		device ledger.Device
		window report.Window
	}{{all[0], quarter(0)}, {all[1], quarter(0)}, {unknown, quarter(0)}, {all[3], odd}, {all[2], quarter(0)}} {
		if _, err := l.Record(gone(t), r.device, of(r.window), now); !errors.Is(err, context.Canceled) {
			t.Errorf("a client that is gone is told %v", err)
		}
	}
	release()
	for _, d := range all[:3] {
		record(t, l, d, now, 0, 1, quarter(0))
	}
	if _, err := l.Record(t.Context(), all[3], of(odd), now); err == nil {
		t.Error("what the store refuses is acknowledged")
	}
	record(t, l, all[3], now, 1, 0, quarter(1)) // nothing of it was kept
	conserved(t, s)
}

// Of a number of a device that was erased the next device may be given; a report that
// was on its way is not filed under it, nor one of a device that is retired.
func TestReportIsFiledOnlyUnderTheSecretThatLetItIn(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 2)
	d, retired := all[0], all[1]
	d.Secret, retired.Secret = [32]byte{1}, [32]byte{2}
	for _, known := range []ledger.Device{d, retired} {
		if _, err := s.Write.Exec("UPDATE devices SET secret_sha256 = ? WHERE id = ?", known.Secret[:], known.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Write.Exec("UPDATE devices SET retired = ? WHERE id = ?", now.Unix(), retired.ID); err != nil {
		t.Fatal(err)
	}
	before := dump(t, s)
	another := d
	another.Secret = [32]byte{3}
	for name, refused := range map[string]ledger.Device{"another secret": another, "retired": retired, "erased": {ID: 999, Secret: d.Secret}} {
		if ack, err := l.Record(t.Context(), refused, of(quarter(0)), now.AddDate(1, 0, 0)); !errors.Is(err, ledger.ErrRetired) {
			t.Errorf("%s: acknowledged %+v, %v", name, ack, err)
		}
	}
	if after := dump(t, s); after != before {
		t.Errorf("something was filed:\n%s\nbefore:\n%s", after, before)
	}
	record(t, l, d, now, 1, 0, quarter(0))
	if latest, err := l.LatestReport(t.Context()); err != nil || !latest.Equal(now) {
		t.Errorf("the latest report came at %s, %v; want %s", latest, err, now)
	}
}

func TestReportsBeyondTheQueueAreRefusedNotKept(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 1)
	release := hold(t, s)
	var err error
	queued := 0
	for ; !errors.Is(err, ledger.ErrBusy) && queued < 10_000; queued++ {
		_, err = l.Record(gone(t), all[0], of(), now)
	}
	if !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("%d reports wait in memory, the last is told %v", queued, err)
	}
	release()
	for errors.Is(err, ledger.ErrBusy) { // until there is room again
		_, err = l.Record(t.Context(), all[0], of(quarter(0)), now)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestClosingFinishesWhatWasAcceptedAndTakesNothingMore(t *testing.T) {
	dir := t.TempDir()
	l, s := open(t, dir, false)
	_, all := devices(t, s, "Région", false, 1)
	release := hold(t, s)
	for i := range 5 {
		if _, err := l.Record(gone(t), all[0], of(quarter(i)), now); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	release()
	l.Close()
	if _, err := l.Record(t.Context(), all[0], of(quarter(9)), now); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("a closed ledger answers %v", err)
	}
	days, err := l.Days(t.Context(), all[0].ID, always)
	if err != nil || len(days) != 1 || days[0].Facts.Windows != 5 {
		t.Errorf("the days are %+v, %v; want five windows", days, err)
	}
}
