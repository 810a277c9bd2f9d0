package estimate

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Energy is what one device uses in a year.
type Energy struct {
	Year footprint.Energy `json:"year_wh"`
	// From are shares that add up to 1.
	From footprint.Provenance `json:"from"`
	// How says in words where it comes from.
	How string `json:"how"`
	// TypicalYear is ENERGY STAR's typical consumption of the device, in an office;
	// nil for a category that its programmes leave out. It is in no total.
	TypicalYear *footprint.Energy `json:"typical_year_wh"`
}

// hoursPerYear are those of the mean year.
var hoursPerYear = lifespan.Year.Hours()

// energyOf is a year's energy: metered, else
//
//	E = hours on x power at the mean load + other hours x power at rest
//
// else the category's. A server's is multiplied by the PUE of its room.
func (e *estimation) energyOf() (Energy, error) {
	d, u := &e.d, &e.d.Use
	curve := e.class.Curve()
	if d.Brightness > 0 {
		bright, err := power.ForSpec(e.rows.table, power.DefaultCPUs(), e.spec, d.Brightness)
		if err != nil {
			return Energy{}, err
		}
		curve = &bright
	}
	var out Energy
	switch {
	case u.MeteredKWh != nil:
		out = Energy{Year: quantity.Exactly(quantity.WattHours(*u.MeteredKWh * 1000)), From: footprint.Provenance{Measured: 1}, How: "metered at the socket"}
	case u.AlwaysOn || u.HoursPerDay > 0:
		var err error
		if out, err = e.modelled(curve); err != nil {
			return Energy{}, err
		}
	default:
		e.rows.note("use." + string(d.Category))
		out = Energy{Year: e.class.TypicalUse(), From: footprint.Provenance{Assumed: 1}, How: "the usual yearly use of the category: nothing is said of this device's"}
	}
	room, err := e.roomOf()
	if err != nil {
		return Energy{}, err
	}
	if room.words != "" {
		out.Year = quantity.Product[quantity.WattHours](out.Year, room.pue)
		out.How += room.words
	}
	return out, e.typicalYear(&out, curve)
}

// room is what a server's room draws in all for each kWh of the server.
type room struct {
	pue   quantity.Interval[float64]
	words string // empty for a device that has no room
}

func (e *estimation) roomOf() (room, error) {
	switch d := &e.d; {
	case d.PUE > 0:
		return room{quantity.Exactly(d.PUE), fmt.Sprintf(", with the room (PUE %g)", d.PUE)}, nil
	case d.Category == equipment.Server: // in a school's own room, unless said otherwise
		row, err := grid.PUE(e.rows.table, cmp.Or(d.Room, grid.ServerRoom))
		if err != nil {
			return room{}, err
		}
		e.rows.add(row)
		return room{row.Bounds(), ", with the room's cooling and supply"}, nil
	}
	return room{pue: quantity.Exactly(1.0)}, nil
}

// successor is the yearly energy of a typical device of the category in the place of
// the one described, used alike: else its use, not the device, would be compared.
func (e *estimation) successor() (footprint.Energy, string, error) {
	year, from := e.class.TypicalUse(), "use."+string(e.d.Category)
	room, err := e.roomOf()
	if err != nil {
		return footprint.Energy{}, "", err
	}
	if u := &e.d.Use; u.AlwaysOn || u.HoursPerDay > 0 {
		curve, err := power.CurveFor(e.rows.table, e.d.Category)
		if err != nil {
			return footprint.Energy{}, "", err
		}
		e.noteKeys(power.Keys(e.rows.table, power.DefaultCPUs(), equipment.Spec{Category: e.d.Category}, 0), !e.scheduled())
		modelled, err := e.modelled(&curve)
		if err != nil {
			return footprint.Energy{}, "", err
		}
		year, from = modelled.Year, "the typical device of the category, used alike"
	}
	e.rows.note(from)
	return quantity.Product[quantity.WattHours](year, room.pue), from + room.words, nil
}

// typicalYear stands beside the year that was computed.
func (e *estimation) typicalYear(out *Energy, curve *power.Curve) error {
	class := power.TypicalClass(e.spec)
	if class == "" {
		return nil
	}
	weights, err := power.WeightsFor(e.rows.table, class)
	if err != nil {
		return err
	}
	e.rows.note(power.WeightKeys(class)...)
	e.noteCurve(weights.Load > 0)
	typical := power.TypicalYear(curve, weights)
	out.TypicalYear = &typical
	return nil
}

