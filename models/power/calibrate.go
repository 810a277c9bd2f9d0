package power

import (
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Calibrated is a curve learned from devices of one model or class that have a
// meter, for those of the same class that have none and for hours without one.
//
// Its interval holds the power of nine out of ten other devices of the class: it
// is made of the spread between the metered devices, of what their number leaves
// open and of the noise of the curve itself. Outside of the load that was seen it
// widens.
type Calibrated struct {
	Curve   Curve
	Devices int     // for "calibrated (n devices, m hours)"
	Hours   float64 // of metering
	// LowestLoad and HighestLoad is the range of load in which meters spoke for
	// half an hour or more.
	LowestLoad, HighestLoad float64
	// Residual is the relative standard deviation of a window about the curve,
	// Between that of a device about the class. Outliers do not raise them.
	Residual, Between float64
}

// Prior says how much the curve that is known before any meter weighs.
type Prior struct {
	Hours   float64 // as many metered device-hours, spread evenly over the load
	Devices float64 // as many devices that differ by Between
	Between float64 // relative standard deviation between devices of a class
}

// PriorOf reads the prior's weight from the calibration.* rows.
func PriorOf(t *factor.Table) (Prior, error) {
	var p Prior
	for _, row := range []struct {
		key  string
		into *float64
	}{{"calibration.prior_hours", &p.Hours}, {"calibration.prior_devices", &p.Devices}, {"calibration.between", &p.Between}} {
		r, err := t.Find(row.key, "", time.Time{})
		if err != nil {
			return Prior{}, err
		}
		*row.into = r.Value
	}
	return p, nil
}

const (
	// biweight is Tukey's constant for 95 % efficiency on normal errors, and mad
	// makes a median absolute deviation a standard deviation (Maronna, Martin,
	// Yohai: Robust Statistics, 2006, sections 2.2 and 2.7).
	biweight = 4.685
	mad      = 1.4826
	rounds   = 20
	// leastResidual keeps the scale above what meters resolve.
	leastResidual = 0.03
	startResidual = 0.15
	// enoughWindows in a class of load make its median worth believing.
	enoughWindows = 8
	// ninety per cent of a normal distribution lie within so many deviations.
	ninety = 1.645
	// beyond is by how many times its own width the interval would grow from no
	// load to full load, outside of what was seen.
	beyond = 4
	// farAway from the load that was seen, the known interval holds in full.
	farAway = 0.2
)

// Calibrate fits a curve to samples of the class that known describes: its
// category's or its specification's curve.
//
// The curve is a sum of the published shapes (and the known curve's own), each
// with a weight that is not negative: so it never falls with the load and is never
// negative. It is fitted as an MM-estimate (Yohai 1987): from medians by class of
// load, which half of the data cannot break, to a fit by iteratively reweighted
// least squares of relative residuals with Tukey's biweight, which keeps 95 % of
// the efficiency and gives a gross outlier no weight at all. The known curve takes
// part as if it had been metered for prior.Hours: few hours stay near it, many
// forget it.
//
// Without a usable sample the known curve comes back, with Devices 0.
func Calibrate(shapes Shapes, samples *Samples, known Curve, prior Prior) Calibrated {
	points := samples.points()
	if len(points) == 0 {
		return Calibrated{Curve: known, Between: prior.Between}
	}
	f := newFit(shapes, known, prior.Hours)
	c := Calibrated{LowestLoad: 1}
	var windows, weight float64
	for _, p := range points {
		c.Hours += p.hours
		weight += p.weight
		windows += float64(p.windows) * p.weight / p.hours
	}
	medians := mediansByLoad(points)
	for range rounds {
		f.solve(medians, nil, square(startResidual)*weight/windows, windows)
	}
	for range rounds {
		local := f.local(medians)
		c.Residual = max(leastResidual, f.scale(points, local))
		f.solve(points, func(p *point) float64 {
			return square(max(0, 1-square(f.residual(p, local)/(biweight*c.Residual))))
		}, square(c.Residual)*weight/windows, windows)
	}
	for _, m := range medians {
		if m.hours >= 0.5 || len(medians) == 1 {
			c.LowestLoad, c.HighestLoad = min(c.LowestLoad, m.load), max(c.HighestLoad, m.load)
		}
	}
	if c.LowestLoad > c.HighestLoad { // a few minutes at each load
		c.LowestLoad, c.HighestLoad = medians[0].load, medians[len(medians)-1].load
	}
	c.Devices, c.Between = f.spread(points, c.Residual, prior)
	// Of another device of the class: how it differs, how well the mean of the
	// class is known, and how well the curve.
	noise := 3 * square(c.Residual) / windows // three shapes at most
	width := ninety * math.Sqrt(square(c.Between)*(1+1/float64(c.Devices))+noise)
	c.Curve = f.curve(known, width, c.LowestLoad, c.HighestLoad)
	return c
}

func square(v float64) float64 { return v * v }

// mediansByLoad is one point for each class of load: its weighted median power.
func mediansByLoad(points []point) []point {
	var byLoad [loadCells][]point
	for _, p := range points {
		i := loadCell(p.load)
		byLoad[i] = append(byLoad[i], p)
	}
	var medians []point
	for _, class := range byLoad {
		if len(class) == 0 {
			continue
		}
		var m point
		for _, p := range class {
			m.hours += p.hours
			m.windows += p.windows
			m.weight += p.weight
			m.load += p.weight * p.load
		}
		m.load /= m.weight
		m.watts = weightedMedian(len(class), func(i int) float64 { return class[i].watts }, func(i int) float64 { return class[i].weight })
		medians = append(medians, m)
	}
	return medians
}

// local is how far the medians by class of load lie from the fit, as ratios: with
// it, what no sum of shapes can follow is not taken for an outlier. A class with
// few windows cannot tell, and has the ratio 1.
func (f *fit) local(medians []point) (ratios [loadCells]float64) {
	for i := range ratios {
		ratios[i] = 1
	}
	for _, m := range medians {
		if m.windows >= enoughWindows {
			ratios[loadCell(m.load)] = m.watts / f.on.At(m.load)
		}
	}
	return ratios
}

func loadCell(load float64) int { return int(min(load*loadCells, loadCells-1)) }

// residual is how far a point lies from the fit where it is, relative to that.
func (f *fit) residual(p *point, local [loadCells]float64) float64 {
	return p.watts/(f.on.At(p.load)*local[loadCell(p.load)]) - 1
}

// scale is the standard deviation of the relative residuals, by their median.
func (f *fit) scale(points []point, local [loadCells]float64) float64 {
	return mad * weightedMedian(len(points),
		func(i int) float64 { return math.Abs(f.residual(&points[i], local)) },
		func(i int) float64 { return points[i].weight })
}

// spread counts the devices and gives the relative standard deviation between
// them: that of the prior's devices and of these together.
func (f *fit) spread(points []point, scale float64, prior Prior) (devices int, between float64) {
	var levels, weights []float64
	for start := 0; start < len(points); {
		end := start
		for end < len(points) && points[end].device == points[start].device {
			end++
		}
		own := points[start:end]
		ratio := func(i int) float64 { return own[i].watts / f.on.At(own[i].load) }
		level := weightedMedian(len(own), ratio, func(i int) float64 { return own[i].hours })
		// A mean of what is near the median is steadier than the median.
		var sum, weight float64
		for i := range own {
			u := (ratio(i)/level - 1) / (biweight * scale)
			w := own[i].hours * square(max(0, 1-u*u))
			sum, weight = sum+w*ratio(i), weight+w
		}
		if weight > 0 { // or the windows are two heaps, and the median between them
			level = sum / weight
		}
		levels = append(levels, math.Log(level))
		weights = append(weights, own[0].ofItsDevice/(own[0].ofItsDevice+1)) // a device of a few minutes tells little
		start = end
	}
	at := func(v []float64) func(int) float64 { return func(i int) float64 { return v[i] } }
	center := weightedMedian(len(levels), at(levels), at(weights))
	typical := mad * weightedMedian(len(levels), func(i int) float64 { return math.Abs(levels[i] - center) }, at(weights))
	most := 3 * max(typical, prior.Between/2) // a meter that counts in other units is no spread
	sum, count := prior.Devices*square(prior.Between), -1.0
	for i, level := range levels {
		sum += weights[i] * square(min(math.Abs(level-center), most))
		count += weights[i]
	}
	return len(levels), math.Sqrt(sum / (prior.Devices + max(0, count)))
}

// curve puts the fit and its interval together. width is the logarithm of the
// ratio from the value to either bound, where the load was seen.
func (f *fit) curve(known Curve, width, lowest, highest float64) Curve {
	c := known
	anchor := min(max(int(math.Round((lowest+highest)/2*Steps)), 0), Steps)
	// Outwards from the middle of what was seen the interval never narrows. Beyond
	// it, the known curve may still be right: the more so, the further away.
	var down, up, before float64
	at := func(i int) Watts {
		load, v := float64(i)/Steps, f.on[i]
		far := max(0, load-highest, lowest-load)
		if far > 0 {
			share := min(1, far/farAway)
			down = max(down+width*beyond*(far-before), share*math.Log(v/float64(known.ByLoad[i].Low)))
			up = max(up+width*beyond*(far-before), share*math.Log(float64(known.ByLoad[i].High)/v))
			before = far
		}
		return Watts{Low: quantity.Watts(v * math.Exp(-down)), Value: quantity.Watts(v), High: quantity.Watts(v * math.Exp(up))}
	}
	down, up, before = width, width, 0
	for i := anchor; i <= Steps; i++ {
		c.ByLoad[i] = at(i)
		if i > anchor { // more load never draws less
			c.ByLoad[i].Low = max(c.ByLoad[i].Low, c.ByLoad[i-1].Low)
		}
	}
	down, up, before = width, width, 0
	for i := anchor - 1; i >= 0; i-- {
		c.ByLoad[i] = at(i)
		c.ByLoad[i].High = min(c.ByLoad[i].High, c.ByLoad[i+1].High)
	}
	c.Dark, c.Rest = atMost(c.Dark, c.Idle()), atMost(c.Rest, c.Idle())
	c.Sleep = atMost(c.Sleep, c.Dark)
	c.Off = atMost(c.Off, c.Sleep)
	return c
}
