package agenttest

import (
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// Collector is a small collector that answers as the real one does, and remembers
// all it was sent.
type Collector struct {
	URL string

	clock    func() time.Time
	mu       sync.Mutex
	requests []Request
	windows  []report.Window // each once
	refuse   func(report.Window) bool
	answer   http.HandlerFunc
}

// Request is what arrived.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte // after gunzip
}

// The fake's one good token, and the identity it gives.
const (
	Token  = "good-token"
	Device = "d-0123456789"
	Secret = "s-secret"
)

// NewCollector starts a collector that ends with the test.
func NewCollector(t testing.TB) *Collector {
	c := &Collector{clock: time.Now}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// NewSecureCollector starts one with a clock of its own. It serves TLS, with a
// certificate that is valid around the time that its clock shows now, by the authority
// in the file ca.
func NewSecureCollector(t testing.TB, clock func() time.Time) (c *Collector, ca string) {
	t.Helper()
	dir := t.TempDir()
	ca = filepath.Join(dir, "ca.crt")
	certificate, key := filepath.Join(dir, "collector.crt"), filepath.Join(dir, "collector.key")
	writeCertificates(t, ca, certificate, key, clock())
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	c = &Collector{clock: clock}
	server := httptest.NewUnstartedServer(c)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // agents hang up where the certificate is not valid
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c, ca
}

// Answer makes it answer in another way; nil: as a collector again.
func (c *Collector) Answer(h http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = h
}

// Refuse makes it refuse reports that hold such a window.
func (c *Collector) Refuse(bad func(report.Window) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = bad
}

// Clock gives it another clock.
func (c *Collector) Clock(clock func() time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock = clock
}

// Requests are all requests so far.
func (c *Collector) Requests() []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests)
}

// Windows are the windows that were acknowledged, each once.
func (c *Collector) Windows() []report.Window {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.windows)
}

// Say answers with a status and a JSON document.
func Say(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(document)
}

// ServeHTTP answers as a collector does, and keeps the request.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body []byte
	unzip, err := gzip.NewReader(r.Body)
	if err == nil {
		body, err = io.ReadAll(unzip)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Date", c.clock().UTC().Format(http.TimeFormat))
	c.requests = append(c.requests, Request{r.URL.Path, r.Header.Clone(), body})
	switch {
	case c.answer != nil:
		c.answer(w, r)
	case err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "gzip":
		Say(w, http.StatusBadRequest, report.Problem{Field: "body", Reason: "is not gzip"})
	case r.URL.Path == "/api/v1/enrol":
		enrol(w, body)
	case r.URL.Path == "/api/v1/reports":
		c.report(w, r, body)
	default:
		http.NotFound(w, r)
	}
}

func enrol(w http.ResponseWriter, body []byte) {
	request, err := report.DecodeEnrol(body)
	switch {
	case err != nil:
		Say(w, http.StatusUnprocessableEntity, err)
	case request.Token != Token:
		Say(w, http.StatusForbidden, report.Problem{Field: "token", Reason: "has been used up; ask for a new one"})
	default:
		Say(w, http.StatusCreated, report.EnrolResponse{Device: Device, Secret: Secret})
	}
}

func (c *Collector) report(w http.ResponseWriter, r *http.Request, body []byte) {
	if strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") != Device+"."+Secret {
		Say(w, http.StatusUnauthorized, report.Problem{Field: "Authorization", Reason: "this collector does not know this device and secret"})
		return
	}
	got, err := report.Decode(body, c.clock())
	if err != nil {
		Say(w, http.StatusUnprocessableEntity, err)
		return
	}
	var ack report.Ack
	for i, window := range got.Windows {
		if c.refuse != nil && c.refuse(window) {
			Say(w, http.StatusUnprocessableEntity, report.Problem{Field: fmt.Sprintf("windows[%d].start", i), Reason: "is refused by this test"})
			return
		}
	}
	for _, window := range got.Windows {
		if slices.ContainsFunc(c.windows, func(old report.Window) bool { return old.Start.Equal(window.Start) }) {
			ack.Repeat++
			continue
		}
		c.windows, ack.New = append(c.windows, window), ack.New+1
	}
	Say(w, http.StatusOK, ack)
}
