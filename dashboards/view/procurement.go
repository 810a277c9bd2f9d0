package view

import (
	"cmp"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
)

// Procurement is what to keep, repair, replace and buy.
type Procurement struct {
	Scope   Scope          `json:"scope"`
	Policy  renewal.Policy `json:"policy"`
	Devices int64          `json:"devices"` // in service
	// Years are the school years that are planned, from the present one.
	Years []int    `json:"years"`
	Ages  []AgeRow `json:"ages"`
	// Before replaces each device at its expected end by a new one; After follows the
	// policy. Rate is what either costs a year, for ever.
	Before []renewal.Year `json:"before"`
	After  []renewal.Year `json:"after"`
	Rate   renewal.Rate   `json:"rate"`
	// Measures are what each part of the policy would save alone; of one that the policy
	// does without, what a first step would.
	Measures []Measure `json:"measures"`
	Kinds    []KindRow `json:"kinds"` // what the plan reckons with
	// Unpriced are categories for which nothing is known to plan with: they are in no
	// plan.
	Unpriced []equipment.Category `json:"unpriced,omitempty"`

	// Candidates are devices at their expected end, those first whose replacement
	// avoids most for a euro; last those that are better kept. Found is how many there
	// are, where the list is cut.
	Candidates []Candidate `json:"candidates"`
	Found      int         `json:"candidates_found"`
	// Batteries counts batteries, and Worn are those that are worn, or will be by the end
	// of the school year, by school and model, where most are first.
	Batteries Batteries `json:"batteries"`
	Worn      []WornRow `json:"worn_batteries"`
	// Bought and Gone are the devices that came and left, by calendar year, the latest
	// first; the law asks for shares of each.
	Bought          []BoughtYear     `json:"bought"`
	Gone            []GoneYear       `json:"gone"`
	SecondHandAsked *factor.Row      `json:"second_hand_asked,omitempty"`
	References      []factor.Profile `json:"references"`
}

// Measure is one part of a policy.
type Measure struct {
	Kind   string         `json:"kind"` // "longer", "reconditioned" or "repaired"
	Policy renewal.Policy `json:"policy"`
	Rate   renewal.Rate   `json:"rate"`
}

// MeasuresOf are the parts of a policy alone, at a first step where it does without.
func MeasuresOf(p renewal.Policy) []Measure {
	const year, tenth = 1, 0.1
	return []Measure{
		{Kind: "longer", Policy: renewal.Policy{LongerYears: cmp.Or(p.LongerYears, year)}},
		{Kind: "reconditioned", Policy: renewal.Policy{Reconditioned: cmp.Or(p.Reconditioned, tenth)}},
		{Kind: "repaired", Policy: renewal.Policy{Repaired: cmp.Or(p.Repaired, tenth)}},
	}
}

// AgeRow is the ages of the devices of a category, and when they reach their expected
// end.
type AgeRow struct {
	Category equipment.Category                `json:"category"`
	Devices  int                               `json:"devices"`
	ByAge    []int                             `json:"by_age"` // whole years, the first is the youngest
	Expected quantity.Interval[quantity.Years] `json:"expected_life_years"`
	Due      []lifespan.Due                    `json:"due"`
}

// KindRow is what a plan reckons with for a category.
type KindRow struct {
	renewal.Kind
	// Own is of how many of the organisation's own devices the price is taken; 0: it is
	// that of the factors.
	Own int64 `json:"own_prices"`
	// Use is a year's electricity of one device.
	Use footprint.Energy `json:"use_wh"`
}

// Candidate is the devices of a product at a school that are at their expected end.
type Candidate struct {
	Site     int64              `json:"site"`
	Place    string             `json:"site_name"`
	Product  int64              `json:"product"`
	Category equipment.Category `json:"category"`
	Maker    string             `json:"maker,omitempty"`
	Model    string             `json:"model,omitempty"`
	Devices  int                `json:"devices"`
	AgeYears float64            `json:"age_years"`
	Verdict  lifespan.Verdict   `json:"verdict"`
	// By is the replacement that avoids most: "new" or "reconditioned". Avoided is by
	// how much one emits less than keeping, and Price what it costs.
	By      string         `json:"by"`
	Avoided footprint.Mass `json:"avoided_gco2e"`
	Price   renewal.Euros  `json:"price_eur"`
	PerEuro quantity.Grams `json:"avoided_gco2e_per_eur"`
}

