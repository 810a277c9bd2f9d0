package report_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// now is the collector's clock in these tests.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// full is a valid report that uses every field, written by hand: a quarter hour
// of use after a night in which the device was off.
const full = `{
  "schema": 1, "device": "d7f3", "agent": "1.0.0", "dropped_windows": 2,
  "inventory": {
    "category": "laptop", "maker": "Dell Inc.", "model": "Latitude 3420", "cpu": "Intel Core i5-1135G7",
    "logical_cpus": 8, "memory_mib": 8192, "storage_gb": 256, "os": "debian", "os_version": "13", "virtualization": "none",
    "firmware_date": "2024-05-31", "battery_design_mwh": 54000, "battery_full_mwh": 47000, "battery_cycles": 210, "serial_hash": "00112233445566778899aabbccddeeff",
    "screens": [{"place": "attached", "maker": "DEL", "model": "DELL P2419H", "diagonal_mm": 604, "made_year": 2021}],
    "meters": [{"source": "battery:BAT0", "boundary": "battery", "status": "read"}, {"source": "rapl", "status": "denied", "reason": "needs root"}]
  },
  "windows": [
    {"start": "2026-11-22T17:03:00Z", "span_s": 54720, "off_ms": 54000000, "suspended_ms": 720000},
    {"start": "2026-11-23T08:15:00Z", "span_s": 900, "merged": 1, "off_ms": 0, "suspended_ms": 100000, "load_ms": [500000, 200000, 60000, 30000, 10000], "screen_on_ms": 500000, "screen_off_ms": 200000,
     "cpu_busy_ms": 700000, "cpu_capacity_ms": 7200000, "mem_used_mib": 3100, "net_rx_b": 1000, "net_tx_b": 2000,
     "disk_read_b": 3000, "disk_write_b": 4000, "agent_cpu_ms": 120, "agent_tx_b": 600,
     "energy": [{"source": "battery:BAT0", "boundary": "battery", "energy_uj": 4000000000, "covered_ms": 600000}]}
  ]
}`

// with is the full report with one value replaced, or removed when it is nil.
// A path is as in windows.1.load_ms.0.
func with(t testing.TB, path string, value any) []byte {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(full), &document); err != nil {
		t.Fatal(err)
	}
	keys := strings.Split(path, ".")
	var at any = document
	for _, key := range keys[:len(keys)-1] {
		if i, err := strconv.Atoi(key); err == nil {
			at = at.([]any)[i]
		} else {
			at = at.(map[string]any)[key]
		}
	}
	last := keys[len(keys)-1]
	switch at := at.(type) {
	case []any:
		i, _ := strconv.Atoi(last)
		at[i] = value
	case map[string]any:
		at[last] = value
		if value == nil {
			delete(at, last)
		}
	}
	body, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// refused checks that a body is refused, and that the answer names the field and
// holds the words of the reason.
func refused(t *testing.T, err error, field, reason string) {
	t.Helper()
	var p *report.Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v; want a problem with %q", err, field)
	}
	if p.Field != field || !strings.Contains(p.Reason, reason) {
		t.Errorf("got field %q, reason %q; want field %q, reason with %q", p.Field, p.Reason, field, reason)
	}
}

func TestFullReportIsAccepted(t *testing.T) {
	r, err := report.Decode([]byte(full), now)
	if err != nil {
		t.Fatal(err)
	}
	w := r.Windows[1]
	if w.RunningMs() != 800_000 || !w.End().Equal(time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)) || r.Inventory.Meters[1].Reason != "needs root" {
		t.Errorf("got %+v", r)
	}
}

