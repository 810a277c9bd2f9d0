package dashboards

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/factor"
)

// headlinePages are the addresses of pages that begin with a footprint beside the
// reference, dataPages of all that show something of a fleet, and allPages of every page
// that needs a session.
var (
	headlinePages = []string{"/organisations/1", "/sites/1", "/devices/device-0007"}
	dataPages     = append([]string{"/", "/organisations/1/quality", "/organisations/1/models", "/organisations/1/models/3", "/organisations/1/procurement", "/organisations/1/procurement/tender", "/organisations/1/schools", "/organisations/1/scenario", "/sites/1/scenario", "/sites/1/devices", "/organisations/1/report"}, headlinePages...)
	allPages      = slices.Concat([]string{"/sources", "/sources/embodied", "/sources/power", "/monitor"}, adminPages, dataPages)
)

func TestNamesFromOutsideStayText(t *testing.T) {
	w := &world{name: evil, devices: 3}
	for _, address := range allPages {
		answer := w.get(t, address)
		if answer.Code != http.StatusOK || strings.Count(answer.Body.String(), "<script") != strings.Count(answer.Body.String(), `<script src="/static/slider.js?v=`) || strings.Contains(answer.Body.String(), "{{") && !strings.Contains(answer.Body.String(), "{{.}}") {
			t.Errorf("%s: status %d, or a name became markup", address, answer.Code)
		}
		if !strings.HasPrefix(address, "/sources/") && address != "/sources" && !strings.Contains(answer.Body.String(), "&lt;script&gt;") {
			t.Errorf("%s does not show the name", address)
		}
	}
}

func TestSimulatedDataIsMarkedOnEachPageAndRealDataOnNone(t *testing.T) {
	for _, simulated := range []bool{true, false} {
		w := &world{name: "Région", simulated: simulated, devices: 1}
		for _, address := range dataPages {
			for _, lang := range []string{"fr", "en"} {
				mark := map[string]string{"fr": "SIMULÉ", "en": "SIMULATED"}[lang]
				page := w.get(t, address, "lang="+lang).Body.String()
				if got := strings.Contains(page, mark); got != simulated {
					t.Errorf("%s in %s: simulated is %v, marked is %v", address, lang, simulated, got)
				}
				if address != "/" && simulated && !strings.Contains(page, "<title>"+mark) {
					t.Errorf("%s in %s: the title is not marked", address, lang)
				}
			}
		}
	}
}

func TestRevisedMonthIsMarked(t *testing.T) {
	w := &world{name: "Lycée", devices: 1}
	for lang, mark := range map[string]string{"fr": "septembre 2026 (révisé le 3 novembre 2026)", "en": "September 2026 (revised on 3 November 2026)"} {
		for _, address := range []string{"/organisations/1", "/sites/1"} {
			for _, name := range []string{"months-mass", "months-energy"} {
				page := w.get(t, address+"?table="+name, "lang="+lang).Body.String()
				// Once in the table, and October not.
				if strings.Count(page, mark) != 1 || strings.Count(page, "(r") != 1 {
					t.Errorf("%s in %s does not say %q once in %s", address, lang, mark, name)
				}
			}
		}
	}
}

func TestPagesLoadNothingFromElsewhereAndAreNotKept(t *testing.T) {
	loads := regexp.MustCompile(`<(?:script|img|iframe|link|form|object|embed)[^>]*(?:src|href|action)="(?:https?:)?//`)
	w := &world{name: "Lycée", devices: 3}
	for _, address := range append(slices.Clone(allPages), "/nowhere") {
		answer := w.get(t, address)
		h := answer.Header()
		for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store", "Content-Language": "fr"} {
			if !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: %s is %q, want %q in it", address, name, h.Get(name), want)
			}
		}
		if found := loads.FindString(answer.Body.String()); found != "" {
			t.Errorf("%s loads %s", address, found)
		}
	}
}

func TestPagesNeedASession(t *testing.T) {
	w := &world{name: "Lycée"}
	for _, address := range append(slices.Clone(allPages), "/nowhere", "/sites/1?year=2025") {
		answer := httptest.NewRecorder()
		w.handler(t, io.Discard).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, address, nil))
		if want := "/sign-in?next=" + url.QueryEscape(address); answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", address, answer.Code, answer.Header().Get("Location"), want)
		}
	}
}

