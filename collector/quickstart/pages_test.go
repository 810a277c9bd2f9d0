package quickstart_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/browsertest"
	"github.com/ecoparc/ecoparc/collector/quickstart"
)

// shown are the pages that are looked at in a browser, and drawn by `make screens`: a
// new page is a new line here. Of an address {organisation}, {model}, {site}, {device}, {laptop}
// and {yesterday} are those of the simulated region. ofRegion says that the page shows
// simulated data, and so must be marked.
var shown = []struct {
	name, path string
	ofRegion   bool
}{
	{"home", "/", false},
	{"overview", "{organisation}", true},
	{"schools", "{organisation}/schools", true},
	{"quality", "{organisation}/quality", true},
	{"models", "{organisation}/models", true},
	{"model", "{model}", true},
	{"procurement", "{organisation}/procurement?longer=1&reconditioned=30&budget=50000", true},
	{"tender", "{organisation}/procurement/tender", true},
	{"scenario", "{organisation}/scenario?longer=1&reconditioned=50&night=100", true},
	{"site-scenario", "{site}/scenario", true},
	{"report", "{organisation}/report", true},
	{"site", "{site}", true},
	{"site-devices", "{site}/devices", true},
	{"week", "{site}?table=week", true},
	{"formula", "{organisation}?formula=1", true},
	{"device", "{device}", true},
	{"choice", "{laptop}?inputs=shown", true},
	{"days", "{laptop}?table=days-energy", true},
	{"laptop", "{laptop}", true},
	{"day", "{laptop}?day={yesterday}", true},
	{"sources", "/sources", false},
	{"factors", "/sources/power", false},
	{"factors-embodied", "/sources/embodied", false},
	{"monitor", "/monitor", false},
	{"administration", "/administration", false},
	{"administration-devices", "/administration/devices", false},
	{"accessibility", "/accessibility", false},
	{"not-found", "/nowhere", false},
}

// look is one way of looking at a page. With axe its rules are tried, which takes a
// while; 320 pixels are a screen of 1280 enlarged to 400 %, and 640 to 200 %.
type look struct {
	width int64
	dark  bool
	axe   bool
	kept  string // what a picture's name ends with; "-": none is kept
}

var looks = []look{
	{320, false, false, "-"}, {360, false, true, "-360"}, {640, false, false, "-"}, {768, false, false, "-768"}, {1440, true, true, "-"}, {1440, false, false, ""},
}

// Every page of a simulated region is accessible in light and dark, loads nothing from
// elsewhere, fits a phone and an enlarged screen, stays within its budget and
// has the best grade; whatever shows simulated data says so.
func TestPagesOfSimulatedRegion(t *testing.T) {
	plan := quickstart.DemoRegion()
	if os.Getenv("ECOPARC_SCREENS") == "" {
		plan.Colleges, plan.Lycees = 2, 1 // the whole region takes minutes under the race detector
	}
	out, _ := run(t, t.TempDir(), plan)
	address := find(t, `Dashboard\s+(\S+)`, out.String())
	b := browsertest.Start(t)
	b.Still()
	b.Window(1440, false)
	b.Fresh(address)
	lookAt(t, b, "sign-in", address+"/sign-in")
	b.SignIn(address, "admin", find(t, `Password\s+(\S+)`, out.String()))
	places := placesOf(b, address)
	for _, page := range shown {
		lookAt(t, b, page.name, address+places.Replace(page.path))
		if page.ofRegion {
			if mark := b.Text(".simulated"); !strings.Contains(mark, "SIMULÉ") {
				t.Errorf("%s: marked %q", page.name, mark)
			}
		}
	}

	// A list of an inventory with many columns, looked at before it is brought in.
	for name, list := range map[string]string{"import": wideList(), "import-mistakes": strings.ReplaceAll(wideList(), "12/09/2022", "demain")} {
		b.Open(address + "/administration/organisations/1/import/devices")
		b.Attach("input[type=file]", "inventaire.csv", list)
		b.Click("form.act p.buttons button", "main table.admin")
		t.Logf("%s: %s", name, b.CheckWeight(name))
		b.Window(360, false)
		b.CheckPage()
		b.Window(1440, false)
	}

	// English by choice, with the keyboard alone: a figure opens its formula.
	b.Open(address + places.Replace("{organisation}"))
	b.Click(`.lang button[value="en"]`, `html[lang="en"]`)
	if title := b.Text("h1"); !strings.Contains(title, "a year") {
		t.Errorf("the page in English says %q", title)
	}
	b.Follow("p.figure a")
	if !browsertest.Script[bool](b, `document.querySelector('.factors a').getAttribute('href').startsWith('/sources/')`) {
		t.Error("the return key does not open the formula of a figure")
	}
	b.CheckPage()
}

// wideList is an inventory as GLPI exports it: fifteen columns, and more lines than a
// page shows.
func wideList() string {
	var b strings.Builder
	b.WriteString("Nom;Lieu;Type;Fabricant;Modèle;Numéro de série;Numéro d'inventaire;Date d'achat;Valeur;Fournisseur;Usager;Statut;Mémoire;Système d'exploitation;Commentaires\n")
	for i := range 60 {
		fmt.Fprintf(&b, "PORT-%d;Cette machine;Ordinateur portable;Alpha;Cahier 14;S%d;INV-%d;12/09/2022;650,00;Centrale;M. X;En service;8;Linux;rien\n", i, i, i)
	}
	return b.String()
}

// lookAt opens a page as somebody who has never been there, weighs it and looks at it in
// every way.
func lookAt(t *testing.T, b *browsertest.Browser, name, address string) {
	t.Helper()
	b.Fresh(address)
	t.Logf("%s: %s", name, b.CheckWeight(name))
	for _, l := range looks {
		b.Window(l.width, l.dark)
		b.CheckFrame()
		if l.axe {
			b.CheckRules()
		}
		if l.kept != "-" {
			b.Picture(name + l.kept)
		}
	}
}

// placesOf finds the places of the simulated region as somebody does who clicks.
func placesOf(b *browsertest.Browser, address string) *strings.Replacer {
	b.Click(".cards li:nth-child(2) a", ".simulated")
	organisation := browsertest.Script[string](b, `location.pathname`)
	b.Open(address + organisation + "/schools?kind=lycee&sort=name")
	site := browsertest.Script[string](b, `[...document.querySelectorAll('#sites tbody th a')].filter(a => a.textContent.startsWith('Lycée')).map(a => a.pathname)[0]`)
	b.Open(address + organisation + "/models")
	model := browsertest.Script[string](b, `document.querySelector('#list tbody th a').pathname`)
	b.Open(address + site + "/devices")
	device := browsertest.Script[string](b, `document.querySelector('#devices tbody th a').pathname`)
	laptop := ""
	for page := 1; laptop == "" && page < 20; page++ {
		b.Open(fmt.Sprint(address, site, "/devices?sort=seen&page=", page))
		laptop = browsertest.Script[string](b, `[...document.querySelectorAll('#devices tbody tr')].filter(r => r.textContent.includes('suivi') && r.textContent.includes('ordinateur portable')).map(r => r.querySelector('a').pathname)[0] ?? ''`)
	}
	return strings.NewReplacer("{organisation}", organisation, "{model}", model, "{site}", site, "{device}", device, "{laptop}", laptop,
		"{yesterday}", time.Now().AddDate(0, 0, -1).Format(time.DateOnly))
}
