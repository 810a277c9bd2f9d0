package figures

import (
	"maps"
	"slices"
	"time"

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

// headline is the headline of one site, or of one device.
func (f *Figures) headline(scope view.Scope, groups []*group, site registry.Site) (compared, error) {
	c := f.newComparing(scope, site.Pupils)
	c.add(site, groups)
	return c.done()
}

// comparing adds a headline up: the yearly footprint for one pupil where the number
// of pupils is known, otherwise for one device, beside the reference.
type comparing struct {
	compared
	of      *Figures
	scope   view.Scope
	yearly  footprint.Figure
	classes map[*footprint.Class]bool
	parts   map[string]bool  // keys of the parts that were fitted
	weights map[string]int64 // of the profiles
}

// newComparing is nothing yet, of sites with so many pupils together.
func (f *Figures) newComparing(scope view.Scope, pupils int64) *comparing {
	c := &comparing{of: f, scope: scope, classes: map[*footprint.Class]bool{}, parts: map[string]bool{}, weights: map[string]int64{}}
	c.Per, c.Pupils = "pupil", pupils
	if pupils == 0 {
		c.Per = "device"
	}
	return c
}

// add adds a site: to the reference that of its kind, weighted by its pupils; where
// no pupils are known, each site weighs the same.
func (c *comparing) add(site registry.Site, groups []*group) {
	weight := site.Pupils
	if c.Per == "device" {
		weight = 1
	}
	c.weights[profileOf(site.Kind)] += weight
	for _, g := range groups {
		if !g.class.Counts() || c.Per == "pupil" && (!g.population.ForPupils() || site.Pupils == 0) {
			continue
		}
		c.yearly = c.yearly.Plus(g.yearly.Times(float64(g.devices)))
		c.Devices += g.devices
		if g.devices > 0 {
			c.fleet.Groups = append(c.fleet.Groups, profile.GroupOf(g.category(), float64(g.devices), g.embodied(c.of.asOf(c.scope)), g.yearly))
		}
		c.classes[g.class] = true
		g.partKeys(c.parts)
	}
}

// done is the headline of all that was added.
func (c *comparing) done() (compared, error) {
	h := c.compared
	keys := maps.Clone(c.parts)
	for class := range c.classes {
		for _, k := range class.FactorKeys() {
			keys[k] = true
		}
	}
	for k := range keys {
		h.FactorKeys = append(h.FactorKeys, k)
	}
	slices.Sort(h.FactorKeys)
	h.fleet.Pupils = float64(h.Pupils)
	if h.Per == "device" {
		h.fleet.Pupils = float64(h.Devices)
	}
	if h.fleet.Pupils > 0 {
		h.Yearly = c.yearly.Times(1 / h.fleet.Pupils)
	}
	if err := c.of.addReference(&h, c.scope, c.weights); err != nil {
		return compared{}, err
	}
	h.Comparison = profile.Compare(h.Yearly.Total(), h.Reference.Total())
	for i := range h.Beside {
		h.Beside[i].Comparison = profile.Compare(h.Yearly.Total(), h.Beside[i].Reference.Total())
	}
	return h, nil
}

// embodied is what making one device of the group emitted, on average, with the parts
// that were fitted to it before an instant.
func (g *group) embodied(before time.Time) footprint.Mass {
	var sum footprint.Mass
	var count int64
	for _, c := range g.cohorts {
		sum = sum.Plus(g.class.CarriedWithParts(c, before))
		count += c.Count
	}
	if count == 0 {
		return g.class.Made(0).Embodied
	}
	return sum.Times(1 / float64(count))
}

// partKeys adds the keys of the rows of parts that count in the group's figure.
func (g *group) partKeys(keys map[string]bool) {
	if g.total.Parts.Value == 0 {
		return
	}
	for _, c := range g.cohorts {
		for _, f := range c.Fitted {
			if _, key := g.class.PartMade(f.Part); key != "" {
				keys[key], keys["lifetime.added."+string(f.Part)] = true, true
			}
		}
	}
}

// addReference adds the references, by their weights. Where a council's own takes the
// place of a shipped one, the comparison with the shipped one stands beside.
func (f *Figures) addReference(h *compared, scope view.Scope, weights map[string]int64) error {
	var all int64
	for _, weight := range weights {
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
