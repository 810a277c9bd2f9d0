package dashboards

import (
	"fmt"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// criterionScales write a criterion in a unit of its size. Damage to health is in
// cases of disease, of which a school causes a few millionths.
func (l *language) criterionScales(c impact.Criterion) []quantity.Scale {
	switch c {
	case impact.Climate:
		return []quantity.Scale{{Unit: "gCO2e", Per: 0.001}, {Unit: "kgCO2e", Per: 1}, {Unit: "tCO2e", Per: 1000}, {Unit: "ktCO2e", Per: 1e6}}
	case impact.Minerals:
		return []quantity.Scale{{Unit: "mg Sb eq", Per: 1e-6}, {Unit: "g Sb eq", Per: 1e-3}, {Unit: "kg Sb eq", Per: 1}, {Unit: "t Sb eq", Per: 1000}}
	case impact.Acidification:
		return []quantity.Scale{{Unit: "mmol H⁺ eq", Per: 1e-3}, {Unit: "mol H⁺ eq", Per: 1}, {Unit: "kmol H⁺ eq", Per: 1000}}
	case impact.Particulates:
		cases := l.say("criterion.cases")
		return []quantity.Scale{{Unit: "× 10⁻⁹ " + cases, Per: 1e-9}, {Unit: "× 10⁻⁶ " + cases, Per: 1e-6}, {Unit: "× 10⁻³ " + cases, Per: 1e-3}, {Unit: cases, Per: 1}}
	case impact.Ionising:
		return []quantity.Scale{{Unit: "Bq U235 eq", Per: 1e-3}, {Unit: "kBq U235 eq", Per: 1}, {Unit: "MBq U235 eq", Per: 1000}, {Unit: "GBq U235 eq", Per: 1e6}}
	case impact.PrimaryEnergy:
		return []quantity.Scale{{Unit: "kJ", Per: 1e-3}, {Unit: "MJ", Per: 1}, {Unit: "GJ", Per: 1000}, {Unit: "TJ", Per: 1e6}}
	}
	return []quantity.Scale{{Unit: c.Unit(), Per: 1}}
}

// criteria are the footprint on each criterion. What no source has a value for is
// "not available", never zero.
func (l *language) criteria(rows []view.CriterionRow) table {
	t := table{Caption: l.say("criteria.title"), Head: []string{l.say("table.criterion"), l.say("table.embodied"), l.say("table.use"), l.say("table.without")}}
	for _, r := range rows {
		scales := l.criterionScales(r.Criterion)
		write := func(v *quantity.Interval[float64]) string {
			if v == nil {
				return l.say("notavailable")
			}
			return between(quantity.Format(*v, scales, l.code))
		}
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("criterion." + string(r.Criterion))}, []string{write(r.Embodied), write(r.Use), orDash(l.categoryList(r.Without))}})
	}
	return t
}

// steps are the footprint by step of the life cycle.
func (l *language) steps(rows []view.StepRow) table {
	t := table{Caption: l.say("steps.title"), Head: []string{l.say("table.step"), l.say("table.total"), l.say("table.without")}}
	for _, r := range rows {
		mass := l.say("notavailable")
		if r.Mass != nil {
			mass = l.massBetween(*r.Mass)
		}
		t.Rows = append(t.Rows, tableRow{link{Text: l.say("step." + string(r.Step))}, []string{mass, orDash(l.categoryList(r.Without))}})
	}
	return t
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// electricity says what a kWh emitted, and what a contract says of it beside.
func (l *language) electricity(e view.Electricity) []term {
	if e.Territory == "" {
		return nil
	}
	terms := []term{{Name: l.say("electricity.territory"), Text: l.territory(e.Territory)}}
	switch e.Label {
	case grid.HalfHourly:
		terms = append(terms, term{Name: l.say("electricity.how"), Text: l.say("electricity.halfhourly")})
	case grid.PartlyHalfHourly:
		terms = append(terms, term{Name: l.say("electricity.how"), Text: l.say("electricity.partly", "share", l.percent(e.Adjusted))})
	default:
		terms = append(terms, term{Name: l.say("electricity.how"), Text: l.say("electricity.yearly")})
	}
	if e.Intensity != nil {
		terms = append(terms, term{Name: l.say("electricity.intensity"), Text: between(quantity.Format(*e.Intensity, []quantity.Scale{{Unit: "gCO2e/kWh", Per: 1}}, l.code))})
	}
	terms = append(terms, term{Name: l.say("figure.energy"), Text: l.energyBetween(e.Energy)})
	if e.Contract != "" || e.ByOffer != nil {
		text := e.Contract
		if e.ByOffer != nil {
			text = l.say("electricity.market.value", "mass", withUnit(quantity.Format(quantity.Exactly(*e.ByOffer), quantity.MassScales, l.code)), "contract", e.Contract)
		}
		terms = append(terms, term{Name: l.say("electricity.market"), Text: text, Mark: l.say("electricity.market.mark")})
	}
	return terms
}

// territory is the name of a territory, or its code where it has none.
func (l *language) territory(code string) string {
	t, err := grid.TerritoryOf(code)
	switch {
	case err != nil:
		return code
	case l.code == quantity.French:
		return fmt.Sprintf("%s (%s)", t.French, code)
	}
	return fmt.Sprintf("%s (%s)", t.English, code)
}
