package ledger

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/collector/store"
)

// known is what the store knows of a device that reports.
type known struct {
	Device
	organisation       int64
	screenIn, weightKg float64 // as a purchase list gave them
	told, was          told    // now, and as the store has it
	glanced            bool    // only what glance reads is known
}

// told is what a device's reports tell of the device itself. Instants are seconds
// since 1970.
type told struct {
	lastSeen  sql.NullInt64
	agent     string
	dropped   int64
	inService int64
	retired   sql.NullInt64
	newest    int64 // start of the newest window that was ever filed, but those in the journal
}

func (d *known) place() place { return place{d.Site, d.ID} }

// refuses says why a report may not be filed under the identity that let it in.
func (d *known) refuses(in Device) error {
	if d == nil || in.Secret != (Device{}).Secret && (d.told.retired.Valid || d.Secret != in.Secret) {
		return fmt.Errorf("cannot file a report of device %d: %w", in.ID, ErrRetired)
	}
	return nil
}

// lockDevices lets who files reports of a device wait for whoever does so already, in
// the order of their numbers, on PostgreSQL. SQLite has one writer.
const lockDevices = " /*! FOR UPDATE OF d */"

var (
	selectDevices = kind{name: "devices", width: 1, most: 64, row: "?", after: ") ORDER BY d.id" + lockDevices, before: `SELECT d.id, d.site, s.organisation, d.product, d.population,
		d.screen_in, d.weight_kg, d.secret_sha256, d.last_seen, d.agent, d.dropped_windows, d.in_service, d.retired, d.newest_window
		FROM devices d JOIN sites s ON s.id = d.site WHERE d.id IN (`}
	updateDevice = kind{name: "device", width: 6, most: 1, row: `UPDATE devices SET last_seen = ?, agent = ?, dropped_windows = ?, in_service = ?, newest_window = ? WHERE id = ?`}
)

// lookUp reads what the store knows of devices, once in a transaction.
func (f *filing) lookUp(ids []int64) error {
	slices.Sort(ids)
	args := make([]any, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		if d, before := f.known[id]; !before || d != nil && d.glanced {
			f.known[id] = nil
			args = append(args, id)
		}
	}
	return f.eachRow(selectDevices, args, func(scan store.Scan) error {
		d := new(known)
		var secret sql.RawBytes
		t := &d.told
		if err := scan(&d.ID, &d.Site, &d.organisation, &d.Product, &d.Population, &d.screenIn, &d.weightKg, &secret,
			&t.lastSeen, &t.agent, &t.dropped, &t.inService, &t.retired, &t.newest); err != nil {
			return err
		}
		if len(secret) == sha256.Size {
			copy(d.Secret[:], secret)
		}
		d.was = d.told
		f.known[d.ID] = d
		f.organisations[d.Site] = d.organisation
		return nil
	})
}

var glanceDevices = kind{name: "glance", width: 1, most: 64, row: "?", after: ")", before: "SELECT id, site, secret_sha256, retired, newest_window FROM devices WHERE id IN ("}

// glance reads what decides whether a report may wait in the journal: half as long as
// to look devices up.
func (f *filing) glance(ids []int64) error {
	args := make([]any, 0, len(ids))
	for _, id := range ids {
		if _, twice := f.known[id]; !twice {
			f.known[id] = nil
			args = append(args, id)
		}
	}
	all := make([]known, 0, len(args))
	return f.eachRow(glanceDevices, args, func(scan store.Scan) error {
		all = append(all, known{})
		d := &all[len(all)-1]
		var secret sql.RawBytes
		if err := scan(&d.ID, &d.Site, &secret, &d.told.retired, &d.told.newest); err != nil {
			return err
		}
		if len(secret) == sha256.Size {
			copy(d.Secret[:], secret)
		}
		d.glanced = true
		f.known[d.ID] = d
		return nil
	})
}

// clockSlack is by how much reports may overtake each other. A time that is further
// ahead was noted by a clock that has been set right since.
const clockSlack = secondsPerDay

// hear takes over what a report says of its device. What is known of a device lies
// within its time in service: its agent knows best when that began, and a retirement
// that overtook a report ends after it.
func (d *known) hear(p *posting) {
	t, at := &d.told, p.received.Unix()
	if !t.lastSeen.Valid || t.lastSeen.Int64 < at || t.lastSeen.Int64 > at+clockSlack {
		t.lastSeen = sql.NullInt64{Int64: at, Valid: true}
	}
	t.agent, t.dropped = p.agent, max(t.dropped, p.dropped)
	for i := range p.windows {
		w := &p.windows[i]
		t.inService, t.newest = min(t.inService, w.Start.Unix()), max(t.newest, w.Start.Unix())
		if t.retired.Valid {
			t.retired.Int64 = max(t.retired.Int64, w.End().Unix())
		}
	}
}

// noteDevices writes down what reports said of their devices, in the order of their
// numbers.
func (f *filing) noteDevices() error {
	var changed []*known
	for _, d := range f.known {
		if d != nil && !d.glanced && d.told != d.was {
			changed = append(changed, d)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	slices.SortFunc(changed, func(a, b *known) int { return int(a.ID - b.ID) })
	stmt, err := f.statement(updateDevice, 1)
	if err != nil {
		return err
	}
	for _, d := range changed {
		t := d.told
		_, err := stmt.ExecContext(f.ctx, t.lastSeen, t.agent, t.dropped, t.inService, t.newest, d.ID)
		if err == nil && t.retired != d.was.retired { // rarely
			_, err = f.tx.ExecContext(f.ctx, "UPDATE devices SET retired = ? WHERE id = ?", t.retired, d.ID)
		}
		if err != nil {
			return fmt.Errorf("cannot note what device %d told: %w", d.ID, err)
		}
		d.was = t
	}
	return nil
}
