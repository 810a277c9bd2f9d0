package maker

import (
	"hash/fnv"
	"math"
	"slices"
	"sync"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// Score says how good predictions were.
type Score struct {
	N int `json:"n"`
	// MedianAbsPctError is the median of |predicted - published| / published, in %.
	MedianAbsPctError float64 `json:"median_abs_pct_error"`
	// Coverage90 is the share of published figures inside of the 90 % interval, in %.
	Coverage90 float64 `json:"coverage_90"`
}

// Evaluation is a score over all products, and for each category.
type Evaluation struct {
	Score
	ByCategory map[equipment.Category]Score `json:"by_category"`
	// CrossValidated is how many of N stand in the catalogue itself, and were
	// predicted by models that had not seen them nor their near namesakes.
	CrossValidated int `json:"-"`
	// LeftOut counts the rows that could not be judged, by the reason.
	LeftOut map[string]int `json:"-"`
}

// folds is how many parts a catalogue is cut into to be judged by itself.
const folds = 10

// Evaluate predicts each row and compares with what its maker published. A
// product that stands in the catalogue is predicted by one made of the products of
// other groups only, its interval too; groups hold near-identical names together.
// Any other is predicted by the whole catalogue. Rows of kinds that Ecoparc has
// no category for, workstations, and rows without a share of use are left out.
func (c *Catalogue) Evaluate(rows []Published) (Evaluation, error) {
	e := Evaluation{ByCategory: map[equipment.Category]Score{}, LeftOut: map[string]int{}}
	without := c.without(rows)
	var all []judged
	byCategory := map[equipment.Category][]judged{}
	for _, row := range rows {
		switch {
		case row.LeftOut != "":
			e.LeftOut[row.LeftOut]++
			continue
		case row.Kind == "workstation":
			e.LeftOut["workstations are not judged"]++
			continue
		}
		by := c
		if folds := c.standsIn(row.Product); folds != 0 {
			by = without[folds]
			e.CrossValidated++
		}
		p, err := by.predict(row.Spec())
		if err != nil {
			return Evaluation{}, err
		}
		j := judged{
			error:  100 * math.Abs(float64(p.Embodied.Value/row.Embodied)-1),
			inside: p.Embodied.Low <= row.Embodied && row.Embodied <= p.Embodied.High,
		}
		all = append(all, j)
		byCategory[row.Category] = append(byCategory[row.Category], j)
	}
	e.Score = score(all)
	for category, list := range byCategory {
		e.ByCategory[category] = score(list)
	}
	return e, nil
}

// parts is a set of parts of a catalogue, one bit for each.
type parts uint32

// standsIn tells in which parts of the catalogue a product of that maker and
// name stands; none when the catalogue does not have it.
func (c *Catalogue) standsIn(p Product) parts {
	var in parts
	for _, k := range keys(p.Maker, p.Name) {
		for _, i := range c.index[k] {
			in |= partOf(c.products[i])
		}
	}
	if in != 0 {
		in |= partOf(p)
	}
	return in
}

// without makes, for each set of parts that one of the rows stands in, the
// catalogue that has seen no group of these parts; all at once.
func (c *Catalogue) without(rows []Published) map[parts]*Catalogue {
	made := map[parts]*Catalogue{}
	for _, row := range rows {
		if out := c.standsIn(row.Product); out != 0 && row.LeftOut == "" {
			made[out] = &Catalogue{}
		}
	}
	var all sync.WaitGroup
	for out, rest := range made {
		all.Go(func() {
			*rest = *Load(slices.DeleteFunc(slices.Clone(c.products), func(p Product) bool { return partOf(p)&out != 0 }), nil)
		})
	}
	all.Wait()
	return made
}

// partOf is the part of the catalogue that a product's group is in.
func partOf(p Product) parts {
	h := fnv.New32a()
	h.Write([]byte(group(p))) // never fails
	return 1 << (h.Sum32() % folds)
}

// judged is one prediction beside what was published.
type judged struct {
	error  float64 // %
	inside bool
}

func score(list []judged) Score {
	s := Score{N: len(list)}
	if s.N == 0 {
		return s
	}
	inside := 0
	errors := make([]float64, s.N)
	for i, j := range list {
		errors[i] = j.error
		if j.inside {
			inside++
		}
	}
	s.MedianAbsPctError, s.Coverage90 = median(errors), 100*float64(inside)/float64(s.N)
	return s
}
