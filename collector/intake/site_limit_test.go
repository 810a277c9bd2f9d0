package intake_test

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/report"
)

// school adds a site and makes it the one at which devices enrol.
func (c *collector) school(name string) {
	c.t.Helper()
	before, err := c.registry.Site(c.t.Context(), c.site)
	if err != nil {
		c.t.Fatal(err)
	}
	added, err := c.registry.AddSites(c.t.Context(), before.Organisation, []registry.Site{{Name: name, Kind: registry.Other}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.site = added[0].ID
}

// heldBack tells whether an answer says to come back within an hour.
func heldBack(status int, header http.Header) bool {
	wait, err := strconv.Atoi(header.Get("Retry-After"))
	return status == http.StatusTooManyRequests && err == nil && wait > 0 && wait <= 3600
}

// A school whose devices all keep to their own limit, and together send too much, is
// held back; the other school is not.
func TestNoisySiteDoesNotHoldAnotherBack(t *testing.T) {
	c := start(t)
	noisy := make([]device, limits.SiteReports/perHour+1)
	for i := range noisy {
		noisy[i] = c.enrolled()
	}
	c.school("The other school")
	calm := c.enrolled()
	taken, refused := 0, 0
	for range perHour {
		for _, d := range noisy {
			var p struct {
				report.Ack
				report.Problem
			}
			status, header := c.send(c.request(http.MethodPost, "/api/v1/reports", d.bearer(), bytes.NewReader(c.good(d))), &p)
			switch {
			case status == http.StatusOK:
				taken++
			case heldBack(status, header) && strings.Contains(p.Reason, "devices of this site send too many"):
				refused++
			default:
				t.Fatalf("answered %d, %+v", status, p)
			}
		}
	}
	if taken != limits.SiteReports || refused != len(noisy)*perHour-limits.SiteReports {
		t.Errorf("%d reports were taken and %d refused; want %d taken", taken, refused, limits.SiteReports)
	}
	if status := c.post("/api/v1/reports", calm.bearer(), c.good(calm), new(report.Ack)); status != http.StatusOK {
		t.Errorf("the other school is answered %d", status)
	}
	c.clock = c.clock.Add(time.Hour)
	if status := c.post("/api/v1/reports", noisy[0].bearer(), c.good(noisy[0]), new(report.Ack)); status != http.StatusOK {
		t.Errorf("an hour later it is answered %d", status)
	}
}

func TestEnrolmentsOfASiteAreLimited(t *testing.T) {
	c := start(t)
	token, _ := c.token(1000)
	for range limits.Enrolments {
		if status := c.post("/api/v1/enrol", "", []byte(enrolment(token)), new(report.EnrolResponse)); status != http.StatusCreated {
			t.Fatalf("answered %d", status)
		}
	}
	var p report.Problem
	if status, header := c.send(c.request(http.MethodPost, "/api/v1/enrol", "", strings.NewReader(enrolment(token))), &p); !heldBack(status, header) {
		t.Errorf("answered %d, %+v", status, p)
	}
	if tokens, err := c.registry.Tokens(t.Context(), c.site, 0, 0); err != nil || tokens[0].Uses != int64(limits.Enrolments) {
		t.Errorf("the tokens are %+v, %v", tokens, err)
	}
	c.school("The other school")
	c.enrolled()
}
