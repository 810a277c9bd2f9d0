package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// deviceDay is the key of device_days, and of device_months with a month's first day.
type deviceDay struct {
	day calendar.Day
	place
}

// siteDay is the key of site_days and site_months, and of organisation_months with an
// organisation for the site.
type siteDay struct {
	day        calendar.Day
	site       int64
	product    int64
	population equipment.Population
}

var (
	addDeviceDays         = addFacts("device_days", "day", "site", "device")
	addDeviceMonths       = addFacts("device_months", "month", "site", "device")
	addSiteDays           = addFacts("site_days", "day", "site", "product", "population")
	addSiteMonths         = addFacts("site_months", "month", "site", "product", "population")
	addOrganisationMonths = addFacts("organisation_months", "month", "organisation", "product", "population")
	addErasedDays         = addFacts("erased_days", "day", "site", "product", "population")
)

// addFacts adds facts to the rows of a table of sums, and makes those that are
// missing.
func addFacts(table string, keys ...string) kind {
	var sums strings.Builder
	for i, name := range footprint.FactNames {
		if i > 0 {
			sums.WriteString(", ")
		}
		fmt.Fprintf(&sums, "%[1]s = %[2]s.%[1]s + excluded.%[1]s", name, table)
	}
	key, width := strings.Join(keys, ", "), len(keys)+footprint.FactCount
	return kind{name: table, width: width, most: 64, before: fmt.Sprintf("INSERT INTO %s (%s, %s) VALUES ", table, key, factColumns), row: marks(width),
		after: fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s", key, &sums)}
}

// add adds facts to the sums of the device's and the site's day.
func (f *filing) add(d Device, day footprint.DayFacts) {
	sum(f.devices, deviceDay{day.Day, place{d.Site, d.ID}}, day.Facts)
	sum(f.sites, siteDay{day.Day, d.Site, d.Product, d.Population}, day.Facts)
}

func sum[K comparable](sums map[K]*footprint.Facts, key K, facts footprint.Facts) {
	s := sums[key]
	if s == nil {
		s = new(footprint.Facts)
		sums[key] = s
	}
	s.Add(facts)
}

// allZero is SQL for a row of facts that says nothing.
var allZero = strings.Join(footprint.FactNames[:], " = 0 AND ") + " = 0"

func negative(f footprint.Facts) footprint.Facts {
	for _, n := range f.Fields() {
		*n = -*n
	}
	return f
}

// flush writes the sums gathered so far, at every level, in the order of the keys:
// so do others that write at the same time, and nobody waits for each other.
func (f *filing) flush() error {
	deviceMonths := map[deviceDay]*footprint.Facts{}
	for k, facts := range f.devices {
		sum(deviceMonths, deviceDay{k.day.Month(), k.place}, *facts)
	}
	siteMonths, organisationMonths := map[siteDay]*footprint.Facts{}, map[siteDay]*footprint.Facts{}
	for k, facts := range f.sites {
		k.day = k.day.Month()
		sum(siteMonths, k, *facts)
		organisation, err := f.organisationOf(k.site)
		if err != nil {
			return err
		}
		k.site = organisation
		sum(organisationMonths, k, *facts)
	}
	for _, write := range []error{
		writeSums(f, addDeviceDays, f.devices), writeSums(f, addDeviceMonths, deviceMonths),
		writeSums(f, addSiteDays, f.sites), writeSums(f, addSiteMonths, siteMonths), writeSums(f, addOrganisationMonths, organisationMonths),
	} {
		if write != nil {
			return write
		}
	}
	clear(f.devices)
	clear(f.sites)
	return nil
}

// sumKey is the key of a table of sums.
type sumKey[K any] interface {
	comparable
	compare(K) int
	args() []any
}

func (k deviceDay) compare(o deviceDay) int {
	return cmp.Or(cmp.Compare(k.day, o.day), cmp.Compare(k.site, o.site), cmp.Compare(k.device, o.device))
}

func (k deviceDay) args() []any { return []any{int64(k.day), k.site, k.device} }

func (k siteDay) compare(o siteDay) int {
	return cmp.Or(cmp.Compare(k.day, o.day), cmp.Compare(k.site, o.site), cmp.Compare(k.product, o.product), cmp.Compare(k.population, o.population))
}

func (k siteDay) args() []any { return []any{int64(k.day), k.site, k.product, string(k.population)} }

func writeSums[K sumKey[K]](f *filing, to kind, sums map[K]*footprint.Facts) error {
	args := make([]any, 0, len(sums)*to.width)
	for _, key := range slices.SortedFunc(maps.Keys(sums), K.compare) {
		args = appendFacts(append(args, key.args()...), sums[key])
	}
	if err := f.exec(to, args); err != nil {
		return fmt.Errorf("cannot add to %s: %w", to.name, err)
	}
	return nil
}

// organisationOf is whose a site is.
func (f *filing) organisationOf(site int64) (int64, error) {
	if organisation, known := f.organisations[site]; known {
		return organisation, nil
	}
	var organisation int64
	if err := f.tx.QueryRowContext(f.ctx, "SELECT organisation FROM sites WHERE id = ?", site).Scan(&organisation); err != nil {
		return 0, fmt.Errorf("cannot find the organisation of site %d: %w", site, err)
	}
	f.organisations[site] = organisation
	return organisation, nil
}

func appendFacts(args []any, facts *footprint.Facts) []any {
	for _, field := range facts.Fields() {
		args = append(args, *field)
	}
	return args
}