func TestInvalidValueNamesItsFieldAndReason(t *testing.T) {
	long := strings.Repeat("x", 129)
	windows := func(n int) []any {
		all := make([]any, n)
		for i := range all {
			all[i] = map[string]any{"start": now.Add(-time.Duration(i+1) * 15 * time.Minute), "span_s": 900, "off_ms": 900_000}
		}
		return all
	}
	type object = map[string]any
	reading := object{"source": "a", "boundary": "battery", "energy_uj": 1, "covered_ms": 1}
	tests := []struct {
		path, field, reason string
		value               any
	}{
		{"schema", "schema", "speaks 1", 2},
		{"schema", "schema", "is 0", nil},
		{"device", "device", "missing", nil},
		{"device", "device", "at most 128", long},
		{"device", "device", "printable", "a\x00b"},
		{"agent", "agent", "at most 128", long},
		{"agent", "agent", "printable", "1.0\n"},
		{"dropped_windows", "dropped_windows", "negative", -1},
		{"windows", "windows", "at most 96", windows(97)},

		{"windows.1.start", "windows[1].start", "missing", nil},
		{"windows.1.start", "windows[1].start", "in the future", "2026-11-23T09:15:00Z"},
		{"windows.1.start", "windows[1].start", "clock is wrong", "1970-01-01T00:00:00Z"},
		{"windows.1.start", "windows[1].start", "whole second", "2026-11-23T08:15:00.5Z"},
		{"windows.1.start", "windows[1].span_s", "here at most 899 s", "2026-11-23T08:15:01Z"},
		{"windows.1.span_s", "windows[1].span_s", "1 to 34560000", nil},
		{"windows.1.span_s", "windows[1].span_s", "is -900", -900},
		{"windows.1.span_s", "windows[1].span_s", "one quarter hour", 901},
		{"windows.0.span_s", "windows[0].span_s", "1 to 34560000", 34_560_001},
		{"windows.1.merged", "windows[1].merged", "negative", -1},
		{"windows.1.merged", "windows[1].merged", "at most 86400", 86_401},
		{"windows.0.mem_used_mib", "windows[0].span_s", "one quarter hour", 1}, // away for hours, and used memory
		{"windows.1.off_ms", "windows[1].off_ms", "negative", -1},
		{"windows.1.off_ms", "windows[1].off_ms", "at most 900000", 900_001},
		{"windows.1.off_ms", "windows[1].load_ms", "add up to 900001", 1},
		{"windows.1.suspended_ms", "windows[1].load_ms", "the window has 900000", 100_001},
		{"windows.1.load_ms.3", "windows[1].load_ms[3]", "negative", -1},
		{"windows.1.load_ms.3", "windows[1].load_ms[3]", "at most 900000", int64(1) << 62}, // a sum would overflow
		{"windows.1.cpu_busy_ms", "windows[1].cpu_busy_ms", "at most 7200000", 7_200_001},
		{"windows.1.cpu_capacity_ms", "windows[1].cpu_capacity_ms", "at most 3686400000", int64(3_686_400_001)},
		{"windows.1.net_rx_b", "windows[1].net_rx_b", "at most", int64(1) << 62},
		{"windows.1.net_tx_b", "windows[1].net_tx_b", "negative", -1},
		{"windows.1.disk_read_b", "windows[1].disk_read_b", "negative", -1},
		{"windows.1.disk_write_b", "windows[1].disk_write_b", "negative", -1},
		{"windows.1.agent_cpu_ms", "windows[1].agent_cpu_ms", "negative", -1},
		{"windows.1.agent_tx_b", "windows[1].agent_tx_b", "negative", -1},
		{"windows.1.energy", "windows[1].energy", "at most 16", make([]object, 17)},
		{"windows.1.energy", "windows[1].energy[1].source", "stands twice", []object{reading, reading}},
		{"windows.1.energy.0.source", "windows[1].energy[0].source", "1 to 128", ""},
		{"windows.1.energy.0.boundary", "windows[1].energy[0].boundary", `"wall" "platform"`, "desk"},
		{"windows.1.energy.0.boundary", "windows[1].energy[0].boundary", `is ""`, nil},
		{"windows.1.energy.0.covered_ms", "windows[1].energy[0].covered_ms", "at most 800000", 800_001}, // longer than it ran
		{"windows.1.energy.0.energy_uj", "windows[1].energy[0].energy_uj", "negative", -1},
		{"windows.1.energy.0.energy_uj", "windows[1].energy[0].energy_uj", "at most", int64(12_000_000_000_001)}, // above 20 kW
		{"windows.1.energy.0.covered_ms", "windows[1].energy[0].energy_uj", "at most 0", 0},

		{"inventory.category", "inventory.category", `"laptop" "desktop"`, "toaster"},
		{"inventory.model", "inventory.model", "printable", "a\tb"},
		{"inventory.maker", "inventory.maker", "printable", "Dell\u202e"}, // turns the page's text round
		{"inventory.logical_cpus", "inventory.logical_cpus", "at most 4096", 4097},
		{"inventory.firmware_date", "inventory.firmware_date", "2024-05-31", "31/05/2024"},
		{"inventory.firmware_date", "inventory.firmware_date", "2024-05-31", "2023-02-29"},
		{"inventory.meters", "inventory.meters", "at most 32", make([]object, 33)},
		{"inventory.meters.0.source", "inventory.meters[0].source", "1 to 128", nil},
		{"inventory.meters.0.boundary", "inventory.meters[0].boundary", "allowed are", "desk"},
		{"inventory.meters.1.status", "inventory.meters[1].status", "denied, unreadable", "lost"},
		{"inventory.meters.1.reason", "inventory.meters[1].reason", "at most 128", long},
	}
	for _, test := range tests {
		t.Run(test.path+" "+test.reason, func(t *testing.T) {
			_, err := report.Decode(with(t, test.path, test.value), now)
			refused(t, err, test.field, test.reason)
		})
	}
	_, err := report.Decode([]byte(`{"schema":1,"device":"d7f3","agent":"1","windows":[]}`), now)
	refused(t, err, "windows", "says nothing")
	if _, err := report.Decode(with(t, "windows", windows(96)), now); err != nil {
		t.Errorf("a day of windows is refused: %v", err)
	}
}

