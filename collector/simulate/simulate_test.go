package simulate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/simulate"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// now is early in a school year, so that there is little of it to simulate, after
// a day of 25 hours and two school days, of which windows are kept.
var now = time.Date(2026, 11, 5, 13, 0, 0, 0, time.UTC)

type collector struct {
	registry *registry.Registry
	ledger   *ledger.Ledger
	store    *store.Store
	where    *time.Location
}

func open(t testing.TB) *collector {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{registry.Open(s), ledger.Open(s, where, false), s, where}
	t.Cleanup(func() { c.ledger.Close(); s.Close() })
	return c
}

func (c *collector) plan(seed uint64) simulate.Plan {
	return simulate.Plan{Name: "Région simulée", Seed: seed, Colleges: 2, Years: 1, Now: now, Where: c.where}
}

// simulated makes a region and returns how its progress was told.
func (c *collector) simulated(t testing.TB, p simulate.Plan) (told [][2]int) {
	t.Helper()
	err := simulate.Region(t.Context(), c.registry, c.ledger, p, func(done, all int) { told = append(told, [2]int{done, all}) })
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// fleet describes every device and every day of a store, without the random
// names.
func (c *collector) fleet(t testing.TB) []string {
	t.Helper()
	rows, err := c.store.Read.Query(`SELECT s.name || s.kind || s.zone || s.pupils || d.category || d.population || d.label || d.inventory || d.in_service
		|| coalesce(d.last_seen, '-') || (d.secret_sha256 IS NULL) || coalesce(day || ',' || ` + strings.Join(footprint.FactNames[:], " || ',' || ") + `, '')
		FROM devices d JOIN sites s ON s.id = d.site LEFT JOIN device_days x ON x.device = d.id ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSameSeedMakesTheSameRegion(t *testing.T) {
	a, b := open(t), open(t)
	a.simulated(t, a.plan(7))
	b.simulated(t, b.plan(7))
	first, second := a.fleet(t), b.fleet(t)
	if len(first) < 1000 || !slices.Equal(first, second) {
		t.Errorf("%d and %d lines differ", len(first), len(second))
	}
	// Made again it is the same, and not a second one.
	if told := a.simulated(t, a.plan(7)); len(told) > 0 || !slices.Equal(a.fleet(t), first) {
		t.Errorf("the second time it told %v and changed the region", told)
	}
	c := open(t)
	c.simulated(t, c.plan(8))
	if slices.Equal(c.fleet(t), first) {
		t.Error("another seed makes the same region")
	}
}

// A run that is stopped, as by Ctrl-C in the middle of quickstart, is finished by
// the next one.
func TestStoppedSimulationIsFinishedTheNextTime(t *testing.T) {
	whole, c := open(t), open(t)
	whole.simulated(t, whole.plan(7))
	ctx, cancel := context.WithCancel(t.Context())
	stop := func(_, _ int) { cancel() } // after the first school
	if err := simulate.Region(ctx, c.registry, c.ledger, c.plan(7), stop); !errors.Is(err, context.Canceled) {
		t.Fatalf("the stopped run ends with %v", err)
	}
	// And as by a power cut between a school's devices and their past.
	if _, err := c.store.Write.Exec("DELETE FROM device_windows; DELETE FROM device_days; DELETE FROM device_months; DELETE FROM site_days; DELETE FROM site_months; DELETE FROM organisation_months; DELETE FROM site_hours"); err != nil {
		t.Fatal(err)
	}
	told := c.simulated(t, c.plan(7))
	if !slices.Equal(c.fleet(t), whole.fleet(t)) {
		t.Errorf("the region differs from one made at once; it told %v", told)
	}
}

func TestProgressIsToldToTheEnd(t *testing.T) {
	c := open(t)
	told := c.simulated(t, c.plan(1))
	var devices int
	if err := c.store.Read.QueryRow("SELECT count(*) FROM devices").Scan(&devices); err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || told[0][0] >= told[1][0] || told[1] != [2]int{devices, devices} || told[0][1] != devices {
		t.Errorf("told %v of %d devices", told, devices)
	}
}

func TestEverythingMadeIsMarkedAsSimulated(t *testing.T) {
	c := open(t)
	c.simulated(t, c.plan(1))
	organisations, sites, devices, err := c.registry.Organisations(t.Context())
	if err != nil || len(organisations) != 1 || !organisations[0].Simulated || sites[organisations[0].ID] != 2 || devices[organisations[0].ID] < 200 {
		t.Errorf("made are %+v with %v sites and %v devices, %v", organisations, sites, devices, err)
	}
	// A real organisation of that name is left alone.
	d := open(t)
	if _, err := d.registry.AddOrganisation(t.Context(), "Région simulée", false); err != nil {
		t.Fatal(err)
	}
	if err := simulate.Region(t.Context(), d.registry, d.ledger, d.plan(1), func(int, int) {}); err == nil || !strings.Contains(err.Error(), "real") {
		t.Errorf("the error is %v", err)
	}
	if all := d.fleet(t); len(all) > 0 {
		t.Errorf("%d devices were added to a real organisation", len(all))
	}
}

// Simulated repairs are such as could be recorded, and worse products have more.
func TestSimulatedRepairsAreOnesThatCouldBeRecorded(t *testing.T) {
	c := open(t)
	c.simulated(t, c.plan(1))
	sites, err := c.registry.Sites(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	repairs, broken, priced := 0, 0, 0
	for _, s := range sites {
		devices, err := c.registry.Devices(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range devices {
			all, err := c.registry.Repairs(t.Context(), d.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range all {
				left := now
				if !d.Retired.IsZero() {
					left = d.Retired
				}
				if err := r.Check(); err != nil || r.On < calendar.DayOf(d.InService, c.where) || r.On > calendar.DayOf(left, c.where) {
					t.Errorf("%s: %+v, %v", d.Label, r, err)
				}
				repairs++
				if r.Outcome == registry.NotRepairable {
					broken++
				}
				if r.CostCents > 0 {
					priced++
				}
			}
		}
	}
	if repairs < 20 || broken == 0 || priced < repairs/2 {
		t.Errorf("%d repairs, %d in vain, %d with a price", repairs, broken, priced)
	}
}

// A simulated window must be one that an agent could have sent, and a simulated
// day one that can be: otherwise the demonstration shows what no fleet shows.
func TestSimulatedPastIsOneThatCouldBeReported(t *testing.T) {
	c := open(t)
	c.simulated(t, c.plan(3))
	sites, err := c.registry.Sites(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	windows, days, metered, running := 0, 0, 0, 0
	for _, s := range sites {
		c.sameByTheHour(t, s.ID)
		devices, err := c.registry.Devices(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range devices {
			r := report.Report{Schema: report.Schema, Device: d.Name, Agent: "simulated", Inventory: &d.Inventory}
			r.Inventory.Meters = append([]report.Meter{}, r.Inventory.Meters...)
			if r.Windows, err = c.ledger.Windows(t.Context(), d.ID, time.Unix(0, 0), now); err != nil {
				t.Fatal(err)
			}
			for part := range slices.Chunk(r.Windows, report.MaxWindows) {
				one := r
				one.Windows = part
				if err := one.Validate(now); err != nil {
					t.Fatalf("%s %s: %v", s.Name, d.Label, err)
				}
				windows += len(part)
			}
			past, err := c.ledger.Days(t.Context(), d.ID, calendar.Period{To: calendar.DayOf(now, c.where) + 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, day := range past {
				if err := c.possible(day, d); err != nil {
					t.Fatalf("%s %s on %s: %v", s.Name, d.Label, day.Day, err)
				}
				days++
				metered += int(min(1, day.Facts.MeteredMs))
				running += int(min(1, day.Facts.RunningMs()))
			}
		}
	}
	if windows < 1000 || days < 5_000 || metered == 0 || running == 0 {
		t.Errorf("%d windows and %d days, %d metered, %d running: too few to be of use", windows, days, metered, running)
	}
}

// sameByTheHour checks that the hours of a school add up to its days, those of the
// school year.
func (c *collector) sameByTheHour(t *testing.T, site int64) {
	t.Helper()
	all, err := c.ledger.Hours(t.Context(), site, calendar.Period{To: calendar.DayOf(now, c.where) + 1})
	if err != nil || len(all) < 20 {
		t.Fatalf("%d days are known by the hour, %v", len(all), err)
	}
	var hours, months footprint.Facts
	for _, day := range all {
		for _, g := range day.Hours.Groups() {
			for _, facts := range day.Hours[g] {
				hours.Add(facts)
			}
		}
	}
	known, err := c.ledger.Months(t.Context(), 1, site, calendar.Period{From: all[0].Day, To: all[len(all)-1].Day + 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range known {
		months.Add(m.Facts.Energetic())
	}
	if hours != months {
		t.Errorf("the hours add up to %+v, the days to %+v", hours, months)
	}
}

// possible tells what is wrong with a day of a device.
func (c *collector) possible(day footprint.DayFacts, d registry.Device) error {
	f := day.Facts
	length := (day.Day + 1).Start(c.where).Sub(day.Day.Start(c.where)).Milliseconds()
	for i, n := range f.Fields() {
		if *n < 0 {
			return fmt.Errorf("%s is %d", footprint.FactNames[i], *n)
		}
	}
	switch watts := float64(f.Metered) / 1000 / float64(f.MeteredMs); {
	case f.KnownMs() != length:
		return fmt.Errorf("%d ms are known of %d", f.KnownMs(), length)
	case f.CPUBusyMs > f.CPUCapacityMs:
		return fmt.Errorf("%d ms busy of %d", f.CPUBusyMs, f.CPUCapacityMs)
	case f.MeteredMs > 0 && (d.Category != equipment.Laptop || watts < 5 || watts > 15):
		return fmt.Errorf("a %s is metered at %.1f W", d.Category, watts)
	case day.Day.Start(c.where).Before(d.InService.Add(-24 * time.Hour)):
		return errors.New("it was not bought yet")
	case math.IsNaN(watts) && f.Metered > 0:
		return errors.New("energy in no time")
	}
	return nil
}
