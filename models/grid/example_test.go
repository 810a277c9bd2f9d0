package grid_test

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// The same kWh in two territories.
func ExampleIntensity() {
	kWh := quantity.Exactly(quantity.WattHours(1000))
	for _, code := range []string{"FR", "FR-974", "FR-BL"} {
		row, err := grid.Intensity(factor.Default(), code, calendar.Date(2024, 5, 1))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %.0f g\n", code, grid.Emissions(kWh, row.Bounds()).Value)
	}
	// Output:
	// FR: 44 g
	// FR-974: 573 g
	// no factor electricity for region "FR-BL" on 2024-05-01: add a row for Saint-Barthélemy, with its source, to the factor overrides
}

// A year in which twice as much is burnt by day as by night.
func ExampleSeries_Mean() {
	var known []grid.Direct
	for h := grid.HalfHourOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)); h.Start().Year() == 2024; h++ {
		burnt := 14.0
		if hour := h.Start().Hour(); hour >= 6 && hour < 18 {
			burnt = 28
		}
		known = append(known, grid.Direct{At: h, GPerKWh: burnt})
	}
	s, err := grid.NewSeries(factor.Default(), grid.MainlandFrance, known)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, hour := range []int{3, 9} {
		at := time.Date(2024, 5, 1, hour, 0, 0, 0, time.UTC)
		m, err := s.Mean(at, at.Add(time.Hour))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d h: %.0f g (%.0f to %.0f), %s\n", hour, m.Intensity.Value, m.Intensity.Low, m.Intensity.High, m.Label())
	}
	// Output:
	// 3 h: 37 g (23 to 37), half-hourly, adjusted to life cycle
	// 9 h: 51 g (40 to 59), half-hourly, adjusted to life cycle
}
