package grid

import (
	"errors"
	"fmt"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// MarketBased is what a supply contract says that a kWh emits. It can be written
// beside a figure, never instead of it: its number cannot be read back, its mass
// is of a type of its own, and no model takes either.
type MarketBased struct {
	kgPerKWh float64
	contract string
	source   string
	period   calendar.Period
}

// MarketGrams is a mass of CO2 equivalent by contract, in g: not what the grid
// emitted, and not to be added to it.
type MarketGrams float64

const highestKgPerKWh = HighestDirect / 1000.0

// NewMarketBased records what a contract says of a period, in kgCO2e/kWh. All
// problems are told at once.
func NewMarketBased(kgPerKWh float64, contract, source string, period calendar.Period) (MarketBased, error) {
	var problems []error
	if !(kgPerKWh >= 0 && kgPerKWh <= highestKgPerKWh) {
		problems = append(problems, fmt.Errorf("%v kgCO2e/kWh: 0 to %v are possible", kgPerKWh, highestKgPerKWh))
	}
	if contract == "" || source == "" {
		problems = append(problems, errors.New("the contract and the source of its figure are both needed"))
	}
	if period.Days() <= 0 {
		problems = append(problems, fmt.Errorf("the period from %s to %s has no day", period.From, period.To))
	}
	if len(problems) > 0 {
		return MarketBased{}, errors.Join(problems...)
	}
	return MarketBased{kgPerKWh, contract, source, period}, nil
}

// Beside is what energy emits according to the contract, for showing.
func (m MarketBased) Beside(energy quantity.Interval[quantity.WattHours]) quantity.Interval[MarketGrams] {
	return quantity.As[MarketGrams](energy.Times(m.kgPerKWh))
}

// Period is when the contract holds.
func (m MarketBased) Period() calendar.Period { return m.period }

// String names the figure with its contract, period and source.
func (m MarketBased) String() string {
	return fmt.Sprintf("market-based: %v kgCO2e/kWh, %s, from %s to %s (%s)", m.kgPerKWh, m.contract, m.period.From, m.period.To-1, m.source)
}
