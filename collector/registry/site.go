package registry

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/store"
)

// The kinds of site, each with its reference profile.
const (
	College = "college"
	Lycee   = "lycee"
	Other   = "other"
)

// SiteKinds and Zones are what a site may be, and where; the empty zone is not known.
var (
	SiteKinds = []string{College, Lycee, Other}
	Zones     = []string{"", "A", "B", "C"}
)

// Site is a school or another place with devices.
type Site struct {
	ID           int64
	Organisation int64
	Name         string
	Kind         string // College, Lycee or Other
	UAI          string // the ministry's number of the establishment, may be empty
	Zone         string // of the school holidays: A, B, C or empty
	Pupils       int64  // 0: not known
	Position     Position
	Closed       time.Time // zero: open
}

// Position is a place on earth, in degrees of WGS 84.
type Position struct {
	Latitude, Longitude float64
	Known               bool
}

// Check says what is wrong with a site in words.
func (s Site) Check() error {
	errs := []error{checkName(s.Name)}
	if !slices.Contains(SiteKinds, s.Kind) {
		errs = append(errs, wrong("kind", "is %q; allowed are %s", s.Kind, strings.Join(SiteKinds, ", ")))
	}
	if !slices.Contains(Zones, s.Zone) {
		errs = append(errs, wrong("zone", "is %q; allowed are A, B, C or empty", s.Zone))
	}
	if s.Pupils < 0 || s.Pupils > 10_000 {
		errs = append(errs, wrong("pupils", "is %d; 0 (not known) to 10000 are allowed", s.Pupils))
	}
	return errors.Join(append(errs, checkUAI(s.UAI), s.Position.check())...)
}

// check refuses what is no place on earth: not NaN either. The territories of France
// lie in both hemispheres and on both sides of every meridian in question.
func (p Position) check() error {
	if p.Known && !(p.Latitude >= -90 && p.Latitude <= 90) {
		return wrong("latitude", "is %v; -90 to 90 degrees are allowed", p.Latitude)
	}
	if p.Known && !(p.Longitude >= -180 && p.Longitude <= 180) {
		return wrong("longitude", "is %v; -180 to 180 degrees are allowed", p.Longitude)
	}
	return nil
}

// checkUAI checks the form of an establishment's number: seven digits and a
// letter that is their remainder by 23 (répertoire national des établissements).
func checkUAI(uai string) error {
	if uai == "" {
		return nil
	}
	const letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
	number, err := strconv.ParseUint(uai[:len(uai)-1], 10, 32) // takes no sign
	if len(uai) != 8 || err != nil {
		return wrong("uai", "is %q; seven digits and a letter are expected, as in 0750001U", uai)
	}
	if want := letters[number%uint64(len(letters))]; uai[7] != want {
		return wrong("uai", "is %q; its key letter should be %c: a digit is wrong", uai, want)
	}
	return nil
}

