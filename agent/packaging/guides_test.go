//go:build linux

package packaging_test

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/models/report"
)

// TestGuides does what docs/agent.md tells to do, on machines that boot.
func TestGuides(t *testing.T) {
	disk := clean(t)
	dir, newer := built(t), t.TempDir()
	build(t, newer, "v1.3.0", "linux/amd64")
	p := &packages{disk: disk, deb: one(t, dir, "amd64.deb"), newer: one(t, newer, "amd64.deb")}
	c := agenttest.StartProgram(t)
	t.Run("service", func(t *testing.T) { testService(t, p, c) })
	t.Run("Ansible", func(t *testing.T) { testAnsible(t, p, c) })
	t.Run("image master", func(t *testing.T) { testImage(t, p, c) })
}

// packages are a new device's disk, and what is installed on it.
type packages struct{ disk, deb, newer string }

// card is the address of a network card as its maker gave it.
func card(number byte) net.HardwareAddr { return net.HardwareAddr{0x00, 0x16, 0x3e, 0, 0, number} }

// trust lets a machine reach the collector, and trust its authority as a school's
// machines do: by the system's own store.
func (m *machine) trust(c *agenttest.Program) {
	m.t.Helper()
	at, err := url.Parse(c.URL)
	if err != nil {
		m.t.Fatal(err)
	}
	m.reach(at.Host)
	m.copyIn(c.CA, "/usr/local/share/ca-certificates/school.crt", 0o644)
	run(m.t, "chroot", m.root, "/usr/sbin/update-ca-certificates")
}

// hurry makes the service report each minute and come back at once, so that nobody
// has to wait.
func (m *machine) hurry() {
	m.write("/etc/systemd/system/ecoparc-agent.service.d/hurry.conf",
		"[Service]\nRestartSec=1s\nEnvironment=ECOPARC_AGENT_WINDOW=1m ECOPARC_AGENT_UPLOAD_INTERVAL=1m ECOPARC_AGENT_SAMPLE_INTERVAL=5s\n", 0o644)
}

// device is what the machine is enrolled as; empty: not enrolled.
func (m *machine) device() string {
	status, _ := m.try("ecoparc-agent", "status")
	_, after, _ := strings.Cut(status, "Enrolled       as ")
	device, _, _ := strings.Cut(after, " ")
	return device
}

// property asks systemd about the service.
func (m *machine) property(name string) string {
	m.t.Helper()
	return m.run("systemctl", "show", "--value", "--property", name, "ecoparc-agent")
}

const meterCounts = 5 // watts

// meter gives the machine a processor with an energy counter, which only root reads as
// on any kernel since 2020, and which counts.
func (m *machine) meter() {
	m.t.Helper()
	m.sys = filepath.Join(m.t.TempDir(), "sys")
	zone := filepath.Join(m.sys, "devices", "powercap", "intel-rapl", "intel-rapl:0")
	for path, text := range map[string]string{"name": "package-0\n", "max_energy_range_uj": "262143328850\n", "energy_uj": "1000000\n"} {
		agenttest.Write(m.t, filepath.Join(zone, path), text, false)
	}
	counter := filepath.Join(zone, "energy_uj")
	if err := os.Chmod(counter, 0o400); err != nil {
		m.t.Fatal(err)
	}
	agenttest.Write(m.t, filepath.Join(m.sys, "class", "powercap"), "", true)
	if err := os.Symlink("../../devices/virtual/powercap/intel-rapl/intel-rapl:0", filepath.Join(m.sys, "class", "powercap", "intel-rapl:0")); err != nil {
		m.t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	m.t.Cleanup(func() { close(stop); <-stopped })
	go func() {
		defer close(stopped)
		begun := time.Now()
		for {
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Millisecond):
				uj := 1_000_000 + meterCounts*time.Since(begun).Microseconds()
				os.WriteFile(counter, []byte(strconv.FormatInt(uj, 10)+"\n"), 0o400) // in place: mode and owner stay
			}
		}
	}()
}

