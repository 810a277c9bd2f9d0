package quickstart_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/collector/quickstart"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/simulate"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// newcomer signs in with what a quickstart has printed, and reads its API.
type newcomer struct {
	t       *testing.T
	address string
	session *http.Cookie
}

func signIn(t *testing.T, out *output) *newcomer {
	t.Helper()
	n := &newcomer{t: t, address: find(t, `Dashboard\s+(\S+)`, out.String())}
	form := url.Values{"name": {find(t, `User\s+(\S+)`, out.String())}, "password": {find(t, `Password\s+(\S+)`, out.String())}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.address+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) != 1 {
		t.Fatalf("signed in with %s and %v", answer.Status, answer.Cookies())
	}
	n.session = answer.Cookies()[0]
	return n
}

func read[T any](n *newcomer, path string) (v T) {
	n.t.Helper()
	r, err := http.NewRequestWithContext(n.t.Context(), http.MethodGet, n.address+path, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	r.AddCookie(n.session)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		n.t.Fatalf("%s: %s %v %.200s", path, answer.Status, err, body)
	}
	if err := json.Unmarshal(body, &v); err != nil {
		n.t.Fatal(err)
	}
	return v
}

// devices are the names of the devices of the one real site.
func (n *newcomer) devices() (names []string) {
	n.t.Helper()
	site := read[struct {
		Devices []struct {
			ID string `json:"id"`
		} `json:"devices"`
	}](n, "/api/v1/sites/1")
	for _, d := range site.Devices {
		names = append(names, d.ID)
	}
	return names
}

// The machine is enrolled once, with a token of one use, whatever the port of the
// next start; the simulated region beside it tells how far it is and is made once;
// a second administrator is never made.
func TestRestartOnAnotherPortKeepsAll(t *testing.T) {
	dir, plan := t.TempDir(), &simulate.Plan{Name: "Région", Seed: 1, Colleges: 1, Years: 1}
	out, stop := run(t, dir, plan)
	if text := out.String(); !strings.Contains(text, "Simulating a region [") || !strings.Contains(text, strings.Repeat("#", 40)+"] ") {
		t.Errorf("no progress is shown: %q", text)
	}
	n := signIn(t, out)
	devices, organisations := n.devices(), read[[]view.Organisation](n, "/api/v1/organisations")
	if len(devices) != 1 || len(organisations) != 2 || organisations[0].Simulated || organisations[0].Sites != 1 || !organisations[1].Simulated || organisations[1].Devices < 50 {
		t.Fatalf("this machine is %v, organisations are %+v", devices, organisations)
	}
	stop()
	out, stop = run(t, dir, plan)
	n.address = find(t, `Dashboard\s+(\S+)`, out.String())
	if after := n.devices(); !slices.Equal(after, devices) {
		t.Errorf("the machine was %v and is %v", devices, after)
	}
	if after := read[[]view.Organisation](n, "/api/v1/organisations"); !slices.Equal(after, organisations) {
		t.Errorf("organisations were %+v and are %+v", organisations, after)
	}
	if id := identity(t, dir); id.Device != devices[0] || id.Collector != n.address {
		t.Errorf("the agent reports as %s to %s; the collector is at %s", id.Device, id.Collector, n.address)
	}
	if text := out.String(); strings.Contains(text, "Password") || strings.Contains(text, "Simulating") {
		t.Errorf("something was made a second time: %s", text)
	}
	stop()
	tokens, err := books(t, dir).Tokens(t.Context(), 0, 0, 0)
	if err != nil || len(tokens) != 1 || tokens[0].State(time.Now()) != "used up" {
		t.Errorf("the tokens are %+v, %v", tokens, err)
	}
}

func identity(t *testing.T, dir string) uplink.Identity {
	t.Helper()
	id, err := uplink.LoadIdentity(filepath.Join(dir, "agent"))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// books is the registry of a quickstart that has stopped.
func books(t *testing.T, dir string) *registry.Registry {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return registry.Open(s)
}

// Somebody who deletes the data base but not the agent's folder starts afresh,
// instead of with an agent that nobody knows.
func TestMachineEnrolsAgainWhenTheLedgerIsGone(t *testing.T) {
	dir := t.TempDir()
	unknown := uplink.Identity{Collector: "http://127.0.0.1:1", Device: "d-of-a-ledger-that-is-gone", Secret: "secret"}
	if err := unknown.Save(filepath.Join(dir, "agent")); err != nil {
		t.Fatal(err)
	}
	_, stop := run(t, dir, nil)
	stop()
	id := identity(t, dir)
	if _, err := books(t, dir).Authenticate(t.Context(), id.Device, id.Secret); err != nil || id.Device == unknown.Device {
		t.Errorf("the agent reports as %s: %v", id.Device, err)
	}
}

// What is in the way is said at once and in a sentence.
func TestQuickstartThatCannotStartSaysWhy(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, dir, listen, want string }{
		{"a port in use", t.TempDir(), taken.Addr().String(), "another program"},
		{"a file instead of a folder", file, "127.0.0.1:0", "cannot make data folder"},
		{"reachable from outside", t.TempDir(), "0.0.0.0:0", "without TLS"},
		{"no address", t.TempDir(), "8080", "not host:port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := new(output)
			err := quickstart.Run(t.Context(), quickstart.Options{DataDir: c.dir, Listen: c.listen, Version: "test", Out: out, Log: slog.New(slog.DiscardHandler)})
			if err == nil || !strings.Contains(err.Error(), c.want) || out.String() != "" {
				t.Errorf("the error is %v, want %q; printed %q", err, c.want, out)
			}
		})
	}
}
