package power

import "math"

// terms is how many shapes a fit may choose from: idle, then those that rise.
const terms = 8

// fit is a sum of shapes with weights that are not negative.
type fit struct {
	shapes [terms]ByLoad
	known  ByLoad
	hours  float64 // that the known curve counts for
	on     ByLoad  // the fit: power at each step of load
}

func newFit(s Shapes, known Curve, hours float64) *fit {
	f := &fit{hours: hours}
	for i := range f.known {
		f.known[i] = float64(known.ByLoad[i].Value)
	}
	// Between linear and cubic nothing is published; devices are there.
	f.shapes = [terms]ByLoad{
		byLoad(func(float64) float64 { return 1 }),
		s.Linear, byLoad(func(load float64) float64 { return math.Pow(load, 1.5) }), byLoad(square), s.Cubic, s.Teads, s.Log, f.known,
	}
	f.on = f.known
	return f
}

// solve fits the shapes to points by least squares of relative residuals; keep is
// how much of its weight a point keeps, nil for all. The power that residuals are
// relative to is that of the fit before. variance is that of a residual times the
// hours it stands for, and count how many residuals there are: see mean.
func (f *fit) solve(points []point, keep func(*point) float64, variance, count float64) {
	var a [terms][terms]float64
	var b [terms]float64
	add := func(row *[terms]float64, watts, weight float64) {
		for i, x := range row {
			for j := i; j < terms; j++ {
				a[i][j] += weight * x * row[j]
			}
			b[i] += weight * x * watts
		}
	}
	var row [terms]float64
	for i := range points {
		p := &points[i]
		weight := p.weight / square(f.on.At(p.load))
		if keep != nil {
			weight *= keep(p)
		}
		for k := range row {
			row[k] = f.shapes[k].At(p.load)
		}
		add(&row, p.watts, weight)
	}
	for i, watts := range f.known {
		for k := range row {
			row[k] = f.shapes[k][i]
		}
		// Relative to the larger of the two, so that a known curve that is far too
		// low does not weigh more than one that is far too high.
		add(&row, watts, f.hours/(Steps+1)/square(max(watts, f.on[i])))
	}
	for i := range a {
		for j := range i {
			a[i][j] = a[j][i]
		}
	}
	weights := mean(solutions(&a, &b), variance, count)
	for i := range f.on {
		f.on[i] = 0
		for k, w := range weights {
			f.on[i] += w * f.shapes[k][i]
		}
		f.on[i] = max(f.on[i], leastMetered) // residuals are relative to it
	}
}

// solution is one way to make the curve of a few shapes.
type solution struct {
	weights [terms]float64
	used    int
	squares float64 // x'ax - 2b'x: the sum of squares, but for a constant
}

// solutions minimise x'ax - 2b'x over x that are not negative, each for one choice
// of which x may differ from 0: idle or the known curve, and up to two others. No
// device idles at nothing.
func solutions(a *[terms][terms]float64, b *[terms]float64) []solution {
	all := make([]solution, 0, terms*terms)
	try := func(set ...int) {
		x, ok := solveSubset(a, b, set)
		if !ok {
			return
		}
		s := solution{weights: x, used: len(set)}
		for i := range x {
			for j := range x {
				s.squares += x[i] * a[i][j] * x[j]
			}
			s.squares -= 2 * b[i] * x[i]
		}
		all = append(all, s)
	}
	const idle, known = 0, terms - 1
	try(idle)
	try(known)
	for i := idle + 1; i < terms; i++ {
		try(idle, i)
		for j := i + 1; j < terms; j++ {
			try(idle, i, j)
		}
		if i < known {
			try(i, known)
		}
	}
	return all
}

// mean is the mean of the solutions, each with the probability that it is the true
// one by Schwarz's criterion (Raftery 1995, "Bayesian model selection in social
// research"): few hours cannot tell the shapes apart, and the mean of several is
// then steadier than any of them; every further shape must earn its place.
func mean(all []solution, variance, count float64) (weights [terms]float64) {
	criterion := func(s *solution) float64 { return s.squares/variance + float64(s.used)*math.Log(max(count, 2)) }
	least := math.Inf(1)
	for i := range all {
		least = min(least, criterion(&all[i]))
	}
	total := 0.0
	for i := range all {
		p := math.Exp((least - criterion(&all[i])) / 2)
		total += p
		for k, w := range all[i].weights {
			weights[k] += p * w
		}
	}
	for k := range weights {
		weights[k] /= total
	}
	return weights
}

// solveSubset solves ax = b for the unknowns in a set, the others being zero, by
// Cholesky's decomposition. It is false when these shapes cannot be told apart by
// the data, or one would be negative.
func solveSubset(a *[terms][terms]float64, b *[terms]float64, set []int) (x [terms]float64, ok bool) {
	const apart = 1e-9
	var l [terms][terms]float64
	var y [terms]float64
	for i, row := range set {
		for j := range i + 1 {
			sum := a[row][set[j]]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i != j {
				l[i][j] = sum / l[j][j]
				continue
			}
			if !(sum > apart*a[row][row]) {
				return x, false
			}
			l[i][i] = math.Sqrt(sum)
		}
		y[i] = b[row]
		for k := range i {
			y[i] -= l[i][k] * y[k]
		}
		y[i] /= l[i][i]
	}
	for i := len(set) - 1; i >= 0; i-- {
		v := y[i]
		for k := i + 1; k < len(set); k++ {
			v -= l[k][i] * x[set[k]]
		}
		v /= l[i][i]
		if v < 0 {
			return [terms]float64{}, false
		}
		x[set[i]] = v
	}
	return x, true
}