// testService goes through the life of the service as systemd leads it.
func testService(t *testing.T, p *packages, c *agenttest.Program) {
	m := newMachine(t, p.disk, card(1))
	m.trust(c)
	m.meter()
	m.boot()
	m.copyIn(p.deb, "/root/agent.deb", 0o644)
	m.run("dpkg", "-i", "/root/agent.deb")
	if state := m.property("ActiveState") + " " + m.property("UnitFileState"); state != "active enabled" {
		t.Fatalf("once it is installed, the service is %s\n%s", state, m.log())
	}
	m.run("ecoparc-agent", "configure", "--collector", c.URL, "--token", c.Token)
	m.hurry()
	m.run("systemctl", "daemon-reload")
	m.run("systemctl", "restart", "ecoparc-agent")
	m.within(20*time.Second, "enrols", func() bool { return m.device() != "" })
	device := m.device()

	t.Run("runs without rights", func(t *testing.T) {
		status := m.sh("cat /proc/" + m.property("MainPID") + "/status")
		uid := m.run("id", "--user", "ecoparc-agent")
		for _, want := range []string{"Uid:\t" + uid + "\t" + uid, "CapEff:\t0000000000000000\n", "CapBnd:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
			if !strings.Contains(status, want) {
				t.Errorf("no %q in\n%s", want, status)
			}
		}
		if uid == "0" {
			t.Error("it runs as root")
		}
		within := []string{"nsenter", "--target", m.property("MainPID"), "--mount", "setpriv", "--reuid", "ecoparc-agent", "--regid", "ecoparc-agent", "--clear-groups", "touch"}
		for _, path := range []string{"/usr/x", "/etc/ecoparc-agent/x", "/home/x", "/var/lib/x", "/root/x"} {
			if out, err := m.try(append(within, path)...); err == nil {
				t.Errorf("it may write %s: %s", path, out)
			}
		}
		if out, err := m.try(append(within, "/var/lib/ecoparc-agent/x")...); err != nil {
			t.Errorf("it may not write its own folder, so that this test proves nothing: %s", out)
		}
		for name, want := range map[string]string{"MemoryMax": "67108864", "CPUQuotaPerSecUSec": "100ms", "TasksMax": "64"} {
			if got := m.property(name); got != want {
				t.Errorf("systemd knows %s=%s; want %s", name, got, want)
			}
		}
	})
	t.Run("reads the energy counter that its group alone may read", func(t *testing.T) {
		const counter = "/sys/class/powercap/intel-rapl:0/energy_uj"
		if got := m.run("stat", "-L", "-c", "%a %U:%G", counter); got != "440 root:ecoparc-agent" {
			t.Errorf("the counter is %s", got)
		}
		if out, err := m.try("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "cat", counter); err == nil {
			t.Errorf("everybody reads the counter: %s", out)
		}
		status := m.run("ecoparc-agent", "status")
		if !strings.Contains(status, "rapl-package-0, which sees the processor package: read") {
			t.Errorf("status:\n%s", status)
		}
	})
	t.Run("comes back after a kill", func(t *testing.T) {
		before := m.property("MainPID")
		m.run("kill", "-KILL", before)
		m.within(20*time.Second, "comes back", func() bool {
			now := m.property("MainPID")
			return now != "0" && now != before && m.property("ActiveState") == "active"
		})
		if m.device() != device {
			t.Errorf("it was %s, and is %s", device, m.device())
		}
	})
	t.Run("its windows arrive, with the energy", func(t *testing.T) {
		var arrived []report.Window
		m.within(4*time.Minute, "a whole window arrives", func() bool {
			arrived = c.Arrived(device)
			return slices.ContainsFunc(arrived, func(w report.Window) bool { return w.RunningMs() > 50_000 })
		})
		readings := 0
		for _, w := range arrived {
			for _, r := range w.Energy {
				readings++
				const tolerance = 1.5 // watts: the counter is written twice a second, samples are taken every five
				if watts := float64(r.EnergyUJ) / float64(r.CoveredMs) / 1000; r.Source != "rapl-package-0" || watts < meterCounts-tolerance || watts > meterCounts+tolerance {
					t.Errorf("%.2f W; the counter counts %d: %+v", watts, meterCounts, r)
				}
			}
		}
		if readings == 0 {
			t.Errorf("no energy in %+v", arrived)
		}
		if agent := c.Kept(device).Device.Agent; agent != version {
			t.Errorf("the collector knows the agent as %q", agent)
		}
	})
	t.Run("stops when told, and starts with the machine", func(t *testing.T) {
		m.run("systemctl", "stop", "ecoparc-agent")
		if result := m.property("ActiveState") + " " + m.property("Result") + " " + m.property("ExecMainStatus"); result != "inactive success 0" {
			t.Errorf("stopped: %s", result)
		}
		m.off()
		m.boot()
		if m.property("ActiveState") != "active" || m.device() != device {
			t.Errorf("after a boot the service is %s, the device %s; it was %s", m.property("ActiveState"), m.device(), device)
		}
	})
	t.Run("goes with its package", func(t *testing.T) {
		m.run("dpkg", "--purge", "ecoparc-agent")
		if out, err := m.try("systemctl", "cat", "ecoparc-agent"); err == nil && !strings.Contains(out, "hurry") {
			t.Errorf("left: %s", out)
		}
		if out, err := m.try("pgrep", "ecoparc-agent"); err == nil {
			t.Errorf("still running: %s", out)
		}
	})
}
