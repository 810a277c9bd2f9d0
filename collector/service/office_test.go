package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/models/report"
)

// browser is somebody at a browser, who follows where forms lead.
type browser struct {
	t       *testing.T
	address string
	client  *http.Client
}

// browsing is somebody who has signed in with a role and a reach.
func browsing(t *testing.T, s *Service, name string, role access.Role, within reach.Reach) *browser {
	t.Helper()
	opened, err := s.Access.SignInFrom(t.Context(), access.Stranger{Issuer: "i", Subject: name, Name: name}, access.Grant{Role: role, Reach: within})
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, "http://" + s.Address(), &http.Client{Jar: jar, Transport: http.DefaultTransport}}
	at, err := url.Parse(b.address)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(at, []*http.Cookie{{Name: dashboards.SessionCookie, Value: opened.Token, Path: "/"}})
	return b
}

// ask sends a request as a page of this server does, and returns the page at which it
// ends.
func (b *browser) ask(method, path, media string, body io.Reader) (status int, page, at string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.address+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if r.Header.Set("Sec-Fetch-Site", "same-origin"); media != "" {
		r.Header.Set("Content-Type", media)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.StatusCode, spaces.Replace(html.UnescapeString(string(text))), answer.Request.URL.RequestURI()
}

var spaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

// see opens a page.
func (b *browser) see(path string) string {
	b.t.Helper()
	status, page, _ := b.ask(http.MethodGet, path, "", nil)
	if status != http.StatusOK {
		b.t.Fatalf("%s: %d %s", path, status, page)
	}
	return page
}

// do sends a form, and wants the page at which it ends to say something.
func (b *browser) do(status int, path, form, says string) (page string) {
	b.t.Helper()
	got, page, at := b.ask(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form))
	if got != status || !strings.Contains(page, says) {
		b.t.Fatalf("%s %s: %d at %s, without %q: %s", path, form, got, at, says, page)
	}
	return page
}

// upload sends a form with a list.
func (b *browser) upload(path, list string, pairs ...string) (status int, page string) {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		m.WriteField(pairs[i], pairs[i+1])
	}
	if list != "" {
		f, err := m.CreateFormFile("file", "liste.csv")
		if err != nil {
			b.t.Fatal(err)
		}
		io.WriteString(f, list)
	}
	m.Close()
	status, page, _ = b.ask(http.MethodPost, path, m.FormDataContentType(), &body)
	return status, page
}

var (
	secretShown = regexp.MustCompile(`(?s)<section class="secret">.*?<pre tabindex="0">([^<]+)</pre>`)
	packedList  = regexp.MustCompile(`name="packed" value="([^"]+)"`)
	deviceLink  = regexp.MustCompile(`/administration/devices/(d-[a-z0-9]+)`)
)

// secret is the secret on a page.
func (b *browser) secret(page string) string {
	b.t.Helper()
	found := secretShown.FindStringSubmatch(page)
	if found == nil {
		b.t.Fatalf("no secret is shown: %s", page)
	}
	return found[1]
}

func (b *browser) enrol(token, label string) (status int, device string) {
	b.t.Helper()
	inventory, err := json.Marshal(report.Inventory{Category: "laptop", Maker: "Dell", Model: "Latitude 3420", MemoryMiB: 8192})
	if err != nil {
		b.t.Fatal(err)
	}
	body := fmt.Sprintf(`{"token": %q, "label": %q, "inventory": %s}`, token, label, inventory)
	status, answer, _ := b.ask(http.MethodPost, "/api/v1/enrol", "application/json", strings.NewReader(body))
	var identity struct{ Device string }
	if status == http.StatusCreated {
		if err := json.Unmarshal([]byte(answer), &identity); err != nil {
			b.t.Fatal(err)
		}
	}
	return status, identity.Device
}

