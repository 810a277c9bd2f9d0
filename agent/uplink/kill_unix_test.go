//go:build unix

package uplink_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

const (
	killedDir   = "ECOPARC_TEST_KILLED"       // makes this program the one that is killed, on that state folder
	killedCA    = "ECOPARC_TEST_KILLED_CA"    // whom it trusts
	killedSince = "ECOPARC_TEST_KILLED_SINCE" // when its first window begins
	killsEnv    = "ECOPARC_TEST_SPOOL_KILLS"  // how often
	killedB     = 128 << 10                   // segments of some 20 windows, so that they change often
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedDir); dir != "" {
		if err := workUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// numbered is the nth window of a device, whose numbers are no other window's.
func numbered(since time.Time, n int) report.Window {
	ms := int64(time.Minute / time.Millisecond)
	return report.Window{
		Start: since.Add(time.Duration(n) * time.Minute), SpanS: 60, LoadMs: report.Loads{ms}, CPUCapacityMs: 4 * ms, CPUBusyMs: int64(n) % ms,
		MemUsedMiB: 2048, NetRxB: int64(n), NetTxB: 3 * int64(n), AgentCPUMs: 1,
		Energy: []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: 600_000_000 + int64(n), CoveredMs: ms}},
	}
}

// workUntilKilled keeps windows and uploads them, and says of each when it is on the
// disk.
func workUntilKilled(dir string) error {
	since, err := time.Parse(time.RFC3339, os.Getenv(killedSince))
	if err != nil {
		return err
	}
	u, s, err := opened(dir, os.Getenv(killedCA))
	if err != nil {
		return err
	}
	for {
		next := 0
		if end := s.LastEnd(); !end.IsZero() {
			next = int(end.Sub(since) / time.Minute)
		}
		for n := range rand.IntN(6) {
			if err := s.Append(numbered(since, next+n)); err != nil {
				return err
			}
			fmt.Println(next + n)
		}
		if _, err := u.Flush(context.Background(), s, inventory); err != nil {
			return err
		}
	}
}

// opened are the agent's own uplink and spool on a state folder.
func opened(dir, ca string) (*uplink.Uplink, *spool.Spool, error) {
	id, err := uplink.LoadIdentity(dir)
	if err != nil {
		return nil, nil, err
	}
	client, err := uplink.NewClient(id.Collector, ca, "", time.Now)
	if err != nil {
		return nil, nil, err
	}
	s, err := spool.Open(filepath.Join(dir, "spool"), killedB)
	return uplink.New(client, id, dir, "v1.2.3", slog.New(slog.DiscardHandler), time.Now), s, err
}

// TestKilledAgentsWindowsReachTheCollectorExactlyOnce kills an agent with signal 9,
// again and again, while it keeps windows and uploads them to the collector's own
// program. In the end the collector has each window that was on the agent's disk
// once, with its very numbers, and all its sums follow from them.
func TestKilledAgentsWindowsReachTheCollectorExactlyOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the collector")
	}
	kills := 15
	if text := os.Getenv(killsEnv); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", killsEnv, err)
		}
	}
	collector := agenttest.StartProgram(t, "ECOPARC_DEVICE_REPORTS_PER_HOUR=0", "ECOPARC_SITE_REPORTS_PER_HOUR=0")
	dir := filepath.Join(t.TempDir(), "state")
	client, err := uplink.NewClient(collector.URL, collector.CA, "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Enrol(t.Context(), report.EnrolRequest{Token: collector.Token, Inventory: inventory})
	if err != nil {
		t.Fatal(err)
	}
	id := uplink.Identity{Collector: collector.URL, Device: answer.Device, Secret: answer.Secret}
	if err := id.Save(dir); err != nil {
		t.Fatal(err)
	}
	since := time.Now().UTC().Add(-30 * 24 * time.Hour).Truncate(time.Minute)
	kept := -1
	for range kills {
		const upload = 5 * time.Millisecond // so that it is killed within one, perhaps
		agenttest.Killed(t, 1+rand.IntN(40), rand.N(upload), func(line string) {
			n, err := strconv.Atoi(line)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			kept = max(kept, n)
		}, killedDir+"="+dir, killedCA+"="+collector.CA, killedSince+"="+since.Format(time.RFC3339))
	}

	u, s, err := opened(dir, collector.CA)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := u.Flush(t.Context(), s, inventory); err != nil {
		t.Fatal(err)
	}
	if rest, err := s.Waiting(); err != nil || rest != 0 || s.Dropped() != 0 {
		t.Errorf("%d windows wait and %d were dropped, %v", rest, s.Dropped(), err)
	}
	windows := received(t, collector, id.Device)
	times := map[int]int{}
	for _, w := range windows {
		n := int(w.Start.Sub(since) / time.Minute)
		times[n]++
		if want := numbered(since, n); !reflect.DeepEqual(w, want) {
			t.Errorf("window %d came as %+v; want %+v", n, w, want)
		}
		if n < 0 || n > kept+kills { // one of each life may be on the disk, and not be said
			t.Errorf("window %d appeared; %d were kept", n, kept+1)
		}
	}
	for n := range kept + 1 {
		if times[n] != 1 {
			t.Errorf("window %d is there %d times", n, times[n])
		}
	}
	t.Logf("%d kills: %d windows said to be on the disk, %d at the collector\n%s", kills, kept+1, len(windows), collector.Run("verify"))
}

// received are the windows that a collector has of a device, once all are in its sums.
func received(t *testing.T, collector *agenttest.Program, device string) []report.Window {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		kept := collector.Kept(device)
		if len(kept.Unposted) > 0 {
			if time.Now().After(deadline) {
				t.Fatalf("%d windows are in no sum yet", len(kept.Unposted))
			}
			continue
		}
		windows := make([]report.Window, len(kept.Windows))
		for i, text := range kept.Windows {
			if err := json.Unmarshal(text, &windows[i]); err != nil {
				t.Fatal(err)
			}
		}
		return windows
	}
}
