package maker

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Basis is what a figure stands on.
type Basis string

// The bases of a figure, the better first.
const (
	LookedUp  Basis = "looked up" // the maker published it for this very product
	Predicted Basis = "predicted" // from products that are like it
)

// Prediction is the embodied footprint of a product as its maker states it, or
// would be expected to.
type Prediction struct {
	// Embodied is the footprint of manufacture, distribution and end of life, in
	// gCO2e. Its bounds hold 90 % of products when it is predicted. When it is
	// looked up they are the uncertainty that the report states, or the usual one of
	// the category's reports when it states none: makers' figures are estimates too.
	Embodied quantity.Interval[quantity.Grams] `json:"embodied_g"`
	Basis    Basis                             `json:"basis"`
	// Nearest are the products that the figure rests on most, the nearest first:
	// the very product when it is looked up.
	Nearest []Neighbour `json:"nearest"`
}

// Neighbour is a product that a prediction rests on. Likeness is 1 for one that
// cannot be told from the product asked for, beyond its maker; 0 for a stranger.
type Neighbour struct {
	Product  Product `json:"product"`
	Likeness float64 `json:"likeness"`
}

// shown is how many neighbours a prediction names.
const shown = 5

// Predict gives the embodied footprint of a product: looked up when the table
// has it, else predicted. Only the category must be known. The error says which
// category has no published products.
func (c *Catalogue) Predict(s equipment.Spec) (Prediction, error) {
	if p, found := c.Lookup(s); found {
		stated := math.Min(cmp.Or(p.StatedError, c.stated[p.Category]), 1)
		return Prediction{
			Embodied: around(p.Embodied, 1+stated),
			Basis:    LookedUp,
			Nearest:  []Neighbour{{Product: p, Likeness: 1}},
		}, nil
	}
	return c.predict(s)
}

// predict gives the figure without looking the product up.
func (c *Catalogue) predict(s equipment.Spec) (Prediction, error) {
	s = c.named(s)
	m, known := c.models[s.Category]
	if !known {
		return Prediction{}, fmt.Errorf("no maker's footprint is known for the category %q: nothing to predict %q from", s.Category, s.Model)
	}
	log, expected, t, likenesses := m.predict(s)
	width := c.full
	if m.usual.lacks(t) {
		width = c.byName
	}
	return Prediction{
		Embodied: around(quantity.Grams(math.Exp(log)), width.factor(string(s.Category), t.brand, expected)),
		Basis:    Predicted,
		Nearest:  c.nearest(m, t, likenesses),
	}, nil
}

// around is the interval from a value divided by a factor to it multiplied.
func around(v quantity.Grams, factor float64) quantity.Interval[quantity.Grams] {
	return quantity.Interval[quantity.Grams]{Low: v / quantity.Grams(factor), Value: v, High: v * quantity.Grams(factor)}
}

// nearest names the likest products. The maker's own share is taken out of the
// likeness: it is the same for all of its products.
func (c *Catalogue) nearest(m *model, t traits, likenesses []float64) []Neighbour {
	const most = self - weightMaker*weightMaker
	best := make([]Neighbour, 0, shown+1)
	var at [shown + 1]int
	for i, k := range likenesses {
		if m.traits[i].brand == t.brand {
			k -= weightMaker * weightMaker
		}
		if len(best) == shown && k/most <= best[shown-1].Likeness {
			continue
		}
		place, _ := slices.BinarySearchFunc(best, k/most, func(n Neighbour, k float64) int { return cmp.Compare(k, n.Likeness) })
		for place < len(best) && best[place].Likeness == k/most {
			place++
		}
		best = slices.Insert(best, place, Neighbour{Likeness: k / most})
		copy(at[place+1:], at[place:shown])
		at[place] = i
		best = best[:min(len(best), shown)]
	}
	for i := range best {
		best[i].Product = c.products[m.products[at[i]]]
	}
	return best
}