// noteKeys names the rows of a curve that a load needs, or that idle and rest do. Those
// of the rest beside the processor are for devices of which only that is metered.
func (e *estimation) noteKeys(keys []string, loaded bool) {
	state := "power." + string(e.d.Category)
	for _, k := range keys {
		forLoad := k == state+".active" || k == "curve.rise_per_tdp" || strings.HasPrefix(k, "curve.codecarbon.") || strings.HasPrefix(k, "curve.teads.")
		if k != state+".rest" && (loaded || !forLoad) {
			e.rows.note(k)
		}
	}
}

// noteCurve names the rows of the device's curve, and its processor.
func (e *estimation) noteCurve(loaded bool) {
	e.noteKeys(power.Keys(e.rows.table, power.DefaultCPUs(), e.spec, e.d.Brightness), loaded)
	if e.d.CPU == "" || e.out.Processor != nil {
		return
	}
	p := Processor{Name: e.d.CPU}
	if tdp, known := power.DefaultCPUs().TDP(e.d.CPU); known {
		p.TDP = &tdp
		if source, ok := e.rows.table.Source("codecarbon"); ok {
			p.Source = &source
		}
	}
	e.out.Processor = &p
}

func (e *estimation) modelled(curve *power.Curve) (Energy, error) {
	u := &e.d.Use
	e.noteCurve(!e.scheduled())
	on, how := quantity.Exactly(hoursPerYear), "always on"
	if !u.AlwaysOn {
		days, note, err := e.days()
		if err != nil {
			return Energy{}, err
		}
		on = days.Times(u.HoursPerDay)
		how = fmt.Sprintf("%g hours on each of %g %s", u.HoursPerDay, days.Value, note)
	}
	running, atLoad, err := e.running(curve)
	if err != nil {
		return Energy{}, err
	}
	how += atLoad
	rest, atRest := curve.Sleep, ", asleep otherwise"
	switch {
	case u.AlwaysOn:
		atRest = ""
	case u.AtRest == Off:
		rest, atRest = curve.Off, ", off otherwise"
	case u.AtRest == "":
		rest.Low, atRest = min(rest.Low, curve.Off.Low), ", asleep (not said) otherwise"
	}
	// Where a device draws more at rest than when on, more hours mean less energy.
	year := func(hours float64, running, rest quantity.Watts) quantity.WattHours {
		hours = min(hours, hoursPerYear)
		return quantity.WattHours(hours*float64(running) + (hoursPerYear-hours)*float64(rest))
	}
	value := year(on.Value, running.Value, rest.Value)
	bounds := []quantity.WattHours{
		year(on.Low, running.Low, rest.Low), year(on.High, running.Low, rest.Low),
		year(on.Low, running.High, rest.High), year(on.High, running.High, rest.High), value,
	}
	energy := footprint.Energy{Low: bounds[0], Value: value, High: bounds[0]}
	for _, b := range bounds {
		energy.Low, energy.High = min(energy.Low, b), max(energy.High, b)
	}
	return Energy{Year: energy, From: footprint.Provenance{Modelled: 1}, How: how + atRest}, nil
}

// days are the days of use: those that were said, else the school days that the
// reference profile states.
func (e *estimation) days() (quantity.Interval[float64], string, error) {
	if e.d.Use.DaysPerYear > 0 {
		return quantity.Exactly(e.d.Use.DaysPerYear), "days a year", nil
	}
	u := e.reference.Profile.DailyUse
	if u == nil {
		return quantity.Interval[float64]{}, "", Problem{"days_per_year", "is needed: the profile " + e.reference.Profile.Key + " states no school days"}
	}
	return u.SchoolDaysInYear.Bounds(), "school days (profile " + e.reference.Profile.Key + ")", nil
}

// scheduled tells whether the device is of those that carry no agent.
func (e *estimation) scheduled() bool {
	_, err := power.ScheduleFor(e.rows.table, e.d.Category)
	return err == nil
}

// running is the power while on, and words for it. A device that carries no agent
// has no load: it is on as its schedule has it.
func (e *estimation) running(curve *power.Curve) (power.Watts, string, error) {
	if e.scheduled() {
		e.rows.note("power." + string(e.d.Category) + ".active")
		return curve.Active(), "", nil
	}
	if load := e.d.Use.Load; load != nil {
		return curve.At(*load), fmt.Sprintf(" at a load of %.0f %%", *load*100), nil
	}
	key := "typical.load"
	if e.d.Category == equipment.Server {
		key = "tec.server.load"
	}
	row, err := e.rows.find(key)
	if err != nil {
		return power.Watts{}, "", err
	}
	at := power.Watts{Low: curve.At(row.Low).Low, Value: curve.At(row.Value).Value, High: curve.At(row.High).High}
	return at, fmt.Sprintf(" at a load of %.0f %% (not said)", row.Value*100), nil
}
