package registry

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"slices"
	"sync"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// Remembered authenticates devices and remembers those that it has let in, so that
// a device's hourly report costs no look-up. What it remembers may have been revoked
// since: DeviceKey.Secret lets the ledger check that in the transaction that files
// the report, and Forget takes a device away that failed there.
type Remembered struct {
	registry *Registry
	most     int

	prepare sync.Mutex
	lookUp  *sql.Stmt

	mu  sync.RWMutex
	now map[nameHash]remembered
	old map[nameHash]remembered // forgotten when now is full
}

// nameHash and remembered hold no pointers: the garbage collector need not look at a
// million of them.
type nameHash [16]byte

type remembered struct {
	id, site, product int64
	secret            [sha256.Size]byte
	population        uint8 // its place in equipment.Populations
}

// MaxRemembered is how many devices are remembered: about 110 bytes each.
const MaxRemembered = 2_000_000

// Remember returns an authentication that remembers the last most devices or, at
// times, half as many.
func (r *Registry) Remember(most int) *Remembered {
	return &Remembered{registry: r, most: most, now: map[nameHash]remembered{}}
}

// Authenticate is Registry.Authenticate, except that it may let a device in that was
// retired, or given another secret, a moment ago.
func (r *Remembered) Authenticate(ctx context.Context, name, secret string) (DeviceKey, error) {
	hash := hashOf(name)
	r.mu.RLock()
	d, known := r.now[hash]
	if !known {
		d, known = r.old[hash]
	}
	r.mu.RUnlock()
	if known {
		given := sha256.Sum256([]byte(secret))
		if subtle.ConstantTimeCompare(given[:], d.secret[:]) == 1 {
			return DeviceKey{ID: d.id, Site: d.site, Product: d.product, Population: equipment.Populations[d.population], Secret: d.secret}, nil
		}
	}
	stmt, err := r.prepared(ctx)
	if err != nil {
		return DeviceKey{}, fmt.Errorf("cannot look up device: %w", err)
	}
	key, err := authenticated(stmt.QueryRowContext(ctx, name), secret)
	population := slices.Index(equipment.Populations, key.Population)
	if err == nil && population >= 0 {
		r.remember(hash, remembered{key.ID, key.Site, key.Product, key.Secret, uint8(population)})
	}
	return key, err
}

// prepared is the look-up, which after a start each device needs once: reading the
// statement would take longer than running it. The store closes it.
func (r *Remembered) prepared(ctx context.Context) (*sql.Stmt, error) {
	r.prepare.Lock()
	defer r.prepare.Unlock()
	var err error
	if r.lookUp == nil {
		r.lookUp, err = r.registry.store.Read.PrepareContext(ctx, selectKey)
	}
	return r.lookUp, err
}

func hashOf(name string) nameHash {
	sum := sha256.Sum256([]byte(name))
	return nameHash(sum[:len(nameHash{})])
}

// remember forgets half of the devices at once, those not seen for longest, rather
// than keep account of each.
func (r *Remembered) remember(hash nameHash, d remembered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.now) >= (r.most+1)/2 {
		r.old, r.now = r.now, map[nameHash]remembered{}
	}
	r.now[hash] = d
}

// Forget makes the next authentication of a device look it up.
func (r *Remembered) Forget(name string) {
	hash := hashOf(name)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.now, hash)
	delete(r.old, hash)
}
