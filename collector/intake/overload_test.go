package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/models/report"
)

// gone sends a report from a client that hangs up once it has sent it: it may wait in
// the queue, and nobody waits for it.
func (c *collector) gone(d device, body []byte) *httptest.ResponseRecorder {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/reports", hangUp{bytes.NewReader(body), cancel}).WithContext(ctx)
	r.Header.Set("Authorization", d.bearer())
	w := httptest.NewRecorder()
	c.mux.ServeHTTP(w, r)
	return w
}

type hangUp struct {
	io.Reader
	cancel func()
}

func (h hangUp) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if err == io.EOF {
		h.cancel()
	}
	return n, err
}

// When the store does not keep up, reports are refused before they fill the memory,
// and agents are told when to come back.
func TestReportsBeyondTheQueueAreAnswered503WithRetryAfter(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	body := c.good(d)
	if status := c.post("/api/v1/reports", d.bearer(), body, new(report.Ack)); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	tx, err := c.store.Write.BeginTx(t.Context(), nil) // the only connection that writes
	if err != nil {
		t.Fatal(err)
	}
	const most = 10_000
	sent := 0
	for ; sent < most; sent++ {
		c.clock = c.clock.Add(time.Minute) // within the device's own limit
		w := c.gone(d, body)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Fatalf("answered %d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
		}
		if strings.Contains(w.Body.String(), "too many reports at once") {
			break
		}
	}
	if sent == most {
		t.Errorf("%d reports wait in memory", sent)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	c.clock = c.clock.Add(time.Hour)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		status := c.post("/api/v1/reports", d.bearer(), body, new(json.RawMessage))
		if status == http.StatusOK {
			break
		}
		if c.clock = c.clock.Add(time.Minute); time.Now().After(deadline) {
			t.Fatalf("after the queue was worked off it is answered %d", status)
		}
	}
}

// A device that sends without pause is held back; another's reports are taken.
func TestDeviceThatSendsTooMuchIsHeldBackAlone(t *testing.T) {
	c := start(t)
	mad, calm := c.enrolled(), c.enrolled()
	taken := 0
	for range 3 * perHour {
		r := c.request(http.MethodPost, "/api/v1/reports", mad.bearer(), bytes.NewReader(c.good(mad)))
		var p struct {
			report.Ack
			report.Problem
		}
		status, header := c.send(r, &p)
		if status == http.StatusOK {
			taken++
			continue
		}
		if wait, err := strconv.Atoi(header.Get("Retry-After")); status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 3600/perHour+1 {
			t.Fatalf("answered %d, Retry-After %q, %+v", status, header.Get("Retry-After"), p)
		}
	}
	if taken != perHour {
		t.Errorf("%d reports were taken; want %d", taken, perHour)
	}
	if status := c.post("/api/v1/reports", calm.bearer(), c.good(calm), new(report.Ack)); status != http.StatusOK {
		t.Errorf("the other device is answered %d", status)
	}
	c.clock = c.clock.Add(3600*time.Second/perHour + time.Second) // for one more
	for i, want := range []int{http.StatusOK, http.StatusTooManyRequests} {
		if status := c.post("/api/v1/reports", mad.bearer(), c.good(mad), new(json.RawMessage)); status != want {
			t.Errorf("report %d after a pause is answered %d; want %d", i, status, want)
		}
	}
}

// Whoever was remembered is refused from the moment that anybody, also another
// process, retires the device or replaces its secret.
func TestRememberedDeviceIsRefusedOnceItIsRevoked(t *testing.T) {
	for name, change := range map[string]string{
		"retired": "UPDATE devices SET retired = 1 WHERE name = ?", "another secret": "UPDATE devices SET secret_sha256 = randomblob(32) WHERE name = ?",
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			d, other := c.enrolled(), c.enrolled()
			for range 2 { // the second time it is remembered
				if status := c.post("/api/v1/reports", d.bearer(), c.good(d), new(report.Ack)); status != http.StatusOK {
					t.Fatalf("answered %d", status)
				}
			}
			if _, err := c.store.Write.Exec(change, d.name); err != nil {
				t.Fatal(err)
			}
			c.refused(c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(c.good(d))), other, http.StatusUnauthorized, "Authorization", "enrol it")
		})
	}
}

// A device that was moved to another site while it was remembered is counted there.
func TestRememberedDeviceIsFiledWhereItIsNow(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	for _, move := range []string{"", "INSERT INTO sites (id, organisation, name, kind) SELECT 77, organisation, 'Other', 'other' FROM sites LIMIT 1", "UPDATE devices SET site = 77"} {
		if _, err := c.store.Write.Exec(move); err != nil {
			t.Fatal(err)
		}
		if status := c.post("/api/v1/reports", d.bearer(), c.good(d), new(report.Ack)); status != http.StatusOK {
			t.Fatalf("answered %d", status)
		}
	}
	var there int
	if err := c.store.Read.QueryRow("SELECT sum(windows) FROM site_days WHERE site = 77").Scan(&there); err != nil || there != 1 {
		t.Errorf("%d windows are counted at the new site, %v; want 1", there, err)
	}
}

// The number of a device that was erased may be given to the next one; what the erased
// device still sends is not filed under it.
func TestReportOfAnErasedDeviceIsNotFiledUnderTheNext(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	for range 2 { // the second time it is remembered
		if status := c.post("/api/v1/reports", d.bearer(), c.good(d), new(report.Ack)); status != http.StatusOK {
			t.Fatalf("answered %d", status)
		}
	}
	erased, err := c.registry.Device(t.Context(), d.name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Erase(t.Context(), c.store, time.UTC, d.name, c.clock); err != nil {
		t.Fatal(err)
	}
	next := c.enrolled()
	if heir, err := c.registry.Device(t.Context(), next.name); err != nil || heir.ID != erased.ID {
		t.Fatalf("the next device has number %d, %v; the test is about one that is given number %d again", heir.ID, err, erased.ID)
	}
	c.refused(c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(c.good(d))), next, http.StatusUnauthorized, "Authorization", "enrol it")
}
