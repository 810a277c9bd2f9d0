package figures

import (
	"slices"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/profile"
)

// compared is a headline and what it was made of.
type compared struct {
	view.Headline
	// fleet and reference are both sides of the comparison, for what drives it.
	fleet, reference profile.Fleet
}

// headline is the yearly footprint for one pupil where the number of pupils is
// known, otherwise for one device, beside the reference.
func (f *Figures) headline(scope view.Scope, groups []*group, sites []registry.Site) (compared, error) {
	h := compared{Headline: view.Headline{Per: "pupil"}}
	pupilsAt := map[int64]int64{}
	for _, s := range sites {
		pupilsAt[s.ID] = s.Pupils
		h.Pupils += s.Pupils
	}
	if h.Pupils == 0 {
		h.Per = "device"
	}
	yearly := footprint.Figure{}
	keys := map[string]bool{}
	for _, g := range groups {
		if !g.class.Counts() || h.Per == "pupil" && (!g.population.ForPupils() || pupilsAt[g.site] == 0) {
			continue
		}
		one, err := f.model(scope).Yearly(g.class, g.total, g.devices, scope.To-1)
		if err != nil {
			return compared{}, err
		}
		yearly = yearly.Plus(one.Times(float64(g.devices)))
		h.Devices += g.devices
		if g.devices > 0 {
			h.fleet.Groups = append(h.fleet.Groups, profile.GroupOf(g.category(), float64(g.devices), g.embodied(), one))
		}
		for _, k := range g.class.FactorKeys() {
			keys[k] = true
		}
	}
	for k := range keys {
		h.FactorKeys = append(h.FactorKeys, k)
	}
	slices.Sort(h.FactorKeys)
	divisor := float64(h.Pupils)
	if h.Per == "device" {
		divisor = float64(h.Devices)
	}
	h.fleet.Pupils = divisor
	if divisor > 0 {
		h.Yearly = yearly.Times(1 / divisor)
	}
	if err := f.addReference(&h, scope, sites); err != nil {
		return compared{}, err
	}
	h.Comparison = profile.Compare(h.Yearly.Total(), h.Reference.Total())
	for i := range h.Beside {
		h.Beside[i].Comparison = profile.Compare(h.Yearly.Total(), h.Beside[i].Reference.Total())
	}
	return h, nil
}

// embodied is what making one device of the group emitted, on average.
func (g *group) embodied() footprint.Mass {
	var sum footprint.Mass
	var count int64
	for _, c := range g.cohorts {
		sum = sum.Plus(g.class.Carried(c).Times(float64(c.Count)))
		count += c.Count
	}
	if count == 0 {
		return g.class.Made(0).Embodied
	}
	return sum.Times(1 / float64(count))
}

// addReference adds the reference of the sites: that of their kind, weighted by
// their pupils; where no pupils are known, each site weighs the same. Where a
// council's own takes the place of a shipped one, the comparison with the shipped
// one stands beside.
func (f *Figures) addReference(h *compared, scope view.Scope, sites []registry.Site) error {
	weights := map[string]int64{}
	var all int64
	for _, s := range sites {
		weight := s.Pupils
		if h.Per == "device" {
			weight = 1
		}
		weights[profileOf(s.Kind)] += weight
		all += weight
	}
	var shipped view.Against
	own := false
	for _, key := range []string{profile.Collegien, profile.Lyceen} {
		if weights[key] == 0 {
			continue
		}
		references, err := f.references(scope, key)
		if err != nil {
			return err
		}
		share := float64(weights[key]) / float64(all)
		first, last := references[0], references[len(references)-1]
		own = own || len(references) > 1
		h.Reference = h.Reference.Plus(first.Yearly.Times(share))
		h.Profiles = append(h.Profiles, first.Profile)
		h.Provisional = h.Provisional || first.Profile.Provisional
		h.reference = h.reference.Plus(first.Fleet(share * h.fleet.Pupils))
		shipped.Reference = shipped.Reference.Plus(last.Yearly.Times(share))
		shipped.Profiles = append(shipped.Profiles, last.Profile)
	}
	if own {
		h.Beside = []view.Against{shipped}
	}
	return nil
}

// references are the profiles with a key, a council's own first, made by the same
// method as the devices that are compared with them.
func (f *Figures) references(scope view.Scope, key string) ([]profile.Reference, error) {
	model := f.model(scope)
	references, err := profile.All(f.Factors(), key, model.Territory(), scope.To-1)
	if err != nil || model.Method() != impact.Maker {
		return references, err
	}
	for i, r := range references {
		class, err := model.Class(specOf(r))
		if err != nil {
			return nil, err
		}
		references[i] = r.Made(class.Made(0).Embodied)
	}
	return references, nil
}

// specOf is a profile as a product.
func specOf(r profile.Reference) equipment.Spec {
	p := r.Profile
	return equipment.Spec{
		Category: equipment.Category(p.Kind), ScreenIn: p.ScreenIn, WeightKg: p.WeightKg,
		MemoryGiB: float64(p.MemoryGiB), StorageGB: float64(p.StorageGB),
	}
}

// profileOf is the profile that a kind of site is compared with: collégiens at a
// collège, lycéens anywhere else.
func profileOf(kind string) string {
	if kind == registry.College {
		return profile.Collegien
	}
	return profile.Lyceen
}
