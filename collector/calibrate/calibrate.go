// Package calibrate lets the devices that have a meter teach what others of their
// class draw: of the same model, of the same specification, or else of the same
// category. What they teach is kept in memory only, and learned anew several times a
// day (collector/jobs) from the windows that the ledger still has: nothing estimated is
// stored.
package calibrate

import (
	"context"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/power"
)

const (
	// Two weeks of twenty devices are hundreds of hours: more would not sharpen a
	// curve, whose interval is mostly the spread between devices.
	since            = 14 * 24 * time.Hour
	devicesOfProduct = 20
	// enoughHours of metering, and fewer teach nobody.
	enoughHours = 10
)

// Learn gives the curves that metered devices teach, by power.Classes: real ones, or
// simulated ones, which never teach each other.
func Learn(ctx context.Context, r *registry.Registry, l *ledger.Ledger, t *factor.Table, simulated bool, now time.Time) (map[string]*power.Calibrated, error) {
	products, err := r.Products(ctx)
	if err != nil {
		return nil, err
	}
	metered, err := l.Metered(ctx, simulated, now.Add(-since), devicesOfProduct)
	if err != nil {
		return nil, err
	}
	classes := map[string]*class{}
	for _, d := range metered {
		taught, err := classesOf(t, products[d.Product], classes)
		if err != nil {
			return nil, err
		}
		windows, err := l.Windows(ctx, d.ID, now.Add(-since), now)
		if err != nil {
			return nil, fmt.Errorf("cannot read the windows of a metered device: %w", err)
		}
		for i := range windows {
			for _, c := range taught {
				if o, ok := footprint.Observe(&windows[i], int(d.ID), c.known.Rest.Value); ok {
					c.samples.Add(o)
				}
			}
		}
	}
	return fit(t, classes)
}

// class is what is known of a class before, and what its devices say.
type class struct {
	known   power.Curve
	samples power.Samples
}

// classesOf finds or makes the classes that a product teaches.
func classesOf(t *factor.Table, s equipment.Spec, classes map[string]*class) ([]*class, error) {
	names := power.Classes(power.DefaultCPUs(), s)
	taught := make([]*class, len(names))
	for i, name := range names {
		if classes[name] == nil {
			known, err := power.ForSpec(t, power.DefaultCPUs(), s, 0)
			if i == len(names)-1 { // the category, whatever the product
				known, err = power.CurveFor(t, s.Category)
			}
			if err != nil {
				return nil, err
			}
			classes[name] = &class{known: known}
		}
		taught[i] = classes[name]
	}
	return taught, nil
}

func fit(t *factor.Table, classes map[string]*class) (map[string]*power.Calibrated, error) {
	shapes, err := power.ShapesOf(t)
	if err != nil {
		return nil, err
	}
	prior, err := power.PriorOf(t)
	if err != nil {
		return nil, err
	}
	learned := map[string]*power.Calibrated{}
	for name, c := range classes {
		if fitted := power.Calibrate(shapes, &c.samples, c.known, prior); fitted.Hours >= enoughHours {
			learned[name] = &fitted
		}
	}
	return learned, nil
}
