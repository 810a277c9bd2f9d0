package administration_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/administration"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
)

// now is the time of these tests.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestChecksRunOneAtATimeAndEndWithTheProgram(t *testing.T) {
	begun, end := make(chan struct{}), make(chan error)
	var failed error
	check := func(ctx context.Context) (*ledger.Verdict, error) {
		begun <- struct{}{}
		select {
		case err := <-end:
			return &ledger.Verdict{Devices: 3, Found: 1, Findings: []ledger.Finding{{Check: "site_days", Subject: "site 1", Detail: "differs"}}}, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	ended := make(chan struct{}, 9)
	v := administration.NewVerifier(check, func() time.Time { ended <- struct{}{}; return now }, func(err error) { failed = err })
	if s := v.State(); s.State != "never" {
		t.Errorf("at first it is %+v", s)
	}
	begin := func() {
		t.Helper()
		if err := v.Begin(); err != nil {
			t.Fatal(err)
		}
		<-ended // it looked at the clock to begin
		<-begun
	}
	begin()
	if err := v.Begin(); !errors.As(err, new(*registry.Refused)) || v.State().State != "running" {
		t.Errorf("a second one: %v, %+v", err, v.State())
	}
	end <- nil
	<-ended
	if s := v.State(); s.State != "finished" || s.Devices != 3 || s.Found != 1 || len(s.Findings) != 1 || !s.Ended.Equal(now) {
		t.Errorf("it ends as %+v", s)
	}
	begin()
	end <- errors.New("no disk")
	<-ended
	if s := v.State(); s.State != "failed" || failed == nil {
		t.Errorf("it ends as %+v, %v", s, failed)
	}
	begin()
	v.Close()
	if err := v.Begin(); err == nil {
		t.Error("a closed one begins")
	}
}
