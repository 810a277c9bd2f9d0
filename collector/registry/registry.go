// Package registry knows who owns what: organisations, their sites, the devices
// of a site, and the tokens that let a device in. Of a device it knows what it is, when
// it was bought and left, its repairs, how its battery wears and when it was last heard
// of; what it did is the ledger's.
package registry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// Registry is the part of the store that changes by administration.
type Registry struct{ store *store.Store }

// Open returns the registry of a store.
func Open(s *store.Store) *Registry { return &Registry{s} }

// newName is a random name with a prefix: 128 bits, easy to read aloud.
func newName(prefix string) string {
	random := make([]byte, 16)
	rand.Read(random) // never fails
	return prefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))
}

// newSecret is 256 random bits: guessing is hopeless, so a plain SHA-256 of it
// is kept and a slow hash is not needed.
func newSecret() (secret string, hash [32]byte) {
	random := make([]byte, 32)
	rand.Read(random) // never fails
	secret = strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))
	return secret, sha256.Sum256([]byte(secret))
}

// DeviceKey is how an enrolled device is filed.
type DeviceKey struct {
	ID         int64
	Site       int64
	Product    int64
	Population equipment.Population
	Secret     [sha256.Size]byte // its hash, of a device that was authenticated
}

// Authenticate finds the device with this name and secret. ErrNotFound says
// that there is none, or that it was retired.
func (r *Registry) Authenticate(ctx context.Context, name, secret string) (DeviceKey, error) {
	return authenticated(r.store.Read.QueryRowContext(ctx, selectKey, name), secret)
}

const selectKey = `SELECT id, site, product, population, secret_sha256 FROM devices WHERE name = ? AND retired IS NULL`

func authenticated(row *sql.Row, secret string) (DeviceKey, error) {
	var k DeviceKey
	var hash []byte
	err := row.Scan(&k.ID, &k.Site, &k.Product, &k.Population, &hash)
	given := sha256.Sum256([]byte(secret))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return DeviceKey{}, ErrNotFound
	case err != nil:
		return DeviceKey{}, fmt.Errorf("cannot look up device: %w", err)
	case subtle.ConstantTimeCompare(hash, given[:]) != 1:
		return DeviceKey{}, ErrNotFound
	}
	k.Secret = given
	return k, nil
}

