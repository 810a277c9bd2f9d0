package meter_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/models/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEachMachine compares what is found on each machine of testdata/sys, and what
// 15 seconds of unchanged values count, with its golden file.
func TestEachMachine(t *testing.T) {
	machines, err := filepath.Glob("testdata/sys/*.txt")
	if err != nil || len(machines) == 0 {
		t.Fatalf("no machine in testdata/sys (%v)", err)
	}
	for _, path := range machines {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			found := meter.Discover(agenttest.Machine(t, path))
			mustBeTaken(t, found)
			got := describe(t, found)
			golden := strings.TrimSuffix(path, ".txt") + ".golden"
			if *update {
				agenttest.Write(t, golden, got, false)
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("found:\n%s\nwant (%s; -update writes it anew):\n%s", got, golden, want)
			}
		})
	}
}

func describe(t testing.TB, found *meter.Found) string {
	var b strings.Builder
	for _, m := range found.Looked {
		fmt.Fprintln(&b, strings.TrimSpace(fmt.Sprintf("%-10s %-9s %-28s %s", m.Status, m.Boundary, m.Source, m.Reason)))
	}
	fmt.Fprintf(&b, "health     design %d mWh, full %d mWh, %d cycles\n", found.Battery.DesignMWh, found.Battery.FullMWh, found.Battery.Cycles)
	for i := range 2 {
		incs, err := found.ReadAll(time.Hour + time.Duration(i)*15*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for _, inc := range incs {
			fmt.Fprintf(&b, "counted    %-9s %-28s %d µJ in %s\n", inc.Boundary, inc.Source, inc.EnergyUJ, inc.Covered)
		}
	}
	return b.String()
}

// mustBeTaken makes sure that the collector takes an inventory with these meters.
func mustBeTaken(t testing.TB, found *meter.Found) {
	t.Helper()
	body, err := json.Marshal(report.EnrolRequest{Token: "t", Inventory: report.Inventory{
		Category: "laptop", BatteryDesignMWh: found.Battery.DesignMWh, BatteryFullMWh: found.Battery.FullMWh,
		BatteryCycles: found.Battery.Cycles, Meters: found.Looked,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := report.DecodeEnrol(body); err != nil {
		t.Errorf("the collector refuses this inventory: %v", err)
	}
}

func TestForbiddenIsToldApartFromNone(t *testing.T) {
	root := agenttest.Machine(t, "testdata/sys/desktop-psys.txt")
	if err := os.Chmod(filepath.Join(root, "sys/class/powercap/intel-rapl:0/energy_uj"), 0); err != nil {
		t.Fatal(err)
	}
	status := map[string]report.Meter{}
	withoutRootsRight(t, func() {
		for _, m := range meter.Discover(root).Looked {
			status[m.Source] = m
		}
	})
	if m := status["rapl-package-0"]; m.Status != report.MeterDenied || !strings.Contains(m.Reason, "may not read it") || !strings.Contains(m.Reason, "energy_uj") {
		t.Errorf("a meter that may not be read: %+v; want denied, and what to do", m)
	}
	if m := status["rapl-psys"]; m.Status != report.MeterRead {
		t.Errorf("the meter beside it: %+v; want read", m)
	}
	if m := status["battery"]; m.Status != report.MeterNone || !strings.Contains(m.Reason, "no such meter") {
		t.Errorf("a battery that is not there: %+v; want none", m)
	}
}

// withoutRootsRight calls f on a thread that obeys file modes, although root runs it.
func withoutRootsRight(t testing.TB, f func()) {
	t.Helper()
	var refused error
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var caps [2]unix.CapUserData
		if refused = unix.Capget(&header, &caps[0]); refused != nil {
			return
		}
		caps[0].Effective &^= 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH
		if refused = unix.Capset(&header, &caps[0]); refused == nil {
			f()
		}
	}()
	<-done
	if refused != nil {
		t.Skipf("cannot give up root's right to read every file: %v", refused)
	}
}

func TestMachineWithMoreSensorsThanAReportHolds(t *testing.T) {
	root := t.TempDir()
	sensor := func(n int, chip string) {
		dir := filepath.Join(root, fmt.Sprintf("sys/class/hwmon/hwmon%02d", n))
		agenttest.Write(t, filepath.Join(dir, "name"), chip, false)
		agenttest.Write(t, filepath.Join(dir, "power1_input"), "1000000", false)
	}
	for n := range 50 {
		sensor(n, "psu")
	}
	sensor(50, "power_meter")
	found := meter.Discover(root)
	mustBeTaken(t, found)
	if len(found.Meters) > report.MaxEnergyReadings {
		t.Errorf("%d meters are read; a window holds %d readings", len(found.Meters), report.MaxEnergyReadings)
	}
	for i := range 2 {
		if incs, err := found.ReadAll(time.Duration(i+1) * time.Second); err != nil {
			t.Fatal(err)
		} else if i == 1 && incs[0].Boundary != report.Wall {
			t.Errorf("the first meter sees %q; want the wall before any component", incs[0].Boundary)
		}
	}
}

func TestErrorsKeepTheirKind(t *testing.T) {
	root := agenttest.Machine(t, "testdata/sys/desktop-psys.txt")
	found := meter.Discover(root)
	energy := filepath.Join(root, "sys/class/powercap/intel-rapl:0/energy_uj")
	for _, c := range []struct {
		what  string
		spoil func()
		want  error
	}{
		{"a number that is none", func() { agenttest.Write(t, energy, "nan", false) }, meter.ErrBroken},
		{"a file that is gone", func() { os.Remove(energy) }, meter.ErrNone},
		{"a read that fails", func() { agenttest.Write(t, energy, "", true) }, meter.ErrBroken},
	} {
		c.spoil()
		if _, err := found.ReadAll(time.Minute); !errors.Is(err, c.want) || !strings.Contains(err.Error(), "rapl-package-0") {
			t.Errorf("%s: error %v; want %q with the meter's name", c.what, err, c.want)
		}
	}
}
