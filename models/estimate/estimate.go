// Package estimate gives the footprint of devices from a description of them, with
// no agent, registry or ledger: what `collector estimate` prints, and what other
// programs may call.
//
//	energy    of a year: metered, or hours x power, or the category's
//	use       = energy x carbon intensity of the electricity of the day's year
//	embodied  = (what the device carries + parts) / max(expected life, age), of a year
//	footprint = use + embodied
//
// It is the rule of package footprint, so that the same facts give the same figure
// on a page and here; a test compares the two. Beside it stand the steps of the life
// cycle, other criteria, the account of the embodied impact, the reference equipment,
// keep or replace, and each row that a number rests on. What no source tells is nil,
// never zero. Energy is in Wh, masses are in gCO2e, times in years.
package estimate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Options say how to estimate.
type Options struct {
	// Day is the day of the estimate: ages are taken at its beginning, and its
	// year's electricity is used.
	Day calendar.Day
	// Methods of embodied impacts, each with figures of its own; none is
	// impact.ADEME.
	Methods []impact.Method
	// Territory is where descriptions that name none are; empty is mainland France.
	Territory string
	// Profile is the key of the reference equipment to compare with; empty is
	// profile.Collegien.
	Profile string
	// KeepOrReplace asks whether to keep each device, by the first method.
	KeepOrReplace bool
	// Catalogue are makers' published footprints; nil is maker.Default.
	Catalogue func() *maker.Catalogue
}

// Estimator estimates with one set of factors. It is safe for concurrent use.
type Estimator struct {
	model   *footprint.Model
	options Options
}

// New returns an estimator. The error says which factor is missing, or which option
// cannot be.
func New(t *factor.Table, o Options) (*Estimator, error) {
	if o.Territory == "" {
		o.Territory = grid.MainlandFrance
	}
	if o.Profile == "" {
		o.Profile = profile.Collegien
	}
	if len(o.Methods) == 0 {
		o.Methods = []impact.Method{impact.ADEME}
	}
	for i, m := range o.Methods {
		if !slices.Contains(impact.Methods, m) || slices.Contains(o.Methods[:i], m) {
			return nil, fmt.Errorf("methods are %v; want some of %v, each once", o.Methods, impact.Methods)
		}
	}
	if o.Day < firstDay {
		return nil, fmt.Errorf("the day of the estimate is %s, before %s", o.Day, firstDay)
	}
	if _, err := grid.TerritoryOf(o.Territory); err != nil {
		return nil, fmt.Errorf("territory: %w", err)
	}
	if _, err := profile.For(t, o.Profile, o.Territory, o.Day); err != nil {
		return nil, err
	}
	model, err := footprint.New(t, footprint.Options{Territory: o.Territory, Catalogue: o.Catalogue})
	if err != nil {
		return nil, err
	}
	return &Estimator{model, o}, nil
}

// Result is the estimate of some devices that are alike. Every amount is of one
// device, but Total.
type Result struct {
	Device Description `json:"device"`
	// Day, Territory: what the estimate holds for.
	Day       Date   `json:"day"`
	Territory string `json:"territory"`
	// Age on the day; nil where nobody says when the device was bought.
	Age *quantity.Years `json:"age_years"`
	// Life is the expected life with this owner, with what parts add.
	Life quantity.Years `json:"expected_life_years"`
	// Span is what impacts are spread over: the life, or the age beyond it.
	Span   quantity.Years `json:"spread_over_years"`
	Energy Energy         `json:"energy"`
	// Methods are the figures by each method that was asked for. They are never
	// added to one another.
	Methods []ByMethod `json:"methods"`
	// Criteria are those besides climate change. They are ADEME's method's, whatever
	// method the climate has.
	Criteria []Criterion `json:"criteria"`
	// Conformity to the specification of the reference equipment.
	Conformity profile.Conformity `json:"conformity"`
	// Keep is the answer to keep or replace, where it was asked.
	Keep *Keep `json:"keep_or_replace,omitempty"`
	// Processor is what was found of the one that was named, where it matters.
	Processor *Processor `json:"processor,omitempty"`
	// Notes say in sentences what the figures leave out or suppose.
	Notes []string `json:"notes,omitempty"`
	// FactorKeys are the keys of the rows that the estimate stands on. A row with a
	// region is that of the territory.
	FactorKeys []string `json:"factor_keys"`
	// Factors are these rows, each once. They are the table's, and not to be changed.
	// Many results share them, so they are not in the JSON of each: see [Rows].
	Factors []*factor.Row `json:"-"`
}

// estimation is an estimate in the making.
type estimation struct {
	d         Description
	spec      equipment.Spec
	day       calendar.Day
	rows      *rows
	class     *footprint.Class
	reference profile.Reference
	intensity quantity.Interval[float64] // gCO2e/kWh
	out       Result
}

