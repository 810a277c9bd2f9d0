package jobs_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/eco2mix"
	"github.com/ecoparc/ecoparc/collector/jobs"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/factor"
)

// Half hours are asked for as soon as the collector runs, and by nobody before.
func TestHalfHoursAreFetchedOnceTheJobsRun(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	asked := make(chan struct{}, 100)
	odre := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "[]")
		asked <- struct{}{}
	}))
	defer odre.Close()
	log := slog.New(slog.DiscardHandler)
	feed, err := eco2mix.New(eco2mix.Config{Enabled: true, URL: odre.URL, BackfillMonths: 13}, eco2mix.Open(s, factor.Default()), time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	l := ledger.Open(s, time.UTC, false)
	defer l.Close()
	j, err := jobs.Plan(jobs.Work{Ledger: l, Access: access.Open(s, time.Now), HalfHours: feed, Clock: time.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) > 0 {
		t.Error("planning alone asked for half hours")
	}
	j.Start()
	<-asked
	if err := j.Stop(); err != nil {
		t.Error(err)
	}
}
