package config

import (
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/collector/eco2mix"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Electricity says which grid the schools are on, and how closely it is followed.
type Electricity struct {
	Territory   string         `yaml:"territory"` // a code of grid.Territories
	Eco2mix     eco2mix.Config `yaml:"eco2mix"`
	MarketBased MarketBased    `yaml:"market_based"`
	// Room is where servers stand, one of grid.Rooms: its cooling is theirs.
	Room string `yaml:"room"`
}

// MarketBased is what a supply contract says that a kWh emits: recorded to be shown
// beside the figures, in which it has no part.
type MarketBased struct {
	KgPerKWh float64 `yaml:"kg_per_kwh"` // kgCO2e
	Contract string  `yaml:"contract"`
	Source   string  `yaml:"source"`
	From     string  `yaml:"from"` // its first day
	To       string  `yaml:"to"`   // its last day
}

func defaultElectricity() Electricity {
	return Electricity{Territory: grid.MainlandFrance, Eco2mix: eco2mix.Default(), Room: string(grid.ServerRoom)}
}

func (e *Electricity) validate(doc *strictyaml.Document, key string) {
	if _, err := grid.TerritoryOf(e.Territory); err != nil {
		doc.Problem(key+".territory", "%v", err)
	}
	if !slices.Contains(grid.Rooms, grid.Room(e.Room)) {
		doc.Problem(key+".room", "is %q; allowed are %q", e.Room, grid.Rooms)
	}
	e.Eco2mix.Validate(doc, key+".eco2mix", e.Territory)
	if _, _, err := e.MarketBased.Figure(); err != nil {
		doc.Problem(key+".market_based", "%v", err)
	}
}

// timeZone is the territory's, UTC when there is none: then that is an error.
func (e *Electricity) timeZone() string {
	territory, err := grid.TerritoryOf(e.Territory)
	if err != nil {
		return "UTC"
	}
	return territory.TimeZone
}

// Figure is the market-based figure, false where none is recorded.
func (m MarketBased) Figure() (figure grid.MarketBased, recorded bool, err error) {
	if m == (MarketBased{}) {
		return grid.MarketBased{}, false, nil
	}
	from, err := calendar.ParseDay(m.From)
	if err != nil {
		return grid.MarketBased{}, false, fmt.Errorf("from: %w", err)
	}
	to, err := calendar.ParseDay(m.To)
	if err != nil {
		return grid.MarketBased{}, false, fmt.Errorf("to: %w", err)
	}
	figure, err = grid.NewMarketBased(m.KgPerKWh, m.Contract, m.Source, calendar.Period{From: from, To: to + 1})
	return figure, err == nil, err
}