// Estimate is the footprint of the devices of a description. The error joins all
// its Problems, or says which factor is missing.
func (e *Estimator) Estimate(d Description) (Result, error) {
	if found := d.Problems(e.options.Day); len(found) > 0 {
		errs := make([]error, len(found))
		for i, p := range found {
			errs[i] = p
		}
		return Result{}, errors.Join(errs...)
	}
	d.Count = d.Devices()
	if d.Territory == "" {
		d.Territory = e.options.Territory
	}
	x := &estimation{d: d, spec: d.Spec(), day: e.options.Day}
	x.rows = &rows{table: e.model.Factors(), used: map[*factor.Row]bool{}}
	x.out = Result{Device: d, Day: Date(x.day), Territory: d.Territory}
	if err := x.lookUp(e); err != nil {
		return Result{}, err
	}
	var err error
	if x.out.Energy, err = x.energyOf(); err != nil {
		return Result{}, fmt.Errorf("energy: %w", err)
	}
	l, err := x.lifeOf()
	if err != nil {
		return Result{}, err
	}
	for _, m := range e.options.Methods {
		by, err := x.byMethod(m, l)
		if err != nil {
			return Result{}, fmt.Errorf("method %s: %w", m, err)
		}
		x.out.Methods = append(x.out.Methods, by)
	}
	if x.out.Criteria, err = x.criteria(l); err != nil {
		return Result{}, err
	}
	age := profile.UnknownAge
	if x.out.Age != nil {
		age = *x.out.Age
	}
	x.out.Conformity = x.reference.Conformity(profile.Device{Spec: x.spec, Age: age})
	if x.out.Conformity.Class != profile.ClassNotComparable {
		x.noteReference(x.reference.Profile.Lifetime) // of which "too old" is told
	}
	if e.options.KeepOrReplace {
		if x.out.Keep, err = x.keep(l); err != nil {
			return Result{}, fmt.Errorf("keep or replace: %w", err)
		}
	}
	if p := x.out.Processor; p != nil && p.TDP == nil {
		x.note("The processor %q is not in the table: the category's typical one is taken.", p.Name)
	}
	x.out.Factors = x.rows.list()
	for _, row := range x.out.Factors {
		if n := len(x.out.FactorKeys); n == 0 || x.out.FactorKeys[n-1] != row.Key {
			x.out.FactorKeys = append(x.out.FactorKeys, row.Key)
		}
	}
	return x.out, nil
}

// lookUp finds the product, the electricity and the reference.
func (x *estimation) lookUp(e *Estimator) error {
	var err error
	if x.class, err = e.model.Class(x.spec); err != nil {
		return err
	}
	intensity, err := grid.Intensity(x.rows.table, x.d.Territory, x.day)
	if err != nil {
		return err
	}
	x.rows.add(intensity)
	x.intensity = intensity.Bounds()
	x.reference, err = profile.For(x.rows.table, e.options.Profile, x.d.Territory, x.day)
	return err
}

func (x *estimation) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(x.out.Notes, text) {
		x.out.Notes = append(x.out.Notes, text)
	}
}

// Total is the yearly footprint of the devices of several results, by one method.
type Total struct {
	Method impact.Method `json:"method"`
	// Devices are in the total; LeftOut are those for which the method has no value.
	Devices  int64            `json:"devices"`
	LeftOut  int64            `json:"left_out"`
	Energy   footprint.Energy `json:"energy_wh_per_year"`
	Use      footprint.Mass   `json:"use_gco2e_per_year"`
	Embodied footprint.Mass   `json:"embodied_gco2e_per_year"`
	Total    footprint.Mass   `json:"total_gco2e_per_year"`
	// From is how the total is known, in shares.
	From footprint.Provenance `json:"from"`
}

// Sum adds results up by one method, each as often as there are devices. A device
// of which the method has no value is left out whole, its energy too.
func Sum(method impact.Method, results []Result) Total {
	t := Total{Method: method}
	var figure footprint.Figure
	for i := range results {
		r := &results[i]
		for j := range r.Methods {
			by := &r.Methods[j]
			if by.Method != method {
				continue
			}
			if by.Year == nil {
				t.LeftOut += r.Device.Devices()
				continue
			}
			n := r.Device.Devices()
			t.Devices += n
			figure = figure.Plus(footprint.Figure{Energy: r.Energy.Year, Use: by.Year.Use, Embodied: by.Year.Embodied, MassFrom: by.Year.massFrom}.Times(float64(n)))
		}
	}
	t.Energy, t.Use, t.Embodied, t.Total, t.From = figure.Energy, figure.Use, figure.Embodied, figure.Total(), figure.MassFrom.Shares()
	return t
}
