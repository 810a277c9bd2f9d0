package view

import (
	"time"

	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// DeviceLife is what a device has cost, and how long it will last.
type DeviceLife struct {
	// Years is for how long it has served its owner, and Ended when it left; zero: it
	// has not.
	Years quantity.Years `json:"years"`
	Ended time.Time      `json:"ended,omitzero"`
	At    time.Time      `json:"at"` // the moment at which this holds
	// Expected is when the expected life is over, and the making used up.
	Expected time.Time `json:"amortised_on,omitzero"`
	// Made is what it brought to its owner when it came, and Used what its electricity
	// emitted since, at the rate of a year now.
	Made footprint.Mass `json:"embodied_gco2e"`
	Used footprint.Mass `json:"use_gco2e"`
	// Parts is what making the parts emitted that were fitted since; PartsUncounted are
	// those that no factor speaks of.
	Parts          footprint.Mass `json:"parts_gco2e"`
	PartsUncounted int            `json:"parts_without_factor"`
	// Price is what was paid for it, and where that is known from; nil: neither the
	// purchase nor a factor says. Electricity is what it has cost since, at the rate of a
	// year now.
	Price       *lifespan.Input[quantity.Euros]    `json:"price_eur,omitempty"`
	Electricity *quantity.Interval[quantity.Euros] `json:"electricity_eur,omitempty"`
	// Repairs is what its repairs cost, without RepairsUnpriced of them.
	Repairs         quantity.Euros `json:"repairs_eur"`
	RepairsUnpriced int            `json:"repairs_without_cost"`
	// Left is for how much longer it is expected to serve, and Ends when that is; nil of
	// a device that has left.
	Left   *lifespan.Input[quantity.Years] `json:"left_years,omitempty"`
	Ends   *LifeEnd                        `json:"ends,omitempty"`
	Events []LifeEvent                     `json:"events"` // oldest first
}

// Cost is what it has emitted so far.
func (l *DeviceLife) Cost() footprint.Mass { return l.Made.Plus(l.Parts).Plus(l.Used) }

// Paid is what it has cost so far in euros; nil where that is not known.
func (l *DeviceLife) Paid() *quantity.Interval[quantity.Euros] {
	if l.Price == nil || l.Electricity == nil {
		return nil
	}
	sum := l.Price.Plus(*l.Electricity).Plus(quantity.Exactly(l.Repairs))
	return &sum
}

// LifeEnd is when a device is expected to end.
type LifeEnd struct {
	Earliest time.Time `json:"earliest"`
	Expected time.Time `json:"expected"`
	Latest   time.Time `json:"latest"`
}

// LifeEvent is something that happened to a device.
type LifeEvent struct {
	On   time.Time `json:"on"`
	Kind string    `json:"kind"` // one of the Event constants
	// Repair is what was done, of a repair that somebody recorded.
	Repair *RepairEvent `json:"repair,omitempty"`
}

// RepairEvent is what was done to a part of a device.
type RepairEvent struct {
	Part   lifespan.Part `json:"part"`
	DoneBy string        `json:"done_by,omitempty"` // "in_house", "sent_out" or "warranty"; empty: not known
	// Embodied is what making the part emitted, and Factor the row that says so; nil where
	// no part was fitted, and where no row speaks of it: then it is Uncounted.
	Embodied  *footprint.Mass `json:"embodied_gco2e,omitempty"`
	Factor    string          `json:"factor,omitempty"`
	Uncounted bool            `json:"without_factor,omitempty"`
	// Cost is nil where it is not known, and 0 under warranty.
	Cost *quantity.Euros `json:"cost_eur,omitempty"`
}

// What happens to devices.
const (
	EventInService = "in_service"
	EventBattery   = "battery" // another battery than before was seen
	EventRepaired  = "repaired"
	EventBroken    = "not_repairable"
	EventRetired   = "retired"
	EventReuse     = "reuse" // retired, to be used again elsewhere
	EventRecycling = "recycling"
	EventLost      = "lost"
)

// Battery is what is known of a device's battery.
type Battery struct {
	Health    float64        `json:"health"` // of its design capacity, when it was last told
	FullMWh   int64          `json:"full_mwh"`
	DesignMWh int64          `json:"design_mwh"`
	Cycles    int64          `json:"cycles,omitempty"` // 0: not known
	WornAt    float64        `json:"worn_at"`          // the health at which it counts as worn
	Observed  []BatteryWeek  `json:"observed"`         // oldest first, where it changed
	Wear      *lifespan.Wear `json:"wear,omitempty"`   // nil: not observed for long enough
}

// BatteryWeek is what a battery held in a week.
type BatteryWeek struct {
	Week   time.Time `json:"week"` // its Monday
	Health float64   `json:"health"`
}

// HourRow is what a device did in an hour of the day, on the mean day of some weeks.
type HourRow struct {
	Hour      int              `json:"hour"` // 0 to 23, local time
	RunningMs int64            `json:"running_ms"`
	Energy    footprint.Energy `json:"energy_wh"`
}

// Hours are the hours of a mean day.
type Hours struct {
	Days int       `json:"days"` // on which something is known
	Rows []HourRow `json:"hours"`
}
