package inventory_test

import (
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/inventory"
	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/models/report"
)

func take(t testing.TB, root string) (v report.Inventory, body []byte) {
	t.Helper()
	v = inventory.Take(t.Context(), root, meter.Discover(root))
	body, err := json.Marshal(report.EnrolRequest{Token: "t", Inventory: v})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := report.DecodeEnrol(body); err != nil {
		t.Errorf("the collector refuses this inventory: %v\n%s", err, body)
	}
	return v, body
}

func TestEachMachine(t *testing.T) {
	for machine, want := range map[string]report.Inventory{
		"laptop": {
			Category: "laptop", Maker: "LENOVO", Model: "ThinkPad E490 20NB0000FR", CPU: "Intel(R) Core(TM) i5-8265U CPU @ 1.60GHz", MemoryMiB: 7865,
			StorageGB: 256, OS: "ubuntu", OSVersion: "24.04", FirmwareDate: "2024-05-31", BatteryDesignMWh: 45280, BatteryFullMWh: 40000,
		},
		"desktop-nameless":   {Category: "desktop", CPU: "AMD Ryzen 5 3600", MemoryMiB: 15917, StorageGB: 3000, OS: "debian", OSVersion: "13"},
		"laptop-odd-chassis": {Category: "laptop", Maker: "ACME", Model: "Book", MemoryMiB: 3906, OS: "debian", OSVersion: "12", FirmwareDate: "2023-01-02", BatteryDesignMWh: 30000, BatteryFullMWh: 29000},
		"surface":            {Category: "tablet", Maker: "Microsoft Corporation", Model: "Surface Go 2", MemoryMiB: 7812, OS: "linux", FirmwareDate: "2021-02-11"},
		"raspberry-pi":       {Category: "desktop", Maker: "Raspberry Pi", Model: "Raspberry Pi 4 Model B Rev 1.4", CPU: "Cortex-A72", MemoryMiB: 3793, StorageGB: 31, OS: "debian", OSVersion: "12"},
		"xen-host":           {Category: "server", Maker: "Dell Inc.", Model: "PowerEdge R740", CPU: "Intel Xeon", MemoryMiB: 3906, OS: "linux", FirmwareDate: "2022-04-28"},
		"vm-kvm": {
			Category: "virtual", Virtualization: "qemu", Maker: "QEMU", Model: "Standard PC (Q35 + ICH9, 2009)", CPU: "Intel Xeon Processor",
			MemoryMiB: 3906, StorageGB: 21, OS: "debian", OSVersion: "13",
		},
		"vm-hyperv":         {Category: "virtual", Virtualization: "microsoft", Maker: "Microsoft Corporation", Model: "Virtual Machine", MemoryMiB: 3906, OS: "linux"},
		"vm-hidden":         {Category: "virtual", Virtualization: "hypervisor", Maker: "Dell Inc.", Model: "OptiPlex 7010", CPU: "Intel Xeon", MemoryMiB: 3906, OS: "linux"},
		"container-docker":  {Category: "virtual", Virtualization: "docker", Maker: "LENOVO", Model: "ThinkPad 20NB", MemoryMiB: 3906, OS: "linux"},
		"container-podman":  {Category: "virtual", Virtualization: "podman", MemoryMiB: 3906, OS: "linux"},
		"container-lxc":     {Category: "virtual", Virtualization: "lxc", MemoryMiB: 3906, OS: "linux"},
		"container-environ": {Category: "virtual", Virtualization: "systemd-nspawn", MemoryMiB: 3906, OS: "linux"},
	} {
		t.Run(machine, func(t *testing.T) {
			got, _ := take(t, agenttest.Machine(t, "testdata/"+machine+".txt"))
			if got.LogicalCPUs < 1 || len(got.Meters) == 0 {
				t.Errorf("%d processors, %d meters; want some of both", got.LogicalCPUs, len(got.Meters))
			}
			got.LogicalCPUs, got.Meters = 0, nil // this machine's; package meter's
			g, _ := json.Marshal(got)
			w, _ := json.Marshal(want)
			if string(g) != string(w) {
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
		})
	}
}

// TestNothingOfAPersonOrASingleMachine searches the encoded inventory for what the
// laptop's files and the environment hold, and for the names and addresses of the
// machine that runs the test.
func TestNothingOfAPersonOrASingleMachine(t *testing.T) {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME", "SUDO_USER", "HOME", "HOSTNAME", "SSH_CLIENT", "XAUTHORITY"} {
		t.Setenv(name, "CANARY-"+name)
	}
	private := []string{"canary", "ca:na:4a", "192.0.2."}
	if host, err := os.Hostname(); err == nil && len(host) > 4 { // a shorter one may be in any word
		private = append(private, host)
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		if len(i.HardwareAddr) > 0 {
			private = append(private, i.HardwareAddr.String())
		}
		addresses, err := i.Addrs()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addresses {
			ip, _, _ := strings.Cut(a.String(), "/")
			private = append(private, ip)
		}
	}
	for what, root := range map[string]string{"laptop": agenttest.Machine(t, "testdata/laptop.txt"), "this machine": "/"} {
		_, body := take(t, root)
		for _, p := range private {
			if len(p) > 4 && strings.Contains(strings.ToLower(string(body)), strings.ToLower(p)) {
				t.Errorf("the inventory of %s holds %q:\n%s", what, p, body)
			}
		}
	}
}

func TestFirmwareMayHoldAnyBytes(t *testing.T) {
	for _, text := range []string{strings.Repeat("é", 200), "\xff\xfe\x00\x01", "a\u200bb\u202ec", strings.Repeat("x", 127) + "é", "\x7f\u0085"} {
		root := agenttest.Machine(t, "testdata/desktop-nameless.txt")
		for _, name := range []string{"sys_vendor", "product_name", "product_version", "chassis_type", "bios_date"} {
			agenttest.Write(t, root+"/sys/class/dmi/id/"+name, text, false)
		}
		agenttest.Write(t, root+"/etc/os-release", "ID="+text+"\nVERSION_ID="+text, false)
		agenttest.Write(t, root+"/run/systemd/container", text, false)
		take(t, root) // refused: take says so
	}
}

// A number that cannot be is not told: the collector would refuse all that the machine
// reports, for good.
func TestFirmwareMayHoldAnyNumbers(t *testing.T) {
	for _, number := range []string{"18446744073709551615", "9223372036854775807", "4294967295000", "-1", "0"} {
		root := agenttest.Machine(t, "testdata/laptop.txt")
		battery := root + "/sys/class/power_supply/BAT0/"
		for _, name := range []string{"energy_full_design", "energy_full", "charge_full_design", "charge_full", "voltage_min_design", "cycle_count"} {
			agenttest.Write(t, battery+name, number, false)
		}
		agenttest.Write(t, root+"/sys/block/sda/device/", "", true)
		agenttest.Write(t, root+"/sys/block/sda/size", number, false)
		agenttest.Write(t, root+"/proc/meminfo", "MemTotal: "+number+" kB", false)
		if v, _ := take(t, root); v.BatteryDesignMWh != 0 || v.BatteryFullMWh != 0 || v.Maker != "LENOVO" {
			t.Errorf("batteries of %s µWh: %+v; want none that is told, and what else is known", number, v)
		}
	}
}

func TestLongNamesOfALenovo(t *testing.T) {
	root := agenttest.Machine(t, "testdata/laptop.txt")
	for _, name := range []string{"product_name", "product_version"} {
		agenttest.Write(t, root+"/sys/class/dmi/id/"+name, strings.Repeat("é", 63), false)
	}
	take(t, root) // refused: take says so
}
