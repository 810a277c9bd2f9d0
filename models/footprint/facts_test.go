package footprint_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

const joule = 1_000_000 // microjoules

func reading(b report.Boundary, joules, seconds int64) report.Reading {
	return report.Reading{Source: string(b), Boundary: b, EnergyUJ: joules * joule, CoveredMs: seconds * 1000}
}

// The device ran for 800 s of the quarter hour: 400 s idle, 200 s, 100 s, 60 s and 40 s busier.
func quarterHour(energy ...report.Reading) *report.Window {
	return &report.Window{
		Start: time.Date(2026, 11, 23, 8, 15, 0, 0, time.UTC), SpanS: 900, SuspendedMs: 90_000, OffMs: 10_000,
		LoadMs: report.Loads{400_000, 200_000, 100_000, 60_000, 40_000}, MemUsedMiB: 3000, Energy: energy,
	}
}

func TestWidestMeterCountsAndNoneIsAddedToAnother(t *testing.T) {
	type times struct{ metered, joules, part, partJoules int64 } // s, J, s, J
	for name, test := range map[string]struct {
		energy []report.Reading
		want   times
		load   [report.LoadBins]int64 // s left to the model
	}{
		"no meter":                     {nil, times{}, [5]int64{400, 200, 100, 60, 40}},
		"battery":                      {[]report.Reading{reading("battery", 8000, 800)}, times{800, 8000, 0, 0}, [5]int64{}},
		"battery sees the package":     {[]report.Reading{reading("package", 3000, 800), reading("battery", 8000, 800)}, times{800, 8000, 0, 0}, [5]int64{}},
		"wall, platform, battery":      {[]report.Reading{reading("battery", 1, 800), reading("platform", 2, 800), reading("wall", 3, 800)}, times{800, 3, 0, 0}, [5]int64{}},
		"platform before battery":      {[]report.Reading{reading("battery", 1, 800), reading("platform", 2, 800)}, times{800, 2, 0, 0}, [5]int64{}},
		"a quarter on battery":         {[]report.Reading{reading("battery", 2000, 200)}, times{200, 2000, 0, 0}, [5]int64{300, 150, 75, 45, 30}},
		"battery, then the package":    {[]report.Reading{reading("battery", 2000, 200), reading("package", 4000, 800)}, times{200, 2000, 600, 3000}, [5]int64{}},
		"battery, package, then model": {[]report.Reading{reading("battery", 2000, 400), reading("package", 4000, 400)}, times{400, 2000, 200, 2000}, [5]int64{100, 50, 25, 15, 10}},
		"package and memory":           {[]report.Reading{reading("package", 4000, 800), reading("dram", 500, 800)}, times{0, 0, 800, 4500}, [5]int64{}},
		"wall that never covered":      {[]report.Reading{reading("wall", 0, 0), reading("package", 4000, 800)}, times{0, 0, 800, 4000}, [5]int64{}},
		"component alone":              {[]report.Reading{reading("component", 9000, 800)}, times{}, [5]int64{400, 200, 100, 60, 40}},
	} {
		f := footprint.FromWindow(quarterHour(test.energy...))
		got := times{f.MeteredMs / 1000, int64(f.Metered) / joule, f.PartMs / 1000, int64(f.Part) / joule}
		for i := range f.LoadMs {
			test.load[i] *= 1000
		}
		if got != test.want || f.LoadMs != test.load {
			t.Errorf("%s: got %+v, load %v; want %+v, load %v", name, got, f.LoadMs, test.want, test.load)
		}
	}
	two := quarterHour(reading("package", 4000, 800), reading("package", 3000, 400))
	if f := footprint.FromWindow(two); f.Part != 7000*joule || f.PartMs != 400_000 {
		t.Errorf("two sockets: got %d µJ in %d ms", f.Part, f.PartMs)
	}
	if f := footprint.FromWindow(quarterHour()); f.MemMiBS != 3000*800 || f.Windows != 1 || f.OffMs != 10_000 || f.SuspendedMs != 90_000 {
		t.Errorf("got %+v", f)
	}
}

func drawUse(t *rapid.T) *report.Window {
	w := &report.Window{Start: time.Date(2026, 11, 23, 8, 15, 0, 0, time.UTC), SpanS: 900}
	for i := range w.LoadMs {
		w.LoadMs[i] = rapid.Int64Range(0, 180_000).Draw(t, "load")
	}
	for _, b := range []report.Boundary{report.Wall, report.Platform, report.Battery, report.Package, report.Package, report.DRAM, report.Component} {
		if covered := rapid.Int64Range(-w.RunningMs(), w.RunningMs()).Draw(t, string(b)); covered >= 0 {
			w.Energy = append(w.Energy, report.Reading{Boundary: b, CoveredMs: covered, EnergyUJ: rapid.Int64Range(0, covered*20_000*1000).Draw(t, "energy")})
		}
	}
	return w
}

