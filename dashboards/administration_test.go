package dashboards

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// submit sends a form as someone who has signed in.
func (w *world) submit(t testing.TB, address string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	return w.send(t, address, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (w *world) send(t testing.TB, address, media string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, address, body)
	r.Header.Set("Content-Type", media)
	r.Header.Set("Cookie", SessionCookie+"=token")
	answer := httptest.NewRecorder()
	w.handler(t, io.Discard).ServeHTTP(answer, r)
	return answer
}

func valuesOf(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// acts are a form of each act, with what it does and where it leads.
var officeActs = []struct {
	address string
	form    url.Values
	does    string
	leads   string
}{
	{"/administration/collector", valuesOf("act", "verify"), "verify", "/administration/collector?done=begun"},
	{"/administration/organisations", valuesOf("act", "owner", "name", " Région ", "kind", "region"), "add owner Région region", "/administration/organisations/7?done=added"},
	{"/administration/organisations/1", valuesOf("act", "owner", "name", "Région", "kind", ""), "edit owner 1 Région", "/administration/organisations/1?done=edited"},
	{"/administration/organisations/1", valuesOf("act", "site", "name", "Lycée", "kind", "lycee", "pupils", "1 200", "latitude", "48,5", "longitude", "2"), "add site 1 Lycée 1200 48.5", "/administration/sites/8?done=added"},
	{"/administration/sites/1", valuesOf("act", "edit", "name", "Lycée", "kind", "lycee"), "edit site 1 Lycée false", "/administration/sites/1?done=edited"},
	{"/administration/sites/1", valuesOf("act", "close", "confirm", "1"), "close site 1", "/administration/sites/1?done=closed"},
	{"/administration/sites/1", valuesOf("act", "reopen", "confirm", "1"), "reopen site 1", "/administration/sites/1?done=reopened"},
	{"/administration/tokens/3", valuesOf("act", "revoke", "next", "/administration/sites/1/tokens"), "revoke token 3", "/administration/sites/1/tokens?done=revoked"},
	{"/administration/tokens/3", valuesOf("act", "revoke", "next", "//evil.example"), "revoke token 3", "/?done=revoked"},
	{"/administration/sites/1/tokens", valuesOf("act", "token", "population", "shared", "max_uses", "30", "valid_hours", "7"), "add token 1 shared 30 168", "/administration/sites/1/tokens"},
	{"/administration/devices/d-1", valuesOf("act", "repair", "on", "2026-11-01", "part", "battery", "outcome", "repaired", "done_by", "in_house", "cost", "79,90"), "repair d-1 2026-11-01 battery repaired in_house 79.9", "/administration/devices/d-1?done=repaired"},
	{"/administration/devices/d-1", valuesOf("act", "unrepair", "next", "2025-03-04 battery"), "unrepair d-1 2025-03-04 battery", "/administration/devices/d-1?done=unrepaired"},
	{"/administration/devices/d-1", valuesOf("act", "retire", "on", "2026-11-01", "to", "reuse", "confirm", "1"), "retire d-1 2026-11-01 reuse", "/administration/devices/d-1?done=retired"},
	{"/administration/devices/d-1", valuesOf("act", "return", "confirm", "1"), "return d-1", "/administration/devices/d-1?done=returned"},
	{"/administration/devices/d-1", valuesOf("act", "transfer", "site", " 0750001U", "confirm", "1"), "transfer d-1 0750001U", "/administration/devices/d-1?done=transferred"},
	{"/administration/devices/d-1", valuesOf("act", "merge", "old", "d-0", "confirm", "1"), "merge d-1 d-0", "/administration/devices/d-1?done=merged"},
	{"/administration/devices/d-1", valuesOf("act", "apart", "confirm", "1"), "apart d-1", "/administration/devices/d-1?done=apart"},
	{"/administration/devices/d-1", valuesOf("act", "rotate", "confirm", "1"), "rotate d-1", "/administration/devices/d-1"},
	{"/administration/devices/d-1", valuesOf("act", "erase", "confirm", "1"), "erase d-1", "/administration/devices?done=erased"},
	{"/administration/people", valuesOf("act", "person", "name", "leo/2", "role", "it_manager", "sites", "0750001U\r\n\r\n 12 "), "add person leo/2 it_manager false [] [0750001U 12", "/administration/people/leo%2F2"},
	{"/administration/people/leo", valuesOf("act", "grant", "role", "auditor", "everything", "1"), "grant leo auditor", "/administration/people/leo?done=granted"},
	{"/administration/people/leo", valuesOf("act", "password", "confirm", "1"), "password leo", "/administration/people/leo"},
	{"/administration/people/leo", valuesOf("act", "remove", "confirm", "1"), "remove leo", "/administration/people?done=removed"},
	{"/administration/people/leo", valuesOf("act", "key", "name", "grafana", "scopes", "read_devices", "scopes", "import", "valid_days", "365"), "add key leo grafana [import read_devices] 365", "/administration/people/leo"},
	{"/administration/people/leo", valuesOf("act", "revoke", "next", "4"), "revoke key leo 4", "/administration/people/leo?done=revoked"},
}

var blanks = regexp.MustCompile(`[\s\[\]]+`)

func TestEachActIsDoneOnceAndLeadsOn(t *testing.T) {
	for _, c := range officeActs {
		w := &world{name: "Lycée"}
		answer := w.submit(t, c.address, c.form)
		got := strings.Join(w.acted, "; ")
		if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != c.leads || strings.TrimSpace(blanks.ReplaceAllString(got, "")) != blanks.ReplaceAllString(c.does, "") {
			t.Errorf("%s %v: %d to %q, did %q; want %q and %q", c.address, c.form, answer.Code, answer.Header().Get("Location"), got, c.leads, c.does)
		}
	}
}

func TestWhatIsNotConfirmedIsNotDone(t *testing.T) {
	for _, c := range officeActs {
		if c.form.Get("confirm") == "" {
			continue
		}
		form := url.Values{}
		for name, values := range c.form {
			form[name] = values
		}
		form.Del("confirm")
		w := &world{name: "Lycée"}
		answer := w.submit(t, c.address, form)
		if answer.Code != http.StatusBadRequest || w.acted != nil || !strings.Contains(plainSpaces.Replace(answer.Body.String()), "Cochez la case pour confirmer ; rien n’a été fait.") {
			t.Errorf("%s %s: %d, did %v", c.address, form.Get("act"), answer.Code, w.acted)
		}
	}
}

// A refused form comes back with what was typed, and says beside the field and above all
// what is wrong.
func TestRefusedFormComesBackWithWhatWasTyped(t *testing.T) {
	w := &world{name: "Lycée", refuse: view.Refused{{Field: "uai", Reason: `is "075"; seven digits and a letter are expected, as in 0750001U`}, {Field: "name", Reason: "is missing"}}}
	answer := w.submit(t, "/administration/organisations/1", valuesOf("act", "site", "name", "", "kind", "lycee", "uai", "075<b>", "zone", "B"))
	page := plainSpaces.Replace(html.UnescapeString(answer.Body.String()))
	if answer.Code != http.StatusBadRequest {
		t.Errorf("status %d", answer.Code)
	}
	for _, part := range []string{
		`<a href="#site-uai">UAI : L’UAI a sept chiffres et une lettre, comme 0750001U, et non "075".</a>`, `<span class="wrong" id="site-uai-wrong">`, `aria-describedby="site-uai-wrong site-uai-hint"`,
		`value="075<B>"`, `<option value="B" selected>`, `<option value="lycee" selected>`, "Le nom manque.", `role="alert"`,
	} {
		if !strings.Contains(page, part) && !strings.Contains(strings.ReplaceAll(page, "075<b>", "075<B>"), part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if strings.Contains(answer.Body.String(), "075<b>") {
		t.Error("what was typed became markup")
	}
	w.refuse = view.Refused{{Reason: "3 devices are in service there: transfer or retire them first"}}
	answer = w.submit(t, "/administration/sites/1", valuesOf("act", "close", "confirm", "1"))
	if page := plainSpaces.Replace(answer.Body.String()); answer.Code != http.StatusConflict || !strings.Contains(page, "3 appareils y sont en service") || strings.Contains(page, `value="1" checked`) || !strings.Contains(page, `<details class="more" open>`) {
		t.Errorf("%d: %s", answer.Code, page)
	}
	// The form of this act is not on the page of a device in service.
	answer = w.submit(t, "/administration/devices/d-1", valuesOf("act", "return", "confirm", "1"))
	if answer.Code != http.StatusConflict || !strings.Contains(answer.Body.String(), `class="errors"`) {
		t.Errorf("%d", answer.Code)
	}
	for form, status := range map[string]int{"act=explode": http.StatusNotFound, "": http.StatusNotFound, "act=close&x=" + strings.Repeat("x", maxActB): http.StatusRequestEntityTooLarge} {
		answer := w.send(t, "/administration/sites/1", "application/x-www-form-urlencoded", strings.NewReader(form))
		if answer.Code != status {
			t.Errorf("%.20s: %d, want %d", form, answer.Code, status)
		}
	}
}

func TestNumberThatIsNoneIsToldBesideItsField(t *testing.T) {
	w := &world{name: "Lycée"}
	for _, form := range []url.Values{
		valuesOf("act", "edit", "name", "L", "pupils", "many"), valuesOf("act", "edit", "name", "L", "latitude", "north", "longitude", "2"), valuesOf("act", "edit", "name", "L", "latitude", "1"),
	} {
		answer := w.submit(t, "/administration/sites/1", form)
		if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "aria-invalid") {
			t.Errorf("%v: %d", form, answer.Code)
		}
	}
	if w.acted != nil {
		t.Error(w.acted)
	}
}

// A secret is shown once: on its page, to the session that made it, and in no address.
func TestSecretIsShownOnce(t *testing.T) {
	for _, c := range []struct{ address, act, secret string }{
		{"/administration/sites/1/tokens", "token", "ecoparc-secrettoken"}, {"/administration/devices/d-1", "rotate", "newsecret"},
		{"/administration/people/leo", "password", "new-password"}, {"/administration/people/leo", "key", "ecoparc_secretkey"},
	} {
		w := &world{name: "Lycée"}
		answer := w.submit(t, c.address, valuesOf("act", c.act, "confirm", "1", "max_uses", "1", "valid_hours", "1", "valid_days", "30", "name", "x"))
		cookies := answer.Result().Cookies()
		if answer.Code != http.StatusSeeOther || len(cookies) != 1 || strings.Contains(fmt.Sprint(answer.Header(), answer.Body), c.secret) {
			t.Fatalf("%s: %d, %v", c.act, answer.Code, answer.Header())
		}
		once := cookies[0]
		if !once.HttpOnly || !once.Secure || once.SameSite != http.SameSiteStrictMode || once.MaxAge > 300 || once.MaxAge <= 0 {
			t.Errorf("%s: the cookie is %v", c.act, once)
		}
		shown := w.get(t, c.address, once.Name+"="+once.Value)
		if n := strings.Count(shown.Body.String(), c.secret); n < 1 || !strings.Contains(shown.Header().Get("Cache-Control"), "no-store") {
			t.Errorf("%s: the secret is there %d times", c.act, n)
		}
		if gone := shown.Result().Cookies(); len(gone) != 1 || gone[0].MaxAge >= 0 || gone[0].Path != once.Path {
			t.Errorf("%s: the cookie stays: %v", c.act, gone)
		}
		for name, cookie := range map[string]string{"later": "", "broken": once.Name + "=" + strings.Map(swapped, once.Value), "nothing": once.Name + "="} {
			if again := w.get(t, c.address, cookie); again.Code != http.StatusOK || strings.Contains(again.Body.String(), c.secret) {
				t.Errorf("%s %s: %d, or shown again", c.act, name, again.Code)
			}
		}
		if other := w.get(t, "/administration/people", once.Name+"="+once.Value); strings.Contains(other.Body.String(), c.secret) {
			t.Errorf("%s: another page shows it", c.act)
		}
		r := httptest.NewRequest(http.MethodGet, c.address, nil)
		r.AddCookie(&http.Cookie{Name: SessionCookie, Value: "another"})
		r.AddCookie(once)
		if o, _ := w.bare(t, io.Discard).opened(r); o != nil {
			t.Errorf("%s: another session opens it", c.act)
		}
	}
}

func TestInstallCommandsHoldTheTokenAndTheAddress(t *testing.T) {
	w := &world{name: "Lycée"}
	answer := w.submit(t, "/administration/sites/1/tokens", valuesOf("act", "token", "max_uses", "1", "valid_hours", "1"))
	once := answer.Result().Cookies()[0]
	page := w.get(t, "/administration/sites/1/tokens", once.Name+"="+once.Value).Body.String()
	if n := strings.Count(page, "ecoparc-secrettoken") - 1; n != len(enrolments) { // and once alone
		t.Errorf("%d of %d commands hold the token: %s", n, len(enrolments), page)
	}
	if n := strings.Count(page, "https://example.com"); n < len(enrolments) {
		t.Errorf("%d of %d commands hold the address: %s", n, len(enrolments), page)
	}
	p := w.bare(t, io.Discard)
	p.SecureCookies = false
	plain, err := p.enrolmentCommands(httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/", nil), p.languages["fr"], "ecoparc-secrettoken")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range plain {
		if strings.Contains(c.Text, "--collector") != strings.Contains(c.Text, "--collector http://127.0.0.1:8080 --insecure-http --token ") {
			t.Errorf("an agent would refuse plain http: %s", c.Text)
		}
	}
	p.SecureCookies = true
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for host, want := range map[string]string{"ecoparc.example:8443": "https://ecoparc.example:8443", "[::1]:80": "https://[::1]:80", "x;rm -rf $(y)": "https://COLLECTOR"} {
		if r.Host = host; p.address(r) != want {
			t.Errorf("%q is %q, want %q", host, p.address(r), want)
		}
	}
}

// TestStartUpScriptIsTheGuides: the script that is offered is the one that was tried.
func TestStartUpScriptIsTheGuides(t *testing.T) {
	guide, err := os.ReadFile("../docs/deploy/start-up.cmd")
	if err != nil {
		t.Fatal(err)
	}
	offered, err := enrolmentFiles.ReadFile("enrolment/windows.cmd")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("\r", "", "https://ecoparc.example.fr", "{address}", "ecoparc-...", "{token}").Replace(string(guide))
	if string(offered) != want {
		t.Errorf("the pages offer\n%s\nthe guide has\n%s", offered, want)
	}
}

// upload sends a list as a browser does.
func (w *world) upload(t testing.TB, address, list string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := m.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if list != "" {
		f, err := m.CreateFormFile("file", `C:\lists\achats 2026.csv`)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, list)
	}
	m.Close()
	return w.send(t, address, m.FormDataContentType(), &body)
}

var packedField = regexp.MustCompile(`name="packed" value="([^"]*)"`)

func TestListIsLookedAtBeforeItIsImported(t *testing.T) {
	for address, leads := range map[string]string{
		"/administration/sites/1/import/devices":         "/administration/devices?added=2&changed=0&done=imported&site=1&unchanged=0",
		"/administration/organisations/1/import/devices": "/administration/devices?added=2&changed=0&done=imported&organisation=1&unchanged=0",
		"/administration/organisations/1/import/repairs": "/administration/devices?added=2&changed=0&done=imported&organisation=1&unchanged=0",
		"/administration/organisations/1/import/sites":   "/administration/sites?added=2&changed=0&done=imported&organisation=1&unchanged=0",
	} {
		w := &world{name: evil}
		answer := w.upload(t, address, "label\nA\nB<b>\n", "act", "preview", "category", "laptop")
		page := answer.Body.String()
		found := packedField.FindStringSubmatch(page)
		if answer.Code != http.StatusOK || w.acted != nil || found == nil || !strings.Contains(page, "B&lt;b&gt;") || !strings.Contains(page, `value="achats 2026.csv"`) {
			t.Fatalf("%s: %d, did %v: %s", address, answer.Code, w.acted, page)
		}
		packed := html.UnescapeString(found[1])
		again := w.upload(t, address, "", "act", "import", "again", "1", "packed", packed)
		if again.Code != http.StatusOK || w.acted != nil {
			t.Errorf("%s: looking again does %v", address, w.acted)
		}
		answer = w.upload(t, address, "", "act", "import", "packed", packed, "source", "achats 2026.csv", "title.0", "nom", "column.0", "label", "title.1", "Usager", "column.1", "site", "category", "laptop", "word.0", "PC", "type.0", "desktop", "word.1", "X", "type.1", "")
		if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != leads || len(w.acted) != 1 || !strings.Contains(w.acted[0], "achats 2026.csv") || !strings.Contains(w.acted[0], "site") || !strings.Contains(w.acted[0], "map[PC:desktop") {
			t.Errorf("%s: %d to %q, did %v", address, answer.Code, answer.Header().Get("Location"), w.acted)
		}
		done := w.get(t, leads).Body.String()
		if !strings.Contains(plainSpaces.Replace(done), "Liste importée : 2 ajouts, 0 modification, 0 ligne déjà connue.") {
			t.Errorf("%s: what was done is not said", leads)
		}
	}
}

func TestListWithMistakesIsNotImported(t *testing.T) {
	w := &world{name: "Lycée"}
	const address = "/administration/organisations/1/import/devices"
	for _, act := range []string{"preview", "import"} {
		answer := w.upload(t, address, "label\nA\nwrong\nB\nwrong\n", "act", act)
		page := plainSpaces.Replace(answer.Body.String())
		for _, part := range []string{"2 lignes ne vont pas", `<th scope="row">3</th><td>Une date est à venir.</td>`, `<th scope="row">5</th>`, `href="#mistakes"`, `name="act" value="preview"`, `name="word.0" value="PC élève"`, "« PC élève » veut dire"} {
			if answer.Code != http.StatusBadRequest || !strings.Contains(page, part) {
				t.Errorf("%s: %d, lacks %s", act, answer.Code, part)
			}
		}
	}
	for name, answer := range map[string]*httptest.ResponseRecorder{
		"no file": w.upload(t, address, "", "act", "preview"), "a broken list": w.upload(t, address, "", "act", "import", "packed", "AAAA"), "no base64": w.upload(t, address, "", "act", "import", "packed", "é"),
	} {
		if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	if w.acted != nil {
		t.Error(w.acted)
	}
}

func TestListIsWholeAfterItsWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Byte()).Draw(t, "list")
		packed, err := pack(list)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(packed); err != nil || !bytes.Equal(got, list) {
			t.Fatalf("%q, %v", got, err)
		}
	})
	large, err := pack(make([]byte, maxListB+1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(large); err == nil {
		t.Error("a list that grows beyond the limit is unpacked")
	}
}

func FuzzUnpack(f *testing.F) {
	packed, err := pack([]byte("label\nA\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add("H4sIAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if list, err := unpack(text); err == nil && len(list) > maxListB {
			t.Error("too large")
		}
	})
}

// Whoever may open nothing of administration sees no way to it; who may open a part of
// it sees that part.
func TestWaysToAdministrationAreShownToThoseWhoMay(t *testing.T) {
	w := &world{name: "Lycée", devices: 1, opens: func(path string) bool { return !strings.HasPrefix(path, "/administration") }}
	if page := w.get(t, "/organisations/1").Body.String(); strings.Contains(page, "/administration") {
		t.Error("a councillor is shown administration")
	}
	w.opens = func(path string) bool {
		return !slices.Contains([]string{"/administration/people", "/administration/collector", "/administration/audit", "/administration/organisations"}, path)
	}
	page := w.get(t, "/organisations/1").Body.String()
	if !strings.Contains(page, `href="/administration"`) {
		t.Error("an IT manager is not shown administration")
	}
	for _, address := range []string{"/administration", "/administration/sites"} {
		page := w.get(t, address).Body.String()
		for _, hidden := range []string{"/administration/people", "/administration/collector", "/administration/audit", `"/administration/organisations"`} {
			if strings.Contains(page, hidden) {
				t.Errorf("%s leads an IT manager to %s", address, hidden)
			}
		}
	}
	w.opens = func(path string) bool { return path == "/administration/audit" }
	if page := w.get(t, "/administration/audit").Body.String(); strings.Contains(page, `"/administration/tokens"`) || !strings.Contains(page, `href="/administration/audit"`) {
		t.Error("an auditor's ways are wrong")
	}
}

func TestAdministrationOfSimulatedDataIsMarked(t *testing.T) {
	w := &world{name: "Région", simulated: true}
	for _, address := range []string{"/administration?organisation=1", "/administration/sites?organisation=1", "/administration/sites/1", "/administration/sites/1/tokens", "/administration/organisations/1", "/administration/devices?organisation=1", "/administration/devices?site=1", "/administration/devices/d-1", "/administration/sites/1/import/devices", "/administration/organisations/1/import/sites"} {
		if page := w.get(t, address).Body.String(); !strings.Contains(page, `class="simulated"`) {
			t.Errorf("%s is not marked", address)
		}
	}
}

func TestAdministrationPagesHaveNoTwoOfOneID(t *testing.T) {
	id := regexp.MustCompile(` id="([^"]*)"`)
	target := regexp.MustCompile(`(?:for|aria-describedby)="([^"]*)"`)
	w := &world{name: "Lycée", refuse: view.Refused{{Field: "name", Reason: "is missing"}}}
	pages := map[string]string{}
	for _, address := range adminPages {
		pages[address] = w.get(t, address).Body.String()
	}
	pages["refused"] = w.submit(t, "/administration/organisations/1", valuesOf("act", "site")).Body.String()
	w.refuse = nil
	pages["preview"] = w.upload(t, "/administration/sites/1/import/devices", "label\nA\n", "act", "preview").Body.String()
	pages["mistakes"] = w.upload(t, "/administration/sites/1/import/devices", "label\nwrong\n", "act", "preview").Body.String()
	for name, page := range pages {
		seen := map[string]bool{}
		for _, found := range id.FindAllStringSubmatch(page, -1) {
			if seen[found[1]] {
				t.Errorf("%s: two of %q", name, found[1])
			}
			seen[found[1]] = true
		}
		for _, found := range target.FindAllStringSubmatch(page, -1) {
			for _, one := range strings.Fields(found[1]) {
				if !seen[one] {
					t.Errorf("%s: nothing is %q", name, one)
				}
			}
		}
		if strings.Contains(page, "style=") || regexp.MustCompile(` on[a-z]+=`).MatchString(page) {
			t.Errorf("%s has a style or a script of its own", name)
		}
	}
}

// What the collector says in English is said in the language of the page, whatever it
// names; a sentence that nobody knows stays as it is.
func TestRefusalsAreToldInTheLanguageOfThePage(t *testing.T) {
	fr, en := languagesOf(t)[quantity.French], languagesOf(t)[quantity.English]
	for said, want := range map[string]string{
		"is the same device as line 4": "C’est le même appareil que la ligne 4.",
		`purchased is "x"; a day since 1990 like 2026-11-23 or 23/11/2026 is expected`: `Date d’achat : "x" n’est pas une date depuis 1990 comme 2026-11-23 ou 23/11/2026.`,
		"a day is in the future; is the same device as line 4":                         "Une date est à venir. C’est le même appareil que la ligne 4.",
		"something new; a day is in the future":                                        "something new; a day is in the future",
		"it is in service since 2025-08-20, after 2020-01-01":                          "Il est en service depuis le 20 août 2025, après le 1er janvier 2020.",
		`site 3 is called "Lycée; $1" already`:                                         `L’établissement 3 s’appelle déjà "Lycée; $1".`,
	} {
		if got := plainSpaces.Replace(fr.retold(said)); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
		if got := en.retold("a day is in the future"); got != "a day is in the future" {
			t.Error(got)
		}
	}
}

// swapped makes another text of the same alphabet.
func swapped(r rune) rune {
	if r == 'A' {
		return 'B'
	}
	return 'A'
}

// Nothing real comes into a simulated place, so no way leads there; a position is
// written as it is typed.
func TestPlacesOfferWhatCanBeDoneThere(t *testing.T) {
	for simulated, want := range map[bool]bool{true: false, false: true} {
		w := &world{name: "Lycée", simulated: simulated}
		for address, way := range map[string]string{"/administration/sites/1": "/administration/sites/1/tokens", "/administration/organisations/1": "/administration/organisations/1/import/devices"} {
			if got := strings.Contains(w.get(t, address).Body.String(), `<a href="`+way+`">`); got != want {
				t.Errorf("%s, simulated %v: leads to %s: %v", address, simulated, way, got)
			}
		}
	}
	for degrees, want := range map[float64]string{47.307029645499725: "47,30703", -2.5: "-2,5", 0: "0"} {
		if got := languagesOf(t)["fr"].degrees(degrees); got != want {
			t.Errorf("%v is written %q, want %q", degrees, got, want)
		}
	}
	says(t, &world{name: "Lycée"}, "/administration/sites/1", http.StatusOK, []string{`value="48,85"`})
}
