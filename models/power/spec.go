package power

import (
	"fmt"
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// ForSpec is the curve of a device of which more than the category is known. It
// moves the category's rows by how the device differs from the typical one
// (typical.* rows):
//
//	idle   = category's + 0.11 x (TDP - typical) + memory x (GB - typical) + screen
//	active = idle + 0.9 x TDP
//	screen = power of the typical screen x (area x brightness against the typical ones - 1)
//
// with Teads' and codecarbon's ratios of TDP, and for servers BoaviztAPI's power of
// memory. A desktop of known weight begins from the idle power of its size, in which
// its processor is. The screen dims towards a fixed part. What is not known leaves
// the category's row as it is; so does a processor that the table does not have.
// brightness is between 0 and 1, and 0 is "not known". Errors are those of
// [CurveFor].
func ForSpec(t *factor.Table, cpus *CPUTable, spec equipment.Spec, brightness float64) (Curve, error) {
	s, err := statesOf(t, spec.Category)
	if err != nil {
		return Curve{}, err
	}
	shapes, err := ShapesOf(t)
	if err != nil {
		return Curve{}, err
	}
	f := finder{t: t, category: string(spec.Category)}

	base, size := s.idle, "power."+f.category+".idle_large"
	if spec.WeightKg <= smallKg {
		size = "power." + f.category + ".idle_small"
	}
	if spec.WeightKg > 0 && f.has(size) {
		base = quantity.As[quantity.Watts](f.row(size))
	}
	rise := Watts{Low: s.active.Low - s.idle.Low, Value: s.active.Value - s.idle.Value, High: s.active.High - s.idle.High}

	idle := base
	if tdp, known := cpus.TDP(spec.CPU); known && f.has("typical."+f.category+".tdp") {
		all := f.sockets().Times(float64(tdp))
		// A small desktop idles low because of what is in it: its processor is
		// in the row already.
		if base == s.idle {
			idle = moved(idle, f.row("curve.idle_per_tdp"), all.Value-f.row("typical."+f.category+".tdp").Value)
		}
		rise = quantity.Product[quantity.Watts](f.row("curve.rise_per_tdp"), all)
	}
	if spec.MemoryGiB > 0 && f.has("typical."+f.category+".memory") {
		idle = moved(idle, f.memory(), spec.MemoryGiB-f.row("typical."+f.category+".memory").Value)
	}
	without, with := f.screens(spec.ScreenIn, brightness)
	change := 0.0
	if without > 0 {
		change = with - without
		idle = moved(idle, quantity.Interval[float64]{Low: 0.5, Value: 1, High: 1.5}, change)
	}
	if f.err != nil {
		return Curve{}, fmt.Errorf("curve of a %s by its specification: %w", spec.Category, f.err)
	}
	idle = atLeast(idle, s.sleep)

	// The dark and the metered device's rest move with what moved in them.
	dark := s.dark
	if spec.Category != equipment.Monitor { // whose dark is stand-by
		delta := float64(idle.Value-s.idle.Value) - change
		dark = atMost(atLeast(moved(s.dark, exactly, delta), s.sleep), idle)
	}
	rest := atMost(atLeast(moved(s.rest, exactly, change), Watts{}), idle)
	s.dark, s.rest, s.idle, s.active = dark, rest, idle, idle.Plus(rise)
	return s.curve(shapes), nil
}

// smallKg is the weight up to which a desktop counts as small ("micro", "mini"):
// in manufacturers' figures its consumption is a third of the others'.
const smallKg = 2

var exactly = quantity.Exactly(1.0)

// moved adds a rate times a difference. The bounds move by the rate's bounds, so
// that they part from one another the further the difference goes.
func moved(w Watts, rate quantity.Interval[float64], by float64) Watts {
	d := quantity.As[quantity.Watts](rate.Times(math.Abs(by)))
	if by < 0 {
		return Watts{Low: w.Low - d.High, Value: w.Value - d.Value, High: w.High - d.Low}
	}
	return w.Plus(d)
}

func atLeast(w, floor Watts) Watts {
	return Watts{Low: max(w.Low, floor.Low), Value: max(w.Value, floor.Value), High: max(w.High, floor.High)}
}

func atMost(w, ceiling Watts) Watts {
	return Watts{Low: min(w.Low, ceiling.Low), Value: min(w.Value, ceiling.Value), High: min(w.High, ceiling.High)}
}

// finder reads several rows and keeps the first error.
type finder struct {
	t        *factor.Table
	category string
	err      error
}

func (f *finder) has(key string) bool {
	_, err := f.t.Find(key, "", time.Time{})
	return err == nil
}

func (f *finder) row(key string) quantity.Interval[float64] {
	row, err := f.t.Find(key, "", time.Time{})
	if err != nil {
		if f.err == nil {
			f.err = err
		}
		return quantity.Interval[float64]{}
	}
	return row.Bounds()
}

// sockets is how many processors a device has, of which the name tells one.
func (f *finder) sockets() quantity.Interval[float64] {
	if key := "typical." + f.category + ".sockets"; f.has(key) {
		return f.row(key)
	}
	return exactly
}

// memory is the power of a GB: servers have BoaviztAPI's, all others less.
func (f *finder) memory() quantity.Interval[float64] {
	if f.category == string(equipment.Server) {
		boavizta, ccf := f.row("memory.boaviztapi").Value, f.row("memory.ccf").Value
		return quantity.Interval[float64]{Low: f.row("memory.client").Low, Value: boavizta, High: ccf}
	}
	return f.row("memory.client")
}

// screens is the power of the category's typical screen and that of a screen
// with a diagonal in inches and a brightness, each 0 when not known; both are 0
// for a device without a screen of its own.
func (f *finder) screens(inches, brightness float64) (typical, actual float64) {
	key := "typical." + f.category + ".screen"
	if !f.has(key) {
		return 0, 0
	}
	usual := f.row(key).Value
	if inches <= 0 {
		inches = usual
	}
	fixed, half := f.row("screen.fixed").Value, f.row("screen.brightness").Value
	if brightness <= 0 {
		brightness = half
	}
	light := (fixed + (1-fixed)*min(brightness, 1)) / (fixed + (1-fixed)*half)
	if f.category == string(equipment.Monitor) {
		perDM2 := f.row("screen.monitor_per_dm2").Value
		on := f.row("power.monitor.idle").Value
		return on, (on + perDM2*(Area(inches)-Area(usual))) * light
	}
	typical = f.row("screen." + f.category).Value
	return typical, typical * Area(inches) / Area(usual) * light
}

// Area is the area of a screen of 16:9 by its diagonal in inches, in dm².
func Area(inches float64) float64 {
	const width, height = 16, 9
	diagonal := inches * 0.254 // dm
	return diagonal * diagonal * width * height / (width*width + height*height)
}