// An administrator sets a fleet up from nothing, on pages alone.
func TestFleetIsSetUpOnPages(t *testing.T) {
	s, _ := running(t, nil)
	b := browsing(t, s, "ada", access.Administrator, reach.Reach{Everything: true})
	if page := b.see("/administration"); !strings.Contains(page, "commencez par une organisation") {
		t.Errorf("an empty fleet is told %s", page)
	}
	if page := b.see("/administration/collector"); !strings.Contains(page, "aucun appareil ne lui a encore écrit") {
		t.Errorf("of a collector that never had a report it is said %s", page)
	}
	b.do(200, "/administration/organisations", "act=owner&name=D%C3%A9partement&kind=departement", "C’est ajouté.")
	b.do(409, "/administration/organisations", "act=owner&name=D%C3%A9partement", `L’organisation 1 s’appelle déjà "Département".`)

	// A list of sites, first with a mistake.
	status, page := b.upload("/administration/organisations/1/import/sites", "nom;type;uai\nCollège A;college;0750001U\nCollège B;college;0750002X\n", "act", "preview")
	if status != 400 || !strings.Contains(page, `L’UAI "0750002X" devrait finir par V`) || !strings.Contains(page, `<th scope="row">3</th>`) {
		t.Errorf("%d %s", status, page)
	}
	status, page = b.upload("/administration/organisations/1/import/sites", "nom;type;uai\nCollège A;college;0750001U\nCollège B;college;\n", "act", "preview")
	if found := packedList.FindStringSubmatch(page); status != 200 || found == nil || !strings.Contains(page, "La liste ajouterait 2") {
		t.Fatalf("%d %s", status, page)
	} else {
		if strings.Contains(b.see("/administration/sites"), "Collège A") {
			t.Error("a look at a list imports it")
		}
		if status, page = b.upload("/administration/organisations/1/import/sites", "", "act", "import", "packed", found[1], "source", "liste.csv"); !strings.Contains(page, "Liste importée : 2 ajouts") {
			t.Errorf("%d %s", status, page)
		}
	}
	b.do(200, "/administration/sites/1", "act=edit&name=Coll%C3%A8ge+A&kind=college&uai=0750001U&zone=C&pupils=400", "C’est enregistré.")

	// A token, and a device that enrols with it.
	page = b.do(200, "/administration/sites/1/tokens", "act=token&population=individual&max_uses=1&valid_hours=7", "Le jeton est créé")
	token := b.secret(page)
	if strings.Contains(b.see("/administration/sites/1/tokens"), token) {
		t.Error("the token is shown again")
	}
	status, device := b.enrol(token, "salle 12")
	if status != 201 {
		t.Fatalf("the token does not let a device in: %d", status)
	}
	if status, _ := b.enrol(token, "salle 13"); status != 403 {
		t.Errorf("a token for one lets two in: %d", status)
	}
	if page := b.see("/administration/devices?find=SALLE"); deviceLink.FindStringSubmatch(page) == nil || !strings.Contains(page, "salle 12") {
		t.Errorf("the device is not found: %s", page)
	}
	of := "/administration/devices/" + device
	b.do(400, of, "act=retire&on=2020-01-01&to=reuse", "Cochez la case")
	b.do(409, of, "act=retire&on=2020-01-01&to=reuse&confirm=1", "Il est en service depuis le")
	b.do(200, of, "act=transfer&site=Coll%C3%A8ge+B&confirm=1", "changé d’établissement")
	b.do(409, "/administration/sites/2", "act=close&confirm=1", "1 appareil y est en service")
	b.do(400, of, "act=transfer&site=nowhere&confirm=1", "Aucun établissement d’ici")
	b.do(400, of, "act=merge&old=d-none&confirm=1", "Aucun appareil ne porte ce nom")
	if page := b.do(200, of, "act=rotate&confirm=1", "Le nouveau secret"); len(b.secret(page)) < 20 {
		t.Error("the secret is short")
	}

	// A column that is misunderstood is ticked, and read otherwise at the next look.
	const misread = "Nom;Repère;Type;Date d'achat\nA1;vert;écran;01/09/2023\n"
	status, page = b.upload("/administration/sites/2/import/devices", misread, "act", "preview", "population", "shared")
	if status != 200 || !strings.Contains(page, "Ne pas lire « Nom » comme : étiquette") || !strings.Contains(page, "Colonne « Repère »") || !strings.Contains(page, "<td>A1</td><td>écran</td>") {
		t.Errorf("%d %s", status, page)
	}
	packed := packedList.FindStringSubmatch(page)[1]
	_, page = b.upload("/administration/sites/2/import/devices", "", "act", "import", "again", "1", "packed", packed, "title.0", "Nom", "column.0", "label", "wrong.0", "1", "population", "shared")
	if !strings.Contains(page, "Colonne « Nom »") || strings.Contains(page, "comme : étiquette") || !strings.Contains(page, `<option value="label">étiquette</option>`) {
		t.Errorf("a column that was ticked stays as it was: %s", page)
	}
	_, page = b.upload("/administration/sites/2/import/devices", "", "act", "import", "again", "1", "packed", packed, "title.0", "Nom", "column.0", "", "title.1", "Repère", "column.1", "label", "population", "shared")
	if !strings.Contains(page, "<td>vert</td><td>écran</td>") {
		t.Errorf("another column is not read in its place: %s", page)
	}

	// Purchases: the device is known by its label.
	list := "Nom;Type;Date d'achat;Prix\nsalle 12;PC élève;01/09/2023;540\nécran 1;écran;01/09/2023;120\n"
	status, page = b.upload("/administration/sites/2/import/devices", list, "act", "preview", "population", "shared")
	if found := packedList.FindStringSubmatch(page); status != 400 || found == nil || !strings.Contains(page, "« PC élève » veut dire") {
		t.Fatalf("%d %s", status, page)
	} else if status, page = b.upload("/administration/sites/2/import/devices", "", "act", "import", "packed", found[1], "word.0", "PC élève", "type.0", "laptop"); !strings.Contains(page, "Liste importée : 1 ajout, 1 modification,") {
		t.Errorf("%d %s", status, page)
	}
	b.do(200, of, "act=retire&on="+time.Now().In(s.Location()).Format(time.DateOnly)+"&to=recycling&confirm=1", "sorti du parc")
	b.do(200, of, "act=return&confirm=1", "de nouveau en service")
	b.do(200, of, "act=erase&confirm=1", "L’appareil est effacé.")

	if page := b.see("/administration/audit?what=device"); !strings.Contains(page, "appareil effacé") || !strings.Contains(page, "<td>ada</td>") || strings.Contains(page, "jeton créé") {
		t.Errorf("the log says %s", page)
	}
	if page := b.see("/administration/collector"); !strings.Contains(page, "Le collecteur fonctionne") {
		t.Errorf("the health is %s", page)
	}
	b.do(200, "/administration/collector", "act=verify", "La vérification a commencé")
	acts, err := audit.Acts(t.Context(), s.store.Read, audit.Filter{})
	if err != nil || strings.Contains(fmt.Sprint(acts), token) {
		t.Errorf("the token stands in the log, or %v", err)
	}
}

