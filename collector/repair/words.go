package repair

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// fields are what a list may say of a repair, by the names that --map takes, with the
// titles of columns that are recognised. GLPI's are those of the search options of its
// tickets, which a CSV export prints as titles (glpi-project/glpi, src/Ticket.php and
// src/CommonITILCost.php), French ones those of its French interface.
var fields = spreadsheet.Fields{
	{Name: "label", Titles: []string{"name", "nom", "libelle", "hostname", "nom de l'ordinateur", "appareil", "device", "poste", "equipement", "element", "elements associes", "associated elements", "associated items", "item"}},
	{Name: "serial", Titles: []string{"serial number", "numero de serie", "n° de serie", "n° serie"}},
	{Name: "repaired", Titles: []string{"date", "day", "jour", "on", "date de reparation", "repair date", "date d'intervention", "date de resolution", "resolution date"}},
	{Name: "closed", Titles: []string{"closing date", "date de cloture"}},
	{Name: "part", Titles: []string{"piece", "piece changee", "piece remplacee", "composant", "categorie", "category", "nature", "type de panne", "panne"}},
	{Name: "outcome", Titles: []string{"resultat", "issue", "result"}},
	{Name: "done_by", Titles: []string{"fait par", "par", "reparateur", "lieu de reparation", "done by", "prestation"}},
	{Name: "cost", Titles: []string{"cout", "cout total", "total cost", "cout (€)", "cost (eur)", "montant", "montant ttc", "prix", "price"}},
	{Name: "site", Titles: []string{"location", "lieu", "uai", "etablissement", "rne", "code uai"}},
	{Name: "entity", Titles: []string{"entite"}},
}

// Fields are the names of the fields that a column can be mapped to.
func Fields() []string { return fields.Names() }

// Parts are the names of the parts.
func Parts() []string {
	names := make([]string, len(lifespan.RepairedParts))
	for i, p := range lifespan.RepairedParts {
		names[i] = string(p)
	}
	return names
}

// partWords are what lists call the parts.
var partWords = map[lifespan.Part][]string{
	lifespan.Battery:     {"batterie", "accu", "accumulateur", "remplacement batterie"},
	lifespan.SSD:         {"storage", "stockage", "disque", "disque dur", "disque ssd", "hdd", "hard drive", "hard disk", "disk", "nvme"},
	lifespan.Memory:      {"memoire", "ram", "barrette", "barrette memoire", "memoire vive"},
	lifespan.Screen:      {"ecran", "dalle", "ecran casse", "dalle cassee", "vitre", "panel", "display", "affichage"},
	lifespan.Keyboard:    {"clavier"},
	lifespan.Mainboard:   {"motherboard", "carte mere"},
	lifespan.PowerSupply: {"power supply", "psu", "charger", "alimentation", "bloc d'alimentation", "chargeur", "adaptateur secteur"},
	lifespan.Fan:         {"ventilateur", "ventilation", "ventirad", "refroidissement", "cooling"},
	lifespan.OtherPart:   {"autre", "autres", "charniere", "charnieres", "coque", "connecteur", "prise", "camera", "webcam", "haut-parleur", "pave tactile", "touchpad", "hinge", "case"},
	lifespan.NoPart:      {"aucune", "aucun", "sans piece", "nettoyage", "diagnostic", "reglage", "reinstallation", "cleaning"},
}

// parts are the words of the part column with what they mean.
func (o Options) parts() (map[string]string, error) {
	all := map[string]string{Skipped: Skipped, "ignorer": Skipped}
	for _, part := range lifespan.RepairedParts {
		all[string(part)] = string(part)
		for _, word := range partWords[part] {
			all[word] = string(part)
		}
	}
	allowed := append(Parts(), Skipped)
	for word, meaning := range o.Words {
		if !slices.Contains(allowed, meaning) {
			return nil, fmt.Errorf("the word %q cannot be %q; allowed are %s", word, meaning, strings.Join(allowed, ", "))
		}
		all[spreadsheet.Plain(word)] = meaning
	}
	if o.Part != "" && !slices.Contains(lifespan.RepairedParts, o.Part) {
		return nil, fmt.Errorf("the part cannot be %q; allowed are %s", o.Part, strings.Join(Parts(), ", "))
	}
	return all, nil
}

var outcomes = map[string]string{
	"repaired": "repaired", "repare": "repaired", "reparee": "repaired", "remplace": "repaired", "remplacee": "repaired", "change": "repaired", "ok": "repaired", "oui": "repaired", "resolu": "repaired", "clos": "repaired",
	"not_repairable": "not_repairable", "not repairable": "not_repairable", "irreparable": "not_repairable", "non reparable": "not_repairable", "non repare": "not_repairable", "hs": "not_repairable", "hors service": "not_repairable", "non": "not_repairable",
}

var doneBys = map[string]string{
	"in_house": "in_house", "in house": "in_house", "interne": "in_house", "sur place": "in_house", "etablissement": "in_house", "atelier": "in_house",
	"sent_out": "sent_out", "sent out": "sent_out", "externe": "sent_out", "prestataire": "sent_out", "envoye": "sent_out", "sav": "sent_out",
	"warranty": "warranty", "garantie": "warranty", "sous garantie": "warranty", "constructeur": "warranty",
}
