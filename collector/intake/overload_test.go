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
