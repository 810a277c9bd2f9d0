package service

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/browsertest"
)

// press presses the tabulator until what a CSS selector finds has the focus, and then a
// key, as somebody without a mouse does.
func press(t *testing.T, b *browsertest.Browser, selector, key string) {
	t.Helper()
	for range 80 {
		b.Key("\t")
		if browsertest.Script[bool](b, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			b.Key(key)
			return
		}
	}
	t.Fatalf("the tabulator never comes to %s", selector)
}

// Every page of administration is accessible and fits a phone; an act is done with the
// keyboard alone, and its refusal is found by it.
func TestAdministrationIsAccessibleAndWorksByKeyboard(t *testing.T) {
	b := browsertest.Start(t)
	s, _ := running(t, nil)
	addZoe(t, s)
	if _, err := s.store.Write.Exec("UPDATE users SET role = 'administrator'"); err != nil {
		t.Fatal(err)
	}
	w := fill(t, s)
	if _, err := s.store.Write.Exec("INSERT INTO repairs (device, day, part, outcome, done_by, cost_cents) SELECT id, 20600, 'screen', 'repaired', 'in_house', 9990 FROM devices WHERE name = ?", w.devices[0]); err != nil {
		t.Fatal(err)
	}
	address := "http://" + s.Address()
	b.Window(1440, false)
	b.SignIn(address, "zoe", "twelve letters")
	for i, path := range []string{
		"", "/collector", "/audit", "/tokens", "/sites", "/organisations", fmt.Sprintf("/organisations/%d", w.organisations[0]), fmt.Sprintf("/organisations/%d/import/devices", w.organisations[0]), fmt.Sprintf("/organisations/%d/import/repairs", w.organisations[0]),
		"/devices", "/devices/" + w.devices[0], "/people", "/people/zoe", fmt.Sprintf("/sites/%d/tokens", w.sites[0]), fmt.Sprintf("/sites/%d", w.sites[0]),
	} {
		b.Window(360, i%2 == 0)
		b.Open(address + "/administration" + path)
		b.CheckPage()
	}

	b.Window(360, false)
	b.Open(address + "/devices/" + w.devices[0]) // what its page says of repairs, with the form that records one
	b.CheckPage()
	press(t, b, "#repairs details summary", "\r")
	press(t, b, "#repairs form.act button", "\r")
	if text := b.Text(".done"); !strings.Contains(text, "réparation est notée") {
		t.Errorf("recorded from a device's page: %s", text)
	}
	b.CheckPage()

	b.Window(1440, false)
	site := fmt.Sprintf("%s/administration/sites/%d", address, w.sites[0])
	b.Open(site)
	press(t, b, "section details summary", "\r")
	press(t, b, "#close-confirm", " ")
	press(t, b, "form.act button", "\r")
	if text := b.Text(".errors"); !strings.Contains(text, "en service") {
		t.Errorf("a school with a device is closed: %s", text)
	}
	b.CheckPage()
	b.Open(site + "/tokens")
	press(t, b, "form.act button", "\r")
	if secret := b.Text(".secret pre"); !strings.HasPrefix(secret, "ecoparc-") {
		t.Errorf("the token is %q", secret)
	}
	press(t, b, ".secret details summary", "\r")
	b.CheckPage()
	press(t, b, "table.admin details summary", "\r")
	press(t, b, "table.admin details button", "\r")
	if text := b.Text(".done"); !strings.Contains(text, "révoqué") {
		t.Errorf("after revoking: %s", text)
	}
}
