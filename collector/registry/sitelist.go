package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/spreadsheet"
)

// siteFields are the columns of a list of sites. The titles of the ministry's open data
// "Annuaire de l'éducation" (data.education.gouv.fr, fr-en-annuaire-education) are
// recognised: the names of its fields as its CSV writes them.
var siteFields = spreadsheet.Fields{
	{Name: "uai", Titles: []string{"identifiant_de_l_etablissement", "rne", "code uai", "numero uai"}},
	{Name: "name", Titles: []string{"nom_etablissement", "nom", "etablissement"}},
	{Name: "kind", Titles: []string{"type_etablissement", "type"}},
	{Name: "zone", Titles: []string{"zone de vacances", "zone vacances"}},
	{Name: "academy", Titles: []string{"libelle_academie", "academie"}},
	{Name: "town", Titles: []string{"nom_commune", "commune", "ville"}},
	{Name: "pupils", Titles: []string{"nombre_d_eleves", "eleves", "nombre d'eleves", "effectif"}},
	{Name: "latitude", Titles: []string{"lat"}},
	{Name: "longitude", Titles: []string{"lon", "lng", "long"}},
}

// SiteFields are the names of the fields that a column of a list of sites can be
// mapped to. The zone follows from the academy where no column gives it; the town
// tells schools of one name apart.
func SiteFields() []string { return siteFields.Names() }

// SiteList is a list of sites with the lines that they stand on.
type SiteList struct {
	Columns spreadsheet.Columns
	Sites   []Site
	Lines   []int
}

// ReadSites reads a list of sites as CSV with a header of siteFields in any order;
// name and kind are needed. The error tells every mistake with its line; the list
// beside it holds what could be read, for a preview.
func ReadSites(r io.Reader, mapped map[string]string) (*SiteList, error) {
	list := &SiteList{}
	in, err := spreadsheet.Read(r, siteFields, mapped)
	if in != nil {
		list.Columns = in.Columns
	}
	if err != nil {
		return list, err
	}
	for _, needed := range []string{"name", "kind"} {
		if !in.Columns.Has(needed) {
			return list, spreadsheet.Mistakes{{Line: 1, Reason: fmt.Sprintf("the column %q is missing; the fields are %s", needed, strings.Join(SiteFields(), ", "))}}
		}
	}
	towns := []string{}
	err = in.Each(func(row spreadsheet.Row) error {
		site, err := siteFromRow(row)
		list.Sites, list.Lines, towns = append(list.Sites, site), append(list.Lines, row.Line), append(towns, row.Cell("town"))
		return err
	})
	if err != nil {
		return list, err
	}
	if len(list.Sites) == 0 {
		return list, errors.New("the list has a header and no site")
	}
	list.tellApart(towns)
	return list, list.distinct()
}

// tellApart adds their town to the names of schools that share one: there are many
// collèges Jean Moulin.
func (l *SiteList) tellApart(towns []string) {
	count := map[string]int{}
	for _, s := range l.Sites {
		count[s.Name]++
	}
	for i := range l.Sites {
		if s := &l.Sites[i]; count[s.Name] > 1 && towns[i] != "" {
			if longer := fmt.Sprintf("%s (%s)", s.Name, towns[i]); checkName(longer) == nil {
				s.Name = longer
			}
		}
	}
}

// distinct refuses two lines of one site.
func (l *SiteList) distinct() error {
	var twice spreadsheet.Mistakes
	seen := map[[2]string]int{}
	for i, s := range l.Sites {
		for _, known := range [][2]string{{"name", s.Name}, {"uai", s.UAI}} {
			if first := seen[known]; first > 0 && known[1] != "" {
				twice = append(twice, spreadsheet.Mistake{Line: l.Lines[i], Reason: fmt.Sprintf("%s %q stands on line %d already", known[0], known[1], first)})
			}
			seen[known] = l.Lines[i]
		}
	}
	if len(twice) > 0 {
		return twice
	}
	return nil
}

// kindWords are what lists call the kinds; the annuaire's types among them.
var kindWords = map[string]string{
	"college": College, "lycee": Lycee, "lycee professionnel": Lycee, "lycee polyvalent": Lycee, "lycee general et technologique": Lycee,
	"other": Other, "autre": Other, "ecole": Other, "erea": Other, "medico-social": Other, "service administratif": Other, "information et orientation": Other,
}

