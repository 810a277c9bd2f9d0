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
}

func newMatcher(ctx context.Context, tx *sql.Tx, o ImportOptions) (*matcher, error) {
	m := &matcher{options: o, sites: map[string]int64{}, taken: map[int64]int{}, byLabel: map[int64]map[string][]registry.Device{}}
	var simulated bool
	if err := tx.QueryRowContext(ctx, "SELECT simulated FROM organisations WHERE id = ?", o.Organisation).Scan(&simulated); err != nil {
		return nil, fmt.Errorf("organisation %d: %w", o.Organisation, err)
	}
	if simulated {
		return nil, fmt.Errorf("organisation %d is simulated: real devices stay out of it", o.Organisation)
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, name, coalesce(uai, '') FROM sites WHERE organisation = ?", o.Organisation)
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
	return m, rows.Err()
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
					return 0, mistake("two sites are called %q: give the UAI", key)
				}
				if known {
					return id, nil
				}
			}
		}
	}
	if e.Site == "" && e.Entity == "" {
		return 0, mistake("no site: name it in a column or by --site")
	}
	return 0, mistake("%q is no site of the organisation, neither by name nor by UAI; `collector site list` shows them", e.Site+e.Entity)
}

// find is the device that a line means, nil for a new one: the one with its serial
// number, else the one with its label and model at its site.
func (m *matcher) find(ctx context.Context, tx *sql.Tx, e purchase.Entry, site int64, where *time.Location) (*registry.Device, error) {
	serial := m.options.Serials.Hash(e.Serial)
	if serial != nil {
		found, err := registry.BySerial(ctx, tx, m.options.Organisation, serial)
		if err != nil {
			return nil, err
		}
		if len(found) > 1 {
			return nil, mistake("%s and %s have this serial number: merge them", found[0].Name, found[1].Name)
		}
		if len(found) == 1 {
			return m.free(&found[0])
		}
	}
	if e.Label == "" {
		return nil, nil
	}
	if m.byLabel[site] == nil {
		devices, err := registry.DevicesAt(ctx, tx, site)
		if err != nil {
			return nil, err
		}
		m.byLabel[site] = map[string][]registry.Device{}
		for _, d := range devices {
			m.byLabel[site][sameText(d.Label)] = append(m.byLabel[site][sameText(d.Label)], d)
		}
	}
	var inService, left []registry.Device
	for _, d := range m.byLabel[site][sameText(e.Label)] {
		switch {
		case serial != nil && d.Purchase.Serial != nil: // two machines, one after the other
		case e.Model != "" && d.Inventory.Model != "" && sameText(e.Model) != sameText(d.Inventory.Model):
		case d.Retired.IsZero():
			inService = append(inService, d)
		case e.Purchased == 0 || e.Purchased.Start(where).Before(d.Retired): // a newer one has its label
			left = append(left, d)
		}
	}
	candidates := inService
	if len(candidates) == 0 {
		candidates = left
	}
	switch {
	case len(candidates) == 0:
		return nil, nil
	case len(candidates) > 1:
		return nil, mistake("%d devices here are called %q: only a serial number tells which", len(candidates), e.Label)
	}
	return m.free(&candidates[0])
}

// free refuses a device that another line has been found to mean.
func (m *matcher) free(d *registry.Device) (*registry.Device, error) {
	if line := m.taken[d.ID]; line > 0 {
		return nil, mistake("is the same device as line %d", line)
	}
	return d, nil
}

// took notes what a line has made of a device, which was nil when it is new.
func (m *matcher) took(before *registry.Device, after registry.Device, line int) {
	m.taken[after.ID] = line
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