// Enrol lets a device in: it uses up one use of the token, and the new device
// belongs to the token's site and population. A *report.Problem says why not.
func (r *Registry) Enrol(ctx context.Context, req *report.EnrolRequest, now time.Time) (report.EnrolResponse, error) {
	secret, hash := newSecret()
	answer := report.EnrolResponse{Device: newName("d-"), Secret: secret}
	inventory, err := json.Marshal(req.Inventory)
	if err != nil {
		return report.EnrolResponse{}, err
	}
	inService, from := inServiceFrom(req.Inventory, now)
	err = store.InTx(ctx, r.store.Write, func(tx *sql.Tx) error {
		site, population, err := useToken(ctx, tx, req.Token, now)
		if err != nil {
			return err
		}
		if req.Inventory.Category == string(equipment.Server) {
			population = equipment.Infrastructure
		}
		product, err := ProductID(ctx, tx, req.Inventory.Spec())
		if err != nil {
			return err
		}
		var id int64
		err = tx.QueryRowContext(ctx, `INSERT INTO devices (name, site, category, product, population, label, inventory, secret_sha256, in_service, in_service_from)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			answer.Device, site, req.Inventory.Category, product, string(population), req.Label, string(inventory), hash[:], inService.Unix(), from).Scan(&id)
		if err != nil {
			return err
		}
		return KeepCapacity(ctx, tx, id, &req.Inventory, now)
	})
	if problem := (*report.Problem)(nil); errors.As(err, &problem) {
		return report.EnrolResponse{}, problem
	}
	if err != nil {
		return report.EnrolResponse{}, store.Explain(fmt.Errorf("cannot enrol device: %w", err))
	}
	return answer, nil
}

// The provenances of a device's in-service date, from the best to the weakest.
const (
	FromPurchase  = "purchase"
	FromFirmware  = "firmware"
	FromEnrolment = "enrolment"
)

// inServiceFrom is since when a device has served: the date of its firmware
// when that makes sense, otherwise now. An imported purchase date replaces it.
func inServiceFrom(inventory report.Inventory, now time.Time) (time.Time, string) {
	firmware, err := time.Parse(time.DateOnly, inventory.FirmwareDate)
	if err != nil || inventory.Category == string(equipment.Virtual) || firmware.Year() < 2000 || firmware.After(now) {
		return now, FromEnrolment
	}
	return firmware, FromFirmware
}

// Cohort is a number of devices of a site with the same product, population and
// dates of service.
type Cohort struct {
	Site       int64
	Product    int64
	Population equipment.Population
	InService  time.Time
	Retired    time.Time
	// Acquisition is how they came to their owner; empty is not known.
	Acquisition string
	Count       int64
}

// Cohorts are the devices of an organisation, of one site alone when site is not 0,
// with those that were erased: they have been made all the same.
func (r *Registry) Cohorts(ctx context.Context, organisation, site int64) ([]Cohort, error) {
	which, args := "site IN (SELECT id FROM sites WHERE organisation = ?)", []any{organisation, organisation}
	if site != 0 {
		which, args = "site = (SELECT id FROM sites WHERE organisation = ? AND id = ?)", []any{organisation, site, organisation, site}
	}
	return store.All(ctx, r.store.Read, "read cohorts", `SELECT site, product, population, in_service, retired, acquisition, count(*) FROM (
			SELECT site, product, population, in_service, retired, acquisition FROM devices WHERE `+which+`
			UNION ALL SELECT site, product, population, in_service, retired, acquisition FROM erased_devices WHERE `+which+`) AS made
		GROUP BY 1, 2, 3, 4, 5, 6`,
		args, func(scan store.Scan, c *Cohort) error {
			var inService int64
			var retired sql.NullInt64
			err := scan(&c.Site, &c.Product, &c.Population, &inService, &retired, &c.Acquisition, &c.Count)
			c.InService, c.Retired = time.Unix(inService, 0), instant(retired)
			return err
		})
}

func instant(seconds sql.NullInt64) time.Time {
	if !seconds.Valid {
		return time.Time{}
	}
	return time.Unix(seconds.Int64, 0).UTC()
}

// Device is a device as administration sees it.
type Device struct {
	ID            int64
	Name          string
	Site          int64
	Category      equipment.Category
	Product       int64
	Population    equipment.Population
	Label         string
	Inventory     report.Inventory
	HasAgent      bool
	InService     time.Time
	InServiceFrom string
	Retired       time.Time
	LastSeen      time.Time // zero: never
	Agent         string
	Purchase      Purchase
}

// Purchase is what a purchase list knows of a device and its agent does not. A zero
// is not known.
type Purchase struct {
	ScreenIn    float64 // diagonal, in inches
	WeightKg    float64
	PriceCents  int64  // hundredths of a euro
	Acquisition string // "new", "reconditioned", "donated" or "leased"
	Serial      []byte // the serial number, hashed under the data folder's key
	RetiredTo   string // "reuse", "recycling" or "lost"
}

// Spec is the device as a product: what its inventory says, as the category that it
// is filed under, with the sizes that a purchase list gave.
func (d *Device) Spec() equipment.Spec {
	spec := d.Inventory.Spec()
	spec.Category, spec.ScreenIn, spec.WeightKg = d.Category, d.Purchase.ScreenIn, d.Purchase.WeightKg
	return spec
}

// Key is how the ledger files the device.
func (d *Device) Key() DeviceKey {
	return DeviceKey{ID: d.ID, Site: d.Site, Product: d.Product, Population: d.Population}
}

const deviceColumns = `id, name, site, category, product, population, label, inventory, secret_sha256 IS NOT NULL, in_service, in_service_from, retired, last_seen, agent,
	screen_in, weight_kg, price_cents, acquisition, serial, retired_to`

func scanDevice(scan func(...any) error) (Device, error) {
	var d Device
	var inventory string
	var inService int64
	var retired, lastSeen sql.NullInt64
	err := scan(&d.ID, &d.Name, &d.Site, &d.Category, &d.Product, &d.Population, &d.Label, &inventory, &d.HasAgent, &inService, &d.InServiceFrom, &retired, &lastSeen, &d.Agent,
		&d.Purchase.ScreenIn, &d.Purchase.WeightKg, &d.Purchase.PriceCents, &d.Purchase.Acquisition, &d.Purchase.Serial, &d.Purchase.RetiredTo)
	if err != nil {
		return Device{}, err
	}
	d.InService, d.Retired, d.LastSeen = time.Unix(inService, 0).UTC(), instant(retired), instant(lastSeen)
	return d, json.Unmarshal([]byte(inventory), &d.Inventory)
}

// Device finds a device by its name.
func (r *Registry) Device(ctx context.Context, name string) (Device, error) {
	d, err := scanDevice(r.store.Read.QueryRowContext(ctx, "SELECT "+deviceColumns+" FROM devices WHERE name = ?", name).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Device{}, ErrNotFound
	}
	return d, err
}

// Devices are all devices of a site.
func (r *Registry) Devices(ctx context.Context, site int64) ([]Device, error) {
	return devices(ctx, r.store.Read, "site = ? ORDER BY id", site)
}

// devices are those that a condition in SQL picks.
func devices(ctx context.Context, db store.Querier, condition string, args ...any) ([]Device, error) {
	return store.All(ctx, db, "list devices", "SELECT "+deviceColumns+" FROM devices WHERE "+condition, args, func(scan store.Scan, d *Device) (err error) {
		*d, err = scanDevice(scan)
		return err
	})
}

// orNull keeps a text that is not given out of the table.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
