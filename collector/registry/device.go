package registry

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/report"
)

// NewDevice is a device that enters by inventory or by simulation.
type NewDevice struct {
	Site          int64
	Category      equipment.Category
	Population    equipment.Population
	Label         string
	Inventory     report.Inventory
	InService     time.Time
	InServiceFrom string    // empty is FromPurchase
	HasAgent      bool      // simulated devices may have one
	Secret        string    // of the agent, for a load test; empty: a random one that is thrown away
	LastSeen      time.Time // of a simulated agent
	Retired       time.Time // zero: in service
	Purchase      Purchase
	Capacities    []lifespan.Capacity // of the battery of a simulated device, by week
	Repairs       []Repair            // of a simulated device
}

// AddDevices adds devices and returns them as the ledger files them.
func (r *Registry) AddDevices(ctx context.Context, devices []NewDevice) ([]DeviceKey, error) {
	keys := make([]DeviceKey, len(devices))
	err := r.change(ctx, fmt.Sprintf("add %d devices", len(devices)), func(tx *sql.Tx) error {
		added, err := Insert(ctx, tx, devices)
		for i := range added {
			keys[i] = added[i].Key()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// perInsert is how many devices one statement adds: it saves most of the time, and
// stays far below what a statement may hold.
const perInsert = 100

// insertedColumns are what Insert writes.
var insertedColumns = []string{
	"name", "site", "category", "product", "population", "label", "inventory", "secret_sha256", "in_service", "in_service_from", "last_seen",
	"retired", "screen_in", "weight_kg", "price_cents", "acquisition", "serial", "retired_to",
}

// Insert adds devices in a transaction, and returns them in their order.
func Insert(ctx context.Context, tx *sql.Tx, devices []NewDevice) ([]Device, error) {
	products := products{}
	added := make([]Device, 0, len(devices))
	for group := range slices.Chunk(devices, perInsert) {
		values := make([]any, 0, len(group)*len(insertedColumns))
		for i := range group {
			d, row, err := group[i].row(ctx, tx, products)
			if err != nil {
				return nil, err
			}
			added, values = append(added, d), append(values, row...)
		}
		if err := insertGroup(ctx, tx, added[len(added)-len(group):], values); err != nil {
			return nil, err
		}
	}
	if err := insertCapacities(ctx, tx, devices, added); err != nil {
		return nil, err
	}
	return added, insertRepairs(ctx, tx, devices, added)
}

// row is a new device, with what is written of it.
func (n *NewDevice) row(ctx context.Context, tx *sql.Tx, known products) (Device, []any, error) {
	d := Device{
		Name: newName("d-"), Site: n.Site, Category: n.Category, Population: n.Population, Label: n.Label, Inventory: n.Inventory,
		HasAgent: n.HasAgent, InService: n.InService, InServiceFrom: n.InServiceFrom, Retired: n.Retired, Purchase: n.Purchase,
	}
	if d.InServiceFrom == "" {
		d.InServiceFrom = FromPurchase
	}
	inventory, err := json.Marshal(d.Inventory)
	if err != nil {
		return Device{}, nil, err
	}
	var hash, lastSeen any
	if d.HasAgent {
		_, sum := newSecret()
		if n.Secret != "" {
			sum = sha256.Sum256([]byte(n.Secret))
		}
		hash, lastSeen = sum[:], n.LastSeen.Unix()
		d.LastSeen = n.LastSeen
	}
	if d.Product, err = known.id(ctx, tx, d.Spec()); err != nil {
		return Device{}, nil, err
	}
	return d, []any{
		d.Name, d.Site, string(d.Category), d.Product, string(d.Population), d.Label, string(inventory), hash, d.InService.Unix(), d.InServiceFrom, lastSeen,
		seconds(d.Retired), d.Purchase.ScreenIn, d.Purchase.WeightKg, d.Purchase.PriceCents, d.Purchase.Acquisition, d.Purchase.Serial, d.Purchase.RetiredTo,
	}, nil
}

// insertGroup writes devices and fills their numbers in. The numbers come back in no
// certain order.
func insertGroup(ctx context.Context, tx *sql.Tx, group []Device, values []any) error {
	row := "(?" + strings.Repeat(", ?", len(insertedColumns)-1) + ")"
	rows, err := tx.QueryContext(ctx, "INSERT INTO devices ("+strings.Join(insertedColumns, ", ")+") VALUES "+
		row+strings.Repeat(", "+row, len(group)-1)+" RETURNING id, name", values...)
	if err != nil {
		return err
	}
	defer rows.Close()
	ids := make(map[string]int64, len(group))
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		ids[name] = id
	}
	for i := range group {
		group[i].ID = ids[group[i].Name]
	}
	return rows.Err()
}

// Update writes all of devices but their secrets, their agents and what they reported.
// The sums of their past stay where they are: the caller moves them (ledger.Move).
func Update(ctx context.Context, tx *sql.Tx, devices ...Device) error {
	update, err := tx.PrepareContext(ctx, `UPDATE devices SET site = ?, category = ?, product = ?, population = ?, label = ?, inventory = ?, in_service = ?, in_service_from = ?,
			retired = ?, screen_in = ?, weight_kg = ?, price_cents = ?, acquisition = ?, serial = ?, retired_to = ? WHERE id = ?`)
	if err != nil {
		return err
	}
	defer update.Close()
	for i := range devices {
		d := &devices[i]
		inventory, err := json.Marshal(d.Inventory)
		if err != nil {
			return err
		}
		_, err = update.ExecContext(ctx,
			d.Site, string(d.Category), d.Product, string(d.Population), d.Label, string(inventory), d.InService.Unix(), d.InServiceFrom,
			seconds(d.Retired), d.Purchase.ScreenIn, d.Purchase.WeightKg, d.Purchase.PriceCents, d.Purchase.Acquisition, d.Purchase.Serial, d.Purchase.RetiredTo, d.ID)
		if err != nil {
			return err
		}
	}
	return forgetRetiredTwins(ctx, tx)
}

// seconds is an instant as the store keeps it, NULL for none.
func seconds(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// ErrSeveral says that a label is that of several devices.
var ErrSeveral = Refuse("several devices have this label; give the name of one")

// Named finds a device in a transaction by its name, or by its label where only one
// device in service has it. Until the transaction ends, no report of it is filed.
func Named(ctx context.Context, tx *sql.Tx, name string) (Device, error) {
	return named(ctx, tx, name, " /*! FOR UPDATE */")
}

// DeviceNamed finds a device as Named does, to read, and says in words when it cannot.
func (r *Registry) DeviceNamed(ctx context.Context, name string) (Device, error) {
	d, err := named(ctx, r.store.Read, name, "")
	switch {
	case errors.Is(err, ErrNotFound):
		return d, NoDevice(name)
	case err != nil:
		return d, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

func named(ctx context.Context, db store.Querier, name, lock string) (Device, error) {
	for _, condition := range []string{"name = ?", "label = ? AND retired IS NULL LIMIT 2"} {
		found, err := devices(ctx, db, condition+lock, name)
		switch {
		case err != nil:
			return Device{}, err
		case len(found) > 1:
			return Device{}, ErrSeveral
		case len(found) == 1:
			return found[0], nil
		}
	}
	return Device{}, ErrNotFound
}

// DevicesAt are the devices of a site, in a transaction.
func DevicesAt(ctx context.Context, tx *sql.Tx, site int64) ([]Device, error) {
	return devices(ctx, tx, "site = ? ORDER BY id", site)
}

// BySerial are the devices of an organisation with some hashed serial numbers, by
// those, in a transaction.
func BySerial(ctx context.Context, tx *sql.Tx, organisation int64, serials [][]byte) (map[string][]Device, error) {
	all := map[string][]Device{}
	for group := range slices.Chunk(serials, perLookUp) {
		values := make([]any, len(group), len(group)+1)
		for i := range group {
			values[i] = group[i]
		}
		found, err := devices(ctx, tx, "serial IN (?"+strings.Repeat(", ?", len(group)-1)+") AND site IN (SELECT id FROM sites WHERE organisation = ?) ORDER BY id", append(values, organisation)...)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			all[string(d.Purchase.Serial)] = append(all[string(d.Purchase.Serial)], d)
		}
	}
	return all, nil
}

// ByToldSerial adds to all the devices of an organisation whose agents tell one of
// some hashed serial numbers, and of which no list has told one yet. An agent's hash
// is that of Serials, if it was given the same key.
func ByToldSerial(ctx context.Context, tx *sql.Tx, organisation int64, serials [][]byte, all map[string][]Device) error {
	wanted := map[string]string{}
	for _, serial := range serials {
		wanted[hex.EncodeToString(serial[keyPrintB:])] = string(serial)
	}
	found, err := devices(ctx, tx, `serial IS NULL AND retired IS NULL AND inventory LIKE '%"serial_hash":"%' AND site IN (SELECT id FROM sites WHERE organisation = ?) ORDER BY id`, organisation)
	if err != nil {
		return err
	}
	for _, d := range found {
		if serial, ok := wanted[d.Inventory.SerialHash]; ok {
			all[serial] = append(all[serial], d)
		}
	}
	return nil
}

// perLookUp is how many devices one statement looks up.
const perLookUp = 500

// ByID are the devices with some numbers, by those, in a transaction: locked against
// their own reports until it ends, where the store lets reports go on beside it.
func ByID(ctx context.Context, tx *sql.Tx, ids []int64) (map[int64]Device, error) {
	all := make(map[int64]Device, len(ids))
	for group := range slices.Chunk(ids, perLookUp) {
		values := make([]any, len(group))
		for i := range group {
			values[i] = group[i]
		}
		found, err := devices(ctx, tx, "id IN (?"+strings.Repeat(", ?", len(group)-1)+") ORDER BY id /*! FOR UPDATE */", values...)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			all[d.ID] = d
		}
	}
	return all, nil
}

// NewSecret replaces the secret of a device's agent and returns the new one, which
// is shown this once. The old one is refused from the commit on.
func NewSecret(ctx context.Context, tx *sql.Tx, device int64) (string, error) {
	secret, hash := newSecret()
	_, err := tx.ExecContext(ctx, "UPDATE devices SET secret_sha256 = ? WHERE id = ?", hash[:], device)
	if err == nil {
		err = Apart(ctx, tx, device) // only one of two gets the new one
	}
	return secret, err
}

// Serials hashes serial numbers: HMAC-SHA-256 cut to 128 bits, after 32 bits that
// tell which key it was.
type Serials struct{ key []byte }

// Serials are the serial numbers under the data folder's key. ErrOtherKey, beside
// them, says that those that are stored were hashed under another one.
func (r *Registry) Serials(ctx context.Context) (Serials, error) {
	key, err := r.store.SerialKey()
	if err != nil {
		return Serials{}, err
	}
	s := Serials{key}
	var other bool
	err = r.store.Read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM devices WHERE serial IS NOT NULL AND substr(serial, 1, 4) <> ?)", s.fingerprint()).Scan(&other)
	if err != nil {
		return Serials{}, fmt.Errorf("cannot look at serial numbers: %w", err)
	}
	if other {
		return s, ErrOtherKey
	}
	return s, nil
}

// ErrOtherKey says that serial numbers would not be known again.
var ErrOtherKey = Refuse("serial numbers of this data were hashed under another serial.key: put the file back that belongs to it, " +
	"or forget the serial numbers (--forget-serials), so that devices are known again by label, model and site")

// ForgetSerials takes the serial numbers out of a transaction's devices.
func ForgetSerials(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE devices SET serial = NULL WHERE serial IS NOT NULL")
	return err
}

func (s Serials) fingerprint() []byte {
	sum := sha256.Sum256(s.key)
	return sum[:keyPrintB]
}

// keyPrintB is how many bytes tell which key a hash is of.
const keyPrintB = 4

// Key is the key as agents are given it (serial_key), so that their hashes are these.
func (s Serials) Key() string { return hex.EncodeToString(s.key) }

// Hash is how a serial number is kept, nil for none. Case and blanks do not count.
func (s Serials) Hash(serial string) []byte {
	serial = strings.ToUpper(strings.Join(strings.Fields(serial), ""))
	if serial == "" {
		return nil
	}
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(serial))
	return append(s.fingerprint(), mac.Sum(nil)[:16]...)
}
