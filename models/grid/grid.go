// Package grid gives the carbon intensity of electricity: how many grams of CO2
// equivalent a kWh stands for, by territory and year, over the life cycle of
// the power stations. Location-based: what the grid emits, not what a contract
// says.
package grid

import (
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// MainlandFrance is the region of the shipped factors.
const MainlandFrance = "FR"

// Intensity is the row for a territory on a day, in gCO2e/kWh. The error says
// that Ecoparc has no factor for this territory.
func Intensity(t *factor.Table, region string, d calendar.Day) (*factor.Row, error) {
	return t.Find("electricity", region, d.UTC())
}

// Emissions is the CO2 equivalent of energy at an intensity in gCO2e/kWh.
func Emissions(energy quantity.Interval[quantity.WattHours], intensity quantity.Interval[float64]) quantity.Interval[quantity.Grams] {
	return quantity.Product[quantity.Grams](energy, intensity.Times(1.0/1000))
}
