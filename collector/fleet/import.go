package fleet

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// ImportOptions say what a list leaves out, and what is to be done with it.
type ImportOptions struct {
	Organisation int64                // whose devices they are
	Site         int64                // where all of them are; 0: each line says where
	Category     equipment.Category   // of new devices whose line names none
	Population   equipment.Population // likewise
	Purchased    calendar.Day         // likewise; 0: a line needs a date
	Serials      registry.Serials
	// ForgetSerials first forgets the serial numbers that were hashed under another key.
	ForgetSerials bool
	DryRun        bool   // tell what would change, and change nothing
	Source        string // of the list, for the audit log
}

// Change is what a line of a list does to the fleet.
type Change struct {
	Line    int
	Device  string // its name; of a dry run's new devices empty
	Label   string
	Outcome string   // as registry.Added
	What    []string // what changes, in words
	// Site, Category, Maker and Model are the device's, with the line taken into account.
	Site         int64
	Category     equipment.Category
	Maker, Model string
}

// Summary counts changes by their outcome.
func Summary(changes []Change) string {
	count := map[string]int{}
	for _, c := range changes {
		count[c.Outcome]++
	}
	return fmt.Sprintf("%d added, %d changed, %d unchanged", count[registry.Added], count[registry.Changed], count[registry.Unchanged])
}

// asNew is a device that no agent and no earlier list has told of.
func (f *Fleet) asNew(ctx context.Context, tx *sql.Tx, e purchase.Entry, site int64, o ImportOptions) (registry.NewDevice, error) {
	if e.Category == "" {
		e.Category = o.Category
	}
	if e.Population == "" {
		e.Population = o.Population
	}
	if e.Category == equipment.Server {
		e.Population = equipment.Infrastructure
	}
	if e.Purchased == 0 {
		e.Purchased = o.Purchased
	}
	var errs []string
	if !slices.Contains(equipment.Categories, e.Category) {
		errs = append(errs, "a category is needed, in a column or by --category")
	}
	if !slices.Contains(equipment.Populations, e.Population) {
		errs = append(errs, "a population is needed, in a column or by --population")
	}
	if e.Purchased == 0 {
		errs = append(errs, "a purchase date is needed, in a column or by --purchased")
	}
	if e.Gone && e.Retired == 0 {
		errs = append(errs, "its status says that it has left, but not when: give the day in a column \"retired\", or leave the line out")
	}
	if len(errs) > 0 {
		return registry.NewDevice{}, registry.Refuse("%s", strings.Join(errs, "; "))
	}
	n := registry.NewDevice{
		Site: site, Category: e.Category, Population: e.Population, Label: e.Label, InService: e.Purchased.Start(f.where),
		Purchase: registry.Purchase{ScreenIn: e.ScreenIn, WeightKg: e.WeightKg, PriceCents: e.PriceCents, Acquisition: e.Acquisition, Serial: o.Serials.Hash(e.Serial)},
	}
	describe(&n.Inventory, e)
	n.Inventory.Category = string(e.Category)
	if e.Retired != 0 {
		var err error
		if n.Retired, err = f.endOfService(ctx, tx, registry.Device{InService: n.InService}, e.Retired); err != nil {
			return registry.NewDevice{}, err
		}
		n.Purchase.RetiredTo = e.RetiredTo
	}
	return n, nil
}

// changed is a known device with what a line says of it, and what is new in words.
func (f *Fleet) changed(ctx context.Context, tx *sql.Tx, d registry.Device, e purchase.Entry, site int64, o ImportOptions) (registry.Device, []string, error) {
	var what []string
	was := d
	if d.Site != site {
		d.Site = site
		what = append(what, fmt.Sprintf("moves from site %d to site %d", was.Site, site))
	}
	set(&what, "label", &d.Label, e.Label)
	if e.Population != "" && d.Category != equipment.Server {
		set(&what, "population", &d.Population, e.Population)
	}
	if !d.HasAgent { // an agent knows better what it runs on
		if e.Category != "" && e.Category != d.Category {
			set(&what, "category", &d.Category, e.Category)
		}
		if describe(&d.Inventory, e) {
			what = append(what, "description")
		}
		d.Inventory.Category = string(d.Category)
	}
	set(&what, "screen", &d.Purchase.ScreenIn, e.ScreenIn)
	set(&what, "weight", &d.Purchase.WeightKg, e.WeightKg)
	set(&what, "price", &d.Purchase.PriceCents, e.PriceCents)
	set(&what, "acquisition", &d.Purchase.Acquisition, e.Acquisition)
	if d.Purchase.Serial == nil && e.Serial != "" {
		d.Purchase.Serial = o.Serials.Hash(e.Serial)
		what = append(what, "serial number")
	}
	if e.Purchased != 0 && (!d.InService.Equal(e.Purchased.Start(f.where)) || d.InServiceFrom != registry.FromPurchase) {
		d.InService, d.InServiceFrom = e.Purchased.Start(f.where).UTC(), registry.FromPurchase
		what = append(what, fmt.Sprintf("bought on %s (was %s, by %s)", e.Purchased, calendar.DayOf(was.InService, f.where), was.InServiceFrom))
		if err := f.keepInService(ctx, tx, &d); err != nil {
			return d, nil, err
		}
		if !d.Retired.IsZero() && d.Retired.Before(d.InService) {
			return d, nil, registry.Refuse("bought on %s, after it was retired on %s", e.Purchased, calendar.DayOf(d.Retired, f.where))
		}
	}
	if e.Gone && e.Retired == 0 && d.Retired.IsZero() {
		return d, nil, registry.Refuse("its status says that it has left, but not when: give the day in a column \"retired\", or retire %s", d.Name)
	}
	if e.Retired != 0 && !retiredOn(d, e.Retired, f.where) {
		at, err := f.endOfService(ctx, tx, d, e.Retired)
		if err != nil {
			return d, nil, err
		}
		d.Retired = at
		what = append(what, fmt.Sprintf("retired on %s", e.Retired))
	}
	if e.Gone {
		set(&what, "where it went", &d.Purchase.RetiredTo, e.RetiredTo)
	}
	return d, what, nil
}

// set takes over what is given and new.
func set[T comparable](what *[]string, name string, into *T, given T) {
	var none T
	if given != none && given != *into {
		*into = given
		*what = append(*what, name)
	}
}
