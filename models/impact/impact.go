// Package impact gives the embodied impact of a device: what its manufacture,
// distribution and end of life cause, whatever its use. For laptops and desktops on
// the electricity of mainland France this is nine tenths of the footprint or more.
//
// Climate change is what figures and totals are about. The other criteria of
// ADEME's method for digital services ([Criteria]) are given where a source has a
// value; where none has, the answer is an error, never zero.
package impact

import (
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Criterion is an environmental criterion (impact category).
type Criterion string

// The criteria of ADEME's PCR for digital services that Ecoparc has values for.
const (
	Climate       Criterion = "climate"        // climate change
	Minerals      Criterion = "minerals"       // use of mineral and metal resources
	Acidification Criterion = "acidification"  // of soil and water
	Particulates  Criterion = "particulates"   // disease incidence from particulate matter
	Ionising      Criterion = "ionising"       // ionising radiation, human health
	PrimaryEnergy Criterion = "primary_energy" // from all sources
)

// Criteria lists every criterion, climate change first.
var Criteria = []Criterion{Climate, Minerals, Acidification, Particulates, Ionising, PrimaryEnergy}

// Unit is the unit of a criterion: kgCO2e, kg of antimony equivalent, mol of
// hydrogen ion equivalent, cases of disease, kBq of uranium 235 equivalent, MJ.
func (c Criterion) Unit() string {
	return map[Criterion]string{
		Climate: "kgCO2e", Minerals: "kgSbe", Acidification: "molH+e", Particulates: "disease", Ionising: "kBqU235e", PrimaryEnergy: "MJ",
	}[c]
}

// suffix is what a criterion adds to the key of a factor.
func (c Criterion) suffix() string {
	if c == Climate {
		return ""
	}
	return "." + string(c)
}

// Embodied is the factor row of a category's embodied impact on a criterion, in its
// unit. The error says that no source has a value.
func Embodied(t *factor.Table, c equipment.Category, on Criterion) (*factor.Row, error) {
	return t.Find("embodied."+string(c)+on.suffix(), "", time.Time{})
}

// Step is a step of the life cycle.
type Step string

// The steps of ADEME's method. Use is computed from energy; the others are embodied.
const (
	Manufacture  Step = "manufacture"
	Distribution Step = "distribution"
	Use          Step = "use"
	EndOfLife    Step = "end_of_life"
)

// Steps lists the steps in the order of a life.
var Steps = []Step{Manufacture, Distribution, Use, EndOfLife}

// OfStep is the row of a category's climate impact in an embodied step, in kgCO2e.
// The error says that the source does not tell the steps apart.
func OfStep(t *factor.Table, c equipment.Category, s Step) (*factor.Row, error) {
	return t.Find("embodied."+string(c)+"."+string(s), "", time.Time{})
}

// Grams converts a row in kgCO2e.
func Grams(r *factor.Row) quantity.Interval[quantity.Grams] {
	return quantity.As[quantity.Grams](r.Bounds().Times(1000))
}

// Method is where embodied impacts on the climate come from. Values of two methods
// are never added: each total is of one method and says which.
type Method string

// The methods.
const (
	// ADEME takes one value for each category, ADEME and Arcep's of 2025 where they
	// have one: comparable between schools, whatever they buy. The default.
	ADEME Method = "ademe"
	// Maker looks a product up in makers' published footprints or predicts it from
	// them (package maker): tells products apart, but makers' methods differ.
	Maker Method = "maker"
)

// Methods lists the methods.
var Methods = []Method{ADEME, Maker}