// Keep tells that keeping emits less than any replacement.
func (c Candidate) Keep() bool { return c.Avoided.Value <= 0 }

// Batteries counts batteries whose health is known.
type Batteries struct {
	Known int     `json:"known"`
	Worn  int     `json:"worn"`
	Soon  int     `json:"worn_soon"` // not yet, but by the end of the school year at their own pace
	At    float64 `json:"worn_at"`   // the health below which one is
	// Every says that one device in so many was looked at; above 1 no school is told of.
	Every int64 `json:"one_in"`
}

// WornRow is the batteries of a model at a school.
type WornRow struct {
	Site     int64              `json:"site"`
	Place    string             `json:"site_name"`
	Product  int64              `json:"product"`
	Category equipment.Category `json:"category"`
	Maker    string             `json:"maker,omitempty"`
	Model    string             `json:"model,omitempty"`
	Known    int                `json:"known"`
	Worn     int                `json:"worn"`
	Soon     int                `json:"worn_soon"`
}

// BoughtYear is how the devices of a calendar year were acquired.
type BoughtYear struct {
	Year          int   `json:"year"`
	New           int64 `json:"new"` // with those that are leased
	Reconditioned int64 `json:"reconditioned"`
	Donated       int64 `json:"donated"` // were not bought
	NotRecorded   int64 `json:"not_recorded"`
}

// SecondHand is the share that was bought reconditioned, of those of which it is
// recorded; not ok where of none.
func (b BoughtYear) SecondHand() (share float64, ok bool) {
	known := b.New + b.Reconditioned
	if known == 0 {
		return 0, false
	}
	return float64(b.Reconditioned) / float64(known), true
}

// GoneYear is where the devices went that were retired in a calendar year.
type GoneYear struct {
	Year int `json:"year"`
	Left
	Asked *factor.Row `json:"asked,omitempty"` // share of reuse that the law wants; nil: none
}

// Reused is the share that went to reuse, of those of which it is recorded where they
// went; not ok where of none. Lost ones are among these.
func (g GoneYear) Reused() (share float64, ok bool) {
	known := g.All() - g.NotRecorded
	if known == 0 {
		return 0, false
	}
	return float64(g.Reuse) / float64(known), true
}

// Tender is the appendix of a call for tenders: what is to be bought in a school year,
// and what bidders are asked to state.
type Tender struct {
	Scope      Scope            `json:"scope"`
	BeginsIn   int              `json:"begins_in"` // the school year
	Lots       []TenderLot      `json:"lots"`
	References []factor.Profile `json:"references"`
	// Reconditioned is the share that is asked for, as the policy has it.
	Reconditioned float64 `json:"reconditioned_share"`
}

// TenderLot is what is to be bought of a category.
type TenderLot struct {
	Category      equipment.Category                `json:"category"`
	New           int                               `json:"new"`
	Reconditioned int                               `json:"reconditioned"`
	Parts         int                               `json:"parts"`          // to repair as many devices
	Part          lifespan.Part                     `json:"part,omitempty"` // which
	Life          quantity.Interval[quantity.Years] `json:"expected_life_years"`
	Embodied      footprint.Mass                    `json:"embodied_gco2e"` // of one new device of the category
	Use           footprint.Energy                  `json:"use_wh"`
}

// TenderOf is the appendix for the first year of a plan.
func TenderOf(p *Procurement) *Tender {
	t := &Tender{Scope: p.Scope, References: p.References, Reconditioned: p.Policy.Reconditioned}
	if len(p.After) == 0 {
		return t
	}
	t.BeginsIn = p.After[0].BeginsIn
	for _, b := range p.After[0].Bought {
		for _, k := range p.Kinds {
			if k.Category != b.Category {
				continue
			}
			lot := TenderLot{Category: b.Category, New: b.New, Reconditioned: b.Reconditioned, Parts: b.Repaired, Life: k.Life.Interval, Embodied: k.Embodied.Interval, Use: k.Use}
			if k.Repair != nil && lot.Parts > 0 {
				lot.Part = k.Repair.Part
			}
			t.Lots = append(t.Lots, lot)
		}
	}
	return t
}
