package maker

import (
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// What likenesses weigh (standard deviations of the log footprint) and how far
// they reach. Chosen once by cross-validation on the shipped table, and rounded;
// twice or half of any of them changes the error by less than a point.
const (
	weightMaker   = 0.5  // what all products of a maker share: its method
	weightFamily  = 0.3  // what a family shares: "Latitude"
	weightNumbers = 0.3  // what screen, weight, storage and memory say, whoever the maker
	weightEra     = 0.2  // the same, for a maker in the same years
	weightLine    = 0.25 // the same, for a family in the same years
	weightName    = 0.3  // what a maker's like names of the same years share

	reachScreen  = 0.5 // of the logarithms: e^0.5 is 1.65 times
	reachWeight  = 0.8
	reachStorage = 1.5
	reachMemory  = 1.0
	reachYears   = 1.0

	noise = 0.08 // what no likeness explains
)

// self is the likeness of a product with itself, without noise.
const self = weightMaker*weightMaker + weightFamily*weightFamily + weightNumbers*weightNumbers +
	weightEra*weightEra + weightLine*weightLine + weightName*weightName

// The numbers of a product that likeness looks at; logarithms but for the year.
const (
	screen = iota
	weight
	storage
	memory
	year
	numbers
)

// traits are what likeness sees of a product.
type traits struct {
	brand, family string
	number        [numbers]float64
	known         [numbers]bool
	pieces        []string
}

// seen gives the traits that a specification itself tells.
func seen(s equipment.Spec) traits {
	w := words(s.Model)
	t := traits{brand: brand(s.Maker), pieces: pieces(w)}
	t.family = family(t.brand, w)
	inches := s.ScreenIn
	switch {
	case s.Category == equipment.Monitor:
		inches = nominalSize(w, inches)
	case s.Category == equipment.Desktop && !(inches > 0) && !slices.Contains(w, "aio"):
		inches = noScreen
	}
	gigabytes := s.StorageGB
	if !(gigabytes > 0) {
		gigabytes, _ = readStorage(s.Model)
	}
	for i, v := range [numbers]float64{inches, s.WeightKg, gigabytes, s.MemoryGiB, float64(s.Year)} {
		if v > 0 && !math.IsInf(v, 0) {
			t.known[i] = true
			t.number[i] = v
			if i != year {
				t.number[i] = math.Log(v)
			}
		}
	}
	return t
}

// noScreen stands for the screen of a desktop that has none, in inches: far from
// any real one, so that a tower is not like an all-in-one.
const noScreen = 5

var twoDigits = regexp.MustCompile(`[0-9]{2}`)

// nominalSize is a monitor's size as its name tells it ("P2419H" has 24 inches),
// or else the size that is given: makers round the latter down, or leave it out.
func nominalSize(words []string, given float64) float64 {
	for _, w := range words {
		for _, d := range twoDigits.FindAllString(w, -1) {
			if n, _ := strconv.ParseFloat(d, 64); n >= 14 && n <= 86 && !(given > 0 && math.Abs(n-given) > given) {
				return n
			}
		}
	}
	return given
}

// usual are the usual numbers of families, makers and the whole category, for
// what a specification leaves out.
type usual map[string][numbers]float64

// whole is the name of the category as a whole in usual; no maker has it.
const whole = "*"

func usualNumbers(all []traits) usual {
	values := map[string]*[numbers][]float64{}
	for _, t := range all {
		for _, name := range slices.Compact([]string{t.family, t.brand, whole}) {
			if values[name] == nil {
				values[name] = &[numbers][]float64{}
			}
			for i, known := range t.known {
				if known {
					values[name][i] = append(values[name][i], t.number[i])
				}
			}
		}
	}
	u := usual{}
	for name, lists := range values {
		var medians [numbers]float64
		for i, list := range lists {
			medians[i] = math.NaN()
			if len(list) >= 2 || name == whole && len(list) > 0 {
				medians[i] = median(list)
			}
		}
		u[name] = medians
	}
	return u
}

// fill puts the usual numbers of the family, else of the maker, else of the
// category, where a number is not known; and those of the category where the
// maker's reports never tell the number, so that knowing the memory of a Dell does
// not make it a stranger to the other Dells.
func (u usual) fill(t traits) traits {
	own, met := u[t.brand]
	for i, known := range t.known {
		untold := met && math.IsNaN(own[i])
		if known && !untold {
			continue
		}
		t.known[i], t.number[i] = false, 0
		for _, name := range []string{t.family, t.brand, whole} {
			if m, ok := u[name]; ok && !math.IsNaN(m[i]) {
				t.number[i] = m[i]
				break
			}
		}
	}
	return t
}

// fill completes a product's numbers: with the usual ones, drawn to those of the
// maker's products that have like names ("OptiPlex 7010 Micro" weighs what the
// other Micros do). Products that are left out teach it nothing.
func (m *model) fill(t traits, alike []float64, leftOut []int) traits {
	t = m.usual.fill(t)
	own := m.usual[t.brand]
	for i, known := range t.known {
		if known || own[i] == 0 || math.IsNaN(own[i]) {
			continue
		}
		sum, weights := drawnToUsual*t.number[i], float64(drawnToUsual)
		for j, o := range m.traits {
			if o.known[i] && o.brand == t.brand && !slices.Contains(leftOut, j) {
				w := sharp(alike[j])
				sum, weights = sum+w*o.number[i], weights+w
			}
		}
		t.number[i] = sum / weights
	}
	return t
}

// drawnToUsual is the weight of the usual number beside those of like names,
// which each weigh their likeness to the power of eight: only near names count.
const drawnToUsual = 0.01

func sharp(alike float64) float64 {
	squared := alike * alike
	return squared * squared * squared * squared
}

// lacks tells whether a number is not known that the maker's reports usually
// tell, and that an inventory may not know.
func (u usual) lacks(t traits) bool {
	own := u[t.brand]
	for _, i := range byReport {
		if !t.known[i] && own[i] != 0 && !math.IsNaN(own[i]) {
			return true
		}
	}
	return false
}

// byReport are the numbers that a report or a data sheet tells, but hardly a
// device itself.
var byReport = []int{screen, weight, year}

// byName is what a name alone tells of a product.
func (t traits) byName() traits {
	for _, i := range byReport {
		t.known[i] = false
	}
	return t
}

// likeness is the covariance of two products' log footprints, 0 to self; names
// is the likeness of their names, 0 to 1.
func likeness(a, b *traits, names float64) float64 {
	near := math.Exp(-(squared(a.number[screen]-b.number[screen], reachScreen) + squared(a.number[weight]-b.number[weight], reachWeight) +
		squared(a.number[storage]-b.number[storage], reachStorage) + squared(a.number[memory]-b.number[memory], reachMemory)) / 2)
	k := weightNumbers * weightNumbers * near
	if a.brand != b.brand {
		return k
	}
	era := math.Exp(-squared(a.number[year]-b.number[year], reachYears) / 2)
	k += weightMaker*weightMaker + era*(weightEra*weightEra*near+weightName*weightName*names)
	if a.family == b.family {
		k += weightFamily*weightFamily + era*weightLine*weightLine*near
	}
	return k
}

func squared(d, reach float64) float64 { return (d / reach) * (d / reach) }

// median of a list that is not empty; the list is left as it is.
func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
