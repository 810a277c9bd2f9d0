package power

import (
	"fmt"
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// ByLoad is a number at 0, 10, ... 100 % load, linear in between: a power in W,
// or one in W per W of the processor's TDP (thermal design power).
type ByLoad [Steps + 1]float64

// At is the number at a load between 0 and 1.
func (b ByLoad) At(load float64) float64 {
	step, part := stepOf(load)
	if part == 0 {
		return b[step]
	}
	return b[step] + part*(b[step+1]-b[step])
}

// Shape is how far the way from idle (0) to full load (1) the number has come.
func (b ByLoad) Shape() ByLoad {
	idle, rise := b[0], b[Steps]-b[0]
	for i := range b {
		b[i] = (b[i] - idle) / rise
	}
	return b
}

// byLoad samples a formula. Within a step it departs from the formula by less
// than 1 % of the way from idle to full load, for those used here.
func byLoad(formula func(load float64) float64) ByLoad {
	var b ByLoad
	for i := range b {
		b[i] = formula(float64(i) / Steps)
	}
	return b
}

// Published are the curves that others publish for a processor of which the TDP
// is known, in W per W of TDP, and the power of memory that goes with them in W
// per GB.
type Published struct {
	// Teads is "average power per unit of TDP" by Teads' engineers, as in
	// BoaviztAPI (docs, cpu.md): 0.12 when idle, 0.32 at 10 %, 0.75 at 50 % and
	// 1.02 at full load.
	Teads ByLoad
	// Codecarbon is TDP x (0.1 + 0.9 load^3), its estimate of a machine without
	// a meter (codecarbon, cpu.py).
	Codecarbon ByLoad

	TeadsMemory, CodecarbonDIMM, CCFMemory float64
	// Other is what BoaviztAPI adds for the rest of a server, as a share of
	// processor and memory.
	Other quantity.Interval[float64]
}

// PublishedCurves reads these curves from the curve.* and memory.* rows.
func PublishedCurves(t *factor.Table) (Published, error) {
	var p Published
	var teads [4]float64
	var idle, rise, exponent float64
	for _, row := range []struct {
		key  string
		into *float64
	}{
		{"curve.teads.load0", &teads[0]}, {"curve.teads.load10", &teads[1]}, {"curve.teads.load50", &teads[2]}, {"curve.teads.load100", &teads[3]},
		{"curve.codecarbon.idle", &idle}, {"curve.codecarbon.rise", &rise}, {"curve.codecarbon.exponent", &exponent},
		{"memory.boaviztapi", &p.TeadsMemory}, {"memory.codecarbon", &p.CodecarbonDIMM}, {"memory.ccf", &p.CCFMemory},
	} {
		v, err := number(t, row.key)
		if err != nil {
			return Published{}, err
		}
		*row.into = v
	}
	other, err := t.Find("curve.boaviztapi.other", "", time.Time{})
	if err != nil {
		return Published{}, err
	}
	p.Other = other.Bounds()
	p.Teads = byLoad(func(load float64) float64 {
		switch {
		case load <= 0.1:
			return teads[0] + load/0.1*(teads[1]-teads[0])
		case load <= 0.5:
			return teads[1] + (load-0.1)/0.4*(teads[2]-teads[1])
		}
		return teads[2] + (load-0.5)/0.5*(teads[3]-teads[2])
	})
	p.Codecarbon = byLoad(func(load float64) float64 { return idle + rise*math.Pow(load, exponent) })
	return p, nil
}

// XeonProfile is BoaviztAPI's profile of a family of Xeon processors, "gold" or
// "silver", in W (docs, cpu.md): P(load) = a ln(b (load + c)) + d.
//
// The rows have no negative numbers, so d stands in b there: b exp(d/a). Load
// and c are shares, not per cent.
func XeonProfile(t *factor.Table, family string) (ByLoad, error) {
	var a, b, c float64
	for _, row := range []struct {
		part string
		into *float64
	}{{"a", &a}, {"b", &b}, {"c", &c}} {
		v, err := number(t, "curve.boaviztapi.xeon_"+family+"."+row.part)
		if err != nil {
			return ByLoad{}, fmt.Errorf("profile of Xeon %s: %w", family, err)
		}
		*row.into = v
	}
	return byLoad(func(load float64) float64 { return math.Max(1, a*math.Log(b*(load+c))) }), nil // "floor 1 W"
}

// Line is Cloud Carbon Footprint's curve (methodology): min + load x (max - min).
func Line(idle, active float64) ByLoad {
	return byLoad(func(load float64) float64 { return idle + load*(active-idle) })
}

// Shapes are the published ways from idle to full load.
type Shapes struct{ Linear, Cubic, Teads, Log ByLoad }

// ShapesOf reads the shapes from the rows of the published curves; Log is that of
// the Xeon Gold.
func ShapesOf(t *factor.Table) (Shapes, error) {
	p, err := PublishedCurves(t)
	if err != nil {
		return Shapes{}, err
	}
	gold, err := XeonProfile(t, "gold")
	if err != nil {
		return Shapes{}, err
	}
	return Shapes{Linear: Line(0, 1), Cubic: p.Codecarbon.Shape(), Teads: p.Teads.Shape(), Log: gold.Shape()}, nil
}

// span is the lowest and the highest of the shapes for processors of any kind at
// a step of load. The log profile is for one family of server processors.
func (s *Shapes) span(step int) (low, high float64) {
	return min(s.Linear[step], s.Cubic[step], s.Teads[step]), max(s.Linear[step], s.Cubic[step], s.Teads[step])
}
