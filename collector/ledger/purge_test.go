package ledger_test

import (
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// hour is an hour of sleep that begins so many hours after now.
func hour(after int) report.Window {
	return report.Window{Start: now.Add(time.Duration(after) * time.Hour), SpanS: 3600, SuspendedMs: 3_600_000}
}

// far is how many hours after now the windows of now are long purged.
const far = 40 * 24

func later(hours int) time.Time { return now.Add(time.Duration(hours) * time.Hour) }

// purged purges and checks how many windows went.
func purged(t *testing.T, l *ledger.Ledger, at time.Time, want int64) {
	t.Helper()
	if n, err := l.Purge(t.Context(), at); err != nil || n != want {
		t.Fatalf("%d windows were purged, %v; want %d", n, err, want)
	}
}

// A window that was never received counts however late it comes, also when windows
// around it are purged by then.
func TestPurgeHidesNoWindowThatNeverCame(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 1)
	d := all[0]
	record(t, l, d, later(10), 5, 0, hour(0), hour(1), hour(4), hour(7), hour(8))
	record(t, l, d, later(far), 1, 0, hour(far-1))
	purged(t, l, later(far), 5)
	record(t, l, d, later(far), 0, 5, hour(0), hour(1), hour(4), hour(7), hour(8))
	// Before, in the first hole, and the two ends of the second.
	record(t, l, d, later(far), 4, 1, hour(-3), hour(1), hour(2), hour(5), hour(6))
	record(t, l, d, later(far), 0, 3, hour(2), hour(5), hour(6))
	record(t, l, d, later(2*far), 1, 0, hour(2*far-1))
	purged(t, l, later(2*far), 5) // the four, and the one of far-1
	record(t, l, d, later(2*far), 0, 6, hour(-3), hour(2), hour(5), hour(6), hour(4), hour(far-1))
	record(t, l, d, later(2*far), 1, 0, hour(3)) // what is left of the first hole
	days, err := l.Days(t.Context(), d.ID, always)
	var sum int64
	for _, day := range days {
		sum += day.Facts.SuspendedMs
	}
	if want := int64(12 * 3_600_000); err != nil || sum != want {
		t.Errorf("the days hold %d ms, %v; want %d", sum, err, want)
	}
	conserved(t, s)
}

// A laptop back from a summer of 60 days brings what it did before, and each window
// lands in its day.
func TestWindowsOfSummerLandInTheirDays(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	organisation, all := devices(t, s, "Région", false, 2)
	record(t, l, all[0], now, 1, 0, hour(-1))
	for week := range 10 { // the other one reports all the time, and windows are purged
		record(t, l, all[1], later((week+1)*7*24), 1, 0, hour((week+1)*7*24-2))
		if _, err := l.Purge(t.Context(), later((week+1)*7*24)); err != nil {
			t.Fatal(err)
		}
	}
	back := 60 * 24
	record(t, l, all[0], later(back), 3, 1, hour(-1), hour(0), hour(24), hour(back-1))
	days, err := l.Days(t.Context(), all[0].ID, always)
	first := calendar.DayOf(now, paris(t))
	if err != nil || len(days) != 3 || days[0].Day != first || days[0].Facts.Windows != 2 || days[1].Day != first+1 || days[2].Day != first+60 {
		t.Errorf("the days are %+v, %v", days, err)
	}
	// November was closed when a window of it came; January is not.
	revised, err := l.Revisions(t.Context(), organisation, 0, always)
	november := calendar.Date(2026, 11, 1)
	if err != nil || len(revised) != 1 || revised[november].Windows != 2 || !revised[november].At.Equal(later(back)) {
		t.Errorf("revised are %+v, %v", revised, err)
	}
	if other, err := l.Revisions(t.Context(), organisation, all[0].Site+1, always); err != nil || len(other) != 0 {
		t.Errorf("of another site revised are %+v, %v", other, err)
	}
	conserved(t, s)
}

func TestMonthIsRevisedOnlyAfterItClosed(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	organisation, all := devices(t, s, "Région", false, 1)
	closes := calendar.Date(2026, 12, 1).Start(paris(t)).Add(ledger.MonthCloses)
	record(t, l, all[0], closes, 1, 0, hour(0))
	if revised, err := l.Revisions(t.Context(), organisation, 0, always); err != nil || len(revised) != 0 {
		t.Errorf("before it closed it is revised: %+v, %v", revised, err)
	}
	record(t, l, all[0], closes.Add(time.Second), 0, 1, hour(0)) // a repeat revises nothing
	record(t, l, all[0], closes.Add(time.Second), 1, 0, hour(1))
	revised, err := l.Revisions(t.Context(), organisation, 0, calendar.Period{From: calendar.Date(2026, 11, 15), To: calendar.Date(2027, 1, 1)})
	if r := revised[calendar.Date(2026, 11, 1)]; err != nil || len(revised) != 1 || r.Windows != 1 {
		t.Errorf("revised are %+v, %v", revised, err)
	}
}

// A clock that jumps years ahead must not delete what is still needed, nor keep
// for years what came meanwhile; one that jumps back deletes less.
func TestPurgeDoesNotFollowAClockThatJumps(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 2)
	record(t, l, all[0], now, 4, 0, quarters(0, 4)...)
	ahead := now.AddDate(5, 0, 0)
	purged(t, l, ahead, 0)
	record(t, l, all[0], ahead, 4, 4, quarters(0, 8)...) // received by the wrong clock
	purged(t, l, ahead.Add(time.Hour), 0)
	purged(t, l, now.AddDate(-1, 0, 0), 0)
	record(t, l, all[0], now.Add(time.Hour), 1, 8, append(quarters(0, 8), hour(0))...)
	var seen int64
	if err := s.Read.QueryRow("SELECT last_seen FROM devices WHERE id = ?", all[0].ID).Scan(&seen); err != nil || seen != later(1).Unix() {
		t.Errorf("after the clock was set right the device was seen at %s, %v", time.Unix(seen, 0), err)
	}
	// Forty days on, all of it is old, whatever the clock said when it came.
	record(t, l, all[1], later(far), 1, 0, hour(far-1))
	purged(t, l, later(far), 9)
	record(t, l, all[0], later(far), 0, 9, append(quarters(0, 8), hour(0))...)
	conserved(t, s)
}

func TestLedgerWithoutWindowsPurgesNothing(t *testing.T) {
	l, _ := open(t, t.TempDir(), false)
	purged(t, l, now, 0)
}

// What is missing for more than the retention of late windows, in a month of which the
// device has told, is not waited for.
func TestHolesAreRememberedForTheRetentionOfLateWindows(t *testing.T) {
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 1)
	record(t, l, all[0], now, 2, 0, hour(-8), hour(-1))
	end := int(ledger.LateRetention/time.Hour) + 48
	record(t, l, all[0], later(end-72), 1, 0, hour(end-73))
	purged(t, l, later(end-72), 2)
	record(t, l, all[0], later(end-72), 1, 0, hour(-3))
	record(t, l, all[0], later(end), 1, 0, hour(end-1))
	purged(t, l, later(end+far), 1) // the late one only: no newer window tells that it is so late
	record(t, l, all[0], later(end+far), 1, 0, hour(end+far-1))
	purged(t, l, later(end+far), 2)
	record(t, l, all[0], later(end+far), 0, 1, hour(-5))
	conserved(t, s)
}
