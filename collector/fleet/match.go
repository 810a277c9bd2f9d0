package fleet

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// matcher finds the site and the device that a line of a list means.
type matcher struct {
	options ImportOptions
	sites   map[string]int64 // by name and by UAI, in capitals; 0: two sites have it
	taken   map[int64]int    // the line that a device was found for
	// byLabel are the devices of a site by label; a site is read when a line first
	// names it, and kept up to date with what the list has done since.
	byLabel map[int64]map[string][]registry.Device
	lines   map[place][]purchase.Entry // the lines so far
	// bySerial are the devices with the serial numbers of the list, kept up to date too.
	bySerial map[string][]registry.Device
}

// place is a label at a site.
type place struct {
	site  int64
	label string
}

func newMatcher(ctx context.Context, tx *sql.Tx, entries []purchase.Entry, o ImportOptions) (*matcher, error) {
	m := &matcher{options: o, sites: map[string]int64{}, taken: map[int64]int{}, byLabel: map[int64]map[string][]registry.Device{}, lines: map[place][]purchase.Entry{}}
	var simulated bool
	if err := tx.QueryRowContext(ctx, "SELECT simulated FROM organisations WHERE id = ?", o.Organisation).Scan(&simulated); err != nil {
		return nil, fmt.Errorf("organisation %d: %w", o.Organisation, err)
	}
	if simulated {
		return nil, registry.Refuse("organisation %d is simulated: real devices stay out of it", o.Organisation)
	}
	if o.Site != 0 {
		if err := registry.SiteIsOpen(ctx, tx, o.Site); err != nil {
			return nil, err
		}
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, name, coalesce(uai, '') FROM sites WHERE organisation = ? AND closed IS NULL", o.Organisation)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name, uai string
		if err := rows.Scan(&id, &name, &uai); err != nil {
			return nil, err
		}
		for _, key := range []string{name, uai} {
			if key = sameText(key); key == "" {
				continue
			}
			if other, known := m.sites[key]; known && other != id {
				id = 0
			}
			m.sites[key] = id
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return m, m.readSerials(ctx, tx, entries)
}

// readSerials finds the devices that have one of the list's serial numbers, by what a
// list said before or what their agents tell. Those that are to be forgotten find none.
func (m *matcher) readSerials(ctx context.Context, tx *sql.Tx, entries []purchase.Entry) (err error) {
	var serials [][]byte
	for i := range entries {
		if serial := m.options.Serials.Hash(entries[i].Serial); serial != nil && !m.options.ForgetSerials {
			serials = append(serials, serial)
		}
	}
	if m.bySerial, err = registry.BySerial(ctx, tx, m.options.Organisation, serials); err != nil || len(serials) == 0 {
		return err
	}
	return registry.ByToldSerial(ctx, tx, m.options.Organisation, serials, m.bySerial)
}

// sameText is a text as it is compared.
func sameText(text string) string { return strings.ToUpper(strings.Join(strings.Fields(text), " ")) }

var uaiInText = regexp.MustCompile(`\b[0-9]{7}[A-Z]\b`)

// site is where a line's device is. GLPI's places and entities are paths: the
// narrowest part that is a site's name, or holds its UAI, counts.
func (m *matcher) site(e purchase.Entry) (int64, error) {
	if m.options.Site != 0 {
		return m.options.Site, nil
	}
	for _, place := range []string{e.Site, e.Entity} {
		parts := strings.Split(sameText(place), " > ")
		for i := len(parts) - 1; i >= 0; i-- {
			for _, key := range append([]string{parts[i]}, uaiInText.FindAllString(parts[i], -1)...) {
				id, known := m.sites[key]
				if known && id == 0 {
					return 0, registry.Refuse("two sites are called %q: give the UAI", key)
				}
				if known {
					return id, nil
				}
			}
		}
	}
	if e.Site == "" && e.Entity == "" {
		return 0, registry.Refuse("no site: name it in a column or by --site")
	}
	return 0, registry.Refuse("%q is no site of the organisation, neither by name nor by UAI; `collector site list` shows them", e.Site+e.Entity)
}

// apart refuses a line that could mean the same device as an earlier one: the next
// import of the list could then find another device for it than this one.
func (m *matcher) apart(e purchase.Entry, site int64) error {
	if e.Label == "" {
		return nil
	}
	at := place{site, sameText(e.Label)}
	for _, o := range m.lines[at] {
		if (e.Serial == "" || o.Serial == "") && sameModel(e.Model, o.Model) {
			return registry.Refuse("is the same device as line %d, or only serial numbers tell them apart", o.Line)
		}
	}
	m.lines[at] = append(m.lines[at], e)
	return nil
}

// sameModel tells whether two models may be one: an empty one is not known.
func sameModel(a, b string) bool { return a == "" || b == "" || sameText(a) == sameText(b) }

// find is the device that a line means, nil for a new one: the one with its serial
// number, else the one with its label and model at its site.
func (m *matcher) find(ctx context.Context, tx *sql.Tx, e purchase.Entry, site int64, where *time.Location) (*registry.Device, error) {
	serial := m.options.Serials.Hash(e.Serial)
	if serial != nil {
		found := m.bySerial[string(serial)]
		if len(found) > 1 {
			return nil, registry.Refuse("%s and %s have this serial number: merge them", found[0].Name, found[1].Name)
		}
		if len(found) == 1 {
			return m.free(&found[0])
		}
	}
	if e.Label == "" {
		return nil, nil
	}
	if err := m.readLabels(ctx, tx, site); err != nil {
		return nil, err
	}
	candidates := m.candidates(e, site, serial != nil, where)
	switch {
	case len(candidates) == 0:
		return nil, nil
	case len(candidates) > 1:
		return nil, registry.Refuse("%d devices here are called %q: only a serial number tells which", len(candidates), e.Label)
	}
	return m.free(&candidates[0])
}

// readLabels reads the devices of a site, once.
func (m *matcher) readLabels(ctx context.Context, tx *sql.Tx, site int64) error {
	if m.byLabel[site] != nil {
		return nil
	}
	devices, err := registry.DevicesAt(ctx, tx, site)
	if err != nil {
		return err
	}
	m.byLabel[site] = map[string][]registry.Device{}
	for _, d := range devices {
		if m.options.ForgetSerials {
			d.Purchase.Serial = nil
		}
		m.byLabel[site][sameText(d.Label)] = append(m.byLabel[site][sameText(d.Label)], d)
	}
	return nil
}

// candidates are the devices of a site that a line may mean by its label and model.
// What it says of a retirement comes first, then devices in service; a line without a
// serial number means a device without one where there is one.
func (m *matcher) candidates(e purchase.Entry, site int64, hasSerial bool, where *time.Location) []registry.Device {
	var sameDay, inService, left []registry.Device
	for _, d := range m.byLabel[site][sameText(e.Label)] {
		switch {
		case hasSerial && d.Purchase.Serial != nil: // two machines, one after the other
		case !sameModel(e.Model, d.Inventory.Model):
		case d.Retired.IsZero():
			inService = append(inService, d)
		case e.Purchased != 0 && !e.Purchased.Start(where).Before(d.Retired): // a newer one has its label
		case e.Retired != 0 && retiredOn(d, e.Retired, where):
			sameDay = append(sameDay, d)
		default:
			left = append(left, d)
		}
	}
	order := [][]registry.Device{sameDay, inService, left}
	if e.Gone && e.Retired == 0 {
		order = [][]registry.Device{left, inService}
	}
	for _, found := range order {
		without := slices.DeleteFunc(slices.Clone(found), func(d registry.Device) bool { return d.Purchase.Serial != nil })
		if len(without) > 0 {
			return without
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// retiredOn tells whether a device left on a day.
func retiredOn(d registry.Device, on calendar.Day, where *time.Location) bool {
	return !d.Retired.IsZero() && calendar.DayOf(d.Retired.Add(-time.Second), where) == on
}

// free refuses a device that another line has been found to mean.
func (m *matcher) free(d *registry.Device) (*registry.Device, error) {
	if line := m.taken[d.ID]; line > 0 {
		return nil, registry.Refuse("is the same device as line %d", line)
	}
	return d, nil
}

// took notes what a line has made of a device, which was nil when it is new.
func (m *matcher) took(before *registry.Device, after registry.Device, line int) {
	m.taken[after.ID] = line
	if serial := string(after.Purchase.Serial); serial != "" && (before == nil || before.Purchase.Serial == nil) {
		m.bySerial[serial] = append(m.bySerial[serial], after)
	}
	if before != nil && m.byLabel[before.Site] != nil {
		here, label := m.byLabel[before.Site], sameText(before.Label)
		here[label] = slices.DeleteFunc(here[label], func(d registry.Device) bool { return d.ID == after.ID })
	}
	if here := m.byLabel[after.Site]; here != nil {
		here[sameText(after.Label)] = append(here[sameText(after.Label)], after)
	}
}

// describe takes over what a line says of a device that carries no agent, and tells
// whether that is new.
func describe(v *report.Inventory, e purchase.Entry) bool {
	var what []string
	set(&what, "maker", &v.Maker, e.Maker)
	set(&what, "model", &v.Model, e.Model)
	set(&what, "cpu", &v.CPU, e.CPU)
	set(&what, "memory", &v.MemoryMiB, e.MemoryMiB)
	set(&what, "storage", &v.StorageGB, e.StorageGB)
	return len(what) > 0
}