func TestSignIn(t *testing.T) {
	w := new(world)
	form := url.Values{"name": {"zoé"}, "password": {"p"}, "next": {"/sites/1?year=2025"}}
	answer := w.post(t, "/sign-in", nil, form)
	c := answer.Header().Get("Set-Cookie")
	if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/sites/1?year=2025" {
		t.Errorf("%d to %q", answer.Code, answer.Header().Get("Location"))
	}
	for _, part := range []string{SessionCookie + "=token", "HttpOnly", "Secure", "SameSite=Lax", "Expires="} {
		if !strings.Contains(c, part) {
			t.Errorf("the cookie %q lacks %s", c, part)
		}
	}
	for err, status := range map[error]int{view.ErrWrongPassword: http.StatusUnauthorized, view.ErrTooManyTries: http.StatusTooManyRequests, errors.New("disk"): http.StatusInternalServerError} {
		w.signIn = err
		answer := w.post(t, "/sign-in", nil, form)
		if answer.Code != status || answer.Header().Get("Set-Cookie") != "" || strings.Contains(answer.Body.String(), "disk") {
			t.Errorf("%v: %d, cookie %q", err, answer.Code, answer.Header().Get("Set-Cookie"))
		}
		if status < 500 && (!strings.Contains(answer.Body.String(), `value="zoé"`) || strings.Contains(answer.Body.String(), `value="p"`)) {
			t.Errorf("%v: the form should keep the name and not the password", err)
		}
	}
	if c := w.post(t, "/sign-out", nil, nil).Header().Get("Set-Cookie"); !strings.Contains(c, SessionCookie+"=;") || !strings.Contains(c, "Max-Age=0") {
		t.Errorf("after signing out the cookie is %q", c)
	}
}

func TestFormsLeadOnlyToThisServer(t *testing.T) {
	w := new(world)
	for next, want := range map[string]string{
		"/sites/1?a=b#c": "/sites/1?a=b#c", "": "/", "https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/",
		"/ok\r\nX: y": "/", "javascript:alert(1)": "/", "sites/1": "/", "http:/sites/1": "/",
	} {
		for _, form := range []string{"/sign-in", "/language"} {
			if got := w.post(t, form, nil, url.Values{"next": {next}, "lang": {"en"}}).Header().Get("Location"); got != want {
				t.Errorf("%s with next %q leads to %q, want %q", form, next, got, want)
			}
		}
	}
}

// Whoever looks after single schools comes home to them, and to the one school where
// there is one; what the role does not open is not linked.
func TestHomeOfWhoWasGivenSchools(t *testing.T) {
	w := &world{name: "Lycée", devices: 1, ownSites: []view.OwnSite{{ID: 1, Name: "Collège A"}, {ID: 7, Name: "Collège B", Simulated: true}}}
	page := w.get(t, "/").Body.String()
	for _, want := range []string{`href="/sites/1">Collège A</a></li>`, `href="/sites/7">Collège B</a> <span class="mark">SIMULÉ</span></li>`, "<h1>2 établissements vous sont confiés ici."} {
		if !strings.Contains(page, want) {
			t.Errorf("home lacks %q:\n%s", want, page)
		}
	}
	w.ownSites = w.ownSites[:1]
	w.opens = func(path string) bool { return !strings.HasPrefix(path, "/organisations/") }
	page = w.get(t, "/").Body.String()
	if !strings.Contains(page, `id="devices"`) || strings.Contains(page, "/organisations/1") || !strings.Contains(page, `<span aria-current="page">Lycée</span>`) {
		t.Errorf("the home of one school is not its page, or leads to the organisation:\n%s", page)
	}
}

func TestLinksThatWouldBeRefusedAreNotShown(t *testing.T) {
	w := &world{name: "Lycée", devices: 1}
	for _, link := range []string{`<a href="/sources">`, `<a href="/api/v1/devices/device-0007?year=2026">`, `<a href="/sites/1">`, `<a href="/organisations/1">`} {
		w.opens, w.pages = nil, nil
		if page := w.get(t, "/devices/device-0007").Body.String(); !strings.Contains(page, link) {
			t.Errorf("the page lacks %s", link)
		}
		closed, _, _ := strings.Cut(strings.TrimPrefix(link, `<a href="`), `"`)
		w.opens, w.pages = func(path string) bool { return path != closed }, nil
		if page := w.get(t, "/devices/device-0007").Body.String(); strings.Contains(page, link) {
			t.Errorf("the page has %s, which may not be opened", link)
		}
	}
}

