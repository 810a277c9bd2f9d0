package view

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Products are the models that an organisation has or had, each with what tells a good
// purchase from a bad one.
type Products struct {
	Scope Scope `json:"scope"`
	// Since is from when on it is known which devices left: lives count from there.
	Since    calendar.Day `json:"-"`
	SinceDay string       `json:"observed_since"`
	// WornAt is the health at which a battery counts as worn.
	WornAt   float64       `json:"battery_worn_at"`
	Products []*ProductRow `json:"products"` // in the order that was asked for
}

// ProductRow is one model: a category, a maker and a name.
type ProductRow struct {
	ID       int64              `json:"id"`
	Category equipment.Category `json:"category"`
	Maker    string             `json:"maker,omitempty"`
	Model    string             `json:"model,omitempty"`
	Devices  int64              `json:"devices"` // in service
	AgeYears float64            `json:"age_years"`
	Left     Left               `json:"left"`
	// Embodied is what making one emitted; nil where the method has no value.
	Embodied *footprint.Mass `json:"embodied_gco2e,omitempty"`
	Power    *PowerRow       `json:"power,omitempty"`
	// MeteredHours is for how long a meter saw whole devices run in the school year, and
	// Metered what these drew meanwhile.
	MeteredHours float64        `json:"metered_hours,omitempty"`
	Metered      quantity.Watts `json:"metered_w,omitempty"`
	// Served compares how long they serve with the others of their category, and
	// Verdict says what that shows.
	Served  lifespan.Rank                      `json:"served"`
	Verdict Verdict                            `json:"verdict"`
	Median  lifespan.Age                       `json:"median_life_years"`
	Battery *lifespan.Ageing                   `json:"battery,omitempty"`         // nil: none is known
	Price   *PriceRow                          `json:"price,omitempty"`           // nil: not known, or not for this person
	Places  int                                `json:"sites"`                     // with some in service
	Watched int                                `json:"watched"`                   // devices that the comparison rests on
	Mean    *quantity.Interval[quantity.Years] `json:"mean_life_years,omitempty"` // up to the oldest age observed
	// Failures is how often they fail; nil where nobody records repairs.
	Failures *FailureRow `json:"failures,omitempty"`
}

// FailureRow is how often the devices of a product fail: on how many days something of
// one was repaired or could not be, since repairs are recorded.
type FailureRow struct {
	Since       time.Time                  `json:"since"`
	Failures    int64                      `json:"failures"`
	DeviceYears float64                    `json:"device_years"`
	PerHundred  quantity.Interval[float64] `json:"per_100_device_years"`
	Parts       []PartFailures             `json:"parts,omitempty"`
}

// PartFailures are the repairs of a part.
type PartFailures struct {
	Part          lifespan.Part `json:"part"`
	Count         int64         `json:"count"`
	NotRepairable int64         `json:"not_repairable"` // among these
	// Costed is of how many the cost is known, and Cost what these cost together.
	Costed int64          `json:"costed,omitempty"`
	Cost   quantity.Euros `json:"cost_eur,omitempty"`
}

// Left are the devices that are no longer in service, by where they went.
type Left struct {
	Recycling   int64 `json:"recycling"`
	Reuse       int64 `json:"reuse"`
	Lost        int64 `json:"lost"`
	NotRecorded int64 `json:"not_recorded"`
}

// All is how many left.
func (l Left) All() int64 { return l.Recycling + l.Reuse + l.Lost + l.NotRecorded }

// PriceRow is what devices of a product cost, in euros.
type PriceRow struct {
	Devices int64          `json:"devices"` // whose price is known
	Mean    quantity.Euros `json:"mean_eur"`
	Low     quantity.Euros `json:"lowest_eur"` // of the lots that were bought
	High    quantity.Euros `json:"highest_eur"`
}

// Verdict is what the lives of a product's devices show.
type Verdict string

