// Package inventory says what the machine is: maker, model, processor, memory,
// disks and operating system. It reads no serial number, host name, network
// address or user.
package inventory

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/mem"

	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// Take takes the inventory of the machine whose files are below root. What
// cannot be read stays empty.
func Take(ctx context.Context, root string, found *meter.Found) report.Inventory {
	ctx = below(ctx, root)
	f := readFirmware(root)
	v := fromFirmware(f, found.Battery)
	v.Meters = found.Looked
	v.LogicalCPUs = int64(runtime.NumCPU())
	v.StorageGB = storageGB(root)
	if info, err := cpu.InfoWithContext(ctx); err == nil && len(info) > 0 {
		v.CPU = clean(info[0].ModelName)
	}
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		v.MemoryMiB = int64(m.Total >> 20)
	}
	name, version := system(ctx, root)
	v.OS, v.OSVersion = cmp.Or(clean(name), runtime.GOOS), clean(version)
	if guest := guestOf(ctx, root, f); guest != "" {
		v.Category, v.Virtualization = string(equipment.Virtual), clean(guest)
		v.FirmwareDate = "" // the host's
	}
	return v
}

// firmware is what SMBIOS says of the machine.
type firmware struct {
	maker, product, version, chassis, biosDate string
}

// fromFirmware makes sense of SMBIOS. A chassis that says nothing is a laptop's
// when there is a battery.
func fromFirmware(f firmware, b meter.Battery) report.Inventory {
	v := report.Inventory{
		Maker: clean(f.maker), Model: clean(f.product),
		BatteryDesignMWh: b.DesignMWh, BatteryFullMWh: b.FullMWh, BatteryCycles: b.Cycles,
	}
	// Lenovo's product is a type number; the name that people know is the version.
	if strings.EqualFold(v.Maker, "LENOVO") && clean(f.version) != "" {
		v.Model = strings.TrimSpace(clean(f.version) + " " + v.Model)
	}
	category, ok := equipment.FromChassis(number(f.chassis))
	switch {
	case ok:
		v.Category = string(category)
	case b.DesignMWh > 0:
		v.Category = string(equipment.Laptop)
	default:
		v.Category = string(equipment.Desktop)
	}
	if date, err := time.Parse("01/02/2006", f.biosDate); err == nil {
		v.FirmwareDate = date.Format(time.DateOnly)
	}
	return v
}

func number(text string) (n int) {
	for _, digit := range text {
		if digit < '0' || digit > '9' || n > 1000 {
			return 0
		}
		n = 10*n + int(digit-'0')
	}
	return n
}

// meaningless are what makers leave in the firmware when they fill nothing in.
var meaningless = []string{"to be filled by o.e.m.", "system product name", "system manufacturer", "system version", "default string", "not applicable", "not specified", "o.e.m.", "none", "unknown", "invalid", "n/a", "0", "1.0", "x.x"}

// clean trims a text of the firmware to what a report may hold, and drops it when
// it means nothing.
func clean(text string) string {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))), " ")
	if slices.Contains(meaningless, strings.ToLower(text)) {
		return ""
	}
	for len(text) > 128 {
		runes := []rune(text)
		text = string(runes[:len(runes)-1])
	}
	return text
}
