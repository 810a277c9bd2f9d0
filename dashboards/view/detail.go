package view

import (
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Against is a comparison with one reference: a council's own, or a shipped one.
type Against struct {
	Profiles   []factor.Profile   `json:"profiles"` // weighted by the pupils they are for
	Reference  footprint.Figure   `json:"reference"`
	Comparison profile.Comparison `json:"comparison"`
}

// CriterionRow is a footprint on one criterion over the period. Nil is "not
// available", never zero.
type CriterionRow struct {
	Criterion impact.Criterion            `json:"criterion"`
	Unit      string                      `json:"unit"`
	Embodied  *quantity.Interval[float64] `json:"embodied"` // in Unit
	Use       *quantity.Interval[float64] `json:"use"`      // in Unit
	// Without are the categories that have no value, and are not in Embodied.
	Without []equipment.Category `json:"without,omitempty"`
}

// StepRow is the footprint of a step of the life cycle over the period. Nil is "not
// available": the source does not tell the steps apart.
type StepRow struct {
	Step    impact.Step          `json:"step"`
	Mass    *footprint.Mass      `json:"gco2e"`
	Without []equipment.Category `json:"without,omitempty"` // are not in Mass
}

// Electricity says what a kWh emitted in the period.
type Electricity struct {
	Territory string                      `json:"territory"`
	Label     grid.Label                  `json:"label"`
	Adjusted  float64                     `json:"adjusted_share"`         // of the time, by half hours
	Contract  string                      `json:"market_based,omitempty"` // for information, in no figure
	ByOffer   *grid.MarketGrams           `json:"market_based_gco2e,omitempty"`
	Energy    footprint.Energy            `json:"energy_wh"`
	Intensity *quantity.Interval[float64] `json:"g_per_kwh,omitempty"` // of the last month
}

// MadeRow is what making one device emitted by one method. Methods stand side by
// side; no total mixes them.
type MadeRow struct {
	Method    impact.Method  `json:"method"`
	Used      bool           `json:"used"` // by the figures of this answer
	Available bool           `json:"available"`
	Embodied  footprint.Mass `json:"embodied_gco2e"`
	Basis     string         `json:"basis"` // "category", "looked up" or "predicted"
	Nearest   []NearestRow   `json:"nearest,omitempty"`
}

// NearestRow is a product whose published footprint a prediction rests on.
type NearestRow struct {
	Name     string         `json:"name"`
	Source   string         `json:"source"` // address of the maker's report
	Likeness float64        `json:"likeness"`
	Embodied quantity.Grams `json:"embodied_gco2e"`
}

// PowerRow is what a device is taken to draw, and how that is known.
type PowerRow struct {
	Off    quantity.Interval[quantity.Watts] `json:"off_w"`
	Sleep  quantity.Interval[quantity.Watts] `json:"sleep_w"`
	Idle   quantity.Interval[quantity.Watts] `json:"idle_w"`
	Active quantity.Interval[quantity.Watts] `json:"active_w"`
	// Class, Devices and Hours say who taught the curve; Devices is 0 for a curve
	// from factors, whose name is Curve.
	Class   string  `json:"class,omitempty"`
	Devices int     `json:"devices,omitempty"`
	Hours   float64 `json:"hours,omitempty"`
	Curve   string  `json:"curve"`
	// RealYear is a year at the rate of the device's own use where that is known;
	// TypicalYear is ENERGY STAR's for the same power.
	RealYear    *footprint.Energy `json:"real_year_wh,omitempty"`
	TypicalYear *footprint.Energy `json:"typical_year_wh,omitempty"`
}

// Choice is whether to keep, repair or replace a device, with every input.
type Choice struct {
	Question lifespan.Question `json:"question"`
	Answer   lifespan.Answer   `json:"answer"`
}
