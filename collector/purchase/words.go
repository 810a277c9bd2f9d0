package purchase

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/collector/spreadsheet"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// typeWords are what lists call the categories. GLPI's types of computers are free
// text; those that its inventory agent takes from the chassis (SMBIOS) are among them.
var typeWords = map[equipment.Category][]string{
	equipment.Laptop:           {"laptop", "notebook", "portable", "ordinateur portable", "pc portable", "sub notebook", "convertible", "detachable", "ultraportable", "chromebook"},
	equipment.Desktop:          {"desktop", "tower", "mini tower", "low profile desktop", "space-saving", "mini pc", "fixe", "pc fixe", "ordinateur fixe", "ordinateur de bureau", "unite centrale", "poste fixe", "tour", "all in one", "tout-en-un"},
	equipment.Tablet:           {"tablet", "tablette", "ipad"},
	equipment.Monitor:          {"monitor", "moniteur", "ecran", "screen", "display"},
	equipment.Server:           {"server", "serveur", "rack mount chassis", "main system chassis", "blade"},
	equipment.ThinClient:       {"thin_client", "thin client", "client leger"},
	equipment.Smartphone:       {"smartphone", "phone", "telephone", "telephone portable"},
	equipment.Projector:        {"projector", "videoprojecteur", "video-projecteur", "vpi", "videoprojecteur interactif"},
	equipment.InteractivePanel: {"interactive_panel", "interactive panel", "ecran interactif", "eni", "tbi", "tableau interactif", "ecran numerique interactif"},
	equipment.AccessPoint:      {"access_point", "access point", "borne wifi", "borne wi-fi", "point d'acces"},
	equipment.Printer:          {"printer", "imprimante", "copieur", "multifonction", "photocopieur"},
	equipment.Virtual:          {"virtual", "vm", "vmware", "virtualbox", "virtual machine", "machine virtuelle", "hyper-v", "qemu", "kvm"},
}

// types are the words of the category column with what they mean.
func (o Options) types() (map[string]equipment.Category, error) {
	all := map[string]equipment.Category{}
	for category, words := range typeWords {
		for _, word := range words {
			all[word] = category
		}
	}
	for word, category := range o.Types {
		if !slices.Contains(equipment.Categories, category) {
			return nil, fmt.Errorf("type %q cannot be %q; the categories are %q", word, category, equipment.Categories)
		}
		all[spreadsheet.Plain(word)] = category
	}
	return all, nil
}

// category is what the category column says; unknown is its word where that has no
// meaning.
func (c *cells) category(types map[string]equipment.Category) (category equipment.Category, unknown string) {
	text := c.Text("category")
	if text == "" {
		return "", ""
	}
	category, ok := types[spreadsheet.Plain(text)]
	if !ok {
		names := make([]string, len(equipment.Categories))
		for i, known := range equipment.Categories {
			names[i] = string(known)
		}
		c.Wrong(fmt.Errorf("category is %q, which is not known; the categories are %s; say which it is with --type %q", text, strings.Join(names, ", "), text+"=laptop"))
		return "", text
	}
	return category, ""
}

var acquisitions = map[string]string{
	"new": "new", "neuf": "new", "achat": "new", "reconditioned": "reconditioned", "refurbished": "reconditioned", "reconditionne": "reconditioned",
	"occasion": "reconditioned", "donated": "donated", "don": "donated", "leased": "leased", "location": "leased", "loue": "leased", "leasing": "leased",
}

var populations = map[string]string{
	"individual": "individual", "individuel": "individual", "eleve": "individual", "eleves": "individual", "shared": "shared", "partage": "shared",
	"collectif": "shared", "teaching": "teaching", "enseignant": "teaching", "enseignants": "teaching", "professeurs": "teaching",
	"administration": "administration", "administratif": "administration", "infrastructure": "infrastructure",
}

var destinations = map[string]string{
	"reuse": "reuse", "reemploi": "reuse", "don": "reuse", "vente": "reuse", "recycling": "recycling", "recyclage": "recycling", "deee": "recycling",
	"rebut": "recycling", "lost": "lost", "perdu": "lost", "vole": "lost",
}

// statusGone are the statuses that say that a device has left, with where to. A
// status is free text in GLPI: any other one is in service or in stock.
var statusGone = map[string]string{
	"retired": "", "reforme": "", "reformee": "", "sorti": "", "sorti du parc": "", "decommissioned": "", "scrapped": "recycling", "rebut": "recycling",
	"mis au rebut": "recycling", "au rebut": "recycling", "recycle": "recycling", "donne": "reuse", "vendu": "reuse", "sold": "reuse",
	"lost": "lost", "perdu": "lost", "stolen": "lost", "vole": "lost",
}
