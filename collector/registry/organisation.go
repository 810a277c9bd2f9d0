package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/store"
)

// OrganisationKinds are what an organisation may be; empty is not known.
var OrganisationKinds = []string{"", "region", "departement", "establishment", "other"}

// Organisation is an owner of sites.
type Organisation struct {
	ID        int64
	Name      string
	Kind      string // one of OrganisationKinds
	Simulated bool
}

// Check says what is wrong with an organisation in words.
func (o Organisation) Check() error {
	err := checkName(o.Name)
	if !slices.Contains(OrganisationKinds, o.Kind) {
		err = errors.Join(err, wrong("kind", "is %q; allowed are %s, or empty for not known", o.Kind, strings.Join(OrganisationKinds[1:], ", ")))
	}
	return err
}

const maxName = 200 // bytes

// checkName checks the name of an organisation or a site.
func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return wrong("name", "is missing")
	case len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return wrong("name", "must be at most %d bytes of printable text", maxName)
	}
	return nil
}

// AddOrganisation makes an organisation, or returns the one with this name.
func (r *Registry) AddOrganisation(ctx context.Context, name string, simulated bool) (Organisation, error) {
	o := Organisation{Name: name, Simulated: simulated}
	err := r.change(ctx, fmt.Sprintf("add organisation %q", name), func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "SELECT id, kind, simulated FROM organisations WHERE name = ?", name).Scan(&o.ID, &o.Kind, &o.Simulated)
		if errors.Is(err, sql.ErrNoRows) {
			return insertOrganisation(ctx, tx, &o)
		}
		return err
	})
	if err != nil {
		return Organisation{}, err
	}
	if o.Simulated != simulated {
		return Organisation{}, Refuse("organisation %q exists already and is %s", name, map[bool]string{true: "simulated", false: "real"}[o.Simulated])
	}
	return o, nil
}

// CreateOrganisation makes an organisation whose name is new.
func (r *Registry) CreateOrganisation(ctx context.Context, name, kind string) (Organisation, error) {
	o := Organisation{Name: name, Kind: kind}
	err := r.change(ctx, fmt.Sprintf("add organisation %q", name), func(tx *sql.Tx) error {
		o.ID = 0
		if err := nameIsFree(ctx, tx, o); err != nil {
			return err
		}
		return insertOrganisation(ctx, tx, &o)
	})
	return o, err
}

func insertOrganisation(ctx context.Context, tx *sql.Tx, o *Organisation) error {
	if err := o.Check(); err != nil {
		return err
	}
	err := tx.QueryRowContext(ctx, "INSERT INTO organisations (name, kind, simulated) VALUES (?, ?, ?) RETURNING id", o.Name, o.Kind, o.Simulated).Scan(&o.ID)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, "organisation add", o.Name, o.Kind)
}

func nameIsFree(ctx context.Context, tx *sql.Tx, o Organisation) error {
	var id int64
	err := tx.QueryRowContext(ctx, "SELECT id FROM organisations WHERE name = ? AND id <> ?", o.Name, o.ID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return errors.Join(err, Refuse("organisation %d is called %q already", id, o.Name))
}

// OrganisationEdit is what changes of an organisation; nil leaves it as it is.
type OrganisationEdit struct {
	Name *string `json:"name,omitempty"`
	Kind *string `json:"kind,omitempty"`
}

// EditOrganisation gives an organisation another name or kind.
func (r *Registry) EditOrganisation(ctx context.Context, id int64, edit OrganisationEdit) (Organisation, error) {
	var o Organisation
	err := r.change(ctx, fmt.Sprintf("change organisation %d", id), func(tx *sql.Tx) (err error) {
		if o, err = organisation(tx.QueryRowContext(ctx, selectOrganisation, id), id); err != nil {
			return err
		}
		before := o
		take(&o.Name, edit.Name)
		take(&o.Kind, edit.Kind)
		if o == before {
			return nil
		}
		if err := o.Check(); err != nil {
			return err
		}
		if err := nameIsFree(ctx, tx, o); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE organisations SET name = ?, kind = ? WHERE id = ?", o.Name, o.Kind, id); err != nil {
			return err
		}
		return audit.Write(ctx, tx, "organisation edit", fmt.Sprint("organisation ", id), fmt.Sprintf("%q, %s; was %q, %s", o.Name, o.Kind, before.Name, before.Kind))
	})
	return o, err
}

