package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/telemetry"
)

// drain takes all that waits, as a feeder does, and tells what was sent, by device and
// start. While it sends, meanwhile may happen once.
func drain(t *testing.T, l *ledger.Ledger, batch int, meanwhile func()) (sent []telemetry.Entry) {
	t.Helper()
	for range 1000 {
		entries, err := l.Next(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return sent
		}
		if meanwhile != nil {
			meanwhile()
			meanwhile = nil
		}
		for _, half := range [][]telemetry.Entry{entries[:len(entries)/2], entries[len(entries)/2:]} { // as a feeder that is refused a batch
			if len(half) == 0 {
				continue
			}
			if err := l.Done(t.Context(), half[len(half)-1].ID); err != nil {
				t.Fatal(err)
			}
			sent = append(sent, half...)
		}
	}
	t.Fatal("the outbox does not get empty")
	return nil
}

func distinctOf(entries []telemetry.Entry) int {
	all := map[string]bool{}
	for _, e := range entries {
		all[fmt.Sprint(e.Device, e.Window.Start)] = true
	}
	return len(all)
}

func TestOutboxIsEmptiedInBatchesThatCutReports(t *testing.T) {
	l, s := open(t, t.TempDir(), true)
	_, all := devices(t, s, "Région", false, 2)
	for i := range 10 {
		record(t, l, all[i%2], now, 5, 0, quarters(5*i, 5*i+5)...)
	}
	if n, err := l.Waiting(t.Context()); err != nil || n != 50 {
		t.Errorf("%d windows wait, %v; want 50", n, err)
	}
	first, err := l.Next(t.Context(), 7)
	if err != nil || len(first) != 7 {
		t.Fatalf("the first batch has %d, %v", len(first), err)
	}
	if err := l.Done(t.Context(), first[6].ID); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Waiting(t.Context()); err != nil || n != 43 {
		t.Errorf("%d windows wait, %v; want 43", n, err)
	}
	if sent := drain(t, l, 4, nil); len(sent) != 43 || distinctOf(sent) != 43 {
		t.Errorf("%d windows were sent, %d of them different; want 43", len(sent), distinctOf(sent))
	}
	if n, err := l.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("%d windows wait, %v", n, err)
	}
}

// Beyond its bound the outbox keeps the newest windows, which are sent first, and of
// the others only of which days they are. Nothing is lost, also of what comes while a
// day is being sent.
func TestOutboxBeyondItsBoundLosesNothing(t *testing.T) {
	const boundB = 4000
	l, s := open(t, t.TempDir(), true, ledger.WithOutboxLimit(boundB))
	_, all := devices(t, s, "Région", false, 3)
	const reports = 100
	for i := range reports {
		record(t, l, all[i%3], now, 4, 0, quarters(4*(reports-i), 4*(reports-i)+4)...)
	}
	var bytes int64
	for { // until the last group is done with, a little after it was acknowledged
		if err := s.Read.QueryRow("SELECT sum(length(windows)) FROM outbox").Scan(&bytes); err != nil {
			t.Fatal(err)
		}
		if bytes <= boundB {
			break
		}
	}
	verified(t, s.Read)
	waiting, err := l.Waiting(t.Context())
	if err != nil || waiting == 0 || waiting >= 4*reports {
		t.Errorf("%d windows of %d wait, %v", waiting, 4*reports, err)
	}
	newest, err := l.Next(t.Context(), 1)
	if err != nil || len(newest) != 1 || newest[0].Window.Start.Before(quarter(2*reports).Start) {
		t.Errorf("the first that is sent is %+v, %v", newest, err)
	}
	late := quarter(4*reports + 2)
	late.Start = late.Start.Add(time.Second)
	sent := drain(t, l, 10, func() { record(t, l, all[0], now, 1, 0, late) })
	if n := distinctOf(sent); n != 4*reports+1 {
		t.Errorf("%d windows were sent of %d", n, 4*reports+1)
	}
	var left int
	if err := s.Read.QueryRow("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM unsent_days)").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are left, %v", left, err)
	}
}

// A day that gets new windows while it is being sent is sent once more, if they could
// not be kept apart.
func TestDayThatGrowsWhileItIsSentIsSentAgain(t *testing.T) {
	l, s := open(t, t.TempDir(), true, ledger.WithOutboxLimit(1)) // all become days
	_, all := devices(t, s, "Région", false, 1)
	record(t, l, all[0], now, 2, 0, quarter(3), quarter(2))
	record(t, l, all[0], now, 1, 0, quarter(1)) // after the first was made a day of
	waitFor(t, l)
	sent := drain(t, l, 10, func() {
		record(t, l, all[0], now, 1, 0, quarter(0))
		waitFor(t, l)
	})
	if len(sent) != 3+4 || distinctOf(sent) != 4 {
		t.Errorf("%d windows were sent, %d of them different; want three and then four", len(sent), distinctOf(sent))
	}
}

// waitFor waits until what was acknowledged is done with.
func waitFor(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	for {
		n, err := l.Waiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		post(t, l) // takes its turn after the group
	}
}

// Days that wait to be sent are kept beyond the retention, but not forever.
func TestDaysThatWaitAreKeptForTheRetention(t *testing.T) {
	l, s := open(t, t.TempDir(), true, ledger.WithOutboxLimit(1))
	_, all := devices(t, s, "Région", false, 2)
	record(t, l, all[0], now, 2, 0, hour(-60*24), hour(-1))
	waitFor(t, l)
	purged(t, l, now.Add(time.Hour), 0)
	record(t, l, all[1], later(far), 1, 0, hour(far-1))
	waitFor(t, l)
	purged(t, l, later(far), 2)
	verified(t, s.Read)
}
