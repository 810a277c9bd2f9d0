package lifespan

import (
	"fmt"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Part is a spare part.
type Part string

// The parts that are fitted to devices in service.
const (
	Battery   Part = "battery"
	SSD       Part = "ssd"
	Memory    Part = "memory"
	Screen    Part = "screen"
	OtherPart Part = "other" // has no factor row: who fits it states its impact
)

// What else a repair may be about. None of them has a factor row.
const (
	Keyboard    Part = "keyboard"
	Mainboard   Part = "mainboard"
	PowerSupply Part = "power_supply"
	Fan         Part = "fan"
	NoPart      Part = "none" // cleaned, set, or set up anew: nothing was fitted
)

// RepairedParts lists what a recorded repair may be about.
var RepairedParts = []Part{Battery, SSD, Memory, Screen, Keyboard, Mainboard, PowerSupply, Fan, OtherPart, NoPart}

// PartRow is the key of the row that says what making a part emitted, as it is fitted
// to devices of a category; empty where no row speaks of it. A battery and a screen are
// those of a portable device, and say nothing of a printer's or of an interactive panel's.
func PartRow(c equipment.Category, p Part) string {
	portable := c == equipment.Laptop || c == equipment.Tablet || c == equipment.Smartphone
	switch p {
	case Battery, Screen:
		if !portable {
			return ""
		}
	case SSD, Memory:
		if c != equipment.Laptop && c != equipment.Desktop && c != equipment.Server && c != equipment.ThinClient {
			return ""
		}
	default:
		return ""
	}
	return "part." + string(p)
}

// Parts lists the parts that have factor rows.
var Parts = []Part{Battery, SSD, Memory, Screen}

// Event is something that happens to a device in service and changes its
// account: a part is fitted, or its owner expects another life of it.
type Event struct {
	On time.Time
	// Part is what was fitted; empty where only the expectation changed.
	Part Part
	// Adds is the impact of the part.
	Adds Mass
	// Extends is by how much longer the device is now expected to serve; negative
	// for shorter. Past its expected life, a device serves that much longer from
	// the day of the event.
	Extends quantity.Years
}

// PartFactors is what a part adds to a device.
type PartFactors struct {
	Embodied Mass
	Extends  Span
}

// PartFactorsOf reads the rows of a part. The error says that there are none, as
// for [OtherPart].
func PartFactorsOf(t *factor.Table, p Part) (PartFactors, error) {
	if !slices.Contains(Parts, p) {
		return PartFactors{}, fmt.Errorf("no factors for the part %q; there are some for %v", p, Parts)
	}
	kg, err := bounds[float64](t, "part."+string(p))
	if err != nil {
		return PartFactors{}, err
	}
	extends, err := bounds[quantity.Years](t, "lifetime.added."+string(p))
	if err != nil {
		return PartFactors{}, err
	}
	return PartFactors{grams(kg), extends}, nil
}

// Fitted is the event of fitting a part on a day, by its factors.
func (f PartFactors) Fitted(p Part, on time.Time) Event {
	return Event{On: on, Part: p, Adds: f.Embodied, Extends: f.Extends.Value}
}