// zoneOf is the zone of the school holidays of an academy. Corse and the territories
// overseas have calendars of their own.
var zoneOf = map[string]string{
	"besancon": "A", "bordeaux": "A", "clermont-ferrand": "A", "dijon": "A", "grenoble": "A", "limoges": "A", "lyon": "A", "poitiers": "A",
	"aix-marseille": "B", "amiens": "B", "lille": "B", "nancy-metz": "B", "nantes": "B", "nice": "B", "normandie": "B", "orleans-tours": "B",
	"reims": "B", "rennes": "B", "strasbourg": "B",
	"creteil": "C", "montpellier": "C", "paris": "C", "toulouse": "C", "versailles": "C",
}

func siteFromRow(row spreadsheet.Row) (Site, error) {
	s := Site{Name: row.Cell("name"), Kind: row.Cell("kind"), UAI: strings.ToUpper(row.Cell("uai")), Zone: strings.ToUpper(row.Cell("zone"))}
	if kind, known := kindWords[spreadsheet.Plain(s.Kind)]; known {
		s.Kind = kind
	}
	if s.Zone == "" {
		s.Zone = zoneOf[spreadsheet.Plain(row.Cell("academy"))]
	}
	var errs []error
	if text := row.Cell("pupils"); text != "" {
		pupils, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			errs = append(errs, wrong("pupils", "is %q; a whole number is expected", text))
		}
		s.Pupils = pupils
	}
	latitude, longitude := row.Cell("latitude"), row.Cell("longitude")
	if latitude != "" || longitude != "" {
		s.Position.Known = true
		for name, cell := range map[string]*float64{"latitude": &s.Position.Latitude, "longitude": &s.Position.Longitude} {
			degrees, err := strconv.ParseFloat(strings.Replace(row.Cell(name), ",", ".", 1), 64)
			if err != nil {
				errs = append(errs, wrong(name, "is %q; degrees as 48.8566 are expected", row.Cell(name)))
			}
			*cell = degrees
		}
	}
	return s, errors.Join(append(errs, s.Check())...)
}

// The outcomes of a line of a list.
const (
	Added     = "added"
	Changed   = "changed"
	Unchanged = "unchanged"
)

// SiteChange is what a line of a list does to a site.
type SiteChange struct {
	Line    int
	Site    Site // without a number when it is only a preview of a new one
	Outcome string
}

// ImportSites brings a list of sites into an organisation: all of it or, with an error
// that names every line that cannot be, nothing. Known sites are found by their UAI or
// else their name, and keep what the list has no column for. source is the list's name
// for the audit log. A dry run only tells what would be.
func (r *Registry) ImportSites(ctx context.Context, organisation int64, list *SiteList, dryRun bool, source string) ([]SiteChange, error) {
	var changes []SiteChange
	err := r.change(ctx, "import sites", func(tx *sql.Tx) error {
		changes = make([]SiteChange, 0, len(list.Sites))
		known, err := knownSites(ctx, tx, organisation)
		if err != nil {
			return err
		}
		var mistakes spreadsheet.Mistakes
		for i, s := range list.Sites {
			change, err := known.importOne(ctx, tx, s, list, organisation)
			if refused := (*Refused)(nil); errors.As(err, &refused) {
				mistakes = append(mistakes, spreadsheet.Mistake{Line: list.Lines[i], Reason: refused.Error()})
				continue
			}
			if err != nil {
				return err
			}
			change.Line = list.Lines[i]
			if dryRun && change.Outcome == Added {
				change.Site.ID = 0
			}
			changes = append(changes, change)
		}
		if len(mistakes) > 0 {
			return mistakes
		}
		if dryRun {
			return errPreview
		}
		return audit.Write(ctx, tx, "site import", fmt.Sprint("organisation ", organisation), fmt.Sprintf("%s: %d lines", source, len(changes)))
	})
	if errors.Is(err, errPreview) {
		return changes, nil
	}
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// errPreview ends the transaction of a preview.
var errPreview = errors.New("only a preview")

func (k *siteIndex) importOne(ctx context.Context, tx *sql.Tx, s Site, list *SiteList, organisation int64) (SiteChange, error) {
	s.Organisation = organisation
	before := k.find(s)
	outcome := Added
	if before != nil {
		s.keep(*before, list.Columns.Has)
		outcome = Changed
		if s == *before {
			outcome = Unchanged
		}
	}
	err := k.file(ctx, tx, before, &s)
	return SiteChange{Site: s, Outcome: outcome}, err
}

// keep takes over from a known site what a list says nothing of.
func (s *Site) keep(before Site, has func(field string) bool) {
	s.ID, s.Closed = before.ID, before.Closed
	if !has("uai") {
		s.UAI = before.UAI
	}
	if !has("zone") && !has("academy") {
		s.Zone = before.Zone
	}
	if !has("pupils") {
		s.Pupils = before.Pupils
	}
	if !has("latitude") && !has("longitude") {
		s.Position = before.Position
	}
}
