package purchase

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fields are what a list may say of a device, by the names that --map takes.
// memory_mib and storage_mib are the same as memory and storage, counted in MiB where
// the cell names no unit.
var fields = []string{
	"label", "serial", "category", "maker", "model", "cpu", "memory", "memory_mib", "storage", "storage_mib", "screen", "weight",
	"purchased", "started", "price", "acquisition", "population", "site", "entity", "status", "retired", "retired_to",
}

// Fields are the names of the fields that a column can be mapped to.
func Fields() []string { return slices.Clone(fields) }

// titles are the titles of columns that are recognised, as plain leaves them.
//
// GLPI's are those of its search options, which a CSV export prints as titles, with
// the group before them where there is one ("Components - Processor"): in
// glpi-project/glpi, src/Computer.php, src/Monitor.php, src/Infocom.php
// (rawSearchOptions: "Date of purchase", "Startup date", "Value", "Decommission
// date"; sizes of components are in Mio) and src/Glpi/Search/Output/Csv.php
// (enclosed in quotes, separated as the user chose, by default ";"). French titles
// are those of its French interface.
var titles = map[string][]string{
	"label":       {"label", "name", "nom", "libelle", "hostname", "nom de l'ordinateur"},
	"serial":      {"serial", "serial number", "numero de serie", "n° de serie", "n° serie"},
	"category":    {"category", "categorie", "type", "type d'equipement", "computer type", "item type", "type d'element"},
	"maker":       {"maker", "manufacturer", "fabricant", "marque", "constructeur"},
	"model":       {"model", "modele"},
	"cpu":         {"cpu", "processor", "processeur", "components - processor", "composants - processeur"},
	"memory":      {"memory", "memoire", "ram", "memoire (go)", "memory (gb)", "memory (gib)", "ram (go)"},
	"memory_mib":  {"memory (mio)", "memoire (mio)", "memory (mib)", "memory (mb)", "memoire (mo)", "components - memory", "composants - memoire"},
	"storage":     {"storage", "stockage", "disque (go)", "storage (gb)", "stockage (go)"},
	"storage_mib": {"hard drive size", "taille du disque dur", "taille des disques durs", "hard drive size (mio)", "taille du disque dur (mio)", "global size (mio)", "taille totale (mio)"},
	"screen":      {"screen", "ecran", "size", "taille", "diagonale", "taille de l'ecran", "screen size", "diagonale (pouces)", "ecran (pouces)"},
	"weight":      {"weight", "poids", "poids (kg)", "weight (kg)"},
	"purchased":   {"purchased", "date of purchase", "purchase date", "date d'achat", "date achat"},
	"started":     {"started", "startup date", "date de mise en service", "delivery date", "date de livraison"},
	"price":       {"price", "value", "valeur", "prix", "prix (€)", "prix d'achat", "price (eur)", "prix ttc", "montant"},
	"acquisition": {"acquisition", "mode d'acquisition", "origine"},
	"population":  {"population", "usage", "public"},
	"site":        {"site", "location", "lieu", "uai", "etablissement", "rne", "code uai"},
	"entity":      {"entity", "entite"},
	"status":      {"status", "statut", "etat"},
	"retired":     {"retired", "decommission date", "date de reforme", "date de sortie", "date de mise au rebut"},
	"retired_to":  {"retired_to", "retired to", "devenir", "destination"},
}

// plain is how titles and words are compared: in small letters, without accents, with
// single blanks.
func plain(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	return strings.NewReplacer("à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i",
		"ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u", "œ", "oe", "’", "'", "№", "n°", "nº", "n°").Replace(text)
}

// columns tells where the fields of a row are.
type columns struct {
	at     map[string]int
	needed int // columns that a row must have
}

// columns recognises the titles of a header.
func (l *List) columns(header []string, own map[string]string) (columns, error) {
	known := map[string]string{}
	for field, names := range titles {
		for _, name := range names {
			known[name] = field
		}
	}
	unused := map[string]string{}
	for title, field := range own {
		if field != "" && !slices.Contains(fields, field) {
			return columns{}, fmt.Errorf("a column cannot be mapped to %q; the fields are %s", field, strings.Join(fields, ", "))
		}
		known[plain(title)], unused[plain(title)] = field, title
	}
	c := columns{at: map[string]int{}}
	var errs []error
	for i, title := range header {
		name := plain(title)
		field, ok := known[name]
		if _, rest, grouped := strings.Cut(name, " - "); !ok && grouped {
			field, ok = known[rest] // GLPI writes the group of a column before its title
		}
		delete(unused, name)
		title = strings.TrimSpace(title)
		switch _, twice := c.at[field]; {
		case title == "":
		case !ok || field == "":
			l.Ignored = append(l.Ignored, title)
		case twice:
			errs = append(errs, fmt.Errorf("line 1: the columns %q and %q both say %s; leave one out with --map %q", header[c.at[field]], title, field, title+"="))
		default:
			c.at[field], c.needed = i, i+1
			l.Read = append(l.Read, title+" = "+field)
		}
	}
	for _, title := range slices.Sorted(maps.Values(unused)) {
		errs = append(errs, fmt.Errorf("line 1: there is no column %q to map", title))
	}
	_, label := c.at["label"]
	_, serial := c.at["serial"]
	if !label && !serial && len(errs) == 0 {
		errs = append(errs, errors.New("line 1: neither a label nor a serial number is recognised: without one, a device is not known again; name the columns with --map \"Title=label\""))
	}
	return c, errors.Join(errs...)
}
