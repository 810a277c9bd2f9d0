package profile

import (
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Fleet is the equipment of some pupils, as it is at one moment: of a school, a
// council, or the reference itself. To look at a figure per device instead, let
// Pupils be the number of devices.
type Fleet struct {
	Pupils float64
	Groups []Group
}

// Group is Count devices of one category that are alike, or their mean.
type Group struct {
	Category equipment.Category
	Count    float64
	Embodied footprint.Mass   // of one device: its whole manufacture
	Life     quantity.Years   // over which it is spread
	Energy   footprint.Energy // of one device in a year
	Use      footprint.Mass   // what that energy emits
}

// GroupOf makes a group of what is known on a page: the embodied impact of one
// device and its yearly figure. The life is the one that the yearly figure
// implies, so that the group weighs exactly what the figure says.
func GroupOf(c equipment.Category, count float64, embodied footprint.Mass, yearly footprint.Figure) Group {
	g := Group{Category: c, Count: count, Energy: yearly.Energy, Use: yearly.Use}
	if yearly.Embodied.Value > 0 {
		g.Embodied, g.Life = embodied, quantity.Years(embodied.Value/yearly.Embodied.Value)
	}
	return g
}

// Fleet is the reference as the equipment of some pupils: one device for each.
// The reference of a council with collèges and lycées is the one Plus the other,
// each with its pupils.
func (r Reference) Fleet(pupils float64) Fleet {
	return Fleet{pupils, []Group{{
		Category: equipment.Category(r.Profile.Kind), Count: pupils,
		Embodied: r.Embodied, Life: r.Life.Value, Energy: r.Yearly.Energy, Use: r.Yearly.Use,
	}}}
}

// Plus is two fleets together, such as two schools of a council.
func (f Fleet) Plus(o Fleet) Fleet {
	return Fleet{f.Pupils + o.Pupils, slices.Concat(f.Groups, o.Groups)}
}

// PerPupil is the yearly footprint of the fleet for one pupil.
func (f Fleet) PerPupil() (footprint.Mass, error) {
	if err := f.check(); err != nil {
		return footprint.Mass{}, err
	}
	var sum footprint.Mass
	for _, g := range f.Groups {
		if g.counts() {
			sum = sum.Plus(g.yearly().Times(g.Count))
		}
	}
	return sum.Times(1 / f.Pupils), nil
}

// counts tells whether the group weighs anything: a virtual machine is in its
// host's figure.
func (g Group) counts() bool { return g.Category.Physical() && g.Count != 0 }

// yearly is the footprint of one device in a year.
func (g Group) yearly() footprint.Mass {
	if g.Embodied.High == 0 {
		return g.Use
	}
	return g.Use.Plus(g.Embodied.Times(1 / float64(g.Life)))
}

// Outside these a number of pupils or devices, a mass, an energy or a life is a
// slip, and the products of such numbers may no longer be numbers.
const least, most = 1e-3, 1e15

// check finds what cannot be: no pupils, a negative number, an impact spread over
// no time, emissions without energy.
func (f Fleet) check() error {
	if !(least <= f.Pupils && f.Pupils <= most) {
		return fmt.Errorf("a fleet of %v pupils has no figure for one pupil", f.Pupils)
	}
	for i, g := range f.Groups {
		if !g.counts() {
			continue
		}
		if _, ok := roleOf(g.Category); !ok {
			return fmt.Errorf("group %d of the fleet: unknown category %q", i, g.Category)
		}
		for _, v := range []struct {
			name string
			is   quantity.Interval[float64]
		}{
			{"count", quantity.Exactly(g.Count)}, {"embodied", quantity.As[float64](g.Embodied)},
			{"energy", quantity.As[float64](g.Energy)}, {"use", quantity.As[float64](g.Use)},
		} {
			if !(0 <= v.is.Low && v.is.Low <= v.is.Value && v.is.Value <= v.is.High && v.is.High <= most) {
				return fmt.Errorf("group %d of the fleet (%s): %s is %v (%v to %v)", i, g.Category, v.name, v.is.Value, v.is.Low, v.is.High)
			}
		}
		if g.Embodied.High > 0 && !(least <= g.Life && g.Life <= most) {
			return fmt.Errorf("group %d of the fleet (%s): its embodied impact is spread over %v years", i, g.Category, g.Life)
		}
		if g.Energy.Low == 0 && g.Use.Low > 0 || g.Energy.Value == 0 && g.Use.Value > 0 || g.Energy.High == 0 && g.Use.High > 0 {
			return fmt.Errorf("group %d of the fleet (%s): its use emits without energy", i, g.Category)
		}
	}
	return nil
}
