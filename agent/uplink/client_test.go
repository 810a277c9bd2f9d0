package uplink_test

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestCollectorsAddress(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"https://ecoparc.example.fr", ""},
		{"https://ecoparc.example.fr/behind/a/path/", ""},
		{"http://127.0.0.1:8080", ""},
		{"http://[::1]:8080", ""},
		{"http://localhost", ""},
		{"http://ecoparc.example.fr", "use https"},
		{"http://192.168.1.2", "use https"},
		{"http://localhost.example.fr", "use https"},
		{"ecoparc.example.fr", "not an address"},
		{"ftp://ecoparc.example.fr", "not an address"},
		{"https://", "not an address"},
		{"https://user:password@ecoparc.example.fr", "not an address"},
		{"https://ecoparc.example.fr/?lang=fr", "not an address"},
		{"https://ecoparc.example.fr/#top", "not an address"},
		{"https://ecoparc.example.fr --token", "not an address"},
		{"https://ecoparc.example.fr/ x", "not an address"},
		{"", "not an address"},
	} {
		_, err := uplink.NewClient(c.address, "", "", time.Now)
		if checked := uplink.CheckAddress(c.address, true); (checked == nil) != (err == nil) {
			t.Errorf("%q: checked %v, and used %v", c.address, checked, err)
		}
		if checked := uplink.CheckAddress(c.address, false); (checked == nil) != (c.want == "" && strings.HasPrefix(c.address, "https://")) {
			t.Errorf("%q without --insecure-http: %v", c.address, checked)
		}
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v; want %q", c.address, err, c.want)
		}
	}
}

func TestOwnCertificateAuthority(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agenttest.Say(w, http.StatusCreated, report.EnrolResponse{Device: "d", Secret: "s"})
	}))
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "no.pem")
	agenttest.Write(t, good, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), false)
	agenttest.Write(t, bad, "no certificate", false)
	for _, c := range []struct{ caFile, want string }{
		{good, ""},
		{"", "certificate"},
		{bad, "holds no certificate"},
		{filepath.Join(dir, "missing"), "cannot read ca_file"},
	} {
		client, err := uplink.NewClient(server.URL, c.caFile, "", time.Now)
		if err == nil {
			_, err = client.Enrol(t.Context(), report.EnrolRequest{Token: "t", Inventory: inventory})
		}
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("ca_file %q: error %v; want %q", filepath.Base(c.caFile), err, c.want)
		}
	}
}

func TestEnrolmentThatFailsSaysWhy(t *testing.T) {
	collector := agenttest.NewCollector(t)
	client, err := uplink.NewClient(collector.URL, "", "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		token  string
		answer http.HandlerFunc
		want   string
	}{
		{agenttest.Token, nil, ""},
		{"used-token", nil, "cannot enrol: the collector answers 403: token: has been used up"},
		{agenttest.Token, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>") }, "does a portal ask for a sign-in?"},
		{agenttest.Token, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201) }, "not a collector's"},
		{agenttest.Token, func(w http.ResponseWriter, r *http.Request) {
			agenttest.Say(w, http.StatusCreated, report.EnrolResponse{Device: "d"}) // no secret
		}, "not a collector's"},
	} {
		collector.Answer(c.answer)
		id, err := client.Enrol(t.Context(), report.EnrolRequest{Token: c.token, Inventory: inventory})
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) || (err == nil) != (id.Secret == agenttest.Secret) {
			t.Errorf("%+v, error %v; want %q", id, err, c.want)
		}
	}
}

func TestIdentityIsKeptForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if _, err := uplink.LoadIdentity(dir); !errors.Is(err, uplink.ErrNotEnrolled) {
		t.Errorf("no identity: %v; want %v", err, uplink.ErrNotEnrolled)
	}
	id := uplink.Identity{Collector: "https://ecoparc.example.fr", Device: "d", Secret: "s"}
	if err := id.Save(dir); err != nil {
		t.Fatal(err)
	}
	if got, err := uplink.LoadIdentity(dir); got != id || err != nil {
		t.Errorf("%+v, %v came back; want %+v", got, err, id)
	}
	path := filepath.Join(dir, "identity.json")
	for _, text := range []string{"", "{", "{}", `{"collector":"https://x","device":"d"}`, `[]`} {
		agenttest.Write(t, path, text, false)
		if _, err := uplink.LoadIdentity(dir); err == nil || !strings.Contains(err.Error(), "is damaged; enrol again") {
			t.Errorf("identity %q: error %v; want it called damaged", text, err)
		}
	}
	if runtime.GOOS == "windows" {
		return // no modes there
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := uplink.LoadIdentity(dir); err == nil || !strings.Contains(err.Error(), "can be read by others") {
			t.Errorf("mode %04o: error %v; want it refused", mode, err)
		}
	}
}
