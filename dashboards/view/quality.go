package view

import (
	"cmp"
	"slices"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
)

// Quality is how well the figures of an organisation are known.
type Quality struct {
	Scope    Scope    `json:"scope"`
	Coverage Coverage `json:"coverage"`
	// Energy and Mass say in shares how the figures of the school year are known.
	Energy footprint.Provenance `json:"energy_from"`
	Mass   footprint.Provenance `json:"gco2e_from"`
	// Methods set the embodied impact of the fleet side by side.
	Methods []MethodRow   `json:"methods"`
	Schools []*QualityRow `json:"-"` // the least known first
}

// MethodRow is the embodied impact of a fleet in a period by one method. No total mixes
// methods.
type MethodRow struct {
	Method   impact.Method  `json:"method"`
	Used     bool           `json:"used"` // by the figures of this answer
	Embodied footprint.Mass `json:"embodied_gco2e"`
	// Without are the categories of which the method has no value.
	Without []equipment.Category `json:"without,omitempty"`
}

// QualityRow is how well the figure of one school is known.
type QualityRow struct {
	ID       int64                `json:"id"`
	Name     string               `json:"name"`
	UAI      string               `json:"uai,omitempty"`
	Coverage Coverage             `json:"coverage"`
	Seen     float64              `json:"seen_share"`  // of the devices, those heard of lately
	Energy   footprint.Provenance `json:"energy_from"` // in shares, of the devices that its first figure counts
	Metered  float64              `json:"metered_share"`
}

// Metered is the share of a figure that meters stand behind: measured or calibrated.
func Metered(p footprint.Provenance) float64 {
	s := p.Shares()
	return s.Measured + s.Calibrated
}

// Seen is the share of the devices that were heard of lately.
func (c Coverage) Seen() float64 {
	if c.Devices == 0 {
		return 0
	}
	return float64(c.Reporting) / float64(c.Devices)
}

// QualityOf is how well the figures of an overview are known.
func QualityOf(o *Overview) *Quality {
	q := &Quality{Scope: o.Scope, Coverage: o.Coverage, Energy: o.Period.EnergyFrom.Shares(), Mass: o.Period.MassFrom.Shares(), Methods: o.Methods}
	for _, s := range o.Sites {
		from := s.Headline.Yearly.EnergyFrom.Shares()
		q.Schools = append(q.Schools, &QualityRow{ID: s.ID, Name: s.Name, UAI: s.UAI, Coverage: s.Coverage, Seen: s.Coverage.Seen(), Energy: from, Metered: Metered(from)})
	}
	sortQuality(q.Schools, "")
	return q
}

// QualityOrders are the orders of schools by how well they are known; ties are in the
// order of names.
var QualityOrders = []string{"heard", "known", "silent", "name"}

var qualityOrders = map[string]func(a, b *QualityRow) int{
	"heard":  func(a, b *QualityRow) int { return cmp.Compare(a.Seen, b.Seen) },
	"known":  func(a, b *QualityRow) int { return cmp.Compare(a.Metered, b.Metered) },
	"silent": func(a, b *QualityRow) int { return cmp.Compare(b.Coverage.Silent, a.Coverage.Silent) },
	"name":   func(a, b *QualityRow) int { return 0 },
}

func sortQuality(rows []*QualityRow, order string) {
	by := orderOf(qualityOrders, QualityOrders, order)
	slices.SortFunc(rows, func(a, b *QualityRow) int {
		return cmp.Or(by(a, b), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// ListQuality is a part of the schools, of at most length rows.
func ListQuality(all []*QualityRow, l List, length int) ([]*QualityRow, Part) {
	find := Plain(l.Find)
	rows := slices.DeleteFunc(slices.Clone(all), func(r *QualityRow) bool {
		return !named(find, r.Name, r.UAI)
	})
	sortQuality(rows, l.Sort)
	return pageOf(rows, l, length)
}
