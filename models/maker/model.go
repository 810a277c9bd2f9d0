package maker

import (
	"math"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// model predicts the log footprint of a category's products.
type model struct {
	products []int // in the catalogue's order
	traits   []traits
	usual    usual
	names    *nameSpace
	level    float64     // log grams, the category's own
	pull     []float64   // what each product adds to a prediction, by unit of likeness
	root     [][]float64 // inverse of the Cholesky triangle of the likenesses
}

// miss is how far a product was from its prediction by the others, without its
// near namesakes, and the spread that the model expected there.
type miss struct {
	error, spread   float64
	category, brand string
	group           string
}

// misses are those of all products: predicted by all that is known of them, and
// by their names alone, as an inventory may know them.
type misses struct{ full, byName []miss }

// newModel learns from products of one category, and says how far each is from
// what the others say of it.
func newModel(products []Product, indices []int) (*model, misses) {
	m := &model{products: indices}
	n := len(indices)
	logs := make([]float64, n)
	for i, p := range indices {
		m.traits = append(m.traits, seen(products[p].Spec()))
		logs[i] = math.Log(float64(products[p].Embodied))
	}
	m.usual = usualNumbers(m.traits)
	m.names = newNameSpace(m.traits)
	complete := make([]traits, n)
	for i, t := range m.traits {
		complete[i] = m.fill(t, m.alike(t), nil)
	}
	m.traits = complete
	covariance := make([][]float64, n)
	for i, t := range m.traits {
		covariance[i] = m.likenesses(&t, m.alike(t))[:i+1]
		covariance[i][i] = self + noise*noise
	}
	m.root = invertLower(cholesky(covariance))
	inverse := square(m.root)

	// The level is the generalised least squares mean.
	var weighed, total float64
	for _, row := range inverse {
		for j, v := range row {
			total += v
			weighed += v * logs[j]
		}
	}
	m.level = weighed / total
	m.pull = make([]float64, n)
	for i, row := range inverse {
		for j, v := range row {
			m.pull[i] += v * (logs[j] - m.level)
		}
	}
	return m, m.misses(products, logs, inverse)
}

// misses predicts each product by the others, its near namesakes left out, in
// closed form: for a group G the errors are B·pull[G] with B the inverse of
// inverse[G,G], and their variances the diagonal of B (Rasmussen and Williams,
// equation 5.12, for more than one row at a time).
func (m *model) misses(products []Product, logs []float64, inverse [][]float64) misses {
	groups := map[string][]int{}
	for i, p := range m.products {
		g := group(products[p])
		groups[g] = append(groups[g], i)
	}
	all := misses{make([]miss, len(m.products)), make([]miss, len(m.products))}
	for name, members := range groups {
		block := make([][]float64, len(members))
		for i, a := range members {
			block[i] = make([]float64, i+1)
			for j, b := range members[:i+1] {
				block[i][j] = inverse[a][b]
			}
		}
		block = square(invertLower(cholesky(block)))
		errors := make([]float64, len(members))
		for i := range members {
			for j, b := range members {
				errors[i] += block[i][j] * m.pull[b]
			}
		}
		for i, a := range members {
			p := products[m.products[a]]
			known := miss{error: errors[i], spread: math.Sqrt(block[i][i]), category: string(p.Category), brand: brand(p.Maker), group: name}
			all.full[a] = known
			known.error, known.spread = m.missByName(a, logs[a], members, errors, block, inverse)
			all.byName[a] = known
		}
	}
	return all
}

// missByName is the miss of a product when only its name is known, predicted
// without its group: what the group adds to the prediction and takes from the
// variance is subtracted again.
func (m *model) missByName(product int, log float64, group []int, errors []float64, block, inverse [][]float64) (miss, spread float64) {
	alike := m.alike(m.traits[product])
	t := m.fill(m.traits[product].byName(), alike, group)
	k := m.likenesses(&t, alike)
	for _, g := range group {
		k[g] = 0
	}
	miss = log - m.level - dot(k, m.pull)
	variance := self + noise*noise - m.explained(k)
	shared := make([]float64, len(group))
	for i, g := range group {
		shared[i] = dot(k, inverse[g])
		miss += shared[i] * errors[i]
	}
	for i := range group {
		variance += shared[i] * dot(shared, block[i])
	}
	return miss, math.Sqrt(math.Max(variance, noise*noise))
}

// predict gives the log footprint of a product and the spread that the model
// expects there, with the product's traits and its likeness with each other.
func (m *model) predict(s equipment.Spec) (log, spread float64, t traits, k []float64) {
	t = seen(s)
	alike := m.alike(t)
	t = m.fill(t, alike, nil)
	k = m.likenesses(&t, alike)
	variance := self + noise*noise - m.explained(k)
	return m.level + dot(k, m.pull), math.Sqrt(math.Max(variance, noise*noise)), t, k
}

// alike is how like a product's name is to each of the model's.
func (m *model) alike(t traits) []float64 {
	alike := make([]float64, len(m.traits))
	m.names.alike(t.pieces, alike)
	return alike
}

// likenesses of a product with each of the model's, by their names and all else.
func (m *model) likenesses(t *traits, alike []float64) []float64 {
	k := make([]float64, len(m.traits))
	for i := range k {
		k[i] = likeness(t, &m.traits[i], min(alike[i], 1))
	}
	return k
}

// explained is the part of the variance that these likenesses take away.
func (m *model) explained(k []float64) float64 {
	sum := 0.0
	for _, row := range m.root {
		v := dot(row, k)
		sum += v * v
	}
	return sum
}

// fit makes a model for each category of products, and learns the width of the
// intervals from all of their misses.
func fit(products []Product) (models map[equipment.Category]*model, full, byName spread) {
	byCategory := map[equipment.Category][]int{}
	for i, p := range products {
		byCategory[p.Category] = append(byCategory[p.Category], i)
	}
	models = map[equipment.Category]*model{}
	var all misses
	for category, indices := range byCategory {
		m, missed := newModel(products, indices)
		models[category] = m
		all.full = append(all.full, missed.full...)
		all.byName = append(all.byName, missed.byName...)
	}
	return models, newSpread(all.full), newSpread(all.byName)
}

// cholesky gives the lower triangle L with L·Lᵀ = a, of a matrix whose lower
// triangle is given and which the noise keeps positive definite.
func cholesky(a [][]float64) [][]float64 {
	l := make([][]float64, len(a))
	for i, row := range a {
		l[i] = make([]float64, i+1)
		for j := range i + 1 {
			sum := row[j] - dot(l[i][:j], l[j][:j])
			if i == j {
				l[i][i] = math.Sqrt(sum)
			} else {
				l[i][j] = sum / l[j][j]
			}
		}
	}
	return l
}

// invertLower inverts a lower triangle.
func invertLower(l [][]float64) [][]float64 {
	inverse := make([][]float64, len(l))
	for i, row := range l {
		inverse[i] = make([]float64, i+1)
		for k := range i {
			for j, v := range inverse[k] {
				inverse[i][j] -= row[k] * v
			}
		}
		for j := range i {
			inverse[i][j] /= row[i]
		}
		inverse[i][i] = 1 / row[i]
	}
	return inverse
}

// square gives lᵀ·l: of the inverse of a Cholesky triangle, the inverse of the
// matrix.
func square(l [][]float64) [][]float64 {
	n := len(l)
	product := make([][]float64, n)
	for i := range product {
		product[i] = make([]float64, n)
	}
	for _, row := range l {
		for i, v := range row {
			into := product[i][:i+1]
			for j, w := range row[:i+1] {
				into[j] += v * w
			}
		}
	}
	for i := range product {
		for j := range i {
			product[j][i] = product[i][j]
		}
	}
	return product
}

// dot is where the time goes: four sums at once keep the processor busy.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