// Each millisecond that the device ran is metered, partly metered or left to the
// model: never two of them, never none. No joule is made up.
func TestRunningTimeIsSplitWithoutLossOrOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawUse(t)
		f := footprint.FromWindow(w)
		if f.RunningMs() != w.RunningMs() || f.MeteredMs < 0 || f.PartMs < 0 {
			t.Fatalf("%d ms of use became %+v", w.RunningMs(), f)
		}
		for i, ms := range f.LoadMs {
			if ms < 0 || ms > w.LoadMs[i]+1 {
				t.Fatalf("class %d: %d ms of %d", i, ms, w.LoadMs[i])
			}
		}
		var whole, part int64
		for _, e := range w.Energy {
			switch e.Boundary {
			case report.Wall, report.Platform, report.Battery:
				whole = max(whole, e.EnergyUJ)
			case report.Package, report.DRAM:
				part += e.EnergyUJ
			}
		}
		if int64(f.Metered) > whole || int64(f.Part) > part {
			t.Fatalf("meters counted %d and %d µJ; facts hold %d and %d", whole, part, f.Metered, f.Part)
		}
	})
}

func TestAbsenceIsCutAtLocalMidnights(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		start string
		hours int64
		want  string
	}{
		{"2026-03-28T12:00:00Z", 48, "2026-03-28 11h, 2026-03-29 23h, 2026-03-30 14h"},
		{"2026-10-24T12:00:00Z", 48, "2026-10-24 10h, 2026-10-25 25h, 2026-10-26 13h"},
		{"2026-11-22T22:00:00Z", 1, "2026-11-22 1h"}, // ends at midnight: nothing is left for the 23rd
		{"2026-11-22T22:00:00Z", 2, "2026-11-22 1h, 2026-11-23 1h"},
		{"2026-11-22T23:00:00Z", 24, "2026-11-23 24h"},
	} {
		start, err := time.Parse(time.RFC3339, test.start)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range footprint.ByDay(&report.Window{Start: start, SpanS: test.hours * 3600, OffMs: test.hours * 3_600_000}, paris) {
			got = append(got, fmt.Sprintf("%s %gh", d.Day, float64(d.Facts.OffMs)/3_600_000))
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%d h from %s: got %q; want %q", test.hours, test.start, got, test.want)
		}
	}
}

func TestDaysOfAWindowAddUpToTheWindow(t *testing.T) {
	for _, zone := range []string{"Europe/Paris", "Pacific/Noumea", "America/Miquelon"} {
		where, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			w := drawUse(t) // not what an agent sends for days on end, but the law must hold for it too
			w.Start = time.Unix(rapid.Int64Range(1_767_225_600, 1_798_761_600).Draw(t, "start in 2026"), 0)
			w.SpanS = rapid.Int64Range(900, 400*86_400).Draw(t, "span")
			w.OffMs = rapid.Int64Range(0, (w.SpanS-900)*1000).Draw(t, "off")
			w.SuspendedMs = (w.SpanS-900)*1000 - w.OffMs
			w.NetRxB = rapid.Int64Range(0, w.SpanS<<37).Draw(t, "bytes")

			days := footprint.ByDay(w, where)
			var sum footprint.Facts
			for i, d := range days {
				if d.Day != days[0].Day+calendar.Day(i) {
					t.Fatalf("%s follows %s", d.Day, days[max(0, i-1)].Day)
				}
				from, to := later(w.Start, d.Day.Start(where)), earlier(w.End(), (d.Day+1).Start(where))
				share := to.Sub(from).Seconds() / float64(w.SpanS)
				if diff := float64(d.Facts.OffMs) - share*float64(w.OffMs); diff < -1.01 || diff > 1.01 {
					t.Fatalf("%s has %d ms off; want %v of %d", d.Day, d.Facts.OffMs, share, w.OffMs)
				}
				sum.Add(d.Facts)
			}
			if whole := footprint.FromWindow(w); sum != whole {
				t.Fatalf("the days have  %+v\nthe window has %+v", sum, whole)
			}
		})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// A store keeps facts by the order of Fields and names its columns by FactNames:
// the two and the JSON must speak of the same numbers.
func TestFactNamesAreThoseOfTheFields(t *testing.T) {
	for i, name := range footprint.FactNames {
		var f footprint.Facts
		*f.Fields()[i] = 7
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%q:7", name)
		if class := strings.TrimSuffix(strings.TrimPrefix(name, "load"), "_ms"); class >= "0" && class <= "4" {
			zeros := []string{"0", "0", "0", "0", "0"}
			zeros[class[0]-'0'] = "7"
			want = `"load_ms":[` + strings.Join(zeros, ",") + "]"
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("field %d, called %s, is in JSON %s", i, name, text)
		}
		sum := f
		sum.Add(f)
		if *sum.Fields()[i] != 14 {
			t.Errorf("%s does not add", name)
		}
	}
}
