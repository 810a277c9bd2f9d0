package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/ecoparc/ecoparc/collector/reach"
)

// PlaceOfSite finds the organisation of a site.
func (r *Registry) PlaceOfSite(ctx context.Context, id int64) (reach.Place, error) {
	return r.place(ctx, "SELECT organisation, id FROM sites WHERE id = ?", id)
}

// PlaceOfDevice finds the site and the organisation of a device.
func (r *Registry) PlaceOfDevice(ctx context.Context, name string) (reach.Place, error) {
	return r.place(ctx, "SELECT s.organisation, s.id FROM devices d JOIN sites s ON s.id = d.site WHERE d.name = ?", name)
}

// PlaceOfToken finds the site and the organisation of an enrolment token.
func (r *Registry) PlaceOfToken(ctx context.Context, id int64) (reach.Place, error) {
	return r.place(ctx, "SELECT s.organisation, s.id FROM tokens t JOIN sites s ON s.id = t.site WHERE t.id = ?", id)
}

func (r *Registry) place(ctx context.Context, query string, of any) (reach.Place, error) {
	var p reach.Place
	err := r.store.Read.QueryRowContext(ctx, query, of).Scan(&p.Organisation, &p.Site)
	if errors.Is(err, sql.ErrNoRows) {
		return reach.Place{}, ErrNotFound
	}
	if err != nil {
		return reach.Place{}, fmt.Errorf("cannot find a place: %w", err)
	}
	return p, nil
}

// Reach is the reach of some organisations, by name or number, and sites, by UAI or
// number.
func (r *Registry) Reach(ctx context.Context, organisations, sites []string) (reach.Reach, error) {
	var within reach.Reach
	for _, given := range organisations {
		id, err := r.named(ctx, "SELECT id FROM organisations WHERE name = ? OR id = ? ORDER BY CASE WHEN name = ? THEN 0 ELSE 1 END LIMIT 1", given)
		if errors.Is(err, ErrNotFound) {
			err = missing(fmt.Sprintf("there is no organisation %q", given))
		}
		if err != nil {
			return reach.Reach{}, err
		}
		within.Organisations = append(within.Organisations, id)
	}
	for _, given := range sites {
		id, err := r.named(ctx, "SELECT id FROM sites WHERE uai = ? OR id = ? ORDER BY CASE WHEN uai = ? THEN 0 ELSE 1 END LIMIT 1", given)
		if errors.Is(err, ErrNotFound) {
			err = missing(fmt.Sprintf("there is no site %q", given))
		}
		if err != nil {
			return reach.Reach{}, err
		}
		within.Sites = append(within.Sites, id)
	}
	return within, nil
}

// named finds a number by a name, or by itself.
func (r *Registry) named(ctx context.Context, query, given string) (id int64, err error) {
	number, err := strconv.ParseInt(given, 10, 64)
	if err != nil {
		number = 0 // nobody's
	}
	err = r.store.Read.QueryRowContext(ctx, query, given, number, given).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return id, err
}