func TestRefusalsArePages(t *testing.T) {
	p := (&world{}).bare(t, io.Discard)
	for err, want := range map[error][2]string{
		view.ErrForbidden:   {"Votre rôle n’ouvre pas cette page", "Your role does not open this page"},
		view.ErrForeignForm: {"Cette demande vient d’un autre site", "This request comes from another site"},
		fmt.Errorf("at the gate: %w", view.ErrTooManyTries):             {"Trop de demandes à la fois", "Too many requests at once"},
		context.DeadlineExceeded:                                        {"Les données ne répondent pas", "The data do not answer"},
		&net.OpError{Op: "dial", Err: errors.New("connection refused")}: {"Les données ne répondent pas", "The data do not answer"},
	} {
		for i, lang := range []string{"fr", "en"} {
			r := httptest.NewRequest(http.MethodGet, "/devices/x?lang="+lang, nil)
			r = r.WithContext(view.WithUser(r.Context(), view.User{Name: "zoé"}))
			answer := httptest.NewRecorder()
			p.Refuse(answer, r, err)
			page := answer.Body.String()
			status := http.StatusForbidden
			switch {
			case errors.Is(err, view.ErrTooManyTries):
				status = http.StatusTooManyRequests
			case strings.HasSuffix(want[1], "answer"):
				status = http.StatusServiceUnavailable
			}
			if status != http.StatusForbidden && answer.Header().Get("Retry-After") == "" {
				t.Errorf("%v: nothing says when to try again", err)
			}
			if answer.Code != status || !strings.Contains(page, "<h1>"+want[i]) || !strings.Contains(page, "zoé") || answer.Header().Get("Content-Security-Policy") == "" {
				t.Errorf("%v in %s: %d %s", err, lang, answer.Code, page)
			}
		}
	}
}

func TestFrenchUnlessEnglishIsChosen(t *testing.T) {
	w := &world{name: "Lycée", devices: 1}
	for _, c := range []struct{ address, cookie, want string }{
		{"/organisations/1", "", `<html lang="fr">`}, {"/organisations/1", "lang=en", `<html lang="en">`},
		{"/organisations/1", "lang=xx", `<html lang="fr">`}, {"/organisations/1?lang=en", "", `<html lang="en">`},
	} {
		if page := w.get(t, c.address, c.cookie).Body.String(); !strings.Contains(page, c.want) {
			t.Errorf("%s with %q lacks %s", c.address, c.cookie, c.want)
		}
	}
	if c := w.post(t, "/language", nil, url.Values{"lang": {"xx"}}).Header().Get("Set-Cookie"); c != "" {
		t.Errorf("a language that does not exist is kept: %q", c)
	}
}

func TestWhatIsNotThereIsSaidAndWhatFailsHasAReference(t *testing.T) {
	w := &world{name: "Lycée"}
	for _, address := range []string{"/nowhere", "/organisations/2", "/organisations/x", "/sites/x", "/sites/1?year=abc", "/sites/1?year=1", "/sites/1?year=99999"} {
		if answer := w.get(t, address); answer.Code != http.StatusNotFound || !strings.Contains(answer.Body.String(), "Cette page n’existe pas") {
			t.Errorf("%s: %d", address, answer.Code)
		}
	}
	w.err = errors.New("disk of the ledger is gone")
	log := new(strings.Builder)
	for _, address := range dataPages {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		r.Header.Set("Cookie", SessionCookie+"=token")
		answer := httptest.NewRecorder()
		w.handler(t, log).ServeHTTP(answer, r)
		page := answer.Body.String()
		reference := regexp.MustCompile(`administrateur : (\w+)`).FindStringSubmatch(strings.ReplaceAll(page, "\u00a0", " "))
		if answer.Code != http.StatusInternalServerError || strings.Contains(page, "disk") || reference == nil || !strings.Contains(log.String(), reference[1]) || !strings.Contains(log.String(), "disk of the ledger is gone") {
			t.Errorf("%s: %d, reference %q, log %s", address, answer.Code, reference, log)
		}
	}
}

func TestChosenSchoolYearStays(t *testing.T) {
	w := &world{name: "Lycée", devices: 150}
	link := regexp.MustCompile(`href="((?:/sites/|/devices/|/organisations/|/api/|\?sort)[^"]*)"`)
	for _, address := range []string{"/organisations/1?year=2025", "/sites/1?year=2025", "/devices/device-0007?year=2025"} {
		for _, found := range link.FindAllStringSubmatch(w.get(t, address).Body.String(), -1) {
			if !strings.Contains(found[1], "year=202") {
				t.Errorf("%s: the link %s forgets the year", address, found[1])
			}
		}
	}
}

