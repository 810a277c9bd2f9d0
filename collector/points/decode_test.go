package points_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"

	"github.com/ecoparc/ecoparc/collector/points"
	"github.com/ecoparc/ecoparc/models/report"
)

// now is the collector's clock; nine is the start of the windows.
var (
	now  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

// lines decodes text in which @0, @1, ... stand for the quarter hours from nine.
func lines(text string) ([]report.Window, error) {
	for i := range 4 {
		text = strings.ReplaceAll(text, fmt.Sprint("@", i), fmt.Sprint(nine.Add(time.Duration(i)*report.WindowLength).Unix()))
	}
	return points.Decode([]byte(text), lineprotocol.Second, "d-1", now)
}

func TestLinesAreWindowsWithTheirReadings(t *testing.T) {
	got, err := lines(`# a comment, and an empty line

ecoparc_energy,device=d-1,source=rapl\ package-0,boundary=package energy_uj=9000000i,covered_ms=900000i @1
ecoparc_window,device=d-1,host=PC-CDI-07,site=elsewhere span_s=900i,load0_ms=800000u,load4_ms=100000,cpu_busy_ms=5e4,cpu_capacity_ms=3600000i @0
ecoparc_window span_s=900,load1_ms=900000,agent_cpu_ms=40 @1
ecoparc_energy,boundary=wall,source=plug covered_ms=900000 @1
`)
	want := []report.Window{
		{Start: nine, SpanS: 900, LoadMs: report.Loads{800_000, 0, 0, 0, 100_000}, CPUBusyMs: 50_000, CPUCapacityMs: 3_600_000},
		{Start: nine.Add(report.WindowLength), SpanS: 900, LoadMs: report.Loads{0, 900_000}, AgentCPUMs: 40, Energy: []report.Reading{
			{Source: "rapl package-0", Boundary: report.Package, EnergyUJ: 9_000_000, CoveredMs: 900_000},
			{Source: "plug", Boundary: report.Wall, CoveredMs: 900_000},
		}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestMistakesNameTheLineAndWhatIsAllowed(t *testing.T) {
	const good = "ecoparc_window span_s=900 @0\n"
	for _, c := range []struct {
		name, text string
		line       int
		syntax     bool
		reason     string
	}{
		{"no line protocol", good + "ecoparc_window hello\n", 2, true, "is not line protocol, at column"},
		{"JSON", `{"schema": 1}`, 1, true, "is not known; ecoparc_window"},
		{"nothing", "\n# nothing\n", 1, true, "no point"},
		{"Telegraf's own measurement", good + "\ncpu,cpu=cpu-total usage_idle=97 @1", 3, true, `"cpu" is not known; ecoparc_window and ecoparc_energy are`},
		{"another device", "ecoparc_window,device=d-2 span_s=900 @0", 1, true, "leave it out"},
		{"two devices", "ecoparc_window,device=d-1,device=d-2 span_s=900 @0", 1, true, "leave it out"},
		{"unknown field", "ecoparc_window span=900 @0", 1, true, `"span" is not known; allowed are span_s, off_ms`},
		{"field of the other measurement", "ecoparc_window span_s=900,energy_uj=5 @0", 1, true, `"energy_uj"`},
		{"field twice", "ecoparc_window span_s=900,span_s=800 @0", 1, true, "span_s stands twice"},
		{"tag twice", good + "ecoparc_energy,source=a,source=b,boundary=wall energy_uj=5 @0", 2, true, "source stands twice"},
		{"half a millisecond", "ecoparc_window span_s=900,off_ms=0.5 @0", 1, true, "off_ms is 0.5; a whole number"},
		{"a text", `ecoparc_window span_s="900" @0`, 1, true, "a whole number"},
		{"beyond what a float holds exactly", "ecoparc_window span_s=900,net_rx_b=1e17 @0", 1, true, "a whole number"},
		{"beyond 63 bits", "ecoparc_window span_s=900,net_rx_b=18446744073709551615u @0", 1, true, "a whole number"},
		{"no time", "ecoparc_window span_s=900", 1, true, "no timestamp"},
		{"seconds that overflow", "ecoparc_window span_s=900 9999999999999", 1, true, "out of range"},
		{"window twice", good + good, 2, true, "2026-11-23T09:00:00Z stands in line 1 already"},
		{"energy without its window", good + "ecoparc_energy,source=a,boundary=wall energy_uj=5 @1", 2, true, "no ecoparc_window of 2026-11-23T09:15:00Z"},
		{"no span", "ecoparc_window off_ms=5 @0", 1, false, "span_s: is 0; 1 to"},
		{"more than the window has", good + "ecoparc_window span_s=900,load1_ms=900001 @1", 2, false, "load1_ms: is 900001; at most 900000"},
		{"across a quarter hour", good + "ecoparc_window span_s=901,load1_ms=1 @1", 2, false, "inside one quarter hour"},
		{"in the future", "ecoparc_window span_s=900 1900000000", 1, false, "in the future"},
		{"more energy than possible", good + "ecoparc_window span_s=900,load0_ms=1000 @1\n\necoparc_energy,source=a,boundary=wall energy_uj=20000000001,covered_ms=1000 @1", 4, false, "energy_uj: is 20000000001; at most"},
		{"no such boundary", "ecoparc_window span_s=900,load0_ms=1000 @1\necoparc_energy,source=a energy_uj=2,covered_ms=1000 @1", 2, false, "boundary: is \"\"; allowed are"},
		{"negative", "ecoparc_window span_s=900,off_ms=-1 @0", 1, false, "off_ms: is -1; it cannot be negative"},
	} {
		t.Run(c.name, func(t *testing.T) {
			windows, err := lines(c.text)
			var p *points.Problem
			if !errors.As(err, &p) || windows != nil {
				t.Fatalf("got %v, %v", windows, err)
			}
			if p.Line != c.line || p.Syntax != c.syntax || !strings.Contains(p.Reason, c.reason) {
				t.Errorf("got %+v; want line %d, syntax %t, a reason with %q", p, c.line, c.syntax, c.reason)
			}
		})
	}
}

func TestTimestampsAreInTheirPrecision(t *testing.T) {
	for name, unit := range map[string]time.Duration{"": 1, "ns": 1, "n": 1, "us": time.Microsecond, "u": time.Microsecond, "ms": time.Millisecond, "s": time.Second} {
		p, err := points.Precision(name)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Appendf(nil, "ecoparc_window span_s=900 %d", nine.UnixNano()/int64(unit))
		if got, err := points.Decode(text, p, "d-1", now); err != nil || !got[0].Start.Equal(nine) {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	if _, err := points.Precision("h"); err == nil || !strings.Contains(err.Error(), "ns, us, ms and s") {
		t.Errorf("the error is %v", err)
	}
	if _, err := points.Decode([]byte("ecoparc_window span_s=900 1795424400123"), lineprotocol.Millisecond, "d-1", now); err == nil || !strings.Contains(err.Error(), "whole second") {
		t.Errorf("the error is %v", err)
	}
}

func TestAsManyWindowsAsInAReportAndNoMore(t *testing.T) {
	var text strings.Builder
	for i := range report.MaxWindows {
		fmt.Fprintf(&text, "ecoparc_window span_s=900 %d\n", nine.Add(-time.Duration(i)*report.WindowLength).Unix())
	}
	if got, err := lines(text.String()); err != nil || len(got) != report.MaxWindows {
		t.Errorf("%d windows, %v", len(got), err)
	}
	text.WriteString("ecoparc_window span_s=900 @1\n")
	if _, err := lines(text.String()); !errors.Is(err, points.ErrTooMany) {
		t.Errorf("the error is %v", err)
	}
}

// Whatever comes is taken as valid windows, or refused with a line that is there.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("ecoparc_window,device=d-1 span_s=900i,load0_ms=900000i 1795424400\necoparc_energy,source=a,boundary=wall energy_uj=5i,covered_ms=900000i 1795424400\n"))
	f.Add([]byte("# x\r\n\r\necoparc_window span_s=1e3,off_ms=3.5 1795424400\n"))
	f.Add([]byte("ecoparc_energy,source=a\\ b,boundary=package energy_uj=\"\n\" 1795424400"))
	f.Fuzz(func(t *testing.T, text []byte) {
		windows, err := points.Decode(text, lineprotocol.Second, "d-1", now)
		var p *points.Problem
		switch {
		case err == nil:
			r := report.Report{Schema: report.Schema, Device: "d-1", Windows: windows}
			if err := r.Validate(now); err != nil || len(windows) == 0 {
				t.Errorf("%d windows were taken: %v", len(windows), err)
			}
		case errors.As(err, &p):
			if p.Line < 1 || p.Line > 1+strings.Count(string(text), "\n") || p.Reason == "" {
				t.Errorf("the problem is %+v", p)
			}
		case !errors.Is(err, points.ErrTooMany):
			t.Errorf("the error is %v", err)
		}
	})
}
