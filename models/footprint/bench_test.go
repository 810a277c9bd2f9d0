package footprint_test

import (
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// fleet is devices of several products with facts of their own, for a month.
type fleet struct {
	classes []*footprint.Class
	cohorts []footprint.Cohort
	facts   []footprint.Facts
}

func newFleet(t testing.TB, devices int) *fleet {
	f := &fleet{cohorts: make([]footprint.Cohort, devices), facts: make([]footprint.Facts, devices)}
	for _, c := range []equipment.Category{equipment.Laptop, equipment.Desktop, equipment.Tablet, equipment.Server} {
		f.classes = append(f.classes, class(t, c))
	}
	for i := range devices {
		f.cohorts[i] = footprint.Cohort{InService: march.From.Add(-time.Duration(i%70_000) * time.Hour), Count: 1}
		f.facts[i].OffMs = int64(i % 2_000_000)
		f.facts[i].LoadMs[i%5] = int64(i % 500_000_000)
		f.facts[i].MeteredMs, f.facts[i].Metered = int64(i%100_000), quantity.Microjoules(i%100_000)*8000
	}
	return f
}

// estimate adds up a run of devices, one by one.
func (f *fleet) estimate(t testing.TB, m *footprint.Model, from, to int) footprint.Figure {
	var sum footprint.Figure
	for i := from; i < to; i++ {
		s := march
		s.Facts = f.facts[i]
		one, err := m.Estimate(f.classes[i%len(f.classes)], f.cohorts[i:i+1], s, march.To)
		if err != nil {
			t.Error(err)
			return sum
		}
		sum = sum.Plus(one)
	}
	return sum
}

func TestEstimateOfADeviceAllocatesNothing(t *testing.T) {
	f, m := newFleet(t, 100), model(t)
	if n := testing.AllocsPerRun(10, func() { f.estimate(t, m, 0, 100) }); n > 0 {
		t.Errorf("100 devices take %v allocations", n)
	}
}

// A million devices, each with facts of its own, on two processors.
func BenchmarkMillionDevices(b *testing.B) {
	const devices, workers = 1_000_000, 2
	f, m := newFleet(b, devices), model(b)
	b.ReportAllocs()
	for b.Loop() {
		var wait sync.WaitGroup
		for w := range workers {
			wait.Go(func() { f.estimate(b, m, w*devices/workers, (w+1)*devices/workers) })
		}
		wait.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/devices, "ns/device")
}
