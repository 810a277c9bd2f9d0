package registry

import (
	"context"
	"database/sql"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// productColumns are the columns of a product in the order of its key. Spec.Year is
// not among them: devices of one product are bought in several years.
const productColumns = "category, maker, model, cpu, memory_gib, storage_gb, screen_in, weight_kg"

// ProductID is the number of a product, which is made when it is new.
func ProductID(ctx context.Context, tx *sql.Tx, s equipment.Spec) (id int64, err error) {
	key := []any{string(s.Category), s.Maker, s.Model, s.CPU, int64(s.MemoryGiB), int64(s.StorageGB), s.ScreenIn, s.WeightKg}
	const find = "SELECT id FROM products WHERE category = ? AND maker = ? AND model = ? AND cpu = ? AND memory_gib = ? AND storage_gb = ? AND screen_in = ? AND weight_kg = ?"
	err = tx.QueryRowContext(ctx, find, key...).Scan(&id)
	if err != sql.ErrNoRows {
		return id, err
	}
	err = tx.QueryRowContext(ctx, "INSERT INTO products ("+productColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id", key...).Scan(&id)
	if err == sql.ErrNoRows { // another collector made it a moment ago
		err = tx.QueryRowContext(ctx, find, key...).Scan(&id)
	}
	return id, err
}

// products remembers the numbers of products for a transaction.
type products map[equipment.Spec]int64

func (p products) id(ctx context.Context, tx *sql.Tx, s equipment.Spec) (int64, error) {
	if id, known := p[s]; known {
		return id, nil
	}
	id, err := ProductID(ctx, tx, s)
	if err == nil {
		p[s] = id
	}
	return id, err
}

// Products are all products by number.
func (r *Registry) Products(ctx context.Context) (map[int64]equipment.Spec, error) {
	all := map[int64]equipment.Spec{}
	err := store.Each(ctx, r.store.Read, "list products", "SELECT id, "+productColumns+" FROM products", nil, func(scan store.Scan) error {
		var id int64
		var s equipment.Spec
		err := scan(&id, &s.Category, &s.Maker, &s.Model, &s.CPU, &s.MemoryGiB, &s.StorageGB, &s.ScreenIn, &s.WeightKg)
		all[id] = s
		return err
	})
	return all, err
}