const selectOrganisation = "SELECT id, name, kind, simulated FROM organisations WHERE id = ?"

// Organisation finds an organisation.
func (r *Registry) Organisation(ctx context.Context, id int64) (Organisation, error) {
	return organisation(r.store.Read.QueryRowContext(ctx, selectOrganisation, id), id)
}

// OrganisationNamed finds an organisation by its name.
func (r *Registry) OrganisationNamed(ctx context.Context, name string) (Organisation, error) {
	var id int64
	err := r.store.Read.QueryRowContext(ctx, "SELECT id FROM organisations WHERE name = ?", name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return Organisation{}, missing(fmt.Sprintf("there is no organisation %q; add it, or import its sites first", name))
	}
	if err != nil {
		return Organisation{}, err
	}
	return r.Organisation(ctx, id)
}

func organisation(row *sql.Row, id int64) (o Organisation, err error) {
	err = row.Scan(&o.ID, &o.Name, &o.Kind, &o.Simulated)
	if errors.Is(err, sql.ErrNoRows) {
		err = noOrganisation(id)
	}
	return o, err
}

// Owners lists the organisations, real ones first.
func (r *Registry) Owners(ctx context.Context) ([]Organisation, error) {
	return store.All(ctx, r.store.Read, "list organisations", "SELECT id, name, kind, simulated FROM organisations ORDER BY simulated, name",
		nil, func(scan store.Scan, o *Organisation) error {
			return scan(&o.ID, &o.Name, &o.Kind, &o.Simulated)
		})
}

// Count counts an organisation's sites and its physical devices in service: all but the
// virtual ones, each by an index that holds what is asked, so that no device is read.
func (r *Registry) Count(ctx context.Context, organisation int64) (sites, devices int64, err error) {
	var virtual int64
	const theirs = "site IN (SELECT id FROM sites WHERE organisation = ?)"
	err = r.store.Read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM sites WHERE organisation = ?),
		(SELECT count(*) FROM devices WHERE retired IS NULL AND `+theirs+`),
		(SELECT count(*) FROM devices WHERE retired IS NULL AND category = 'virtual' AND `+theirs+`)`,
		organisation, organisation, organisation).Scan(&sites, &devices, &virtual)
	if err != nil {
		return 0, 0, fmt.Errorf("cannot count devices: %w", err)
	}
	return sites, devices - virtual, nil
}

// Organisations lists the organisations with the number of their sites and of
// their physical devices in service.
func (r *Registry) Organisations(ctx context.Context) (all []Organisation, sites, devices map[int64]int64, err error) {
	if all, err = r.Owners(ctx); err != nil {
		return nil, nil, nil, err
	}
	sites, devices = map[int64]int64{}, map[int64]int64{}
	for _, o := range all {
		if sites[o.ID], devices[o.ID], err = r.Count(ctx, o.ID); err != nil {
			return nil, nil, nil, err
		}
	}
	return all, sites, devices, nil
}

// change does an administrative change in one transaction.
func (r *Registry) change(ctx context.Context, what string, work func(*sql.Tx) error) error {
	if err := store.InTx(ctx, r.store.Write, work); err != nil {
		return store.Explain(fmt.Errorf("cannot %s: %w", what, err))
	}
	return nil
}

// take takes a value over where one is given.
func take[T any](into, given *T) {
	if given != nil {
		*into = *given
	}
}
