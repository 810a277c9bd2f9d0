package maker_test

import (
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/maker"
)

func TestInventoriesFindTheirProducts(t *testing.T) {
	for _, test := range []struct {
		spec equipment.Spec
		want string // empty: no product of the table
	}{
		// As SMBIOS, purchase lists and MDM exports spell them.
		{equipment.Spec{Maker: "Dell Inc.", Model: "Latitude 3420"}, "Latitude 3420"},
		{equipment.Spec{Maker: "DELL", Model: "LATITUDE 3420", Category: equipment.Laptop}, "Latitude 3420"},
		{equipment.Spec{Model: "Dell Inc. Latitude 3420"}, "Latitude 3420"},
		{equipment.Spec{Maker: "Dell Inc.", Model: "Latitude 3420 (Chromebook)"}, "Latitude 3420"},
		{equipment.Spec{Maker: "Dell Inc.", Model: "Latitude 5400 (Chromebook)"}, "Latitude 5400 Chromebook"},
		{equipment.Spec{Maker: "Dell Inc.", Model: "Latitude 5320 2 in 1"}, "Latitude 5320 2-IN-1"},
		{equipment.Spec{Maker: "HP", Model: "HP EliteBook 845 14 inch G9 Notebook PC"}, ""}, // no such row; G8 is another product
		{equipment.Spec{Maker: "Hewlett-Packard", Model: "HP EliteBook 645 14 inch G9 Notebook PC"}, "EliteBook 645 14 inch G9 Notebook PC"},
		{equipment.Spec{Maker: "HP", Model: "HP 250 G9 Notebook PC"}, "250 G9 Notebook PC"},
		{equipment.Spec{Maker: "HP", Model: "HP Chromebook 11a"}, "Chromebook 11a"},
		{equipment.Spec{Maker: "Dell", Model: "P2419H", Category: equipment.Monitor}, "P2419H Monitor"},
		{equipment.Spec{Maker: "DELL", Model: "DELL P2419H", Category: equipment.Monitor, ScreenIn: 23.8}, "P2419H Monitor"},
		{equipment.Spec{Maker: "Dell Inc.", Model: "OptiPlex 3080 SFF"}, "OptiPlex 3080 Small Form Factor"},
		{equipment.Spec{Maker: "Dell Inc.", Model: "OptiPlex 7400 AIO"}, "OptiPlex 7400 All-in-One"},
		{equipment.Spec{Maker: "LENOVO", Model: "ThinkPad X1 Carbon Gen 5"}, "ThinkPad X1 Carbon 5th Gen"},
		{equipment.Spec{Maker: "LENOVO", Model: "ThinkPad T490"}, "ThinkPad T490.ThinkPad P43s"},
		{equipment.Spec{Maker: "LENOVO", Model: "IdeaPad C340-14", Category: equipment.Laptop}, "IdeaPad C340-14/FLEX-14"},
		{equipment.Spec{Maker: "LENOVO", Model: "20HN0016FR"}, "ThinkPad X270"},
		{equipment.Spec{Maker: "LENOVO", Model: "20hn"}, "ThinkPad X270"},
		{equipment.Spec{Maker: "Apple Inc.", Model: "MacBookPro17,1", StorageGB: 494}, "13-inch MacBook Pro (M1 CPU) 512GB - 2020"},
		{equipment.Spec{Maker: "Apple", Model: "MacBookAir10,1", Category: equipment.Laptop}, "13-inch MacBook Air (M1 CPU) 256GB - 2020"},
		{equipment.Spec{Maker: "DEL", Model: "DELL P2419H", Category: equipment.Monitor}, "P2419H Monitor"}, // as EDID has it
		{equipment.Spec{Maker: "samsung", Model: "SM-A127F"}, "Galaxy A12 (SM-A127F)"},
		{equipment.Spec{Maker: "Samsung", Model: "Galaxy Tab S7", Category: equipment.Tablet}, "Galaxy Tab S7 (SM-T875)"},

		// Near misses are predictions, not look-ups.
		{equipment.Spec{Maker: "Dell Inc.", Model: "Latitude 3421"}, ""},
		{equipment.Spec{Maker: "Dell Inc.", Model: "Latitude"}, ""},
		{equipment.Spec{Maker: "HP", Model: "Latitude 3420"}, ""},
		{equipment.Spec{Maker: "Samsung", Model: "Galaxy Tab S7 FE"}, ""},
		{equipment.Spec{Maker: "Dell Inc.", Model: "Latitude 3420", Category: equipment.Monitor}, ""},
		{equipment.Spec{Maker: "Dell Inc.", Model: "Latitude 3420", ScreenIn: 17.3}, ""},
		{equipment.Spec{Maker: "LENOVO", Model: "ThinkCentre M93"}, ""}, // tiny or tower?
		{equipment.Spec{Maker: "LENOVO", Model: "ThinkPad L13"}, ""},    // which generation?
		{equipment.Spec{Maker: "LENOVO", Model: "ThinkPad X1 Carbon Gen 9"}, ""},
		{equipment.Spec{Maker: "LENOVO", Model: "20VE001QFR"}, ""}, // a ThinkBook 15 G2, which has no row
		{equipment.Spec{Maker: "HP", Model: "20HN0016FR"}, ""},     // not a Lenovo
		{equipment.Spec{Maker: "HP", Model: "HP 15"}, ""},          // a name that says too little
		{equipment.Spec{Maker: "Apple", Model: "MacBookPro17,1", StorageGB: 2000}, ""},
		{equipment.Spec{}, ""},
	} {
		p, found := maker.Default().Lookup(test.spec)
		if found != (test.want != "") || p.Name != test.want {
			t.Errorf("%+v gives %q, %v; want %q", test.spec, p.Name, found, test.want)
		}
	}
}

func TestEachProductIsFoundByItsOwnName(t *testing.T) {
	c := maker.Default()
	missed := 0
	for _, p := range c.Products() {
		for _, spell := range []func(string) string{strings.ToLower, strings.ToUpper} {
			s := p.Spec()
			s.Model = spell(s.Model)
			found, ok := c.Lookup(s)
			switch {
			case !ok:
				missed++
			case found.Category != p.Category || found.Maker != p.Maker || found.ScreenIn != p.ScreenIn && found.Name == p.Name && found.Embodied != p.Embodied:
				t.Errorf("%s %s is taken for %s %s", p.Maker, p.Name, found.Maker, found.Name)
			}
		}
	}
	if missed > 8 { // "15 Laptop PC" and its like say too little
		t.Errorf("%d of the table's own names are not found", missed)
	}
}

func TestAMachineTypeHelpsToPredictToo(t *testing.T) {
	byCode, err := maker.Default().Predict(equipment.Spec{Category: equipment.Laptop, Maker: "LENOVO", Model: "20VE001QFR"})
	if err != nil {
		t.Fatal(err)
	}
	byName, err := maker.Default().Predict(equipment.Spec{Category: equipment.Laptop, Maker: "Lenovo", Model: "ThinkBook 15 G2 ITL"})
	if err != nil {
		t.Fatal(err)
	}
	if byCode.Embodied != byName.Embodied || byCode.Basis != maker.Predicted || !strings.Contains(byCode.Nearest[0].Product.Name, "ThinkBook") {
		t.Errorf("20VE gives %+v, its name %+v", byCode, byName)
	}
}