// A person who was added on a page signs in, and a key that was made there opens the API.
func TestPeopleAndKeysOfThePagesWork(t *testing.T) {
	s, _ := running(t, nil)
	w := fill(t, s)
	b := browsing(t, s, "ada", access.Administrator, reach.Reach{Everything: true})
	password := b.secret(b.do(200, "/administration/people", fmt.Sprintf("act=person&name=leo&role=it_manager&sites=%d", w.sites[0]), "Le mot de passe"))
	b.do(409, "/administration/people", "act=person&name=leo&role=auditor&everything=1", `Une personne s’appelle déjà "leo".`)
	b.do(400, "/administration/people", "act=person&name=ana&role=auditor", "Dites ce que ce rôle atteint")
	b.do(400, "/administration/people", "act=person&name=ana&role=auditor&organisations=Nulle+part", `Aucune organisation ne correspond à "Nulle part".`)
	b.do(409, "/administration/people/ada", "act=remove&confirm=1", "C’est vous-même")

	leo := browsing(t, s, "nobody", access.CouncilViewer, reach.Reach{Everything: true})
	leo.client.Jar, _ = cookiejar.New(nil)
	if status, page, _ := leo.ask(http.MethodPost, "/sign-in", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"name": {"leo"}, "password": {password}, "next": {"/administration"}}.Encode())); status != 200 || !strings.Contains(page, "À faire") {
		t.Fatalf("leo signs in: %d %s", status, page)
	}
	key := b.secret(b.do(200, "/administration/people/leo", "act=key&name=glpi&scopes=read_devices&valid_days=30", "La clé"))
	ask := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.address+"/api/v1/devices", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := ask(); got != 200 {
		t.Errorf("the key opens %d", got)
	}
	b.do(200, "/administration/people/leo", "act=revoke&next=1", "C’est révoqué")
	if got := ask(); got != 401 {
		t.Errorf("the revoked key opens %d", got)
	}
	b.do(200, "/administration/people/leo", "act=grant&role=council_viewer&organisations=D%C3%A9partement", "Le rôle est changé")
	if _, page, _ := leo.ask(http.MethodGet, "/administration", "", nil); strings.Contains(page, "À faire") {
		t.Error("the session outlives the role")
	}
}

