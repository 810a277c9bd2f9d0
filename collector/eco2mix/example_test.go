package eco2mix_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/ecoparc/ecoparc/collector/eco2mix"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
)

// Before anything was fetched, and where the feed is off, any time has the factor of
// its year.
func ExampleHalfHours_Load() {
	ctx := context.Background()
	s, end := storetest.Temporary(ctx)
	defer end()
	eight := time.Date(2024, 10, 8, 8, 0, 0, 0, time.UTC)
	series, err := eco2mix.Open(s, factor.Default()).Load(ctx, grid.MainlandFrance, eight, eight.Add(time.Hour))
	if err != nil {
		log.Fatal(err)
	}
	mean, err := series.Mean(eight, eight.Add(time.Hour))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f g/kWh (%.1f to %.1f)\n", mean.Intensity.Value, mean.Intensity.Low, mean.Intensity.High)
	fmt.Printf("of half hours known: %.0f %%\n", 100*mean.Adjusted)
	// Output:
	// 44.2 g/kWh (34.5 to 44.2)
	// of half hours known: 0 %
}
