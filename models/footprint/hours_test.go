package footprint_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Cutting loses nothing and invents nothing: the hours of each day are that day, over
// midnights and in days of 23 and 25 hours.
func TestHoursOfADayAddUpToIt(t *testing.T) {
	for _, name := range []string{"Europe/Paris", "Pacific/Marquesas", "America/Miquelon"} {
		where, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			w := report.Window{
				Start: time.Date(2026, rapid.SampledFrom([]time.Month{3, 10}).Draw(t, "month"), rapid.IntRange(20, 31).Draw(t, "day"), 0, 0, rapid.IntRange(0, 86_399).Draw(t, "second"), 0, time.UTC),
				SpanS: rapid.Int64Range(1, 4*86_400).Draw(t, "span"),
			}
			w.OffMs = rapid.Int64Range(0, w.SpanS*1000).Draw(t, "off")
			w.LoadMs[0] = rapid.Int64Range(0, w.SpanS*1000-w.OffMs).Draw(t, "unused")
			w.SuspendedMs = rapid.Int64Range(0, w.SpanS*1000-w.OffMs-w.LoadMs[0]).Draw(t, "asleep")
			got := map[calendar.Day]footprint.Facts{}
			for _, h := range footprint.ByHour(&w, where) {
				if h.Hour < 0 || h.Hour > 23 || h.Facts.KnownMs() > 2*3_600_000 {
					t.Fatalf("hour %d of %s holds %d ms", h.Hour, h.Day, h.Facts.KnownMs())
				}
				sum := got[h.Day]
				sum.Add(h.Facts)
				got[h.Day] = sum
			}
			days := footprint.ByDay(&w, where)
			for _, d := range days {
				if got[d.Day] != d.Facts.Energetic() {
					t.Fatalf("the hours of %s add up to %+v, want %+v", d.Day, got[d.Day], d.Facts)
				}
			}
			if len(got) != len(days) {
				t.Fatalf("hours of %d days, want %d", len(got), len(days))
			}
		})
	}
}

func TestQuarterLiesInTheHourThatTheClockShows(t *testing.T) {
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for start, want := range map[string]int{"2026-11-23T06:45:00Z": 7, "2026-07-01T06:45:00Z": 8, "2026-10-25T00:30:00Z": 2, "2026-10-25T01:30:00Z": 2, "2026-10-25T02:30:00Z": 3} {
		at, err := time.Parse(time.RFC3339, start)
		if err != nil {
			t.Fatal(err)
		}
		w := report.Window{Start: at, SpanS: 900, LoadMs: [report.LoadBins]int64{900_000}}
		if got := footprint.ByHour(&w, where); len(got) != 1 || got[0].Hour != want || got[0].Facts.RunningMs() != 900_000 {
			t.Errorf("%s lies in %+v, want hour %d", start, got, want)
		}
	}
}