// Each role sees the ways to what it may do, and is refused all else, forms too.
func TestRolesAdministerWhatIsTheirs(t *testing.T) {
	s, _ := running(t, nil)
	w := fill(t, s)
	own, other := w.sites[0], w.sites[1]
	manager := browsing(t, s, "max", access.ITManager, reach.Reach{Sites: w.sites[:1]})
	page := manager.see("/administration")
	for path, shown := range map[string]bool{"/administration/tokens": true, "/administration/sites": true, "/administration/devices": true, "/administration/people": false, "/administration/collector": false, "/administration/audit": false} {
		if strings.Contains(page, `href="`+path+`"`) != shown {
			t.Errorf("the manager of a site is shown %s: %v", path, !shown)
		}
	}
	for _, list := range []string{"/administration/devices", "/administration/sites", "/administration/tokens"} {
		if page := manager.see(list); strings.Contains(page, w.devices[1]) || strings.Contains(page, fmt.Sprintf(`/sites/%d"`, other)) || strings.Contains(page, "Région") {
			t.Errorf("%s tells of another site: %s", list, page)
		}
	}
	token := "act=token&population=shared&max_uses=1&valid_hours=1"
	manager.do(200, fmt.Sprintf("/administration/sites/%d/tokens", own), token, "Le jeton est créé")
	for path, form := range map[string]string{
		fmt.Sprintf("/administration/sites/%d/tokens", other):                            token,
		fmt.Sprintf("/administration/sites/%d", other):                                   "act=close&confirm=1",
		fmt.Sprintf("/administration/tokens/%d", w.tokens[1]):                            "act=revoke",
		"/administration/devices/" + w.devices[1]:                                        "act=erase&confirm=1",
		fmt.Sprintf("/administration/organisations/%d", w.organisations[0]):              "act=owner&name=Z",
		fmt.Sprintf("/administration/organisations/%d/import/sites", w.organisations[0]): "act=import",
		fmt.Sprintf("/administration/devices?site=%d", other):                            "",
	} {
		method := http.MethodPost
		if form == "" {
			method = http.MethodGet
		}
		if status, page, _ := manager.ask(method, path, "application/x-www-form-urlencoded", strings.NewReader(form)); status != 404 {
			t.Errorf("%s: the manager of another site gets %d %s", path, status, page)
		}
	}
	manager.do(403, "/administration/people", "act=person&name=x&role=administrator&everything=1", "")
	manager.do(403, "/administration/organisations", "act=owner&name=Z", "")
	manager.do(400, "/administration/devices/"+w.devices[0], fmt.Sprintf("act=transfer&site=%d&confirm=1", other), "Aucun établissement d’ici")

	auditor := browsing(t, s, "eve", access.Auditor, reach.Reach{Everything: true})
	if page := auditor.see("/"); !strings.Contains(page, `href="/administration/collector"`) {
		t.Error("an auditor is not shown the collector's health")
	}
	auditor.see("/administration/audit")
	auditor.do(403, "/administration/devices/"+w.devices[0], "act=erase&confirm=1", "")
	for _, role := range []access.Role{access.CouncilViewer, access.Procurement} {
		b := browsing(t, s, string(role), role, reach.Reach{Everything: true})
		if page := b.see("/"); strings.Contains(page, "/administration") {
			t.Errorf("the %s is shown administration", role)
		}
		b.do(403, fmt.Sprintf("/administration/sites/%d/tokens", own), token, "")
	}

	// A form of another web site does nothing.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, manager.address+fmt.Sprintf("/administration/sites/%d/tokens", own), strings.NewReader(token))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := manager.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Body.Close(); answer.StatusCode != 403 {
		t.Errorf("another site's form gets %d", answer.StatusCode)
	}
	if tokens, err := s.Registry.Tokens(t.Context(), own, 0, 0); err != nil || len(tokens) != 2 {
		t.Errorf("the tokens are %+v, %v", tokens, err)
	}
}
