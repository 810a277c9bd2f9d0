package registry

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// Token lets devices enrol at a site until it expires, is used up or revoked.
type Token struct {
	ID         int64
	Site       int64
	SiteName   string
	Population equipment.Population
	Created    time.Time
	Expires    time.Time
	Uses       int64
	MaxUses    int64
	Revoked    time.Time // zero: not revoked
}

// State is "valid", "revoked", "expired" or "used up".
func (t Token) State(now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked"
	case !now.Before(t.Expires):
		return "expired"
	case t.Uses >= t.MaxUses:
		return "used up"
	}
	return "valid"
}

// CreateToken makes a token. Its text is returned this once; the store keeps a
// hash of it.
func (r *Registry) CreateToken(ctx context.Context, site int64, population equipment.Population, maxUses int64, valid time.Duration, now time.Time) (text string, id int64, err error) {
	switch {
	case !slices.Contains(equipment.Populations, population):
		return "", 0, wrong("population", "is %q; allowed are %s", population, joined(equipment.Populations))
	case maxUses < 1:
		return "", 0, wrong("uses", "is %d; at least 1 is expected", maxUses)
	case valid <= 0:
		return "", 0, wrong("valid", "is %s; a token that has expired already is of no use", valid)
	}
	secret, _ := newSecret()
	text = "ecoparc-" + secret
	hash := sha256.Sum256([]byte(text))
	err = r.change(ctx, "create token", func(tx *sql.Tx) error {
		if err := takesDevices(ctx, tx, site); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, "INSERT INTO tokens (site, population, sha256, created, expires, max_uses) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
			site, string(population), hash[:], now.Unix(), now.Add(valid).Unix(), maxUses).Scan(&id)
		if err != nil {
			return err
		}
		details := fmt.Sprintf("site %d, %s devices, %d uses, until %s", site, population, maxUses, now.Add(valid).UTC().Format(time.DateTime))
		return audit.Write(ctx, tx, "token create", fmt.Sprint("token ", id), details)
	})
	if err != nil {
		return "", 0, err
	}
	return text, id, nil
}

// takesDevices refuses a site at which no real device enrols.
func takesDevices(ctx context.Context, tx *sql.Tx, site int64) error {
	if err := SiteIsOpen(ctx, tx, site); err != nil {
		return err
	}
	var simulated bool
	err := tx.QueryRowContext(ctx, "SELECT o.simulated FROM organisations o JOIN sites s ON s.organisation = o.id WHERE s.id = ?", site).Scan(&simulated)
	if err == nil && simulated {
		err = Refuse("site %d is simulated: real devices cannot enrol there", site)
	}
	return err
}

// Tokens lists the tokens within reach (reach.Of), the latest first: those of a site
// where that is not 0, with numbers below before where that is not 0, and at most limit
// where that is not 0.
func (r *Registry) Tokens(ctx context.Context, site, before int64, limit int) ([]Token, error) {
	within, values := reach.Of(ctx).Condition("t.site")
	return store.All(ctx, r.store.Read, "list tokens", `SELECT t.id, s.name, t.site, t.population, t.created, t.expires, t.uses, t.max_uses, t.revoked
		FROM tokens t JOIN sites s ON s.id = t.site WHERE `+within+` AND CAST(? AS bigint) IN (0, t.site) AND t.id < ? ORDER BY t.id DESC LIMIT ?`,
		append(values, site, cmp.Or(before, math.MaxInt64), cmp.Or(limit, math.MaxInt32)), func(scan store.Scan, t *Token) error {
			var created, expires int64
			var revoked sql.NullInt64
			err := scan(&t.ID, &t.SiteName, &t.Site, &t.Population, &created, &expires, &t.Uses, &t.MaxUses, &revoked)
			t.Created, t.Expires, t.Revoked = time.Unix(created, 0).UTC(), time.Unix(expires, 0).UTC(), instant(revoked)
			return err
		})
}

// RevokeToken makes a token useless from now on. Devices that enrolled with it stay.
func (r *Registry) RevokeToken(ctx context.Context, id int64, now time.Time) error {
	return r.change(ctx, fmt.Sprintf("revoke token %d", id), func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE tokens SET revoked = coalesce(revoked, CAST(? AS bigint)) WHERE id = ?", now.Unix(), id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, error(missing(fmt.Sprintf("there is no token %d; `collector token list` shows them", id))))
		}
		return audit.Write(ctx, tx, "token revoke", fmt.Sprint("token ", id), "")
	})
}

// SiteOfToken is the site at which a token lets devices in. A *report.Problem says why
// it does not.
func (r *Registry) SiteOfToken(ctx context.Context, text string, now time.Time) (int64, error) {
	found, err := openToken(ctx, r.store.Read, text, now)
	return found.Site, err
}

// useToken takes one use of a token and gives what it opens.
func useToken(ctx context.Context, tx *sql.Tx, text string, now time.Time) (site int64, population equipment.Population, err error) {
	found, err := openToken(ctx, tx, text, now)
	if err != nil {
		return 0, "", err
	}
	_, err = tx.ExecContext(ctx, "UPDATE tokens SET uses = uses + 1 WHERE id = ?", found.ID)
	return found.Site, found.Population, err
}

// openToken finds a token that is valid.
func openToken(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, text string, now time.Time) (t Token, err error) {
	hash := sha256.Sum256([]byte(text))
	var expires int64
	var revoked sql.NullInt64
	err = db.QueryRowContext(ctx, "SELECT id, site, population, expires, uses, max_uses, revoked FROM tokens WHERE sha256 = ?", hash[:]).
		Scan(&t.ID, &t.Site, &t.Population, &expires, &t.Uses, &t.MaxUses, &revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return t, &report.Problem{Field: "token", Reason: "is not a token of this collector; ask the administrator for one (`collector token create`)"}
	}
	if err != nil {
		return t, fmt.Errorf("cannot look up token: %w", err)
	}
	t.Expires, t.Revoked = time.Unix(expires, 0), instant(revoked)
	if state := t.State(now); state != "valid" {
		return t, &report.Problem{Field: "token", Reason: "is " + state + "; ask the administrator for a new one (`collector token create`)"}
	}
	return t, nil
}
