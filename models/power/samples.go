package power

import (
	"cmp"
	"math"
	"slices"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// Observation is what the meter of one device says of one window of time: the
// mean load of its processors (0 to 1), the mean power of the whole device and
// how many hours the meter covered. Device tells devices apart, no more.
type Observation struct {
	Device int
	Load   float64
	Watts  quantity.Watts
	Hours  float64
}

// Samples gathers the observations of a class of devices in little space: hours,
// load and power are summed by device, in cells of 5 % of load and 4 % of power,
// so that a month of windows of a device is at most some hundred cells. They
// come in any order. The zero value is ready.
type Samples struct {
	cells map[cell]sums
}

type cell struct {
	device      int
	load, watts int16
}

type sums struct {
	windows            int
	hours, load, watts float64 // load and watts are sums weighted by hours
}

const (
	loadCells    = 20
	wattsStep    = 1.04
	leastMetered = 0.01   // W: a meter that sees less is broken
	maxMetered   = 20_000 // W: no school device draws more
	leastHours   = 1. / 3600
	maxWindowHrs = 24 * 366
)

// Add takes an observation in. It is false, and takes nothing, for one that no
// meter can have made: a load outside of 0 to 1, a power below 10 mW or above
// 20 kW, or less than a second.
func (s *Samples) Add(o Observation) bool {
	w := float64(o.Watts)
	if !(0 <= o.Load && o.Load <= 1 && leastMetered <= w && w <= maxMetered && leastHours <= o.Hours && o.Hours <= maxWindowHrs) {
		return false // NaN too
	}
	at := cell{o.Device, int16(loadCell(o.Load)), int16(math.Floor(math.Log(w) / math.Log(wattsStep)))}
	if s.cells == nil {
		s.cells = map[cell]sums{}
	}
	was := s.cells[at]
	s.cells[at] = sums{was.windows + 1, was.hours + o.Hours, was.load + o.Load*o.Hours, was.watts + w*o.Hours}
	return true
}

// point is a cell's mean: a small cloud of observations as one.
type point struct {
	device      int
	windows     int
	load, watts float64
	hours       float64
	weight      float64 // in hours, once no device counts for more than the others
	ofItsDevice float64 // hours of the whole device
}

// points are the cells in a fixed order, so that the same samples always give the
// same curve. A device counts for no more hours than the median device has: the
// curve is that of the class, not of its busiest member.
func (s *Samples) points() []point {
	list := make([]point, 0, len(s.cells))
	hours := map[int]float64{}
	for at, v := range s.cells {
		list = append(list, point{device: at.device, windows: v.windows, load: v.load / v.hours, watts: v.watts / v.hours, hours: v.hours})
	}
	slices.SortFunc(list, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.load, b.load), cmp.Compare(a.watts, b.watts))
	})
	for _, p := range list {
		hours[p.device] += p.hours
	}
	ofDevices := make([]float64, 0, len(hours))
	for _, h := range hours {
		ofDevices = append(ofDevices, h)
	}
	if len(ofDevices) == 0 {
		return nil
	}
	most := quantile(ofDevices, 0.5)
	for i := range list {
		p := &list[i]
		p.ofItsDevice = hours[p.device]
		p.weight = p.hours * min(1, most/p.ofItsDevice)
	}
	return list
}

// weightedMedian is the value with half of the weight on either side, half-way
// when the weight is even.
func weightedMedian(n int, value, weight func(int) float64) float64 {
	type pair struct{ value, weight float64 }
	pairs := make([]pair, n)
	total := 0.0
	for i := range pairs {
		pairs[i] = pair{value(i), weight(i)}
		total += pairs[i].weight
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.value, b.value) })
	sum := 0.0
	for i, p := range pairs {
		sum += p.weight
		if sum > total/2 || i == n-1 {
			return p.value
		}
		if sum == total/2 {
			return (p.value + pairs[i+1].value) / 2
		}
	}
	return math.NaN() // of nothing
}
