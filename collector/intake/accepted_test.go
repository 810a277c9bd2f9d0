package intake_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestReplayedReportIsARepeatAndChangesNothing(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	body := one(d, now.Add(-time.Hour), `"load_ms": [900000, 0, 0, 0, 0], "net_rx_b": 5, "energy": [{"source": "rapl", "boundary": "package", "energy_uj": 9, "covered_ms": 900000}]`)
	var ack report.Ack
	if status := c.post("/api/v1/reports", d.bearer(), body, &ack); status != 200 || ack != (report.Ack{New: 1}) {
		t.Fatalf("the first time it is answered %d, %+v", status, ack)
	}
	kept := c.kept()
	for _, again := range [][]byte{body, zip(t, body)} {
		r := c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(again))
		if len(again) != len(body) {
			r.Header.Set("Content-Encoding", "gzip")
		}
		ack = report.Ack{}
		if status, _ := c.send(r, &ack); status != 200 || ack != (report.Ack{Repeat: 1}) {
			t.Errorf("again it is answered %d, %+v", status, ack)
		}
	}
	if c.kept() != kept {
		t.Errorf("the store held %v and holds %v", kept, c.kept())
	}
	if c.count.isNew.Load() != 1 || c.count.repeat.Load() != 2 {
		t.Errorf("counted %d new and %d repeats", c.count.isNew.Load(), c.count.repeat.Load())
	}
	key, err := c.registry.Authenticate(t.Context(), d.name, d.secret)
	if err != nil {
		t.Fatal(err)
	}
	today := calendar.DayOf(now, time.UTC)
	days, err := c.ledger.Days(t.Context(), key.ID, calendar.Period{From: today, To: today + 1})
	if err != nil || len(days) != 1 || days[0].Facts.NetRxB != 5 || days[0].Facts.Part != 9 || days[0].Facts.Windows != 1 {
		t.Errorf("the day is %+v, %v", days, err)
	}
}

// The limits are what is still taken, not what is refused first.
func TestReportAtTheLimitsIsTaken(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	largest := c.good(d)
	largest = append(largest, bytes.Repeat([]byte(" "), report.MaxBodyB-len(largest))...)
	if status := c.post("/api/v1/reports", d.bearer(), largest, new(report.Ack)); status != 200 {
		t.Errorf("256 KiB are answered %d", status)
	}
	decoded := c.good(d)
	decoded = zip(t, append(decoded, bytes.Repeat([]byte(" "), report.MaxDecodedB-len(decoded))...))
	r := c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(decoded))
	r.Header.Set("Content-Encoding", "gzip")
	if status, _ := c.send(r, new(report.Ack)); status != 200 {
		t.Errorf("1 MiB after gunzip is answered %d", status)
	}
	r = c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(c.good(d)))
	r.Header.Set("Content-Type", "Application/JSON; charset=utf-8")
	if status, _ := c.send(r, new(report.Ack)); status != 200 {
		t.Errorf("a content type with a charset is answered %d", status)
	}
	r = c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(c.good(d)))
	r.Header.Del("Content-Type")
	if status, _ := c.send(r, new(report.Ack)); status != 200 {
		t.Errorf("no content type is answered %d", status)
	}
}

// A machine that is set up anew enrols again and is a new device; the old one
// keeps its own secret until somebody retires it.
func TestSameMachineEnrolledAgainIsAnotherDevice(t *testing.T) {
	c := start(t)
	token, _ := c.token(2)
	var first, second report.EnrolResponse
	for _, answer := range []*report.EnrolResponse{&first, &second} {
		if status := c.post("/api/v1/enrol", "", []byte(enrolment(token)), answer); status != http.StatusCreated {
			t.Fatalf("answered %d", status)
		}
	}
	if first.Device == second.Device || first.Secret == second.Secret {
		t.Fatalf("both are %+v", first)
	}
	at := now.Add(-time.Hour)
	for _, d := range []device{{first.Device, first.Secret}, {second.Device, second.Secret}} {
		var ack report.Ack
		if status := c.post("/api/v1/reports", d.bearer(), one(d, at, `"off_ms": 1`), &ack); status != 200 || ack.New != 1 {
			t.Errorf("%s is answered %d, %+v", d.name, status, ack)
		}
	}
	if _, err := c.store.Write.Exec("UPDATE devices SET retired = ? WHERE name = ?", now.Unix(), first.Device); err != nil {
		t.Fatal(err)
	}
	retired := device{first.Device, first.Secret}
	c.refused(c.request(http.MethodPost, "/api/v1/reports", retired.bearer(), bytes.NewReader(one(retired, at, `"off_ms": 1`))),
		device{second.Device, second.Secret}, http.StatusUnauthorized, "Authorization", "enrol it")
}

