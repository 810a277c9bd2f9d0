package registry

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/store"
)

// The kinds of site, each with its reference profile.
const (
	College = "college"
	Lycee   = "lycee"
	Other   = "other"
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
}

const maxSiteName = 200 // bytes

// Check says what is wrong with a site in words.
func (s Site) Check() error {
	var errs []error
	switch {
	case s.Name == "":
		errs = append(errs, errors.New("name is missing"))
	case len(s.Name) > maxSiteName || !utf8.ValidString(s.Name) || strings.ContainsFunc(s.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
		errs = append(errs, fmt.Errorf("name must be at most %d bytes of printable text", maxSiteName))
	}
	if !slices.Contains([]string{College, Lycee, Other}, s.Kind) {
		errs = append(errs, fmt.Errorf("kind is %q; allowed are college, lycee, other", s.Kind))
	}
	if !slices.Contains([]string{"", "A", "B", "C"}, s.Zone) {
		errs = append(errs, fmt.Errorf("zone is %q; allowed are A, B, C or empty", s.Zone))
	}
	if s.Pupils < 0 || s.Pupils > 10_000 {
		errs = append(errs, fmt.Errorf("pupils is %d; 0 (not known) to 10000 are allowed", s.Pupils))
	}
	if err := checkUAI(s.UAI); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
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
		return fmt.Errorf("uai is %q; seven digits and a letter are expected, as in 0750001U", uai)
	}
	if want := letters[number%uint64(len(letters))]; uai[7] != want {
		return fmt.Errorf("uai is %q; its key letter should be %c: a digit is wrong", uai, want)
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
	added := slices.Clone(sites)
	err := store.InTx(ctx, r.store.Write, func(tx *sql.Tx) error {
		for i, s := range sites {
			added[i].Organisation = organisation
			err := tx.QueryRowContext(ctx, `SELECT id FROM sites WHERE organisation = ?1 AND (name = ?2 OR uai = ?3) ORDER BY uai IS ?3 DESC`,
				organisation, s.Name, orNull(s.UAI)).Scan(&added[i].ID)
			switch {
			case errors.Is(err, sql.ErrNoRows):
				err = tx.QueryRowContext(ctx, `INSERT INTO sites (organisation, name, kind, uai, zone, pupils) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
					organisation, s.Name, s.Kind, orNull(s.UAI), s.Zone, s.Pupils).Scan(&added[i].ID)
			case err == nil:
				_, err = tx.ExecContext(ctx, "UPDATE sites SET name = ?, kind = ?, uai = ?, zone = ?, pupils = ? WHERE id = ?",
					s.Name, s.Kind, orNull(s.UAI), s.Zone, s.Pupils, added[i].ID)
			}
			if e := (*sqlite.Error)(nil); errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
				return fmt.Errorf("site %q: another site has its name or its uai %q already", s.Name, s.UAI)
			}
			if err != nil {
				return fmt.Errorf("site %q: %w", s.Name, err)
			}
			details := fmt.Sprintf("%s, %s, uai %q, zone %q, %d pupils", s.Name, s.Kind, s.UAI, s.Zone, s.Pupils)
			if err := audit.Write(ctx, tx, "site add", fmt.Sprint("site ", added[i].ID), details); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, store.Explain(fmt.Errorf("cannot add sites: %w", err))
	}
	return added, nil
}

const siteColumns = "id, organisation, name, kind, coalesce(uai, ''), zone, pupils"

func (s *Site) scan(scan func(...any) error) error {
	return scan(&s.ID, &s.Organisation, &s.Name, &s.Kind, &s.UAI, &s.Zone, &s.Pupils)
}

// Site finds a site.
func (r *Registry) Site(ctx context.Context, id int64) (Site, error) {
	var s Site
	err := s.scan(r.store.Read.QueryRowContext(ctx, "SELECT "+siteColumns+" FROM sites WHERE id = ?", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Site{}, ErrNotFound
	}
	return s, err
}

// Sites lists the sites of an organisation, or of all when organisation is 0.
func (r *Registry) Sites(ctx context.Context, organisation int64) ([]Site, error) {
	rows, err := r.store.Read.QueryContext(ctx, "SELECT "+siteColumns+" FROM sites WHERE ? IN (0, organisation) ORDER BY name", organisation)
	if err != nil {
		return nil, fmt.Errorf("cannot list sites: %w", err)
	}
	defer rows.Close()
	var all []Site
	for rows.Next() {
		var s Site
		if err := s.scan(rows.Scan); err != nil {
			return nil, fmt.Errorf("cannot list sites: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// Organisations lists the organisations with the number of their sites and of
// their physical devices in service.
func (r *Registry) Organisations(ctx context.Context) (all []Organisation, sites, devices map[int64]int64, err error) {
	rows, err := r.store.Read.QueryContext(ctx, `SELECT o.id, o.name, o.simulated,
		(SELECT count(*) FROM sites WHERE organisation = o.id),
		(SELECT count(*) FROM devices WHERE retired IS NULL AND category <> 'virtual' AND site IN (SELECT id FROM sites WHERE organisation = o.id))
		FROM organisations o ORDER BY o.simulated, o.name`)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("cannot list organisations: %w", err)
	}
	defer rows.Close()
	sites, devices = map[int64]int64{}, map[int64]int64{}
	for rows.Next() {
		var o Organisation
		var nSites, nDevices int64
		if err := rows.Scan(&o.ID, &o.Name, &o.Simulated, &nSites, &nDevices); err != nil {
			return nil, nil, nil, fmt.Errorf("cannot list organisations: %w", err)
		}
		all = append(all, o)
		sites[o.ID], devices[o.ID] = nSites, nDevices
	}
	return all, sites, devices, rows.Err()
}

// maxListB bounds a list of sites: there are 70,000 schools in all of France.
const maxListB = 16 << 20

// siteFields are the columns of a list of sites. Semicolons or commas separate them.
var siteFields = []string{"uai", "name", "kind", "zone", "pupils"}

// ReadSites reads a list of sites as CSV with a header of uai, name, kind, zone
// and pupils in any order; name and kind are needed. Every error names its line.
func ReadSites(r io.Reader) ([]Site, error) {
	text, err := readList(r)
	if err != nil {
		return nil, err
	}
	header, _, _ := strings.Cut(text, "\n")
	in := csv.NewReader(strings.NewReader(text))
	if strings.Count(header, ";") > strings.Count(header, ",") {
		in.Comma = ';'
	}
	in.TrimLeadingSpace = true
	names, err := in.Read()
	if err != nil {
		return nil, errors.New("line 1: a header with the columns uai, name, kind, zone, pupils is expected")
	}
	column := map[string]int{}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(siteFields, name) {
			return nil, fmt.Errorf("line 1: column %q is not known; allowed are %s", name, strings.Join(siteFields, ", "))
		}
		if _, twice := column[name]; twice {
			return nil, fmt.Errorf("line 1: the column %q stands twice", name)
		}
		column[name] = i
	}
	for _, needed := range []string{"name", "kind"} {
		if _, ok := column[needed]; !ok {
			return nil, fmt.Errorf("line 1: the column %q is missing", needed)
		}
	}
	var sites []Site
	var errs []error
	seen := map[[2]string]int{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not a CSV list: %w", err)
		}
		line, _ := in.FieldPos(0)
		site, err := siteFromRow(row, column)
		for _, known := range [][2]string{{"name", site.Name}, {"uai", site.UAI}} {
			if first := seen[known]; first > 0 && known[1] != "" {
				err = errors.Join(err, fmt.Errorf("%s %q stands on line %d already", known[0], known[1], first))
			}
			seen[known] = line
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %s", line, strings.ReplaceAll(err.Error(), "\n", "; ")))
		}
		sites = append(sites, site)
	}
	if len(sites) == 0 && len(errs) == 0 {
		return nil, errors.New("the list has a header and no site")
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return sites, nil
}

// readList reads a whole list as UTF-8 text.
func readList(r io.Reader) (string, error) {
	all, err := io.ReadAll(io.LimitReader(r, maxListB+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot read sites: %w", err)
	case len(all) > maxListB:
		return "", fmt.Errorf("the list is larger than %d MiB", maxListB>>20)
	}
	text := strings.TrimPrefix(string(all), "\ufeff")
	line := 0
	for row := range strings.Lines(text) {
		if line++; !utf8.ValidString(row) { // as Excel saves it on a French Windows
			return "", fmt.Errorf("line %d: not UTF-8; save the list as \"CSV UTF-8\"", line)
		}
	}
	return text, nil
}

func siteFromRow(row []string, column map[string]int) (Site, error) {
	field := func(name string) string {
		i, ok := column[name]
		if !ok {
			return ""
		}
		return strings.TrimSpace(row[i])
	}
	s := Site{Name: field("name"), Kind: strings.ToLower(field("kind")), UAI: strings.ToUpper(field("uai")), Zone: strings.ToUpper(field("zone"))}
	if text := field("pupils"); text != "" {
		pupils, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return s, fmt.Errorf("pupils is %q; a whole number is expected", text)
		}
		s.Pupils = pupils
	}
	return s, s.Check()
}
