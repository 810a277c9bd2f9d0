package inventory

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v3/common"
)

// readFirmware reads the SMBIOS texts that every user may read. The kernel keeps
// serial numbers and UUIDs for root; they are not read at all.
func readFirmware(root string) firmware {
	read := func(name string) string { return readText(root, "sys/class/dmi/id", name) }
	return firmware{maker: read("sys_vendor"), product: read("product_name"), version: read("product_version"), chassis: read("chassis_type"), biosDate: read("bios_date")}
}

// storageGB is the size of the built-in disks, in gigabytes of 10^9 bytes.
func storageGB(root string) int64 {
	var bytes int64
	disks, _ := filepath.Glob(filepath.Join(root, "sys/block/*/device"))
	for _, device := range disks {
		dir := filepath.Dir(device)
		if readText(dir, "removable") == "1" {
			continue
		}
		const sector = 512 // the unit of this file, whatever the disk's own sector
		if n, err := strconv.ParseInt(readText(dir, "size"), 10, 64); err == nil {
			bytes += n * sector
		}
	}
	return bytes / 1e9
}

// readText reads a small file; one that cannot be read is empty.
func readText(path ...string) string {
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// below makes gopsutil read the files below a root.
func below(ctx context.Context, root string) context.Context {
	if root == "/" {
		return ctx
	}
	return context.WithValue(ctx, common.EnvKey, common.EnvMap{
		common.HostProcEnvKey: filepath.Join(root, "proc"), common.HostSysEnvKey: filepath.Join(root, "sys"),
	})
}

// system is the distribution and its version (os-release(5)). gopsutil would start
// lsb_release for it, and the agent starts no process.
func system(_ context.Context, root string) (name, version string) {
	text := readText(root, "etc/os-release")
	if text == "" {
		text = readText(root, "usr/lib/os-release")
	}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch value = strings.Trim(value, `"'`); key {
		case "ID":
			name = value
		case "VERSION_ID":
			version = value
		}
	}
	return name, version
}

// hypervisors by the maker or the product that their firmware names, as
// systemd-detect-virt(1) tells them.
var hypervisors = []struct{ text, name string }{
	{"KVM", "kvm"}, {"QEMU", "qemu"}, {"VMware", "vmware"}, {"VMW", "vmware"}, {"innotek GmbH", "virtualbox"}, {"VirtualBox", "virtualbox"},
	{"Xen", "xen"}, {"HVM domU", "xen"}, {"Bochs", "bochs"}, {"Parallels", "parallels"}, {"BHYVE", "bhyve"}, {"OpenStack", "kvm"},
	{"Amazon EC2", "amazon"}, {"Google Compute Engine", "google"}, {"Virtual Machine", "microsoft"},
}

// guestOf is what this system is a guest of: a container's engine or a
// hypervisor; empty on a machine of its own.
func guestOf(_ context.Context, root string, f firmware) string {
	if engine, _, _ := strings.Cut(readText(root, "run/systemd/container"), ":"); engine != "" {
		return engine
	}
	for _, engine := range []struct{ file, name string }{{".dockerenv", "docker"}, {"run/.containerenv", "podman"}} {
		if _, err := os.Stat(filepath.Join(root, engine.file)); err == nil {
			return engine.name
		}
	}
	for entry := range strings.SplitSeq(readText(root, "proc/1/environ"), "\x00") { // for root only
		if engine, ok := strings.CutPrefix(entry, "container="); ok && engine != "" {
			return engine
		}
	}
	if strings.Contains(readText(root, "proc/xen/capabilities"), "control_d") {
		return "" // Xen's own first system, on the hardware
	}
	for _, h := range hypervisors {
		if strings.HasPrefix(f.maker, h.text) || strings.HasPrefix(f.product, h.text) {
			return h.name
		}
	}
	for line := range strings.Lines(readText(root, "proc/cpuinfo")) {
		if name, flags, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "flags" {
			if slices.Contains(strings.Fields(flags), "hypervisor") {
				return "hypervisor" // that hides its name
			}
			break
		}
	}
	return ""
}
