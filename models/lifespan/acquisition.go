package lifespan

import (
	"fmt"
	"math"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Acquisition is how a device came to its owner.
type Acquisition string

// The ways to acquire a device.
const (
	New           Acquisition = "new"
	Reconditioned Acquisition = "reconditioned"
	Donated       Acquisition = "donated" // as it was, without reconditioning
	Leased        Acquisition = "leased"  // new, for a time
)

// Acquisitions lists every way to acquire a device.
var Acquisitions = []Acquisition{New, Reconditioned, Donated, Leased}

// SecondHand tells whether somebody else used the device before.
func (a Acquisition) SecondHand() bool { return a == Reconditioned || a == Donated }

// Origin is where a device comes from.
type Origin struct {
	How Acquisition
	// FirstLife is how long earlier owners used a second-hand device; zero when
	// nobody knows.
	FirstLife Span
}

// Rules share the embodied impact of a category's devices among their owners.
//
// Each owner carries the linear share of the time of service, whoever pays: an
// owner who hands a device on after a years of an expected life of L keeps a/L of
// the impact, and the next one carries the rest,
//
//	carried = embodied x max(0, 1 - first life / L) + reconditioning
//
// so that the books of all owners add up to what was emitted. ADEME's study of
// reconditioned products (2022) likewise finds a second life the better, the later
// in the device's life it begins. A lessee carries a new device for as long as the
// lease lasts, and hands the rest back.
type Rules struct {
	Embodied Mass           // of a new device
	Expected quantity.Years // life of a new device
	// Of second-hand devices; all zero for a category that has none.
	Reconditioning quantity.Interval[float64] // impact of reconditioning, as a share of Embodied
	FirstLife      quantity.Interval[float64] // share of Expected already served, where nobody knows
	SecondLife     Span                       // expected with the next owner
}

// RulesFor reads the rules of a category from the factors. A category whose
// devices are not known to be reconditioned has no rows for it; their rules
// hold for new and leased devices only.
func RulesFor(t *factor.Table, c equipment.Category) (Rules, error) {
	embodied, err := bounds[float64](t, "embodied."+string(c))
	if err != nil {
		return Rules{}, err
	}
	lifetime, err := bounds[quantity.Years](t, "lifetime."+string(c))
	if err != nil {
		return Rules{}, err
	}
	r := Rules{Embodied: grams(embodied), Expected: lifetime.Value}
	share, err := bounds[float64](t, "reconditioned.share."+string(c))
	if err != nil {
		return r, nil
	}
	r.Reconditioning = share
	if r.FirstLife, err = bounds[float64](t, "reconditioned.first_life"); err != nil {
		return Rules{}, err
	}
	if r.SecondLife, err = bounds[quantity.Years](t, "lifetime.second."+string(c)); err != nil {
		return Rules{}, err
	}
	return r, nil
}

// Carried is the impact that a device brings to its owner. The error says that
// the origin is not known, or that the category has no rules for it.
func (r Rules) Carried(o Origin) (Mass, error) {
	share, err := r.CarriedShare(o)
	return quantity.Product[quantity.Grams](r.Embodied, share), err
}

// CarriedShare is the same as a share of the embodied impact of a new device.
func (r Rules) CarriedShare(o Origin) (quantity.Interval[float64], error) {
	if o.How == New || o.How == Leased {
		return quantity.Exactly(1.0), nil
	}
	if !o.How.SecondHand() {
		return quantity.Interval[float64]{}, fmt.Errorf("acquisition is %q; want one of %v", o.How, Acquisitions)
	}
	if r.SecondLife == (Span{}) {
		return quantity.Interval[float64]{}, fmt.Errorf("no factors for %s devices of this category", o.How)
	}
	return r.shareCarried(o), nil
}

// shareCarried is what a second-hand device carries of the impact of a new one.
func (r Rules) shareCarried(o Origin) quantity.Interval[float64] {
	served := quantity.As[float64](o.FirstLife).Times(1 / float64(r.Expected))
	if o.FirstLife == (Span{}) {
		served = r.FirstLife
	}
	left := func(served float64) float64 { return math.Max(0, 1-served) }
	share := quantity.Interval[float64]{Low: left(served.High), Value: left(served.Value), High: left(served.Low)}
	if o.How == Reconditioned {
		share = share.Plus(r.Reconditioning)
	}
	return share
}

// Life begins the life of a device with its owner. A leased device ends by
// being handed on, with its Ended set to the end of the lease.
func (r Rules) Life(o Origin, inService time.Time) (Life, error) {
	carried, err := r.Carried(o)
	if err != nil {
		return Life{}, err
	}
	l := Life{InService: inService, Carried: carried, Expected: r.Expected}
	if o.How.SecondHand() {
		l.Expected = r.SecondLife.Value
	}
	return l, nil
}

// bounds reads a row that holds anywhere and at any time.
func bounds[T quantity.Unit](t *factor.Table, key string) (quantity.Interval[T], error) {
	row, err := t.Find(key, "", time.Time{})
	if err != nil {
		return quantity.Interval[T]{}, err
	}
	return quantity.As[T](row.Bounds()), nil
}

// grams converts bounds in kg.
func grams(kg quantity.Interval[float64]) Mass { return quantity.As[quantity.Grams](kg.Times(1000)) }
