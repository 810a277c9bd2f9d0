package registry

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// ProductID is the number of a product, which is made when it is new. Spec.ScreenIn,
// WeightKg and Year are not kept: agents do not report them.
func ProductID(ctx context.Context, tx *sql.Tx, s equipment.Spec) (id int64, err error) {
	key := []any{string(s.Category), s.Maker, s.Model, s.CPU, int64(s.MemoryGiB), int64(s.StorageGB)}
	const find = "SELECT id FROM products WHERE category = ? AND maker = ? AND model = ? AND cpu = ? AND memory_gib = ? AND storage_gb = ?"
	err = tx.QueryRowContext(ctx, find, key...).Scan(&id)
	if err != sql.ErrNoRows {
		return id, err
	}
	err = tx.QueryRowContext(ctx, "INSERT INTO products (category, maker, model, cpu, memory_gib, storage_gb) VALUES (?, ?, ?, ?, ?, ?) RETURNING id", key...).Scan(&id)
	return id, err
}

// Products are all products by number.
func (r *Registry) Products(ctx context.Context) (map[int64]equipment.Spec, error) {
	rows, err := r.store.Read.QueryContext(ctx, "SELECT id, category, maker, model, cpu, memory_gib, storage_gb FROM products")
	if err != nil {
		return nil, fmt.Errorf("cannot list products: %w", err)
	}
	defer rows.Close()
	all := map[int64]equipment.Spec{}
	for rows.Next() {
		var id int64
		var s equipment.Spec
		if err := rows.Scan(&id, &s.Category, &s.Maker, &s.Model, &s.CPU, &s.MemoryGiB, &s.StorageGB); err != nil {
			return nil, fmt.Errorf("cannot list products: %w", err)
		}
		all[id] = s
	}
	return all, rows.Err()
}
