package intake_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/intake"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// now is the collector's clock in these tests.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// perHour is how many reports of a device are taken in an hour.
const perHour = 100

var limits = intake.Limits{DeviceReports: perHour, SiteReports: 3 * perHour, Enrolments: 20}

// collector is an intake on a real store behind a real server, and a client
// that has one connection at a time.
type collector struct {
	t        testing.TB
	store    *store.Store
	registry *registry.Registry
	ledger   *ledger.Ledger
	site     int64
	mux      *http.ServeMux
	url      string
	client   *http.Client
	dials    atomic.Int64
	count    counter
	log      bytes.Buffer
	clock    time.Time
	sent     int // good reports
}

type counter struct{ isNew, repeat, rejected atomic.Int64 }

func (c *counter) Windows(isNew, repeat int) { c.isNew.Add(int64(isNew)); c.repeat.Add(int64(repeat)) }
func (c *counter) Rejected(int)              { c.rejected.Add(1) }

func start(t testing.TB) *collector {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{t: t, store: s, registry: registry.Open(s), ledger: ledger.Open(s, time.UTC, false), clock: now}
	t.Cleanup(func() { c.ledger.Close(); s.Close() })
	owner, err := c.registry.AddOrganisation(t.Context(), "Département de l'Exemple", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := c.registry.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "Collège", Kind: registry.College}})
	if err != nil {
		t.Fatal(err)
	}
	c.site = sites[0].ID
	c.mux = http.NewServeMux()
	c.mux.HandleFunc("/", http.NotFound) // as the pages are, in the service
	for _, route := range intake.New(c.registry, c.ledger, limits, func() time.Time { return c.clock }, slog.New(slog.NewTextHandler(&c.log, nil)), &c.count).Routes() {
		c.mux.HandleFunc(route.Pattern, route.Handler)
	}
	server := httptest.NewServer(c.mux)
	t.Cleanup(server.Close)
	c.url = server.URL
	c.client = &http.Client{Transport: &http.Transport{
		MaxConnsPerHost: 1,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c.dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}
	t.Cleanup(c.client.CloseIdleConnections)
	return c
}

// token makes a token with some uses.
func (c *collector) token(uses int64) (text string, id int64) {
	c.t.Helper()
	text, id, err := c.registry.CreateToken(c.t.Context(), c.site, equipment.Shared, uses, time.Hour, c.clock)
	if err != nil {
		c.t.Fatal(err)
	}
	return text, id
}

// device is an enrolled device: the secret is never seen by the others.
type device struct{ name, secret string }

func (c *collector) enrolled() device {
	c.t.Helper()
	token, _ := c.token(1)
	var answer report.EnrolResponse
	if status := c.post("/api/v1/enrol", "", []byte(enrolment(token)), &answer); status != http.StatusCreated {
		c.t.Fatalf("enrolment is answered %d", status)
	}
	return device{answer.Device, answer.Secret}
}

func enrolment(token string) string {
	return fmt.Sprintf(`{"token": %q, "inventory": {"category": "laptop", "meters": []}}`, token)
}

func (d device) bearer() string { return "Bearer " + d.name + "." + d.secret }

// request is one request; send decodes the answer and gives its status.
func (c *collector) request(method, path, bearer string, body io.Reader) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", bearer)
	}
	return r
}

func (c *collector) send(r *http.Request, answer any) (int, http.Header) {
	c.t.Helper()
	res, err := c.client.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(answer); err != nil {
		c.t.Fatalf("%d with %q: %v", res.StatusCode, body, err)
	}
	return res.StatusCode, res.Header
}

func (c *collector) post(path, bearer string, body []byte, answer any) int {
	c.t.Helper()
	status, _ := c.send(c.request(http.MethodPost, path, bearer, bytes.NewReader(body)), answer)
	return status
}

// good is a report with one window that was not sent before.
func (c *collector) good(d device) []byte {
	c.sent++
	return one(d, now.Add(-time.Duration(c.sent)*report.WindowLength), `"off_ms": 900000`)
}

func one(d device, start time.Time, rest string) []byte {
	return fmt.Appendf(nil, `{"schema": 1, "device": %q, "agent": "1.0.0", "windows": [{"start": %q, "span_s": 900, %s}]}`,
		d.name, start.Format(time.RFC3339), rest)
}

// kept are how many windows or rows each table holds that a report or an enrolment fills.
func (c *collector) kept() (rows [6]int64) {
	c.t.Helper()
	err := c.store.Read.QueryRow(`SELECT (SELECT coalesce(sum(windows), 0) FROM device_months), (SELECT count(*) FROM journal), (SELECT count(*) FROM device_days),
		(SELECT count(*) FROM site_days), (SELECT count(*) FROM devices), (SELECT sum(uses) FROM tokens)`).
		Scan(&rows[0], &rows[1], &rows[2], &rows[3], &rows[4], &rows[5])
	if err != nil {
		c.t.Fatal(err)
	}
	return rows
}

// refused sends a bad request: nothing is stored, the answer says what is wrong,
// and the same connection takes a good report.
func (c *collector) refused(r *http.Request, d device, status int, field, reason string) {
	c.t.Helper()
	before, dials := c.kept(), c.dials.Load()
	var p report.Problem
	got, header := c.send(r, &p)
	if got != status || p.Field != field || !strings.Contains(p.Reason, reason) {
		c.t.Errorf("answered %d, %+v; want %d, field %q, reason with %q", got, p, status, field, reason)
	}
	if kind := header.Get("Content-Type"); kind != "application/json" {
		c.t.Errorf("the answer is %q", kind)
	}
	if after := c.kept(); after != before {
		c.t.Errorf("the store held %v and holds %v", before, after)
	}
	var ack report.Ack
	if status := c.post("/api/v1/reports", d.bearer(), c.good(d), &ack); status != http.StatusOK || ack != (report.Ack{New: 1}) {
		c.t.Errorf("a good report after it is answered %d, %+v", status, ack)
	}
	if c.dials.Load() != dials {
		c.t.Error("the good report needed a new connection")
	}
}

func zip(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
