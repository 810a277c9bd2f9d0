package intake_test

import (
	"bytes"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/intake"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/models/report"
)

// noise does not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(b)
	return b
}

func TestBadReportIsRefusedAndTheConnectionTakesTheNext(t *testing.T) {
	c := start(t)
	d, other := c.enrolled(), c.enrolled()
	recent := now.Add(-time.Hour)
	padded := func(n int) []byte { return append(one(d, recent, `"off_ms": 1`), bytes.Repeat([]byte(" "), n)...) }
	valid := one(d, recent, `"off_ms": 1`)
	type change func(*http.Request)
	header := func(name, value string) change { return func(r *http.Request) { r.Header.Set(name, value) } }
	gzipped := header("Content-Encoding", "gzip")
	chunked := func(r *http.Request) { r.ContentLength, r.GetBody = -1, nil }
	tests := []struct {
		name   string
		body   []byte
		change change
		status int
		field  string
		reason string
	}{
		{"no body", nil, nil, 400, "", "ends too early"},
		{"cut off", valid[:40], nil, 400, "", "ends too early"},
		{"two reports", append(valid, valid...), nil, 400, "", "more follows"},
		{"NaN", one(d, recent, `"off_ms": NaN`), nil, 400, "", `at or after "off_ms": invalid character 'N'`},
		{"not gzip", valid, gzipped, 400, "body", "not gzip"},
		{"gzip cut off", zip(t, valid)[:30], gzipped, 400, "body", "unexpected EOF"},
		{"gzip damaged", append(zip(t, valid)[:50], noise(20)...), gzipped, 400, "body", "cannot be read"},
		{"brotli", valid, header("Content-Encoding", "br"), 415, "Content-Encoding", "gzip and identity"},
		{"a form", valid, header("Content-Type", "application/x-www-form-urlencoded"), 415, "Content-Type", "application/json"},
		{"no secret", valid, header("Authorization", ""), 401, "Authorization", "Bearer DEVICE.SECRET"},
		{"another scheme", valid, header("Authorization", "Basic "+d.secret), 401, "Authorization", "Bearer DEVICE.SECRET"},
		{"no dot", valid, header("Authorization", "Bearer "+d.name), 401, "Authorization", "Bearer DEVICE.SECRET"},
		{"empty secret", valid, header("Authorization", "Bearer "+d.name+"."), 401, "Authorization", "enrol it"},
		{"another's secret", valid, header("Authorization", "Bearer "+d.name+"."+other.secret), 401, "Authorization", "enrol it"},
		{"unknown device", valid, header("Authorization", "Bearer d-0."+d.secret), 401, "Authorization", "enrol it"},
		{"another's report", one(other, recent, `"off_ms": 1`), nil, 403, "device", "is not the device"},
		{"unknown field", one(d, recent, `"user": "zoe"`), nil, 422, "user", "unknown field"},
		{"negative", one(d, recent, `"net_rx_b": -1`), nil, 422, "windows[0].net_rx_b", "negative"},
		{"NaN as a text", one(d, recent, `"off_ms": "NaN"`), nil, 422, "windows.off_ms", "whole number"},
		{"infinite", one(d, recent, `"off_ms": 1e999`), nil, 422, "windows.off_ms", "whole number"},
		{"future", one(d, now.Add(time.Hour), `"off_ms": 1`), nil, 422, "windows[0].start", "in the future"},
		{"second window bad", bytes.Replace(valid, []byte("[{"), []byte(`[{"start": "2026-11-23T07:00:00Z", "span_s": 900},{"mem_used_mib": -2, `), 1), nil, 422, "windows[1].mem_used_mib", "negative"},
		{"too large as sent", padded(report.MaxBodyB), nil, 413, "body", "256 KiB as sent"},
		{"too large, no length told", padded(report.MaxBodyB), chunked, 413, "body", "256 KiB as sent"},
		{"too large gzip, no length told", zip(t, noise(report.MaxBodyB)), func(r *http.Request) { gzipped(r); chunked(r) }, 413, "body", "256 KiB as sent"},
		{"gzip bomb", zip(t, padded(20<<20)), gzipped, 413, "body", "1 MiB after gunzip"},
		{"gzip of one byte too many", zip(t, padded(report.MaxDecodedB+1-len(valid))), gzipped, 413, "body", "1 MiB after gunzip"},
		{"by GET", nil, func(r *http.Request) { r.Method = http.MethodGet }, 405, "method", "by POST"},
		{"by PUT", valid, func(r *http.Request) { r.Method = http.MethodPut }, 405, "method", "by POST"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c.t = t
			r := c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(test.body))
			if test.change != nil {
				test.change(r)
			}
			c.refused(r, d, test.status, test.field, test.reason)
		})
	}
	c.t = t
	if got, want := c.count.rejected.Load(), int64(len(tests)); got != want {
		t.Errorf("%d rejections are counted, want %d", got, want)
	}
	if c.dials.Load() != 1 {
		t.Errorf("%d connections were opened, want one for all", c.dials.Load())
	}
}

// counted counts what is read of a body.
type counted struct {
	io.Reader
	read atomic.Int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.read.Add(int64(n))
	return n, err
}

