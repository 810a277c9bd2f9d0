package profile

import (
	"math"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Driver is a cause of a difference between two fleets.
type Driver string

// The drivers. The first five are of the devices that a pupil works at (laptops,
// desktops without their screen, tablets, thin clients, smartphones); the others
// are what stands beside these, and are in the figure as they are.
const (
	Devices     Driver = "devices"     // how many there are for one pupil
	Manufacture Driver = "manufacture" // what making one emits
	Lifetime    Driver = "lifetime"    // over how many years that is spread
	Consumption Driver = "consumption" // how much electricity one uses in a year
	Electricity Driver = "electricity" // what a kWh emits
	Screens     Driver = "screens"     // monitors, projectors, interactive panels
	Servers     Driver = "servers"
	Periphery   Driver = "periphery" // access points, printers
)

// Drivers lists the drivers in the order of a waterfall.
var Drivers = []Driver{Devices, Manufacture, Lifetime, Consumption, Electricity, Screens, Servers, Periphery}

// workplace is the role of the categories whose five factors are told apart.
const workplace Driver = "workplace"

// roleOf says where a category counts, and false for one that is not known.
func roleOf(c equipment.Category) (Driver, bool) {
	switch c {
	case equipment.Laptop, equipment.Desktop, equipment.Tablet, equipment.ThinClient, equipment.Smartphone:
		return workplace, true
	case equipment.Monitor, equipment.Projector, equipment.InteractivePanel:
		return Screens, true
	case equipment.Server:
		return Servers, true
	case equipment.AccessPoint, equipment.Printer:
		return Periphery, true
	}
	return "", false
}

// Waterfall leads from the yearly footprint of one pupil's reference equipment
// to that of one pupil of a fleet. The values of the steps add up to the
// difference exactly (to the rounding of floating-point numbers).
type Waterfall struct {
	Reference  footprint.Mass `json:"reference_gco2e"`
	Fleet      footprint.Mass `json:"fleet_gco2e"`
	Comparison Comparison     `json:"comparison"`
	Steps      []Step         `json:"steps"` // one for each of Drivers, in that order
}

// Step is what one driver adds, or takes away where it is negative.
type Step struct {
	Driver Driver `json:"driver"`
	// Change is the step for the values of the two fleets, between those for their
	// low and for their high bounds (which belong together: see [Compare]). Only
	// the values add up.
	Change footprint.Mass `json:"change_gco2e"`
	// From and To are the height before and after the step.
	From quantity.Grams `json:"from_gco2e"`
	To   quantity.Grams `json:"to_gco2e"`
	// Ratio is the change as a share of the reference: the ratio of the fleet to
	// the reference is 1 plus these. 0 where the reference weighs nothing.
	Ratio Ratio `json:"ratio"`
}

// Explain splits the difference between a reference and a fleet into what drives
// it. Either may be any fleet: a school against its council, a year against the
// one before. The error says what in a fleet cannot be, such as no pupils.
//
// The yearly footprint of one pupil is
//
//	devices x (manufacture / life + consumption x electricity) + screens + servers + periphery
//
// with the means of all devices that pupils work at. When several factors of a
// product differ at once, the difference has a part that belongs to none of them
// alone, and a page that changes one factor after the other gives it to whichever
// comes first. Here each factor gets its Shapley value: the mean of its effect
// over all orders in which the factors could change (L. Shapley, "A value for
// n-person games", 1953; for emissions: J. Albrecht and others, "A Shapley
// decomposition of carbon emissions without residuals", Energy Policy 30, 2002).
// It leaves no rest, does not depend on an order, is nothing for a factor that
// does not differ, and changes its sign when the two fleets change places. The
// logarithmic mean Divisia index (B. W. Ang, Energy Policy 32, 2004) leaves no
// rest either, but has no value where a school has no device of a kind (R. Wood
// and M. Lenzen, Energy Policy 34, 2006), and a logarithmic mean is hard to check
// by hand.
func Explain(reference, fleet Fleet) (Waterfall, error) {
	from, err := reference.PerPupil()
	if err != nil {
		return Waterfall{}, err
	}
	to, err := fleet.PerPupil()
	if err != nil {
		return Waterfall{}, err
	}
	low := changes(reference, fleet, func(m quantity.Interval[float64]) float64 { return m.Low })
	value := changes(reference, fleet, func(m quantity.Interval[float64]) float64 { return m.Value })
	high := changes(reference, fleet, func(m quantity.Interval[float64]) float64 { return m.High })

	w := Waterfall{Reference: from, Fleet: to, Comparison: Compare(to, from)}
	height := from.Value
	for i, driver := range Drivers {
		step := Step{
			Driver: driver,
			Change: footprint.Mass{Low: min(low[i], value[i], high[i]), Value: value[i], High: max(low[i], value[i], high[i])},
			From:   height, To: height + value[i],
		}
		if from.Value > 0 {
			step.Ratio = Ratio(value[i] / from.Value)
		}
		height = step.To
		w.Steps = append(w.Steps, step)
	}
	return w, nil
}

// changes are the steps between one bound of two fleets, in the order of Drivers.
func changes(a, b Fleet, bound func(quantity.Interval[float64]) float64) []quantity.Grams {
	from, to := factorsOf(a, bound), factorsOf(b, bound)
	from.fill(to)
	to.fill(from)
	devices, manufacture, perYear := between(from.devices, to.devices), between(from.manufacture, to.manufacture), between(from.perYear, to.perYear)
	consumption, electricity := between(from.consumption, to.consumption), between(from.electricity, to.electricity)
	// The Shapley value of a sum is the sum of the Shapley values of its terms.
	all := []float64{
		share(devices, manufacture, perYear) + share(devices, consumption, electricity),
		share(manufacture, devices, perYear),
		share(perYear, devices, manufacture),
		share(consumption, devices, electricity),
		share(electricity, devices, consumption),
		between(from.beside[Screens], to.beside[Screens]).change(),
		between(from.beside[Servers], to.beside[Servers]).change(),
		between(from.beside[Periphery], to.beside[Periphery]).change(),
	}
	grams := make([]quantity.Grams, len(all))
	for i, v := range all {
		grams[i] = quantity.Grams(v)
	}
	return grams
}

// pair is a factor of the reference and of the fleet.
type pair struct{ from, to float64 }

// between takes two numbers that only rounding keeps apart, as when the means of
// 800 and of 1000 equal devices are taken, for the same: their step is zero.
func between(from, to float64) pair {
	const rounding = 1e-12
	if math.Abs(to-from) <= rounding*max(from, to) {
		return pair{to, to}
	}
	return pair{from, to}
}

func (p pair) change() float64 { return p.to - p.from }

// share is the Shapley value of the factor x in the product x·y·z. Of the six
// orders in which three factors can change, x changes in two before the others,
// in two after them, and in one after each of the others alone.
func share(x, y, z pair) float64 {
	return x.change() * ((y.from*z.from+y.to*z.to)/3 + (y.from*z.to+y.to*z.from)/6)
}

// factors are those of the devices that pupils work at, and what is beside them.
type factors struct {
	devices     float64            // for one pupil
	manufacture float64            // gCO2e of one device
	perYear     float64            // the part of it that falls to a year: 1/life
	consumption float64            // Wh of one device in a year
	electricity float64            // gCO2e of a Wh
	beside      map[Driver]float64 // gCO2e for one pupil in a year

	// Without devices there is nothing to have a mean of, and so on.
	hasDevices, hasManufacture, hasConsumption bool
}

func factorsOf(f Fleet, bound func(quantity.Interval[float64]) float64) factors {
	k := factors{beside: map[Driver]float64{}}
	var count, made, perYear, energy, use float64
	for _, g := range f.Groups {
		if !g.counts() {
			continue
		}
		if role, _ := roleOf(g.Category); role != workplace {
			k.beside[role] += bound(quantity.As[float64](g.yearly())) * g.Count / f.Pupils
			continue
		}
		count += g.Count
		if m := bound(quantity.As[float64](g.Embodied)) * g.Count; m > 0 {
			made += m
			perYear += m / float64(g.Life)
		}
		energy += bound(quantity.As[float64](g.Energy)) * g.Count
		use += bound(quantity.As[float64](g.Use)) * g.Count
	}
	k.devices = count / f.Pupils
	if k.hasDevices = count > 0; k.hasDevices {
		k.manufacture, k.consumption = made/count, energy/count
	}
	if k.hasManufacture = made > 0; k.hasManufacture {
		k.perYear = perYear / made
	}
	if k.hasConsumption = energy > 0; k.hasConsumption {
		k.electricity = use / energy
	}
	return k
}

// fill takes a factor that a fleet cannot have from the other fleet: then it does
// not differ, and its step is zero. A fleet without devices differs in their
// number alone.
func (k *factors) fill(other factors) {
	if !k.hasDevices {
		k.manufacture, k.consumption = other.manufacture, other.consumption
	}
	if !k.hasManufacture {
		k.perYear = other.perYear
	}
	if !k.hasConsumption {
		k.electricity = other.electricity
	}
}
