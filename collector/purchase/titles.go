package purchase

import "github.com/ecoparc/ecoparc/collector/spreadsheet"

// fields are what a list may say of a device, by the names that --map takes, with the
// titles of columns that are recognised. memory_mib and storage_mib are the same as
// memory and storage, counted in MiB where the cell names no unit.
//
// GLPI's are those of its search options, which a CSV export prints as titles, with
// the group before them where there is one ("Components - Processor"): in
// glpi-project/glpi, src/Computer.php, src/Monitor.php, src/Infocom.php
// (rawSearchOptions: "Date of purchase", "Startup date", "Value", "Decommission
// date"; sizes of components are in Mio) and src/Glpi/Search/Output/Csv.php
// (enclosed in quotes, separated as the user chose, by default ";"). French titles
// are those of its French interface.
var fields = spreadsheet.Fields{
	{Name: "label", Titles: []string{"name", "nom", "libelle", "hostname", "nom de l'ordinateur"}},
	{Name: "serial", Titles: []string{"serial number", "numero de serie", "n° de serie", "n° serie"}},
	{Name: "category", Titles: []string{"categorie", "type", "type d'equipement", "computer type", "item type", "type d'element"}},
	{Name: "maker", Titles: []string{"manufacturer", "fabricant", "marque", "constructeur"}},
	{Name: "model", Titles: []string{"modele"}},
	{Name: "cpu", Titles: []string{"processor", "processeur", "components - processor", "composants - processeur"}},
	{Name: "memory", Titles: []string{"memoire", "ram", "memoire (go)", "memory (gb)", "memory (gib)", "ram (go)"}},
	{Name: "memory_mib", Titles: []string{"memory (mio)", "memoire (mio)", "memory (mib)", "memory (mb)", "memoire (mo)", "components - memory", "composants - memoire"}},
	{Name: "storage", Titles: []string{"stockage", "disque (go)", "storage (gb)", "stockage (go)"}},
	{Name: "storage_mib", Titles: []string{"hard drive size", "taille du disque dur", "taille des disques durs", "hard drive size (mio)", "taille du disque dur (mio)", "global size (mio)", "taille totale (mio)"}},
	{Name: "screen", Titles: []string{"ecran", "size", "taille", "diagonale", "taille de l'ecran", "screen size", "diagonale (pouces)", "ecran (pouces)"}},
	{Name: "weight", Titles: []string{"poids", "poids (kg)", "weight (kg)"}},
	{Name: "purchased", Titles: []string{"date of purchase", "purchase date", "date d'achat", "date achat"}},
	{Name: "started", Titles: []string{"startup date", "date de mise en service", "delivery date", "date de livraison"}},
	{Name: "price", Titles: []string{"value", "valeur", "prix", "prix (€)", "prix d'achat", "price (eur)", "prix ttc", "montant"}},
	{Name: "acquisition", Titles: []string{"mode d'acquisition", "origine"}},
	{Name: "population", Titles: []string{"usage", "public"}},
	{Name: "site", Titles: []string{"location", "lieu", "uai", "etablissement", "rne", "code uai"}},
	{Name: "entity", Titles: []string{"entite"}},
	{Name: "status", Titles: []string{"statut", "etat"}},
	{Name: "retired", Titles: []string{"decommission date", "date de reforme", "date de sortie", "date de mise au rebut"}},
	{Name: "retired_to", Titles: []string{"retired to", "devenir", "destination"}},
}

// Fields are the names of the fields that a column can be mapped to.
func Fields() []string { return fields.Names() }