func TestBodyWithoutEndIsNotReadToItsEnd(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	for name, length := range map[string]int64{"length told": 1 << 40, "length not told": -1} {
		t.Run(name, func(t *testing.T) {
			body := &counted{Reader: endless{}}
			r := c.request(http.MethodPost, "/api/v1/reports", d.bearer(), body)
			r.ContentLength = length
			res, err := c.client.Do(r)
			if err == nil {
				if res.Body.Close(); res.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("answered %d", res.StatusCode)
				}
			} // otherwise the server has closed the connection in the middle, which is as good
			if read := body.read.Load(); read > 64<<20 { // the kernel's buffers take some of it
				t.Errorf("%d MiB were taken", read>>20)
			}
		})
	}
	if kept := c.kept(); kept[0] != 0 {
		t.Errorf("%d windows are kept", kept[0])
	}
}

// Who tells a length far above the limit is answered before anything is read;
// who tells none is stopped soon after the limit.
func TestLimitComesBeforeReading(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	for length, most := range map[int64]int64{1 << 40: 0, -1: 5 << 20} {
		body := &counted{Reader: endless{}}
		r := httptest.NewRequest(http.MethodPost, "/api/v1/reports", body)
		r.Header.Set("Authorization", d.bearer())
		r.ContentLength = length
		answer := httptest.NewRecorder()
		c.mux.ServeHTTP(answer, r)
		if read := body.read.Load(); answer.Code != http.StatusRequestEntityTooLarge || read > most {
			t.Errorf("of %d bytes %d are read, and the answer is %d", length, read, answer.Code)
		}
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestRefusedEnrolmentSaysWhyInASentenceOfItsOwn(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	usedUp, _ := c.token(1)
	revoked, id := c.token(5)
	expired, _ := c.token(5)
	valid, _ := c.token(5)
	if status := c.post("/api/v1/enrol", "", []byte(enrolment(usedUp)), new(report.EnrolResponse)); status != http.StatusCreated {
		t.Fatalf("the first use is answered %d", status)
	}
	if err := c.registry.RevokeToken(t.Context(), id, now); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, body string
		clock      time.Time
		status     int
		field      string
		reason     string
	}{
		{"unknown", enrolment("ecoparc-guess"), now, 403, "token", "is not a token of this collector"},
		{"used up", enrolment(usedUp), now, 403, "token", "is used up"},
		{"revoked", enrolment(revoked), now, 403, "token", "is revoked"},
		{"expired", enrolment(expired), now.Add(time.Hour), 403, "token", "is expired"},
		{"no token", enrolment(""), now, 422, "token", "must be an enrolment token"},
		{"no inventory", `{"token": "` + valid + `"}`, now, 422, "inventory.category", "allowed are"},
		{"unknown field", strings.Replace(enrolment(valid), "{", `{"serial": "X1", `, 1), now, 422, "serial", "unknown field"},
		{"malformed", enrolment(valid)[:20], now, 400, "", "malformed JSON"},
		{"too large", enrolment(valid) + strings.Repeat(" ", report.MaxBodyB), now, 413, "body", "256 KiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.t, c.clock = t, test.clock
			c.refused(c.request(http.MethodPost, "/api/v1/enrol", "", strings.NewReader(test.body)), d, test.status, test.field, test.reason)
		})
	}
}

// A collector whose clock went back does not let agents put good windows aside: it
// asks them to wait, also after it was started again, and takes them when its clock
// is right. A window from the future stays wrong.
func TestReportsWaitWhileTheCollectorsClockIsBehind(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	var ack report.Ack
	if status := c.post("/api/v1/reports", d.bearer(), c.good(d), &ack); status != http.StatusOK {
		t.Fatalf("the first report is answered %d", status)
	}
	for name, again := range map[string]func(){
		"while it runs": func() {},
		"started again": func() {
			c.ledger.Close()
			c.ledger = ledger.Open(c.store, time.UTC, false)
			c.mux = http.NewServeMux()
			for _, route := range intake.New(c.registry, c.ledger, limits, func() time.Time { return c.clock }, slog.New(slog.NewTextHandler(&c.log, nil)), &c.count).Routes() {
				c.mux.HandleFunc(route.Pattern, route.Handler)
			}
			server := httptest.NewServer(c.mux)
			t.Cleanup(server.Close)
			c.url = server.URL
		},
	} {
		again()
		c.clock = now.AddDate(0, 0, -3)
		good := c.good(d)
		var p report.Problem
		status, header := c.send(c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(good)), &p)
		if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(p.Reason, "clock") {
			t.Errorf("%s: three days back it answers %d, %+v", name, status, p)
		}
		if status := c.post("/api/v1/reports", d.bearer(), one(d, now.Add(time.Hour), `"off_ms": 1`), &p); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: a window from the future is answered %d", name, status)
		}
		c.clock = now
		if status := c.post("/api/v1/reports", d.bearer(), good, &ack); status != http.StatusOK || ack.New != 1 {
			t.Errorf("%s: with the right clock it answers %d, %+v", name, status, ack)
		}
	}
}