// A value of the wrong type has a field; it is invalid, not malformed.
func TestWrongTypeNamesItsField(t *testing.T) {
	for _, test := range []struct {
		path, field, reason string
		value               any
	}{
		{"surname", "surname", "unknown field", "x"},
		{"windows.1.url", "url", "unknown field", "x"},
		{`"`, `"`, "unknown field", 1},
		{"x\x00", "x\x00", "unknown field", 1},
		{"schema", "schema", "string is not a whole number", "1"},
		{"device", "device", "number is not a text", 7},
		{"windows", "windows", "object is not a list", map[string]any{}},
		{"windows.1", "windows", "number is not an object", 7},
		{"windows.1.span_s", "windows.span_s", "number 9.5 is not a whole number", 9.5},
		{"windows.1.off_ms", "windows.off_ms", "number 9223372036854775808 is not a whole number in range", uint64(1) << 63},
		{"windows.1.off_ms", "windows.off_ms", "is not a whole number", json.RawMessage("1e400")},
		{"windows.1.off_ms", "windows.off_ms", "string is not a whole number", "NaN"},
		{"windows.1.off_ms", "windows.off_ms", "bool is not a whole number", true},
		{"windows.1.load_ms", "windows.load_ms", "a list of 4 is not a list of 5 whole numbers", []int{1, 2, 3, 4}},
		{"windows.1.load_ms", "windows.load_ms", "a list of 6 is not a list of 5 whole numbers", []int{1, 2, 3, 4, 5, 6}},
		{"windows.1.load_ms", "windows.load_ms", "string is not a list", "idle"},
		{"windows.1.load_ms.2", "windows.load_ms", "string is not a whole number", "2"},
		{"windows.1.start", "windows.start", `"yesterday" is not a time`, "yesterday"},
		{"windows.1.start", "windows.start", "is not a text with a time", 1764000000},
		{"windows.1.energy", "windows.energy", "string is not a list", "battery"},
	} {
		t.Run(test.field+" "+test.reason, func(t *testing.T) {
			_, err := report.Decode(with(t, test.path, test.value), now)
			refused(t, err, test.field, test.reason)
			if strings.HasPrefix(test.path, "windows.1.load_ms") && strings.Contains(err.Error(), "at byte") {
				t.Errorf("the byte is counted from the list, not from the body: %v", err)
			}
		})
	}
}

