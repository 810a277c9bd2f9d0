package view

import (
	"cmp"
	"math"
	"slices"

	"github.com/ecoparc/ecoparc/models/compare"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Schools are the schools of an organisation beside each other: which differ from the
// others by more than chance explains. Schools of a kind are compared with each other.
type Schools struct {
	Scope   Scope        `json:"scope"`
	Alike   Alike        `json:"compared"`
	Funnels []Funnel     `json:"funnels"` // by kind, those with most schools first
	Schools []*SchoolRow `json:"schools"` // in the order that was asked for
}

// Funnel is what schools of a kind are compared with.
type Funnel struct {
	Kind     string         `json:"kind"`
	Schools  int            `json:"schools"` // that have pupils and were compared
	Target   quantity.Grams `json:"mean_gco2e_per_pupil"`
	Spread   quantity.Grams `json:"spread_gco2e_per_pupil"` // of a school with one pupil; divide by the root of the pupils
	Above    int            `json:"above"`                  // outside of 95 %
	FarAbove int            `json:"far_above"`              // of these, outside of 99.8 %
	Below    int            `json:"below"`
}

// Limits are as those of compare.Funnel, in kgCO2e a year for one pupil.
func (f Funnel) Limits(pupils, limit float64) (lowKg, highKg float64) {
	low, high := compare.Funnel{Target: float64(f.Target), Spread: float64(f.Spread)}.Limits(pupils, limit)
	return low / 1000, high / 1000
}

// SchoolRow is a school with its place among its like.
type SchoolRow struct {
	*SiteRow
	Place compare.Place `json:"place"`
	// Deviation is how many standard deviations it lies above the mean of its kind; 0
	// where it has no place.
	Deviation float64 `json:"deviation"`
	// Excess is by how much it is heavier in a year than the mean of its kind would be
	// with its pupils; nil unless it lies above by more than chance.
	Excess *quantity.Grams `json:"excess_gco2e,omitempty"`
}

// Alike says which schools are compared; the zero: all.
type Alike struct {
	Kind    string `json:"kind,omitempty"`    // of the site
	Size    string `json:"size,omitempty"`    // one of Sizes
	Covered bool   `json:"covered,omitempty"` // only those of whose agents at most one in five is silent
}

// Sizes are bands of how many pupils a school has, and fromPupils where each begins.
var (
	Sizes      = []string{"small", "medium", "large", "largest"}
	fromPupils = []int64{1, 300, 600, 1000}
)

// SizeOf is the band of a number of pupils; empty where it is not known.
func SizeOf(pupils int64) string {
	for i := len(Sizes) - 1; i >= 0; i-- {
		if pupils >= fromPupils[i] {
			return Sizes[i]
		}
	}
	return ""
}

// holds says whether a school is among those compared.
func (a Alike) holds(s *SiteRow) bool {
	agents := s.Coverage.Reporting + s.Coverage.Silent
	return (a.Kind == "" || s.Kind == a.Kind) && (a.Size == "" || SizeOf(s.Headline.Pupils) == a.Size) &&
		(!a.Covered || agents > 0 && 5*s.Coverage.Silent <= agents)
}

// SchoolOrders are the orders of schools; ties are in the order of names.
var SchoolOrders = []string{"chance", "yearly", "name", "devices", "silent"}

var schoolOrders = map[string]func(a, b *SchoolRow) int{
	"chance":  func(a, b *SchoolRow) int { return cmp.Compare(b.Deviation, a.Deviation) },
	"yearly":  func(a, b *SchoolRow) int { return siteOrders["yearly"](a.SiteRow, b.SiteRow) },
	"devices": func(a, b *SchoolRow) int { return siteOrders["devices"](a.SiteRow, b.SiteRow) },
	"name":    func(a, b *SchoolRow) int { return 0 }, // ties are in this order
	"silent":  func(a, b *SchoolRow) int { return cmp.Compare(b.Coverage.Silent, a.Coverage.Silent) },
}

// CompareSchools places the schools of an overview.
func CompareSchools(o *Overview, alike Alike) *Schools {
	all := &Schools{Scope: o.Scope, Alike: alike}
	kinds := map[string][]*SchoolRow{}
	for i := range o.Sites {
		if s := (&SchoolRow{SiteRow: &o.Sites[i], Place: compare.NotPlaced}); alike.holds(s.SiteRow) {
			all.Schools = append(all.Schools, s)
			kinds[s.Kind] = append(kinds[s.Kind], s)
		}
	}
	for kind, rows := range kinds {
		if f := placeAll(kind, rows); f != nil {
			all.Funnels = append(all.Funnels, *f)
		}
	}
	slices.SortFunc(all.Funnels, func(a, b Funnel) int { return cmp.Or(cmp.Compare(b.Schools, a.Schools), cmp.Compare(a.Kind, b.Kind)) })
	sortSchools(all.Schools, "")
	return all
}

// placeAll places schools of a kind; nil where they are too few.
func placeAll(kind string, rows []*SchoolRow) *Funnel {
	var figures []compare.School
	for _, r := range rows {
		if s, ok := r.school(); ok {
			figures = append(figures, s)
		}
	}
	f, ok := compare.New(figures)
	if !ok {
		return nil
	}
	of := &Funnel{Kind: kind, Schools: len(figures), Target: quantity.Grams(f.Target), Spread: quantity.Grams(f.Spread)}
	for _, r := range rows {
		s, ok := r.school()
		if !ok {
			continue
		}
		if r.Place = f.Place(s); f.Spread > 0 {
			r.Deviation = (s.PerPupil - f.Target) * math.Sqrt(s.Pupils) / f.Spread
		}
		switch r.Place {
		case compare.FarAbove, compare.Above:
			excess := quantity.Grams((s.PerPupil - f.Target) * s.Pupils)
			r.Excess = &excess
			if of.Above++; r.Place == compare.FarAbove {
				of.FarAbove++
			}
		case compare.FarBelow, compare.Below:
			of.Below++
		}
	}
	return of
}

// school is the figure that is compared; not ok where no pupils or no devices are known.
func (r *SchoolRow) school() (compare.School, bool) {
	h := r.Headline
	return compare.School{PerPupil: float64(h.Yearly.Total().Value), Pupils: float64(h.Pupils)}, h.Per == "pupil" && h.Pupils > 0 && h.Devices > 0
}

func sortSchools(rows []*SchoolRow, order string) {
	by := orderOf(schoolOrders, SchoolOrders, order)
	slices.SortFunc(rows, func(a, b *SchoolRow) int {
		return cmp.Or(by(a, b), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// ListSchools is a part of the schools, of at most length rows.
func ListSchools(all []*SchoolRow, l List, length int) ([]*SchoolRow, Part) {
	find := Plain(l.Find)
	rows := slices.DeleteFunc(slices.Clone(all), func(r *SchoolRow) bool {
		return !named(find, r.Name, r.UAI)
	})
	sortSchools(rows, l.Sort)
	return pageOf(rows, l, length)
}

// Like are the schools that one is compared with on its own page: of its kind, and of
// its size where enough are.
type Like struct {
	Size      string            `json:"size,omitempty"` // one of Sizes; empty: of every size
	Schools   int               `json:"schools"`
	Mean      quantity.Grams    `json:"mean_gco2e_per_pupil"` // each pupil counting alike
	Quartiles compare.Quartiles `json:"gco2e_per_pupil"`
	Place     compare.Place     `json:"place"`
}

// LikeSchools compares a school of an overview with its like; nil where there are fewer
// than compare.Fewest.
func LikeSchools(o *Overview, site int64) *Like {
	at := slices.IndexFunc(o.Sites, func(s SiteRow) bool { return s.ID == site })
	if at < 0 {
		return nil
	}
	own := &o.Sites[at]
	for _, size := range []string{SizeOf(own.Headline.Pupils), ""} {
		all := CompareSchools(o, Alike{Kind: own.Kind, Size: size})
		if len(all.Funnels) == 0 {
			continue
		}
		like := &Like{Size: size, Schools: all.Funnels[0].Schools, Mean: all.Funnels[0].Target}
		var values []float64
		for _, r := range all.Schools {
			if s, ok := r.school(); ok {
				values = append(values, s.PerPupil)
			}
			if r.ID == site {
				like.Place = r.Place
			}
		}
		like.Quartiles = compare.QuartilesOf(values)
		return like
	}
	return nil
}
