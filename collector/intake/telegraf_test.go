package intake_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"

	"github.com/ecoparc/ecoparc/collector/points"
	"github.com/ecoparc/ecoparc/models/report"
)

// telegraf is the path of a Telegraf: what ECOPARC_TEST_TELEGRAF names, or
// .tools/bin/telegraf, which `make tools` installs. Without it the test is skipped.
func telegraf(t *testing.T) string {
	t.Helper()
	program := os.Getenv("ECOPARC_TEST_TELEGRAF")
	if program == "" {
		program = filepath.Join("..", "..", ".tools", "bin", "telegraf")
	}
	program, err := filepath.Abs(program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("no Telegraf to test with: `make tools` installs one, or ECOPARC_TEST_TELEGRAF names one (1.32 or later)")
	}
	return program
}

// replaced replaces a text that must be there.
func replaced(t *testing.T, text, old, with string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("docs/telegraf.conf has no %q", old)
	}
	return strings.Replace(text, old, with, 1)
}

// configuration is docs/telegraf.conf with this collector in place of the example's
// and, in place of the live inputs, samples of 38 minutes with four of sleep.
func (c *collector) configuration() string {
	c.t.Helper()
	t := c.t.(*testing.T)
	text, err := os.ReadFile("../../docs/telegraf.conf")
	if err != nil {
		t.Fatal(err)
	}
	samples, err := filepath.Abs("testdata/telegraf/samples.lp")
	if err != nil {
		t.Fatal(err)
	}
	conf := string(text)
	inputs := strings.Index(conf, "[[inputs.cpu]]")
	aggregators := strings.Index(conf, "# Makes windows")
	if inputs < 0 || aggregators < inputs {
		t.Fatal("docs/telegraf.conf has no inputs before its aggregator")
	}
	conf = conf[:inputs] + "[[inputs.file]]\n  files = [\"" + filepath.ToSlash(samples) + "\"]\n  data_format = \"influx\"\n\n" + conf[aggregators:]
	conf = replaced(t, conf, `delay = "2s"`, "delay = \"2s\"\n  grace = \"200000h\"") // the samples are old
	conf = replaced(t, conf, `"https://ecoparc.example.fr"`, `"`+c.url+`"`)
	path := filepath.Join(t.TempDir(), "telegraf.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A real Telegraf with the documented configuration reports the windows that its
// samples make, and no time in which nobody looked.
func TestTelegrafIsAnAgent(t *testing.T) {
	program := telegraf(t)
	c := start(t)
	d := c.enrolled()
	run := exec.CommandContext(t.Context(), program, "--config", c.configuration(), "--once")
	run.Env = append(os.Environ(), "ECOPARC_TOKEN="+d.name+"."+d.secret)
	var said bytes.Buffer
	run.Stdout, run.Stderr = &said, &said
	if err := run.Run(); err != nil || strings.Contains(said.String(), " E! ") {
		t.Fatalf("%v\n%s", err, &said)
	}
	key, err := c.registry.Authenticate(t.Context(), d.name, d.secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.ledger.Windows(t.Context(), key.ID, now.AddDate(0, 0, -30), now)
	if err != nil {
		t.Fatal(err)
	}
	if want := recorded(t); !reflect.DeepEqual(got, want) {
		t.Errorf("the ledger holds\n%+v\nwant\n%+v\nTelegraf said %s", got, want, &said)
	}
	if listed, err := c.registry.Device(t.Context(), d.name); err != nil || !strings.HasPrefix(listed.Agent, "Telegraf/") {
		t.Errorf("the agent is %q, %v", listed.Agent, err)
	}
}

// recorded are the windows that Telegraf 1.37.2 made of the samples.
func recorded(t *testing.T) []report.Window {
	t.Helper()
	text, err := os.ReadFile("testdata/telegraf/windows.lp")
	if err != nil {
		t.Fatal(err)
	}
	windows, err := points.Decode(text, lineprotocol.Nanosecond, "d", now)
	if err != nil {
		t.Fatal(err)
	}
	return windows
}

// What Telegraf made of the samples is what they say, summed by hand: 15 seconds of 4
// processors a sample, four minutes of sleep in the second quarter.
func TestRecordedWindowsAreWhatTheSamplesSay(t *testing.T) {
	windows := recorded(t)
	from := time.Date(2026, 11, 20, 9, 3, 0, 0, time.UTC)
	for i, want := range []struct {
		from, spanS, runningS, samples int64
	}{{0, 720, 720, 48}, {720, 900, 660, 44}, {1620, 660, 660, 44}} {
		w := windows[i]
		if !w.Start.Equal(from.Add(time.Duration(want.from)*time.Second)) || w.SpanS != want.spanS || w.RunningMs() != 1000*want.runningS {
			t.Errorf("window %d is from %s for %d s, running %d ms", i, w.Start, w.SpanS, w.RunningMs())
		}
		if w.NetRxB != 15_000*want.samples || w.NetTxB != 1500*want.samples || w.DiskReadB != 30_000*want.samples || w.DiskWriteB != 45_000*want.samples {
			t.Errorf("window %d moved %d and %d bytes over the network, %d and %d to and from the disk", i, w.NetRxB, w.NetTxB, w.DiskReadB, w.DiskWriteB)
		}
		var low, high float64 // of the busy time, by the load classes
		for class, ms := range w.LoadMs {
			load := []float64{0.01, 0.1, 0.3, 0.6, 0.95}[class] // as the samples were made
			low, high = low+4*load*float64(ms)-1, high+4*load*float64(ms)+1
		}
		if off := w.CPUCapacityMs - 4000*want.runningS; off < -1 || off > 1 || float64(w.CPUBusyMs) < low-50 || float64(w.CPUBusyMs) > high+50 || w.MemUsedMiB < 2048 || w.MemUsedMiB > 2054 {
			t.Errorf("window %d has %d of %d ms busy (want %.0f to %.0f), %d MiB", i, w.CPUBusyMs, w.CPUCapacityMs, low, high, w.MemUsedMiB)
		}
	}
	if len(windows) != 3 {
		t.Errorf("there are %d windows", len(windows))
	}
}
