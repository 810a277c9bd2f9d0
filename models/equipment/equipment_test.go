package equipment_test

import (
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// The types and their names are those of DMTF DSP0134, table 17. An empty
// category: the chassis alone does not tell.
func TestChassisTypeNamesTheCategory(t *testing.T) {
	for smbios, want := range []struct {
		name     string
		category equipment.Category
	}{
		0: {"not in the standard", ""}, 1: {"Other", ""}, 2: {"Unknown", ""},
		3: {"Desktop", "desktop"}, 4: {"Low Profile Desktop", "desktop"}, 5: {"Pizza Box", "desktop"}, 6: {"Mini Tower", "desktop"}, 7: {"Tower", "desktop"},
		8: {"Portable", "laptop"}, 9: {"Laptop", "laptop"}, 10: {"Notebook", "laptop"}, 11: {"Hand Held", ""}, 12: {"Docking Station", ""},
		13: {"All in One", "desktop"}, 14: {"Sub Notebook", "laptop"}, 15: {"Space-saving", "desktop"}, 16: {"Lunch Box", "desktop"},
		17: {"Main Server Chassis", "server"}, 18: {"Expansion Chassis", ""}, 19: {"SubChassis", ""}, 20: {"Bus Expansion Chassis", ""},
		21: {"Peripheral Chassis", ""}, 22: {"RAID Chassis", ""}, 23: {"Rack Mount Chassis", "server"}, 24: {"Sealed-case PC", "desktop"},
		25: {"Multi-system Chassis", "server"}, 26: {"Compact PCI", ""}, 27: {"Advanced TCA", ""}, 28: {"Blade", "server"}, 29: {"Blade Enclosure", "server"},
		30: {"Tablet", "tablet"}, 31: {"Convertible", "laptop"}, 32: {"Detachable", "laptop"}, 33: {"IoT Gateway", ""}, 34: {"Embedded PC", ""},
		35: {"Mini PC", "desktop"}, 36: {"Stick PC", "desktop"}, 37: {"not in the standard", ""},
	} {
		got, ok := equipment.FromChassis(smbios)
		if got != want.category || ok != (want.category != "") {
			t.Errorf("chassis %d (%s) is %q, %v; want %q", smbios, want.name, got, ok, want.category)
		}
	}
	// Firmware that sets the lock bit or makes numbers up names nothing.
	for _, smbios := range []int{-1, 0x80 | 10, 255} {
		if got, ok := equipment.FromChassis(smbios); ok {
			t.Errorf("chassis %d is %q", smbios, got)
		}
	}
}

func TestOnlyAVirtualMachineIsNotCounted(t *testing.T) {
	for _, c := range equipment.Categories {
		if c.Physical() != (c != "virtual") {
			t.Errorf("%s: counted is %v", c, c.Physical())
		}
	}
}

// The figure per pupil must not hold the staff's devices.
func TestPupilsUseIndividualAndSharedDevices(t *testing.T) {
	for _, p := range equipment.Populations {
		if p.ForPupils() != (p == "individual" || p == "shared") {
			t.Errorf("%s: for pupils is %v", p, p.ForPupils())
		}
	}
}
