package meter

import (
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// doubt compares the platform's meter (psys) with the meters of the same energy
// beside it. On some generations of processors it counts a multiple of what the
// machine takes, on others less than the processor inside it. From then on it is a
// component's: recorded, and in no total.
type doubt struct {
	lost           bool
	withBattery    balance // what the battery gave, which is all of it
	withProcessors balance // what the packages took, which is a part of it
}

// balance is what the platform's meter and another one counted in the same time.
type balance struct {
	platformUJ, otherUJ int64
	during              time.Duration
}

const (
	// The battery's power is that of a moment in a minute, so that only many of it tell.
	longEnough = 20 * time.Minute
	// How far the platform's meter may be beside another one, in per cent.
	mostOfBattery, leastOfProcessors = 130, 90
)

// weigh gives the platform's increment the boundary of a component when it is not
// believed.
func (d *doubt) weigh(all []Increment) {
	var platform *Increment
	var battery, processors Increment
	for i, inc := range all {
		switch inc.Boundary {
		case report.Platform:
			platform = &all[i]
		case report.Battery:
			battery = inc
		case report.Package:
			processors.EnergyUJ += inc.EnergyUJ
			processors.Covered = max(processors.Covered, inc.Covered)
		}
	}
	if platform == nil {
		return
	}
	d.withBattery.add(*platform, battery)
	d.withProcessors.add(*platform, processors)
	if b := d.withBattery; b.during >= longEnough && b.platformUJ > b.otherUJ/100*mostOfBattery {
		d.lost = true
	}
	if b := d.withProcessors; b.during >= longEnough && b.platformUJ < b.otherUJ/100*leastOfProcessors {
		d.lost = true
	}
	if d.lost {
		platform.Boundary = report.Component
	}
}

func (b *balance) add(platform, other Increment) {
	if other.Covered != platform.Covered {
		return // not the same time
	}
	b.platformUJ, b.otherUJ, b.during = b.platformUJ+platform.EnergyUJ, b.otherUJ+other.EnergyUJ, b.during+platform.Covered
}