// No secret is ever written to the log or kept as it is.
func TestSecretsAreNotKept(t *testing.T) {
	c := start(t)
	token, _ := c.token(1)
	var answer report.EnrolResponse
	c.post("/api/v1/enrol", "", []byte(enrolment(token)), &answer)
	c.post("/api/v1/enrol", "", []byte(enrolment(token)), new(report.Problem))
	var dump string
	err := c.store.Read.QueryRow(`SELECT (SELECT group_concat(quote(sha256)) FROM tokens) || (SELECT group_concat(quote(secret_sha256) || inventory || label) FROM devices)`).Scan(&dump)
	if err != nil {
		t.Fatal(err)
	}
	everything := c.log.String() + dump
	for what, secret := range map[string]string{"token": token, "secret": answer.Secret} {
		if strings.Contains(everything, secret) || strings.Contains(strings.ToLower(dump), fmt.Sprintf("%x", secret)) {
			t.Errorf("the %s is in the log or in the store", what)
		}
	}
}

// What is the collector's fault is never the device's: it keeps its windows and
// is told when to come back.
func TestCollectorsOwnTroubleIsAnsweredWithRetryAfter(t *testing.T) {
	for _, test := range []struct {
		name, reason string
		trouble      func(*collector) error
	}{
		{"full disk", "disk is full", func(c *collector) error {
			_, err := c.store.Write.Exec("PRAGMA max_page_count = 1") // no page more than there are
			return err
		}},
		{"stopping", "is stopping", func(c *collector) error { c.ledger.Close(); return nil }},
		{"store lost", "cannot store reports now", func(c *collector) error { return c.store.Write.Close() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := start(t)
			d := c.enrolled()
			if err := test.trouble(c); err != nil {
				t.Fatal(err)
			}
			before := c.kept()
			var windows []string
			for i := range report.MaxWindows { // more than the pages in hand have room for
				at := now.Add(-time.Duration(i+1) * report.WindowLength).Format(time.RFC3339)
				var readings []string
				for n := range 12 {
					readings = append(readings, fmt.Sprintf(`{"source": "%0128d", "boundary": "package", "energy_uj": 1, "covered_ms": 900000}`, i*12+n))
				}
				windows = append(windows, fmt.Sprintf(`{"start": %q, "span_s": 900, "load_ms": [900000, 0, 0, 0, 0], "energy": [%s]}`, at, strings.Join(readings, ",")))
			}
			body := fmt.Sprintf(`{"schema": 1, "device": %q, "agent": "1", "windows": [%s]}`, d.name, strings.Join(windows, ","))
			var p report.Problem
			status, header := c.send(c.request(http.MethodPost, "/api/v1/reports", d.bearer(), strings.NewReader(body)), &p)
			if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(p.Reason, test.reason) {
				t.Errorf("answered %d, Retry-After %q, %+v", status, header.Get("Retry-After"), p)
			}
			if after := c.kept(); after != before {
				t.Errorf("the store held %v and holds %v", before, after)
			}
		})
	}
}

func TestSchemaIsPublished(t *testing.T) {
	c := start(t)
	res, err := c.client.Get(c.url + "/api/v1/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var schema struct {
		Schema string `json:"$schema"`
	}
	if err := json.NewDecoder(res.Body).Decode(&schema); err != nil || schema.Schema == "" || res.Header.Get("Content-Type") != "application/schema+json" {
		t.Errorf("got %+v, %v, %q", schema, err, res.Header.Get("Content-Type"))
	}
}
