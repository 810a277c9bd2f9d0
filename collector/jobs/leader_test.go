package jobs

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
)

// member is one of several collectors on a data base, with a job for one of them and a
// job for each.
type member struct {
	*Jobs
	clock      *clock
	log        *log
	store      *store.Store
	once, each chan struct{}
}

func join(t *testing.T, place store.Place) *member {
	t.Helper()
	m := &member{clock: newClock(t, 2), log: new(log), once: make(chan struct{}, 1000), each: make(chan struct{}, 1000)}
	var err error
	if m.store, err = place.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.store.Close() })
	if m.Jobs, err = newJobs(gocron.WithClock(m.clock.FakeClock), gocron.WithDistributedLocker(leader{m.store, m.log.logger()})); err != nil {
		t.Fatal(err)
	}
	sends := func(to chan struct{}) func(context.Context) error {
		return func(context.Context) error { to <- struct{}{}; return nil }
	}
	err = m.plan("once", gocron.DurationJob(feedEvery), m.log.logger(), sends(m.once))
	if err == nil {
		err = m.plan("each", gocron.DurationJob(feedEvery), m.log.logger(), sends(m.each), gocron.WithDisabledDistributedJobLocker(true))
	}
	if err != nil {
		t.Fatal(err)
	}
	m.Start()
	return m
}

func TestOneOfSeveralCollectorsDoesTheJobs(t *testing.T) {
	place := storetest.StartPostgres(t).Place(t)
	first, second := join(t, place), join(t, place)
	next(first.clock, first.once)
	for range 3 { // its clock comes to the same times, after the first has finished
		next(second.clock, second.each)
	}
	if n := len(second.once); n > 0 {
		t.Errorf("the second collector did %d jobs of the first", n)
	}
	next(first.clock, first.each)
	next(first.clock, first.once)
	if err := first.Stop(); err != nil {
		t.Error(err)
	}
	if err := first.store.Close(); err != nil {
		t.Error(err)
	}
	next(second.clock, second.once) // it takes over
	if err := second.Stop(); err != nil {
		t.Error(err)
	}
	if text := first.log.String() + second.log.String(); text != "" {
		t.Errorf("logged %q", text)
	}
}

// Nobody can tell who leads without the data base: then nobody does the jobs.
func TestJobsWaitForTheDataBase(t *testing.T) {
	m := join(t, storetest.StartPostgres(t).Place(t))
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	const reason = "cannot tell whether this collector leads"
	for end := time.Now().Add(time.Minute); !strings.Contains(m.log.String(), reason) && time.Now().Before(end); { // the two jobs run side by side
		next(m.clock, m.each)
	}
	if err := m.Stop(); err != nil {
		t.Error(err)
	}
	if text := m.log.String(); len(m.once) > 0 || !strings.Contains(text, reason) {
		t.Errorf("%d jobs were done, and logged is %q", len(m.once), text)
	}
}
