package signon_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	configuration "github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/service"
	"github.com/ecoparc/ecoparc/collector/signon"
)

// behindProxy runs a collector behind a proxy that ends TLS, whose address browsers
// see.
func behindProxy(t *testing.T, p *provider, local bool) *httptest.Server {
	t.Helper()
	var target *url.URL
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}})
	t.Cleanup(proxy.Close)
	p.redirect = proxy.URL + signon.CallbackPath
	c := configuration.Default()
	c.DataDir, c.Listen, c.TLS.BehindProxy, c.SignIn.Local = t.TempDir(), "127.0.0.1:0", true, local
	c.SignIn.OIDC = config(p)
	c.SignIn.OIDC.PublicURL = proxy.URL
	c, err := c.Check()
	if err != nil {
		t.Fatal(err)
	}
	s, err := service.Open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	target = &url.URL{Scheme: "http", Host: s.Address()}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return proxy
}

// browser keeps cookies, follows the provider, and trusts the proxy.
func browser(t *testing.T, proxy *httptest.Server) *http.Client {
	t.Helper()
	client := *proxy.Client()
	var err error
	if client.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	return &client
}

func visit(t *testing.T, client *http.Client, address string) (status int, at, body string) {
	t.Helper()
	r, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Request.URL.Path, string(text)
}

// From the page that somebody wanted, over the button and the provider, back to it.
func TestButtonLeadsOverTheProviderToThePageThatWasWanted(t *testing.T) {
	p := startProvider(t)
	proxy := behindProxy(t, p, true)
	p.is("1", map[string]any{"groups": []string{"admins"}, "preferred_username": "léa"})
	client := browser(t, proxy)
	_, at, page := visit(t, client, proxy.URL+"/sources")
	button := `<a class="button" href="/sign-in/provider?next=%2Fsources">Se connecter avec Région</a>`
	if at != "/sign-in" || !strings.Contains(page, button) || !strings.Contains(page, `name="password"`) {
		t.Fatalf("at %s there is no button %s:\n%s", at, button, page)
	}
	if status, at, page := visit(t, client, proxy.URL+"/sign-in/provider?next=%2Fsources"); status != http.StatusOK || at != "/sources" || !strings.Contains(page, "<span>léa</span>") {
		t.Fatalf("%d at %s:\n%s", status, at, page)
	}
	home, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range client.Jar.Cookies(home.JoinPath("sign-in/provider/callback")) {
		if c.Name == "ecoparc_attempt" {
			t.Error("the attempt is kept after its answer")
		}
	}
	if _, at, _ := visit(t, client, proxy.URL+"/sign-in/provider?next=https%3A%2F%2Fevil.example"); at != "/" {
		t.Errorf("an address elsewhere leads to %s", at)
	}
}

func TestRefusalsAtTheProviderAreToldOnTheSignInPage(t *testing.T) {
	p := startProvider(t)
	proxy := behindProxy(t, p, true)
	refused := func(address string, status int, words string) {
		t.Helper()
		client := browser(t, proxy)
		got, _, page := visit(t, client, proxy.URL+address)
		if got != status || !strings.Contains(page, words) || !strings.Contains(page, `role="alert"`) || !strings.Contains(page, `name="password"`) || strings.Contains(page, "aria-invalid") {
			t.Errorf("%s: %d, want %d and %q:\n%s", address, got, status, words, page)
		}
		if got, at, _ := visit(t, client, proxy.URL+"/"); at != "/sign-in" {
			t.Errorf("%s: signed in all the same: %d at %s", address, got, at)
		}
	}
	p.down = true // no browser comes yet
	refused("/sign-in/provider", http.StatusBadGateway, "Région ne répond pas")
	p.mu.Lock()
	p.down = false
	p.mu.Unlock()
	p.is("1", map[string]any{"groups": []string{"others"}})
	refused("/sign-in/provider", http.StatusForbidden, "aucun rôle ne vous est donné ici")
	refused("/sign-in/provider/callback?code=x&state=y", http.StatusBadRequest, "a expiré ou a déjà servi")
}

func TestWithoutLocalAccountsTheButtonIsAllThereIs(t *testing.T) {
	p := startProvider(t)
	proxy := behindProxy(t, p, false)
	client := browser(t, proxy)
	if _, _, page := visit(t, client, proxy.URL+"/sign-in"); strings.Contains(page, "password") || !strings.Contains(page, "Se connecter avec Région") {
		t.Errorf("the sign-in page is\n%s", page)
	}
	r, err := client.PostForm(proxy.URL+"/sign-in", url.Values{"name": {"zoe"}, "password": {"twelve letters"}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if text, err := io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusForbidden || !strings.Contains(string(text), "auprès du fournisseur") {
		t.Errorf("a password is answered %s, %v\n%s", r.Status, err, text)
	}
	p.is("1", map[string]any{"groups": []string{"admins"}})
	if status, at, _ := visit(t, client, proxy.URL+"/sign-in/provider"); status != http.StatusOK || at != "/" {
		t.Errorf("the provider leads to %d at %s", status, at)
	}
}