// The empty field is what tells a malformed body from an invalid one.
func TestMalformedBodyHasNoField(t *testing.T) {
	for _, test := range []struct{ body, reason string }{
		{"", "ends too early"},
		{" \n", "ends too early"},
		{full[:len(full)-1], "ends too early"},
		{full + full, "more follows"},
		{full + "]", "more follows"},
		{`{"schema": NaN}`, `malformed JSON at byte 12, at or after "schema"`},
		{`{"schema": Infinity}`, "malformed JSON at byte 12"},
		{`{"schema": -Infinity}`, "malformed JSON"},
		{`{"schema": 01}`, "malformed JSON"},
		{`{schema: 1}`, "malformed JSON"},
		{"{\"device\": \"a\nb\"}", "malformed JSON"},
		{strings.Repeat(`{"inventory":`, 20_000), "malformed JSON"},
		{"[]", "array is not an object"},
		{`"report"`, "string is not an object"},
	} {
		t.Run(test.body[:min(20, len(test.body))], func(t *testing.T) {
			_, err := report.Decode([]byte(test.body), now)
			refused(t, err, "", test.reason)
		})
	}
}

func TestEnrolmentNamesWhatIsWrong(t *testing.T) {
	const inventory = `"inventory": {"category": "laptop", "meters": []}`
	for _, test := range []struct{ body, field, reason string }{
		{`{` + inventory + `}`, "token", "token create"},
		{`{"token": "` + strings.Repeat("t", 129) + `", ` + inventory + `}`, "token", "token create"},
		{`{"token": "t", "label": "a\u0007", ` + inventory + `}`, "label", "printable"},
		{`{"token": "t"`, "", "ends too early"},
		{`{"token": "t"}`, "inventory.category", "allowed are"},
		{`{"token": "t", "user": "x", ` + inventory + `}`, "user", "unknown field"},
		{`{"token": "t", "inventory": {"category": "laptop", "memory_mib": -1, "meters": []}}`, "inventory.memory_mib", "negative"},
	} {
		_, err := report.DecodeEnrol([]byte(test.body))
		refused(t, err, test.field, test.reason)
	}
	r, err := report.DecodeEnrol([]byte(`{"token": "t", "label": "salle 12", ` + inventory + `}`))
	if err != nil || r.Label != "salle 12" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// Whatever a device sends, the answer and the line in the log stay short.
func TestProblemIsShortHoweverLongTheMistake(t *testing.T) {
	for _, path := range []string{strings.Repeat("é", 5000), "inventory.category", "inventory.firmware_date", "windows.1.start"} {
		_, err := report.Decode(with(t, path, strings.Repeat("é", 5000)), now)
		var p *report.Problem
		if !errors.As(err, &p) || p.Field == "" || len(p.Field)+len(p.Reason) > 600 || strings.ContainsRune(p.Error(), '\uFFFD') {
			t.Errorf("%.20s: got %v", path, err)
		}
	}
}

// The collector's clock and a device's need not agree to the minute.
func TestWindowMayEndAtMostTenMinutesAhead(t *testing.T) {
	body := with(t, "windows.1.start", "2026-11-23T08:45:00Z") // ends at 9:00
	if _, err := report.Decode(body, now.Add(-report.MaxAhead)); err != nil {
		t.Errorf("ten minutes ahead: %v", err)
	}
	_, err := report.Decode(body, now.Add(-report.MaxAhead-time.Second))
	refused(t, err, "windows[1].start", "in the future")
}

// Sending a window again changes nothing, and so it is not an error, in the same
// report either: the ledger files it once and acknowledges a repeat.
func TestSameWindowTwiceInOneReportIsNoError(t *testing.T) {
	w := map[string]any{"start": "2026-11-23T08:00:00Z", "span_s": 900}
	if _, err := report.Decode(with(t, "windows", []any{w, w}), now); err != nil {
		t.Error(err)
	}
}

func TestLoadClassHoldsItsLowerBound(t *testing.T) {
	for load, class := range map[float64]int{0: 0, 0.0499: 0, 0.05: 1, 0.1999: 1, 0.20: 2, 0.50: 3, 0.7999: 3, 0.80: 4, 1: 4, 1.01: 4} {
		if got := report.LoadBin(load); got != class {
			t.Errorf("load %v is in class %d; want %d", load, got, class)
		}
	}
	for class := range report.LoadBins {
		if got := report.LoadBin(report.LoadOf(class)); got != class {
			t.Errorf("the middle of class %d is in class %d", class, got)
		}
	}
}
