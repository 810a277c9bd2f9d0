package service

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestGuessesAreCountedByTheClientAndNotByWhatItSaysOfItself(t *testing.T) {
	for _, c := range []struct {
		name, peer  string
		forwarded   []string
		behindProxy bool
		want        string
	}{
		{"the port changes with each connection", "192.0.2.7:50123", nil, false, "192.0.2.7"},
		{"IPv6", "[2001:db8::7]:50123", nil, false, "2001:db8::7"},
		{"without a proxy the header is the client's own invention", "192.0.2.7:1", []string{"198.51.100.1"}, false, "192.0.2.7"},
		{"the proxy adds the last address", "127.0.0.1:1", []string{"198.51.100.1, 192.0.2.7"}, true, "192.0.2.7"},
		{"in a header of its own", "127.0.0.1:1", []string{"198.51.100.1", "192.0.2.7"}, true, "192.0.2.7"},
		{"a proxy that adds none", "127.0.0.1:1", nil, true, "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			h := fromClient(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }), c.behindProxy)
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			for _, f := range c.forwarded {
				r.Header.Add("X-Forwarded-For", f)
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
