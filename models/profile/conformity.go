package profile

import (
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Class is what a device is beside the specification of the reference. Each
// device is in exactly one.
type Class string

// The classes. When several would hold, the first in this order does, so that a
// device that is too old is not listed a second time for its small memory.
const (
	ClassNotComparable Class = "not_comparable" // of another kind than the reference
	ClassTooOld        Class = "too_old"        // past the longest life that is expected
	ClassBelow         Class = "below"          // less than is asked for, in one respect at least
	ClassUnknown       Class = "unknown"        // kind, age, memory or storage is not known
	ClassAbove         Class = "above"          // more than a pupil needs, in one respect at least
	ClassFits          Class = "fits"           // as asked for, in each respect that is known
)

// Classes lists every class.
var Classes = []Class{ClassFits, ClassAbove, ClassBelow, ClassTooOld, ClassUnknown, ClassNotComparable}

// Aspect is a respect in which a device is compared.
type Aspect string

// The aspects, with the unit in which a Finding gives them.
const (
	AspectAge     Aspect = "age"     // years
	AspectMemory  Aspect = "memory"  // GiB
	AspectStorage Aspect = "storage" // GB
	AspectScreen  Aspect = "screen"  // inches
	AspectWeight  Aspect = "weight"  // kg
)

// Aspects lists every aspect.
var Aspects = []Aspect{AspectAge, AspectMemory, AspectStorage, AspectScreen, AspectWeight}

// UnknownAge is the age of a device of which no age is known. Any other negative
// number is as good.
const UnknownAge quantity.Years = -1

// Device is what is compared: a product and its age. A zero in Spec is "not
// known".
type Device struct {
	Spec equipment.Spec
	Age  quantity.Years
}

// Finding is how a device stands in one aspect that the profile speaks of.
type Finding struct {
	Aspect Aspect `json:"aspect"`
	// Class is ClassTooOld for the age; otherwise ClassBelow, ClassAbove,
	// ClassFits, or ClassUnknown.
	Class Class `json:"class"`
	// Have is what the device has, 0 when that is not known. AtLeast and AtMost
	// are what the profile asks for, without the tolerance; 0 is no bound.
	Have    float64 `json:"have,omitempty"`
	AtLeast float64 `json:"at_least,omitempty"`
	AtMost  float64 `json:"at_most,omitempty"`
}

// Conformity is how a device stands beside the reference, with one finding for
// each aspect that the profile speaks of. Of a device of another kind there are
// none.
type Conformity struct {
	Class    Class     `json:"class"`
	Findings []Finding `json:"findings,omitempty"`
}

// tolerance is how far a number may miss a bound. Inventories do not say 8 GiB but
// what the graphics leave of it, disks of 128 and 120 GB or screens of 13.3 and
// 14 inches serve the same purpose, and a data sheet gives the lightest version.
const tolerance = 0.1

// Conformity compares a device with the specification of the reference.
//
// Too old is older than the high bound of the expected life, not than its value:
// each year a device serves beyond the value is a gain, and no reason to replace
// it. Kind, age, memory and storage are what any inventory knows; without one of
// them a device is not said to fit. The screen and the weight are seldom known,
// and count where they are: a finding says so where they are not.
func (r Reference) Conformity(d Device) Conformity {
	switch string(d.Spec.Category) {
	case r.Profile.Kind:
	case "":
		return Conformity{Class: ClassUnknown}
	default:
		return Conformity{Class: ClassNotComparable}
	}
	age := Finding{Aspect: AspectAge, AtMost: float64(r.Life.High), Class: ClassUnknown}
	if d.Age >= 0 { // not when it is NaN
		age.Have, age.Class = float64(d.Age), ClassFits
		if d.Age > r.Life.High {
			age.Class = ClassTooOld
		}
	}
	p, s := r.Profile, d.Spec
	c := Conformity{Findings: []Finding{age}}
	for _, f := range []Finding{
		{Aspect: AspectMemory, Have: s.MemoryGiB, AtLeast: float64(p.MemoryGiB), AtMost: float64(p.Most.MemoryGiB)},
		{Aspect: AspectStorage, Have: s.StorageGB, AtLeast: float64(p.StorageGB), AtMost: float64(p.Most.StorageGB)},
		{Aspect: AspectScreen, Have: s.ScreenIn, AtLeast: p.ScreenIn, AtMost: p.Most.ScreenIn},
		{Aspect: AspectWeight, Have: s.WeightKg, AtMost: p.WeightKg},
	} {
		if f.AtLeast == 0 && f.AtMost == 0 {
			continue // the profile does not speak of it
		}
		c.Findings = append(c.Findings, f.judged())
	}
	c.Class = classOf(c.Findings)
	return c
}

// judged is the finding with its class. Too much weight is a shortcoming, too much
// of anything else is more than is needed.
func (f Finding) judged() Finding {
	switch {
	case !(f.Have > 0): // nor when it is NaN
		f.Have, f.Class = 0, ClassUnknown
	case f.Have < f.AtLeast*(1-tolerance):
		f.Class = ClassBelow
	case f.AtMost == 0 || f.Have <= f.AtMost*(1+tolerance):
		f.Class = ClassFits
	case f.Aspect == AspectWeight:
		f.Class = ClassBelow
	default:
		f.Class = ClassAbove
	}
	return f
}

// classOf is the first class, in the order of their constants, that a finding has.
func classOf(findings []Finding) Class {
	for _, class := range []Class{ClassTooOld, ClassBelow, ClassUnknown, ClassAbove} {
		for _, f := range findings {
			seldomKnown := f.Aspect == AspectScreen || f.Aspect == AspectWeight
			if f.Class == class && !(class == ClassUnknown && seldomKnown) {
				return class
			}
		}
	}
	return ClassFits
}

// Tally counts devices by what they are beside a reference.
type Tally struct {
	Devices int64           `json:"devices"`
	Classes map[Class]int64 `json:"classes"` // add up to Devices
	// Below, Above and Unknown count the devices by aspect. A device that falls
	// short in two aspects is in both, one that is too old or misses a number may
	// be in any: these do not add up to a class.
	Below   map[Aspect]int64 `json:"below,omitempty"`
	Above   map[Aspect]int64 `json:"above,omitempty"`
	Unknown map[Aspect]int64 `json:"unknown,omitempty"`
}

// Tally counts devices by what they are beside the reference.
func (r Reference) Tally(devices []Device) Tally {
	var t Tally
	for _, d := range devices {
		t.Add(r.Conformity(d), 1)
	}
	return t
}

// Add counts n devices that stand alike beside a reference. The zero Tally is ready.
func (t *Tally) Add(c Conformity, n int64) {
	if t.Classes == nil {
		*t = Tally{Classes: map[Class]int64{}, Below: map[Aspect]int64{}, Above: map[Aspect]int64{}, Unknown: map[Aspect]int64{}}
	}
	t.Devices += n
	t.Classes[c.Class] += n
	for _, f := range c.Findings {
		switch f.Class {
		case ClassBelow:
			t.Below[f.Aspect] += n
		case ClassAbove:
			t.Above[f.Aspect] += n
		case ClassUnknown:
			t.Unknown[f.Aspect] += n
		}
	}
}
