package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
)

type deviceDay struct {
	device int64
	day    calendar.Day
}

type siteDay struct {
	site       int64
	day        calendar.Day
	product    int64
	population equipment.Population
}

// add adds facts to the sums of the device's and the site's day.
func (f *filing) add(d Device, day footprint.DayFacts) {
	key := deviceDay{d.ID, day.Day}
	if f.devices[key] == nil {
		f.devices[key] = new(footprint.Facts)
	}
	f.devices[key].Add(day.Facts)
	f.addToSite(siteDay{d.Site, day.Day, d.Product, d.Population}, day.Facts)
}

func (f *filing) addToSite(key siteDay, facts footprint.Facts) {
	if f.sites[key] == nil {
		f.sites[key] = new(footprint.Facts)
	}
	f.sites[key].Add(facts)
}

// allZero is SQL for a row of facts that says nothing.
var allZero = strings.Join(footprint.FactNames[:], " = 0 AND ") + " = 0"

func negative(f footprint.Facts) footprint.Facts {
	for _, n := range f.Fields() {
		*n = -*n
	}
	return f
}

func (f *filing) close() error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.writeRevisions()
}

// flush writes the sums gathered so far.
func (f *filing) flush() error {
	devices := make([]deviceDay, 0, len(f.devices))
	for key := range f.devices {
		devices = append(devices, key)
	}
	slices.SortFunc(devices, func(a, b deviceDay) int {
		return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.day, b.day))
	})
	args := make([]any, 0, len(devices)*addDeviceDays.width)
	for _, key := range devices {
		args = appendFacts(append(args, key.device, int64(key.day)), f.devices[key])
	}
	if err := f.exec(addDeviceDays, args); err != nil {
		return fmt.Errorf("cannot add to device_days: %w", err)
	}
	args = args[:0]
	for key, facts := range f.sites {
		args = appendFacts(append(args, key.site, int64(key.day), key.product, string(key.population)), facts)
	}
	if err := f.exec(addSiteDays, args); err != nil {
		return fmt.Errorf("cannot add to site_days: %w", err)
	}
	clear(f.devices)
	clear(f.sites)
	return nil
}

func appendFacts(args []any, facts *footprint.Facts) []any {
	for _, field := range facts.Fields() {
		args = append(args, *field)
	}
	return args
}
