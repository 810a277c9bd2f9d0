// Package inventory says what the machine is: maker, model, processor, memory,
// disks, screens and operating system. It reads no host name, network address or
// user; the serial number only to hash it.
package inventory

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// machine is what the operating system tells of itself and of the hardware.
type machine struct {
	firmware      firmware
	cpu           string
	memoryMiB     int64
	storageGB     int64
	os, osVersion string
	guest         string // what this system is a guest of; empty on a machine of its own
	screens       []report.Screen
	// tellsBuiltIn: the system says which screen is a part of the machine.
	tellsBuiltIn bool
}

// firmware is what SMBIOS says of the machine.
type firmware struct {
	maker, product, version, chassis, biosDate string
	serial                                     string // goes no further than HashSerial
}

// Take takes the inventory of the machine whose files are below root. What
// cannot be read stays empty.
func Take(ctx context.Context, root string, found *meter.Found) report.Inventory {
	m := readMachine(ctx, root)
	v := fromFirmware(m.firmware, found.Battery)
	v.Meters = found.Looked
	v.LogicalCPUs = int64(runtime.NumCPU())
	v.CPU, v.MemoryMiB, v.StorageGB = clean(m.cpu), m.memoryMiB, m.storageGB
	v.OS, v.OSVersion = cmp.Or(clean(m.os), runtime.GOOS), clean(m.osVersion)
	v.DropImpossible()
	if m.guest != "" {
		v.Category, v.Virtualization = string(equipment.Virtual), clean(m.guest)
		v.FirmwareDate = "" // the host's, as are the screens
		return v
	}
	if !m.tellsBuiltIn && (v.Category == string(equipment.Laptop) || v.Category == string(equipment.Tablet)) {
		smallestIsBuiltIn(m.screens)
	}
	v.Screens = inOrder(m.screens)
	return v
}

// inOrder sorts screens, so that plugging them in another order changes nothing.
func inOrder(screens []report.Screen) []report.Screen {
	slices.SortFunc(screens, func(a, b report.Screen) int {
		return cmp.Or(-cmp.Compare(a.Place, b.Place), cmp.Compare(a.Maker, b.Maker), cmp.Compare(a.Model, b.Model), cmp.Compare(a.DiagonalMm, b.DiagonalMm), cmp.Compare(a.MadeYear, b.MadeYear))
	})
	return screens[:min(len(screens), report.MaxScreens)]
}

// HashSerial puts the machine's serial number into its inventory, as a hash under the
// organisation's key: whoever has the key can tell whether a device of a purchase
// list is this one, and nobody can tell the number. Without a key nothing is read.
func HashSerial(ctx context.Context, root string, key []byte, v *report.Inventory) {
	if len(key) == 0 || v.Virtualization != "" {
		return
	}
	// Blanks and case do not count: lists are typed by people.
	serial := strings.ToUpper(strings.Join(strings.Fields(clean(serialNumber(ctx, root))), ""))
	if serial == "" {
		return
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(serial))
	v.SerialHash = hex.EncodeToString(mac.Sum(nil)[:16])
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
		v.Model = clean(f.version + " " + v.Model)
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
var meaningless = []string{"to be filled by o.e.m.", "system product name", "system manufacturer", "system version", "default string", "not applicable", "not specified", "o.e.m.", "none", "unknown", "invalid", "n/a", "0", "1.0", "x.x", "system serial number", "123456789", "0123456789"}

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
