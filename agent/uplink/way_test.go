package uplink_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

// TestRedirectLeadsToTheSameHostOnly: another path of the collector is followed with
// the whole report; another host gets nothing, least of all the secret.
func TestRedirectLeadsToTheSameHostOnly(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { elsewhere++ }))
	t.Cleanup(other.Close)
	for _, c := range []struct {
		to     string
		status int
		good   bool
	}{
		{"/moved/api/v1/reports", http.StatusPermanentRedirect, true},
		{"/moved/api/v1/reports", http.StatusTemporaryRedirect, true},
		{"/moved/api/v1/reports", http.StatusFound, false}, // would become a GET
		{other.URL + "/api/v1/reports", http.StatusPermanentRedirect, false},
		{other.URL + "/api/v1/reports", http.StatusFound, false},
	} {
		d := newDevice(t, 3)
		d.collector.Answer(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/moved/") {
				agenttest.Say(w, http.StatusOK, report.Ack{New: 3})
				return
			}
			http.Redirect(w, r, c.to, c.status)
		})
		_, err := d.flush(t)
		if (err == nil) != c.good || (d.waiting(t) == 0) != c.good {
			t.Errorf("%d to %s: %v, %d wait", c.status, c.to, err, d.waiting(t))
		}
		if last := d.collector.Requests()[len(d.collector.Requests())-1]; c.good && len(last.Body) == 0 {
			t.Errorf("%d to %s: the report did not go along", c.status, c.to)
		}
	}
	if elsewhere != 0 {
		t.Errorf("another host was asked %d times", elsewhere)
	}
}

// TestProxyOfTheConfigurationIsAsked and not the collector itself.
func TestProxyOfTheConfigurationIsAsked(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	client, err := uplink.NewClient("https://ecoparc.example.fr", "", proxy.URL, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Enrol(t.Context(), report.EnrolRequest{Token: "t", Inventory: inventory}); err == nil || !strings.Contains(err.Error(), "cannot reach the collector") {
		t.Errorf("error %v; want the proxy's refusal", err)
	}
	if len(asked) != 1 || asked[0] != "CONNECT ecoparc.example.fr:443" {
		t.Errorf("the proxy was asked %q; want for a tunnel to the collector", asked)
	}
	for _, bad := range []string{"proxy.example.fr:3128", "http://", "http://wpad/proxy.pac\x00", "pac+http://x"} {
		if err := uplink.CheckProxy(bad); err == nil {
			t.Errorf("proxy %q is taken", bad)
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	client, err := uplink.NewClient(server.URL, "", "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Enrol(t.Context(), report.EnrolRequest{Token: "t", Inventory: inventory}); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("error %v; want the protocol refused", err)
	}
}
