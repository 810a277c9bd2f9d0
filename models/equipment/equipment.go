// Package equipment names what a school owns: the categories of device and
// the people they are for.
package equipment

// Category is a kind of device. Its impacts and its power are those of the
// factor rows that carry its name.
type Category string

// The categories that Ecoparc knows.
const (
	Laptop  Category = "laptop"
	Desktop Category = "desktop" // the unit without its screen
	Tablet  Category = "tablet"
	Monitor Category = "monitor"
	Server  Category = "server"
	// ThinClient shows what a server computes.
	ThinClient Category = "thin_client"
	Smartphone Category = "smartphone"
	// Projector and the categories after it, to Printer, carry no agent: they enter
	// by inventory, and their use is that of the school's calendar.
	Projector        Category = "projector"
	InteractivePanel Category = "interactive_panel"
	AccessPoint      Category = "access_point"
	Printer          Category = "printer"
	// Virtual is a virtual machine or a container: it has use, but neither an
	// embodied impact nor a consumption of its own. Both are its host's, and no
	// total counts it.
	Virtual Category = "virtual"
)

// Categories lists every category a device may have.
var Categories = []Category{Laptop, Desktop, Tablet, Monitor, Server, ThinClient, Smartphone, Projector, InteractivePanel, AccessPoint, Printer, Virtual}

// Physical tells whether devices of this category count in totals.
func (c Category) Physical() bool { return c != Virtual }

// Population is who a device is for. Figures per pupil say which populations
// they hold.
type Population string

// The populations of a school's fleet.
const (
	Individual     Population = "individual"     // a pupil's own device
	Shared         Population = "shared"         // computer rooms, trolleys, library
	Teaching       Population = "teaching"       // teachers' own devices
	Administration Population = "administration" // offices
	Infrastructure Population = "infrastructure" // servers
)

// Populations lists every population a device may belong to.
var Populations = []Population{Individual, Shared, Teaching, Administration, Infrastructure}

// ForPupils tells whether pupils are the ones who use these devices.
func (p Population) ForPupils() bool { return p == Individual || p == Shared }

// FromChassis gives the category for an SMBIOS chassis type (System Enclosure
// or Chassis Types, DMTF DSP0134 table 17), and false for a chassis that names
// no category.
func FromChassis(smbiosType int) (Category, bool) {
	switch smbiosType {
	case 8, 9, 10, 14, 31, 32: // portable, laptop, notebook, sub-notebook, convertible, detachable
		return Laptop, true
	case 3, 4, 5, 6, 7, 13, 15, 16, 24, 35, 36: // desktop, low profile, pizza box, towers, all-in-one, space-saving, lunch box, sealed-case, mini, stick
		return Desktop, true
	case 30:
		return Tablet, true
	case 17, 23, 25, 28, 29: // main server, rack mount, multi-system, blade, blade enclosure
		return Server, true
	}
	return "", false
}
