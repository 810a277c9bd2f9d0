package maker

import (
	"cmp"
	"math"
	"slices"
)

// confidence is the share of new products that the interval holds.
const confidence = 0.9

// spread turns the spread that a model expects into an interval. Makers differ
// in how regular their figures are (Lenovo's jump by a factor of two between
// like products, Dell's hardly do), so the expected spread is first scaled by how
// large the misses of that maker in that category were, drawn to the category's
// and to all when they are few; then by the number that holds nine misses in ten.
type spread struct {
	all      tally
	category map[string]tally
	maker    map[[2]string]tally
	reach    float64
}

// tally counts misses, each as a multiple of the spread that was expected.
type tally struct{ sum, n float64 }

// drawn is how many misses of the wider circle count beside those of a maker.
const drawn = 5

// outlier is where a miss stops to weigh more on the scale: single figures are
// plainly wrong by any measure.
const outlier = 4

func (t tally) toward(wider float64) float64 { return (t.sum + drawn*wider) / (t.n + drawn) }

func (t tally) less(o tally) tally { return tally{t.sum - o.sum, t.n - o.n} }

func newSpread(misses []miss) spread {
	s := spread{category: map[string]tally{}, maker: map[[2]string]tally{}}
	groups := map[string]tally{}
	// In a fixed order: the last digits of a sum depend on it.
	slices.SortFunc(misses, func(a, b miss) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.error, b.error))
	})
	for _, m := range misses {
		z := tally{math.Min(math.Abs(m.error)/m.spread, outlier), 1}
		add := func(t tally) tally { return tally{t.sum + z.sum, t.n + z.n} }
		s.all = add(s.all)
		s.category[m.category] = add(s.category[m.category])
		s.maker[[2]string{m.category, m.brand}] = add(s.maker[[2]string{m.category, m.brand}])
		groups[m.group] = add(groups[m.group])
	}
	var scaled []float64
	for _, m := range misses { // each by a scale that has not seen its group
		scaled = append(scaled, math.Abs(m.error)/(m.spread*s.scale(m.category, m.brand, groups[m.group])))
	}
	s.reach = quantile(scaled, confidence)
	return s
}

// scale is how large misses are there, without those of a tally.
func (s spread) scale(category, brand string, without tally) float64 {
	all := s.all.less(without)
	if all.n <= 0 {
		return 1
	}
	wider := s.category[category].less(without).toward(all.sum / all.n)
	return s.maker[[2]string{category, brand}].less(without).toward(wider)
}

// factor is what a prediction is multiplied and divided by to give its interval.
func (s spread) factor(category, brand string, expected float64) float64 {
	return math.Exp(s.reach * expected * s.scale(category, brand, tally{}))
}

// quantile is the smallest of the values that at least the share q of them, and
// of one more to come, does not exceed.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	return s[min(len(s), int(math.Ceil(q*float64(len(s)+1))))-1]
}
