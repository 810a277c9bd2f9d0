// Package grid gives the carbon intensity of electricity: how many grams of CO2
// equivalent a kWh stands for, by territory and year, over the life cycle of
// the power stations. Location-based: what the grid emits, not what a contract
// says ([MarketBased] is shown beside it, and cannot be computed with).
//
// # By half hour
//
// A [Series] follows the year through its half hours. What is known by half hour
// is RTE's taux_co2 d(t): what burning emits per kWh produced in mainland France,
// without the making of fuels and power stations, and without imports. It is about
// half of the life-cycle factor F of the year, so it cannot stand beside it. It is
// adjusted, with D the mean of d over the reference year:
//
//	additive  a(t) = d(t) + (F - D)    what is not burnt at the station is constant
//	ratio     r(t) = d(t) x F / D      it grows with what is burnt
//
// Both give the year its factor F exactly: over a year a(t) and r(t) average to F.
// The value is the additive one: what d leaves out is mostly the fuel cycle and the
// building of nuclear, hydro, wind and solar stations, which supply most of the kWh
// at any time; only the upstream of gas, coal and oil goes with d. In a year of
// F = 44 and D = 22, a quiet night of 10 g is 32 g by the first and 20 g by the
// second, an evening of 80 g is 102 g and 160 g. As the truth lies in between, the
// interval spans both, times the interval of F: it is wider than the year's for one
// half hour, and closes to the year's over a whole year.
//
// The reference year is the UTC calendar year when it is over, else the twelve
// months before the latest half hour, so that a winter alone does not pass for a
// year. When less than nine tenths of it are known, or F is not above D, and in any
// gap, the factor of the year stands, and the answer says for what share.
package grid

import (
	"errors"
	"fmt"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// ErrNoFactor says that no row gives the electricity of a territory on a day.
var ErrNoFactor = errors.New("no factor electricity")

// Intensity is the row for a territory on a day, in gCO2e/kWh over the life
// cycle. The error is ErrNoFactor, and says what an administrator can do: the
// electricity of another territory is never taken instead.
func Intensity(t *factor.Table, region string, d calendar.Day) (*factor.Row, error) {
	row, err := t.Find("electricity", region, d.UTC())
	if err == nil {
		return row, nil
	}
	territory, unknown := TerritoryOf(region)
	if unknown != nil {
		return nil, fmt.Errorf("%w for region %q on %s: %w", ErrNoFactor, region, d, unknown)
	}
	return nil, fmt.Errorf("%w for region %q on %s: add a row for %s, with its source, to the factor overrides", ErrNoFactor, region, d, territory.French)
}

// Emissions is the CO2 equivalent of energy at an intensity in gCO2e/kWh.
func Emissions(energy quantity.Interval[quantity.WattHours], intensity quantity.Interval[float64]) quantity.Interval[quantity.Grams] {
	return quantity.Product[quantity.Grams](energy, intensity.Times(1.0/1000))
}

// Other is the row of a kWh for a criterion besides climate change. An error says
// that it is not available there: absent is never zero.
func Other(t *factor.Table, c impact.Criterion, region string, d calendar.Day) (*factor.Row, error) {
	row, err := t.Find("electricity."+string(c), region, d.UTC())
	if err != nil {
		return nil, fmt.Errorf("not available: %w", err)
	}
	return row, nil
}
