package inventory

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/ecoparc/ecoparc/agent/internal/iokit"
	"github.com/ecoparc/ecoparc/models/report"
)

func readMachine(context.Context, string) machine {
	m := machine{os: "macos", tellsBuiltIn: true, screens: screens(), storageGB: storageGB()}
	m.firmware.maker = "Apple"
	m.firmware.product, _ = unix.Sysctl("hw.model") // the name of orders and repairs, as Mac14,2
	m.cpu, _ = unix.Sysctl("machdep.cpu.brand_string")
	m.osVersion, _ = unix.Sysctl("kern.osproductversion")
	if n, err := unix.SysctlUint64("hw.memsize"); err == nil {
		m.memoryMiB = int64(n >> 20)
	}
	if guest, err := unix.SysctlUint32("kern.hv_vmm_present"); err == nil && guest != 0 {
		m.guest = "apple"
	}
	return m
}

func serialNumber(context.Context, string) (serial string) {
	_ = iokit.Each("IOPlatformExpertDevice", func(e iokit.Entry) bool {
		serial, _ = e.Property("IOPlatformSerialNumber").(string)
		return false
	})
	return serial
}

// storageGB is the size of the built-in disks. The containers of a disk are whole
// media themselves; only what has a table of partitions is a disk.
func storageGB() int64 {
	var bytes int64
	_ = iokit.Each("IOMedia", func(e iokit.Entry) bool {
		whole, _ := e.Property("Whole").(bool)
		removable, _ := e.Property("Removable").(bool)
		ejectable, _ := e.Property("Ejectable").(bool)
		content, _ := e.Property("Content").(string)
		size, _ := e.Property("Size").(int64)
		if whole && !removable && !ejectable && content == "GUID_partition_scheme" && size > 0 {
			bytes += size
		}
		return true
	})
	return bytes / 1e9
}

// screens are those of Macs with an Intel processor. Apple's own processors tell the
// description of a screen to the window server only.
func screens() (all []report.Screen) {
	for _, class := range []struct {
		name  string
		place report.Place
	}{{"AppleBacklightDisplay", report.BuiltIn}, {"AppleDisplay", report.Attached}} {
		_ = iokit.Each(class.name, func(e iokit.Entry) bool {
			edid, _ := e.Property("IODisplayEDID").([]byte)
			if s, ok := parseEDID(edid); ok {
				s.Place = class.place
				all = append(all, s)
			}
			return true
		})
	}
	return all
}