// AddSites adds sites to an organisation, all or none. A site whose UAI or name
// is known already is updated.
func (r *Registry) AddSites(ctx context.Context, organisation int64, sites []Site) ([]Site, error) {
	for _, s := range sites {
		if err := s.Check(); err != nil {
			return nil, fmt.Errorf("site %q: %w", s.Name, err)
		}
	}
	var added []Site
	err := r.change(ctx, "add sites", func(tx *sql.Tx) error {
		added = slices.Clone(sites)
		known, err := knownSites(ctx, tx, organisation)
		if err != nil {
			return err
		}
		for i := range added {
			before := known.find(added[i])
			if before != nil {
				added[i].ID, added[i].Closed = before.ID, before.Closed
			}
			added[i].Organisation = organisation
			if err := known.file(ctx, tx, before, &added[i]); err != nil {
				return fmt.Errorf("site %q: %w", added[i].Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// CreateSite makes a site whose name and UAI are new.
func (r *Registry) CreateSite(ctx context.Context, s Site) (Site, error) {
	if err := s.Check(); err != nil {
		return Site{}, err
	}
	err := r.change(ctx, "add the site", func(tx *sql.Tx) error {
		s.ID = 0
		known, err := knownSites(ctx, tx, s.Organisation)
		if err != nil {
			return err
		}
		return known.file(ctx, tx, nil, &s)
	})
	return s, err
}

// SiteEdit is what changes of a site; nil leaves it as it is. The latitude and
// longitude of a site come together.
type SiteEdit struct {
	Name      *string  `json:"name,omitempty"`
	Kind      *string  `json:"kind,omitempty"`
	UAI       *string  `json:"uai,omitempty"`
	Zone      *string  `json:"zone,omitempty"`
	Pupils    *int64   `json:"pupils,omitempty"`
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
}

// EditSite changes what is known of a site.
func (r *Registry) EditSite(ctx context.Context, id int64, edit SiteEdit) (Site, error) {
	if (edit.Latitude == nil) != (edit.Longitude == nil) {
		return Site{}, wrong("latitude", "and longitude belong together")
	}
	return r.changeSite(ctx, id, func(_ *sql.Tx, s *Site) error {
		take(&s.Name, edit.Name)
		take(&s.Kind, edit.Kind)
		take(&s.UAI, edit.UAI)
		take(&s.Zone, edit.Zone)
		take(&s.Pupils, edit.Pupils)
		if edit.Latitude != nil {
			s.Position = Position{*edit.Latitude, *edit.Longitude, true}
		}
		return s.Check()
	})
}

// CloseSite closes a site: its tokens are revoked and no device enters it any more.
// One with devices in service is refused. Its past stays in all figures.
func (r *Registry) CloseSite(ctx context.Context, id int64, now time.Time) (Site, error) {
	return r.changeSite(ctx, id, func(tx *sql.Tx, s *Site) error {
		var devices int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM devices WHERE site = ? AND retired IS NULL", id).Scan(&devices); err != nil {
			return err
		}
		if devices > 0 {
			return Refuse("%d devices are in service there: transfer or retire them first", devices)
		}
		if s.Closed.IsZero() {
			s.Closed = now.Truncate(time.Second).UTC()
		}
		_, err := tx.ExecContext(ctx, "UPDATE tokens SET revoked = ? WHERE site = ? AND revoked IS NULL", now.Unix(), id)
		return err
	})
}

// ReopenSite takes a closing back. Its tokens stay revoked.
func (r *Registry) ReopenSite(ctx context.Context, id int64) (Site, error) {
	return r.changeSite(ctx, id, func(_ *sql.Tx, s *Site) error {
		s.Closed = time.Time{}
		return nil
	})
}

func (r *Registry) changeSite(ctx context.Context, id int64, edit func(*sql.Tx, *Site) error) (s Site, err error) {
	err = r.change(ctx, fmt.Sprintf("change site %d", id), func(tx *sql.Tx) error {
		found, err := sites(ctx, tx, "id = ?", id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return NoSite(id)
		}
		s = found[0]
		if err := edit(tx, &s); err != nil {
			return err
		}
		known, err := knownSites(ctx, tx, s.Organisation)
		if err != nil {
			return err
		}
		return known.file(ctx, tx, &found[0], &s)
	})
	return s, err
}

// SiteIsOpen refuses, in a transaction, a site that is not there or is closed: no
// device enters it.
func SiteIsOpen(ctx context.Context, tx *sql.Tx, site int64) error {
	found, err := sites(ctx, tx, "id = ?", site)
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return NoSite(site)
	case !found[0].Closed.IsZero():
		return Refuse("site %d is closed: no device enters it", site)
	}
	return nil
}

// siteIndex are the sites of an organisation by name and by UAI.
type siteIndex struct{ byName, byUAI map[string]*Site }

func knownSites(ctx context.Context, tx *sql.Tx, organisation int64) (*siteIndex, error) {
	var id int64
	err := tx.QueryRowContext(ctx, "SELECT id FROM organisations WHERE id = ?", organisation).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noOrganisation(organisation)
	}
	if err != nil {
		return nil, err
	}
	all, err := sites(ctx, tx, "organisation = ?", organisation)
	if err != nil {
		return nil, err
	}
	known := &siteIndex{map[string]*Site{}, map[string]*Site{}}
	for i := range all {
		known.add(&all[i])
	}
	return known, nil
}

func (k *siteIndex) add(s *Site) {
	k.byName[s.Name] = s
	if s.UAI != "" {
		k.byUAI[s.UAI] = s
	}
}

// find is the site with the UAI of s or, where none has it, with its name; nil for a
// new one.
func (k *siteIndex) find(s Site) *Site {
	if same := k.byUAI[s.UAI]; same != nil {
		return same
	}
	return k.byName[s.Name]
}

// file writes a new site, or a known one where it has changed, with a line in the
// audit log.
func (k *siteIndex) file(ctx context.Context, tx *sql.Tx, before, s *Site) error {
	if before != nil && *before == *s {
		return nil
	}
	if err := k.free(ctx, tx, *s); err != nil {
		return err
	}
	var latitude, longitude any
	if s.Position.Known {
		latitude, longitude = s.Position.Latitude, s.Position.Longitude
	}
	values := []any{s.Name, s.Kind, orNull(s.UAI), s.Zone, s.Pupils, latitude, longitude, seconds(s.Closed)}
	what := "site edit"
	var err error
	if before == nil {
		what = "site add"
		err = tx.QueryRowContext(ctx, "INSERT INTO sites (name, kind, uai, zone, pupils, latitude, longitude, closed, organisation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
			append(values, s.Organisation)...).Scan(&s.ID)
	} else {
		delete(k.byName, before.Name)
		delete(k.byUAI, before.UAI)
		_, err = tx.ExecContext(ctx, "UPDATE sites SET name = ?, kind = ?, uai = ?, zone = ?, pupils = ?, latitude = ?, longitude = ?, closed = ? WHERE id = ?", append(values, s.ID)...)
	}
	if err != nil {
		return err
	}
	filed := *s
	k.add(&filed)
	return audit.Write(ctx, tx, what, fmt.Sprint("site ", s.ID), s.describe())
}

// describe is a site in the words of the audit log.
func (s *Site) describe() string {
	text := fmt.Sprintf("%s, %s", s.Name, s.Kind)
	if s.UAI != "" {
		text += ", uai " + s.UAI
	}
	if s.Zone != "" {
		text += ", zone " + s.Zone
	}
	if s.Pupils > 0 {
		text += fmt.Sprintf(", %d pupils", s.Pupils)
	}
	if s.Position.Known { // five decimals are a metre
		text += fmt.Sprintf(", at %.5f, %.5f", s.Position.Latitude, s.Position.Longitude)
	}
	if !s.Closed.IsZero() {
		text += ", closed"
	}
	return text
}

// free refuses a name or a UAI that another site has. UAIs are unique over all
// organisations.
func (k *siteIndex) free(ctx context.Context, tx *sql.Tx, s Site) error {
	if other := k.byName[s.Name]; other != nil && other.ID != s.ID {
		return Refuse("site %d is called %q already", other.ID, s.Name)
	}
	if s.UAI == "" {
		return nil
	}
	var id int64
	err := tx.QueryRowContext(ctx, "SELECT id FROM sites WHERE uai = ? AND id <> ?", s.UAI, s.ID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return cmp.Or(err, Refuse("site %d has the uai %q already", id, s.UAI))
}

const siteColumns = "id, organisation, name, kind, coalesce(uai, ''), zone, pupils, latitude, longitude, closed"

// sites are those that a condition in SQL picks.
func sites(ctx context.Context, db store.Querier, condition string, args ...any) ([]Site, error) {
	return store.All(ctx, db, "list sites", "SELECT "+siteColumns+" FROM sites WHERE "+condition, args, func(scan store.Scan, s *Site) error {
		var latitude, longitude sql.NullFloat64
		var closed sql.NullInt64
		err := scan(&s.ID, &s.Organisation, &s.Name, &s.Kind, &s.UAI, &s.Zone, &s.Pupils, &latitude, &longitude, &closed)
		if latitude.Valid && longitude.Valid {
			s.Position = Position{latitude.Float64, longitude.Float64, true}
		}
		s.Closed = instant(closed)
		return err
	})
}

// Site finds a site.
func (r *Registry) Site(ctx context.Context, id int64) (Site, error) {
	found, err := sites(ctx, r.store.Read, "id = ?", id)
	if err == nil && len(found) == 0 {
		err = NoSite(id)
	}
	if err != nil {
		return Site{}, err
	}
	return found[0], nil
}

// Sites lists the sites of an organisation, or of all when organisation is 0.
func (r *Registry) Sites(ctx context.Context, organisation int64) ([]Site, error) {
	return sites(ctx, r.store.Read, "CAST(? AS bigint) IN (0, organisation) ORDER BY name", organisation)
}

// SiteFilter picks sites. A zero does not filter.
type SiteFilter struct {
	Organisation int64
	Find         string // part of the name or of the UAI, in any case
	After        int64  // with numbers above this one: to go on where a list ended
	Limit        int
}

// SitePage lists the sites within reach (reach.Of) that a filter picks, in the order of
// their numbers.
func (r *Registry) SitePage(ctx context.Context, f SiteFilter) ([]Site, error) {
	within, values := reach.Of(ctx).Condition("id")
	condition, values := within+" AND CAST(? AS bigint) IN (0, organisation) AND id > ?", append(values, f.Organisation, f.After)
	if f.Find != "" {
		condition += ` AND (lower(name) LIKE lower(?) ESCAPE '\' OR lower(uai) LIKE lower(?) ESCAPE '\')`
		values = append(values, partly(f.Find), partly(f.Find))
	}
	return sites(ctx, r.store.Read, condition+" ORDER BY id LIMIT ?", append(values, cmp.Or(f.Limit, math.MaxInt32))...)
}
