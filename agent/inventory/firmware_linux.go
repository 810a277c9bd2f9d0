package inventory

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v3/common"
	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/mem"

	"github.com/ecoparc/ecoparc/models/report"
)

// readFirmware reads the SMBIOS texts that every user may read. The kernel keeps
// serial numbers and UUIDs for root.
func readFirmware(root string) firmware {
	if model := strings.TrimRight(readText(root, "proc/device-tree/model"), "\x00"); model != "" {
		return fromDeviceTree(model, readText(root, "proc/device-tree/compatible"))
	}
	read := func(name string) string { return readText(root, "sys/class/dmi/id", name) }
	return firmware{maker: read("sys_vendor"), product: read("product_name"), version: read("product_version"), chassis: read("chassis_type"), biosDate: read("bios_date")}
}

func readMachine(ctx context.Context, root string) machine {
	ctx = below(ctx, root)
	m := machine{firmware: readFirmware(root), storageGB: storageGB(root), screens: screens(root), tellsBuiltIn: true}
	if info, err := cpu.InfoWithContext(ctx); err == nil && len(info) > 0 {
		m.cpu = info[0].ModelName
	}
	if memory, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m.memoryMiB = int64(memory.Total >> 20)
	}
	m.os, m.osVersion = system(root)
	m.guest = guestOf(root, m.firmware)
	return m
}

// serialNumber is for root only, on most systems.
func serialNumber(_ context.Context, root string) string {
	return cmp.Or(readText(root, "sys/class/dmi/id/product_serial"), strings.TrimRight(readText(root, "proc/device-tree/serial-number"), "\x00"))
}

// screens are those that are connected to a graphics card.
func screens(root string) (all []report.Screen) {
	connectors, _ := filepath.Glob(filepath.Join(root, "sys/class/drm/card*-*"))
	for _, dir := range connectors {
		if readText(dir, "status") != "connected" {
			continue
		}
		edid, err := os.ReadFile(filepath.Join(dir, "edid"))
		if err != nil {
			continue
		}
		s, ok := parseEDID(edid)
		if !ok {
			continue
		}
		s.Place = report.Attached
		_, kind, _ := strings.Cut(filepath.Base(dir), "-")
		if strings.HasPrefix(kind, "eDP") || strings.HasPrefix(kind, "LVDS") || strings.HasPrefix(kind, "DSI") {
			s.Place = report.BuiltIn
		}
		all = append(all, s)
	}
	return all
}

// fromDeviceTree is what single-board computers have in place of SMBIOS: a name, and
// names of the kind of board, each with its maker, as raspberrypi,4-model-b.
func fromDeviceTree(model, compatible string) firmware {
	maker, _, _ := strings.Cut(compatible, ",")
	if strings.HasPrefix(model, "Raspberry Pi") {
		maker = "Raspberry Pi"
	}
	return firmware{maker: maker, product: model}
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
func system(root string) (name, version string) {
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

// guestOf is what this system is a guest of: a container's engine or a
// hypervisor; empty on a machine of its own.
func guestOf(root string, f firmware) string {
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
	if name := hypervisorOf(f); name != "" {
		return name
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