// The verdicts. Too few to tell is one.
const (
	ServesLonger  Verdict = "longer"
	ServesShorter Verdict = "shorter"
	ServesAlike   Verdict = "alike"
	TooFew        Verdict = "few"
	Alone         Verdict = "alone" // there is no other of its category
)

// What it takes to compare the lives of a product's devices with others.
const (
	FewestDevices = 20
	FewestEnds    = 5 // that happened, or that were to be expected
)

// VerdictOf is what a comparison shows that rests on some devices, with some others.
func VerdictOf(r lifespan.Rank, watched, others int) Verdict {
	switch {
	case others == 0:
		return Alone
	case watched < FewestDevices || math.Max(float64(r.Ended), r.Expected) < FewestEnds || r.Deviation == 0:
		return TooFew
	case r.Shorter():
		return ServesShorter
	case r.Longer():
		return ServesLonger
	}
	return ServesAlike
}

// Product is one model on its own.
type Product struct {
	Scope    Scope           `json:"scope"`
	Product  ProductRow      `json:"product"`
	SinceDay string          `json:"observed_since"`
	Since    calendar.Day    `json:"-"`
	WornAt   float64         `json:"battery_worn_at"`
	Curve    *lifespan.Curve `json:"survival,omitempty"`           // nil: too few devices
	Others   *lifespan.Curve `json:"survival_of_others,omitempty"` // of the category
	Sites    []ProductSite   `json:"sites"`
}

// ProductSite is how many devices of a product a school has.
type ProductSite struct {
	ID       int64   `json:"id"`
	Name     string  `json:"name"`
	Devices  int64   `json:"devices"`
	AgeYears float64 `json:"age_years"`
}

// SeesPrices tells whether who asks may see what an organisation paid.
func SeesPrices(ctx context.Context, organisation int64) bool {
	return UserOf(ctx).May(fmt.Sprintf("/organisations/%d/procurement", organisation))
}

// ProductOrders are the orders of products; ties are those with more devices first.
var ProductOrders = []string{"served", "devices", "age", "power", "failures", "model"}

var productOrders = map[string]func(a, b *ProductRow) int{
	"served": func(a, b *ProductRow) int {
		return cmp.Or(cmp.Compare(a.told(), b.told()), cmp.Compare(a.Served.Deviation, b.Served.Deviation))
	},
	"devices":  func(a, b *ProductRow) int { return 0 }, // ties are in this order
	"age":      func(a, b *ProductRow) int { return cmp.Compare(b.AgeYears, a.AgeYears) },
	"power":    func(a, b *ProductRow) int { return cmp.Compare(b.idle(), a.idle()) },
	"failures": func(a, b *ProductRow) int { return cmp.Compare(b.failing(), a.failing()) },
	"model":    func(a, b *ProductRow) int { return cmp.Compare(Plain(a.Maker+" "+a.Model), Plain(b.Maker+" "+b.Model)) },
}

// told puts those that nothing is told of last.
func (r *ProductRow) told() int {
	switch r.Verdict {
	case TooFew:
		return 2
	case Alone:
		return 1
	}
	return 0
}

// Compared tells that a product can be compared with others.
func (r *ProductRow) Compared() bool { return r.told() == 0 }

func (r *ProductRow) failing() float64 {
	if r.Failures == nil {
		return -1
	}
	return r.Failures.PerHundred.Value
}

func (r *ProductRow) idle() quantity.Watts {
	if r.Power == nil {
		return 0
	}
	return r.Power.Idle.Value
}

// ListProducts is a part of some products, of at most length rows.
func ListProducts(all []*ProductRow, l List, length int) ([]*ProductRow, Part) {
	find := Plain(l.Find)
	rows := slices.DeleteFunc(slices.Clone(all), func(r *ProductRow) bool {
		return !named(find, r.Maker+" "+r.Model)
	})
	by := orderOf(productOrders, ProductOrders, l.Sort)
	slices.SortFunc(rows, func(a, b *ProductRow) int {
		return cmp.Or(by(a, b), cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.ID, b.ID))
	})
	return pageOf(rows, l, length)
}
