package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// childVariable makes the test's own program a child of the benchmark.
const childVariable = "ECOPARC_TEST_BENCH_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := Serve(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func options(t *testing.T) Options {
	return Options{
		Dir: t.TempDir(), Devices: 50, Duration: 300 * time.Millisecond, Rounds: 1, Workers: 4,
		Child: func(ctx context.Context, args ...string) *exec.Cmd {
			c := exec.CommandContext(ctx, os.Args[0], args...)
			c.Env = append(os.Environ(), childVariable+"=1")
			return c
		},
		Tell: func(line string) { t.Log(line) },
	}
}

func TestMeasuresARealCollectorBesideItsPeersAndLeavesNothing(t *testing.T) {
	o := options(t)
	f, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]float64{
		"rate": f.ReportsPerS, "peer's rate": f.DecodeOnlyPerS, "ratio": f.Ratio, "rate over TLS": f.TLSPerS, "peer's rate over TLS": f.TLSDecodeOnlyPerS,
		"ratio over TLS": f.TLSRatio, "sustained rate": f.SustainedPerS, "sustained rate over TLS": f.TLSSustainedPerS, "p99": f.P99Ms, "fsync": f.Store.FsyncMs,
	} {
		if n <= 0 {
			t.Errorf("%s is %v", name, n)
		}
	}
	if f.Errors != 0 {
		t.Errorf("%d errors, the first: %s", f.Errors, f.Work.FirstError)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	line, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]float64
	if err := json.Unmarshal(line, &keys); err != nil || len(keys) != 11 {
		t.Errorf("the JSON is %s, %v; want eleven numbers", line, err)
	}
	var text bytes.Buffer
	if err := f.WriteText(&text); err != nil || !strings.Contains(text.String(), "devices that report hourly") || !strings.Contains(text.String(), f.Limit()) {
		t.Errorf("the text is %s, %v", text.String(), err)
	}
}

func TestChildThatDoesNotStartIsAnErrorWithItsWords(t *testing.T) {
	o := options(t)
	o.Child = func(ctx context.Context, args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, os.Args[0], "unheard-of")
		c.Env = append(os.Environ(), childVariable+"=1")
		return c
	}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "unheard-of") {
		t.Errorf("the error is %v", err)
	}
}

// What the load sends must be what intake accepts, and each turn another device or
// another hour.
func TestLoadIsValidAndDistinct(t *testing.T) {
	o := options(t)
	fleet, err := enrol(t.Context(), filepath.Join(o.Dir, "data"), 30, 410)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 90 {
		head, body, _ := bytes.Cut(fleet.report(nil), []byte("\r\n\r\n"))
		r, err := report.Decode(body, time.Now())
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if len(r.Windows) != windowsPerReport {
			t.Fatalf("%d windows", len(r.Windows))
		}
		key := r.Device + r.Windows[0].Start.String()
		if seen[key] {
			t.Fatalf("%s is sent twice", key)
		}
		seen[key] = true
		if !regexp.MustCompile(`Authorization: Bearer ` + r.Device + `\.[A-Z2-7]{52}\r\n`).Match(head) {
			t.Fatalf("the head is %s", head)
		}
	}
}

func TestErrorsAreCountedAndNotTakenForReports(t *testing.T) {
	o := options(t)
	m := &measurement{Options: o, dir: o.Dir}
	defer m.stop()
	c, err := m.start(t.Context(), kindDecode, "", "")
	if err != nil {
		t.Fatal(err)
	}
	bad := target{address: c.address, build: func(to []byte) []byte {
		return request(to, "/api/v1/reports", "", "application/json", func(to []byte) []byte { return append(to, "{}"...) })
	}}
	done, err := loadWith(t.Context(), bad, 2, 100*time.Millisecond)
	if err != nil || done.reports != 0 || done.errors == 0 || !strings.Contains(done.firstError.Error(), "422") {
		t.Errorf("%d reports, %d errors, the first %v; %v", done.reports, done.errors, done.firstError, err)
	}
}

func TestMarkdownReplacesItsOwnSectionOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "benchmarks.md")
	first := Figures{ReportsPerS: 1111}
	if err := first.WriteMarkdown(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "1111/s") {
		t.Fatalf("%s, %v", text, err)
	}
	if err := os.WriteFile(path, append(text, "\n## Models\n\nkept\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	second := Figures{ReportsPerS: 2222}
	if err := second.WriteMarkdown(path); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile(path)
	if got := string(text); err != nil || strings.Contains(got, "1111/s") || strings.Count(got, "2222/s") != 1 || !strings.HasSuffix(got, "## Models\n\nkept\n") {
		t.Errorf("%s, %v", got, err)
	}
	if err := os.WriteFile(path, []byte(intakeSection.begin()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := second.WriteMarkdown(path); err == nil {
		t.Error("a section without end is replaced")
	}
}

func TestLimitIsNamedByWhatWasBusy(t *testing.T) {
	for _, test := range []struct {
		collector, load, others float64
		want                    string
	}{
		{1.2, 0.6, 0, "The processors limit it: "}, {0.5, 0.1, 1.3, "other programs have a part"}, {0.9, 0.2, 0.1, "The one writer"},
		{0.3, 0.1, 0.1, "The disk"}, {0, 0, 0, "not measured"},
	} {
		f := Figures{Machine: Machine{Processors: 2}, Store: Store{CollectorBusy: test.collector, LoadBusy: test.load, OthersBusy: test.others}}
		if got := f.Limit(); !strings.Contains(got, test.want) {
			t.Errorf("with %v and %v busy: %s", test.collector, test.load, got)
		}
	}
}

func TestStorageIsMeasuredAndLeavesNothing(t *testing.T) {
	o := StorageOptions{Dir: t.TempDir(), Devices: 30, Days: 2, Tell: func(line string) { t.Log(line) }}
	f, err := RunStorage(t.Context(), o)
	if err != nil || f.DeviceDayB < windowsPerDay || f.DeviceDayB > 10_000 {
		t.Errorf("measured are %+v, %v", f, err)
	}
	var text bytes.Buffer
	if err := f.WriteText(&text); err != nil || !strings.Contains(text.String(), "A day of a device, 32 windows, takes") {
		t.Errorf("the text is %s, %v", text.String(), err)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// What InfluxDB is sent is what it takes, and what the ledger would send.
func TestStorageIsMeasuredBesideInfluxDB(t *testing.T) {
	program, err := filepath.Abs("../../.tools/bin/influxd")
	if _, missing := os.Stat(program); err != nil || missing != nil {
		t.Skip("there is no influxd in .tools/bin; `make tools` brings it")
	}
	f, err := RunStorage(t.Context(), StorageOptions{Dir: t.TempDir(), Devices: 20, Days: 1, Influxd: program, Tell: func(line string) { t.Log(line) }})
	if err != nil || f.InfluxDBDeviceDayB < windowsPerDay || f.Ratio <= 0 {
		t.Errorf("measured are %+v, %v", f, err)
	}
}
