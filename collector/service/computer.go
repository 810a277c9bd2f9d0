package service

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ecoparc/ecoparc/collector/answers"
	"github.com/ecoparc/ecoparc/collector/calibrate"
	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/eco2mix"
	"github.com/ecoparc/ecoparc/collector/figures"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/power"
)

// computer computes as a configuration says.
func computer(c config.Config, r *registry.Registry, l *ledger.Ledger, clock func() time.Time) (*figures.Figures, error) {
	where, factors, territory := c.Location(), c.Factors(), c.Electricity.Territory
	if _, err := grid.Intensity(factors, territory, calendar.DayOf(clock(), where)); err != nil {
		return nil, fmt.Errorf("cannot compute for electricity.territory: %w", err)
	}
	model, err := footprint.New(factors, footprint.Options{
		Territory: territory, Method: impact.Method(c.Method), Room: grid.Room(c.Electricity.Room), Terms: calendar.Default(), Where: where,
	})
	if err != nil {
		return nil, err
	}
	f := figures.New(r, l, model, where, clock)
	f.OpenFrom(c.Opening)
	contract, recorded, err := c.Electricity.MarketBased.Figure()
	if recorded {
		f.RecordMarketBased(contract)
	}
	return f, err
}

// calibrateWith lets metered devices teach a computer.
func calibrateWith(ctx context.Context, c config.Config, f *figures.Figures, r *registry.Registry, l *ledger.Ledger, now time.Time) error {
	learn := func(simulated bool) (map[string]*power.Calibrated, error) {
		return calibrate.Learn(ctx, r, l, c.Factors(), simulated, now)
	}
	ofReal, err := learn(false)
	if err != nil {
		return err
	}
	ofSimulated, err := learn(true)
	if err != nil {
		return err
	}
	return f.Calibrate(ofReal, ofSimulated)
}

// Recompute computes the overviews of all large organisations anew and keeps them, beside
// a collector that may be running, and returns how many.
func Recompute(ctx context.Context, c config.Config, s *store.Store, tell func(answers.Step)) (int, error) {
	r, l := registry.Open(s), ledger.Open(s, c.Location(), false)
	defer l.Close()
	f, err := computer(c, r, l, time.Now)
	if err != nil {
		return 0, err
	}
	if c.Electricity.Eco2mix.Enabled {
		f.FollowElectricity(eco2mix.Open(s, c.Factors()).Load)
	}
	if err := calibrateWith(ctx, c, f, r, l, time.Now()); err != nil {
		return 0, err
	}
	a, err := answers.New(ctx, f, s, time.Now, slog.Default())
	if err != nil {
		return 0, err
	}
	return a.Recompute(ctx, tell)
}