func TestDevicesAreListedByPartsInTheChosenOrder(t *testing.T) {
	w := &world{name: "PC", devices: 250}
	row := regexp.MustCompile(`/devices/device-(\d+)`)
	listed := func(address string) string {
		_, list, _ := strings.Cut(w.get(t, address).Body.String(), `id="devices"`)
		return list
	}
	seen := map[string]int{}
	for page := 1; page <= 17; page++ {
		found := row.FindAllStringSubmatch(listed(fmt.Sprintf("/sites/1/devices?sort=device&page=%d", page)), -1)
		for _, f := range found {
			seen[f[1]]++
		}
		if first := fmt.Sprintf("%04d", (page-1)*pageLength); found[0][1] != first || len(found) != min(pageLength, 250-(page-1)*pageLength) {
			t.Errorf("page %d has %d devices from %s on, want from %s", page, len(found), found[0][1], first)
		}
	}
	if len(seen) != 250 {
		t.Errorf("%d devices are on the pages, want 250", len(seen))
	}
	if oldest := row.FindStringSubmatch(listed("/sites/1/devices?sort=age")); oldest[1] != "0249" {
		t.Errorf("the oldest device is 0249; the list begins with %s", oldest[1])
	}
	for _, bad := range []string{"?page=0", "?page=99", "?page=x&sort=nonsense", "?page=-1"} {
		if answer := w.get(t, "/sites/1/devices"+bad); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "Appareils 1 à 15 sur 250") {
			t.Errorf("%s: %d, not the first page", bad, answer.Code)
		}
	}
}

func TestZippedPageIsThePageAndIsLight(t *testing.T) {
	w := &world{name: "Lycée Jean Moulin", devices: 100}
	for _, address := range allPages {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		r.Header.Set("Cookie", SessionCookie+"=token")
		r.Header.Set("Accept-Encoding", "gzip")
		answer := httptest.NewRecorder()
		w.handler(t, io.Discard).ServeHTTP(answer, r)
		size := answer.Body.Len()
		z, err := gzip.NewReader(answer.Body)
		if err != nil {
			t.Fatal(address, err)
		}
		plain, err := io.ReadAll(z)
		if err != nil || string(plain) != w.get(t, address).Body.String() {
			t.Errorf("%s: the zipped page differs (%v)", address, err)
		}
		if size > 20_000 { // the budget of a page, without its style sheet of 3 kB
			t.Errorf("%s takes %d bytes", address, size)
		}
	}
}

// namesNoFactor tells that a page shows no figure with its factors.
func namesNoFactor(page string) bool {
	return page == "/" || page == "/monitor" || strings.HasPrefix(page, "/sources/") || strings.HasSuffix(page, "/quality") || strings.HasSuffix(page, "/sites/1/devices")
}

// A figure that stands on the administrator's own value says so, on each page that
// shows it, and so does the list of factors.
func TestOwnFactorsAreShownAsSuchWhereverTheyAreUsed(t *testing.T) {
	const row = "rows:\n  - {key: embodied.laptop, value: 150, low: 130, high: 175, unit: kgCO2e, interval: supplier's, source: ecodiag, page: annexe 3, verified: yes}\n"
	own, err := factor.Default().With("own.yaml", []byte(row))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range slices.DeleteFunc(append([]string{"/sources"}, dataPages...), namesNoFactor) {
		shipped, overridden := (&world{devices: 1}).formulas(t, page), (&world{devices: 1, factors: own}).formulas(t, page)
		if strings.Contains(shipped, "l’administrateur") {
			t.Errorf("%s speaks of own values where there are none", page)
		}
		want := "Empreinte incorporée (ordinateur portable), valeur de l’administrateur"
		if !strings.Contains(overridden, want) {
			t.Errorf("%s does not say %q", page, want)
		}
	}
	list := (&world{factors: own}).get(t, "/sources/embodied?lang=en").Body.String()
	for _, want := range []string{"150", "administrator’s value", "185.1", "shipped value, replaced"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list does not say %q", want)
		}
	}
	if page := (&world{factors: own}).get(t, "/sites/1").Body.String(); !strings.Contains(page, "1 facteur remplacé par l’administrateur") {
		t.Error("the foot of a page does not say that a factor is replaced")
	}
}
