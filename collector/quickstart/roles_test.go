package quickstart_test

import (
	"cmp"
	"regexp"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/browsertest"
	"github.com/ecoparc/ecoparc/collector/quickstart"
)

// person is somebody who uses the keyboard alone.
type person struct {
	*browsertest.Browser
	t       *testing.T
	address string
}

// arrives signs in as somebody.
func (p *person) arrives(name, password string) {
	p.t.Helper()
	p.Open(p.address + "/sign-in")
	p.Fill("#name", name)
	p.Fill("#password", password)
	p.Follow("form.signin button")
	if user := p.Text("form.who span"); user != name {
		p.t.Fatalf("signed in is %q, not %q", user, name)
	}
}

func (p *person) leaves() {
	p.t.Helper()
	p.Follow(`form[action="/sign-out"] button`)
}

// sees fails the test when the first line of the page is not as a pattern.
func (p *person) sees(pattern string) {
	p.t.Helper()
	if title := p.Text("h1"); !regexp.MustCompile(pattern).MatchString(title) {
		p.t.Errorf("%s says %q, not %s", p.Address(), title, pattern)
	}
}

// may fails the test when a page opens for somebody who may not see it, or the other way.
func (p *person) may(path string, want bool) {
	p.t.Helper()
	p.Open(p.address + path)
	status := browsertest.Script[int](p.Browser, `performance.getEntriesByType('navigation')[0].responseStatus`)
	if want && status != 200 || !want && status != 403 && status != 404 {
		p.t.Errorf("%s answers %d; open is to be %v", path, status, want)
	}
}

// Each role does what it comes for, with the keyboard alone, and finds closed what is
// not its own.
func TestEachRoleDoesItsTaskByKeyboard(t *testing.T) {
	plan := quickstart.DemoRegion()
	plan.Colleges, plan.Lycees = 2, 1
	out, _ := run(t, t.TempDir(), plan)
	p := &person{browsertest.Start(t), t, find(t, `Dashboard\s+(\S+)`, out.String())}
	p.Window(1280, false)
	p.arrives("admin", find(t, `Password\s+(\S+)`, out.String()))
	own := browsertest.Script[string](p.Browser, `document.querySelector('.cards li a').textContent`) // this machine's
	p.Follow(".cards li:nth-child(2) a")
	organisation := browsertest.Script[string](p.Browser, `location.pathname`)
	name := browsertest.Script[string](p.Browser, `document.querySelector('.crumbs li').textContent`)

	// The administrator lets the others in.
	reach := map[string]string{"it_manager": own} // no real device enrols in a simulated school
	passwords := map[string]string{}
	for role, begins := range map[string]string{"it_manager": "responsable", "council_viewer": "élu", "procurement": "acheteur", "auditor": "auditeur"} {
		p.Open(p.address + "/administration/people")
		p.Fill("form.act input[name=name]", role)
		p.Fill("form.act select[name=role]", begins)
		p.Fill("form.act textarea[name=organisations]", cmp.Or(reach[role], name))
		p.Follow("form.act button")
		passwords[role] = strings.TrimSpace(p.Text(".secret pre"))
		if passwords[role] == "" {
			t.Fatalf("%s was given no password", role)
		}
	}
	p.leaves()

	for _, c := range []struct {
		role         string
		does         func()
		open, closed []string
	}{
		{"council_viewer", func() {
			p.Open(p.address + organisation)
			p.Follow(`.sections a[href*="/schools"]`)
			p.sees(`établissements`)
			p.Follow(`#sites tbody th a`)
			p.sees(`\d`)
			if browsertest.Script[bool](p.Browser, `!!document.querySelector('a[href^="/devices/"]')`) {
				t.Error("a councillor is led to single devices")
			}
			p.Open(p.address + organisation)
			p.Follow(`.sections a[href*="/report"]`)
			p.sees(`\d`)
			p.Open(p.address + organisation)
			p.Follow(`.sections a[href*="/scenario"]`)
			p.Fill("#longer", "2")
			p.Follow("form.measures button")
			p.sees(`\d`)
			if !strings.Contains(p.Address(), "longer=2") || browsertest.Script[string](p.Browser, `document.querySelector('#longer ~ .slider').value`) != "2" {
				t.Errorf("the scenario stands at %s, or its slider elsewhere", p.Address())
			}
		}, []string{organisation, organisation + "/schools", "/sources"}, []string{organisation + "/procurement", "/administration", "/administration/people"}},
		{"procurement", func() {
			p.Open(p.address + organisation)
			p.Follow(`.sections a[href*="/procurement"]`)
			p.sees(`\d`)
			p.Fill("#policy-budget", "20000")
			p.Follow("form.policy button")
			if !strings.Contains(p.Address(), "budget=20000") {
				t.Errorf("the plan stands at %s", p.Address())
			}
			p.Follow(`a[href*="/procurement/tender"]`)
			p.sees(`\S`)
		}, []string{organisation + "/models"}, []string{"/administration", "/administration/people"}},
		{"auditor", func() {
			p.Follow(`footer a[href="/sources"]`)
			p.sees(`\d`)
			p.Open(p.address + organisation)
			p.Follow("p.figure a")
			p.Follow(`.factors a[href^="/sources"]`)
			p.sees(`\S`)
		}, []string{organisation + "/procurement"}, []string{"/administration/people", "/administration/devices"}},
		{"it_manager", func() {
			p.Follow(`form.who a[href^="/administration"]`)
			p.sees(`\S`)
			p.Follow(`.sections a[href="/administration/sites"]`)
			p.Follow(`table.admin tbody th a`)
			p.Follow(`a[href$="/tokens"]:not(.sections a)`)
			p.Follow(`form.act button`)
			p.Reach(".secret details summary")
			p.Key("\r")
			if text := p.Text(".secret details[open]"); !strings.Contains(text, p.address) {
				t.Errorf("the way to enrol is %q", text)
			}
			p.Open(p.address + "/administration/devices")
			p.Follow(`table.admin tbody th a`)
			p.sees(`\S`)
		}, []string{"/administration", "/administration/devices"}, []string{"/administration/people", "/administration/collector"}},
	} {
		p.arrives(c.role, passwords[c.role])
		c.does()
		for _, path := range c.open {
			p.may(path, true)
		}
		for _, path := range c.closed {
			p.may(path, false)
		}
		p.Open(p.address)
		p.leaves()
	}
}
