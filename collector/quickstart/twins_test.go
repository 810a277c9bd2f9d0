package quickstart_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/intake"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// school is a collector with a school, whose clock the test turns.
type school struct {
	t        *testing.T
	store    *store.Store
	registry *registry.Registry
	ledger   *ledger.Ledger
	client   *uplink.Client
	token    string
	at       atomic.Int64
}

func (s *school) now() time.Time { return time.Unix(s.at.Load(), 0).UTC() }

// uncounted counts nothing of what intake does.
type uncounted struct{}

func (uncounted) Windows(int, int) {}
func (uncounted) Rejected(int)     {}

func opened(t *testing.T, books *store.Store) *school {
	t.Helper()
	s := &school{t: t, store: books, registry: registry.Open(books), ledger: ledger.Open(books, time.UTC, false)}
	t.Cleanup(s.ledger.Close)
	s.at.Store(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC).Unix())
	taking := intake.New(s.registry, s.ledger, intake.Limits{DeviceReports: 1000, SiteReports: 1000, Enrolments: 1000}, s.now, slog.New(slog.DiscardHandler), uncounted{})
	mux := http.NewServeMux()
	for _, r := range taking.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	owner, err := s.registry.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := s.registry.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "Lycée", Kind: registry.Lycee}})
	if err != nil {
		t.Fatal(err)
	}
	if s.token, _, err = s.registry.CreateToken(t.Context(), sites[0].ID, equipment.Shared, 9, 24*time.Hour, s.now()); err != nil {
		t.Fatal(err)
	}
	if s.client, err = uplink.NewClient(server.URL, "", "", s.now); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *school) enrol() uplink.Identity {
	s.t.Helper()
	answer, err := s.client.Enrol(s.t.Context(), report.EnrolRequest{Token: s.token, Inventory: report.Inventory{Category: "desktop", LogicalCPUs: 4}})
	if err != nil {
		s.t.Fatal(err)
	}
	return uplink.Identity{Device: answer.Device, Secret: answer.Secret}
}

// agent is a machine with its own spool and uplink.
type agent struct {
	*school
	spool  *spool.Spool
	uplink *uplink.Uplink
	next   time.Time // start of its next window
	use    *rand.Rand
	told   int64
}

func (s *school) agent(id uplink.Identity, seed uint64) *agent {
	s.t.Helper()
	dir := s.t.TempDir()
	waiting, err := spool.Open(filepath.Join(dir, "spool"), 1<<20)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { waiting.Close() })
	return &agent{school: s, spool: waiting, uplink: uplink.New(s.client, id, dir, "1.0.0", slog.New(slog.DiscardHandler), s.now), next: s.now(), use: rand.New(rand.NewPCG(seed, 1))}
}

// report uploads what it has measured until now.
func (a *agent) report() {
	a.t.Helper()
	for ; !a.next.Add(report.WindowLength).After(a.now()); a.next = a.next.Add(report.WindowLength) {
		busy := a.use.Int64N(900_000)
		w := report.Window{Start: a.next, SpanS: 900, LoadMs: report.Loads{900_000}, CPUBusyMs: busy, CPUCapacityMs: 3_600_000, NetRxB: a.use.Int64N(1 << 20)}
		if err := a.spool.Append(w); err != nil {
			a.t.Fatal(err)
		}
		a.told++
	}
	if _, err := a.uplink.Flush(a.t.Context(), a.spool, report.Inventory{Category: "desktop", LogicalCPUs: 4, Meters: []report.Meter{}}); err != nil {
		a.t.Fatal(err)
	}
}

// counted is how many windows of a device count.
func (s *school) counted(name string) (n int64) {
	s.t.Helper()
	d, err := s.registry.Device(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	days, err := s.ledger.Days(s.t.Context(), d.ID, calendar.Period{From: 0, To: 40_000})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, day := range days {
		n += day.Facts.Windows
	}
	return n
}

func (s *school) twins(name string) *registry.Twins {
	s.t.Helper()
	d, err := s.registry.Device(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := s.registry.Twins(s.t.Context(), d.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return all[d.ID]
}

// pass lets hours pass in which each reports once, half an hour apart.
func (s *school) pass(hours int, agents ...*agent) {
	s.t.Helper()
	for range hours {
		for _, a := range agents {
			s.at.Add(60 * 60 / int64(len(agents)))
			a.report()
		}
	}
}

// The copy of a machine that reports as its origin is seen within a morning; none of its
// windows is counted beside those of its origin. Once it was enrolled anew and that was
// said, there are two devices, each with all of its own.
func TestCopiedMachineIsSeenUntilItIsEnrolledAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, books *store.Store) {
		s := opened(t, books)
		id := s.enrol()
		alone := s.agent(s.enrol(), 3)
		origin, copied := s.agent(id, 1), s.agent(id, 2)
		s.pass(4, origin, alone, copied)
		two := s.twins(id.Device)
		if two == nil || two.Times < registry.TwinsAfter || !two.Last.After(two.First) {
			t.Fatalf("after four hours it is %+v", two)
		}
		counted := s.counted(id.Device)
		if quarters := int64(4 * 4); counted != quarters || two.LeftOut != origin.told+copied.told-counted {
			t.Errorf("%d of %d windows count, %d and %d were told, %d are left out", counted, quarters, origin.told, copied.told, two.LeftOut)
		}
		lone := alone.uplink.Identity().Device
		if s.twins(lone) != nil || s.counted(lone) != alone.told {
			t.Errorf("the one beside them is %+v, with %d windows of %d", s.twins(lone), s.counted(lone), alone.told)
		}

		origin.report() // what the copy told of already
		anew := s.agent(s.enrol(), 2)
		if err := fleet.Open(s.store, time.UTC, s.now).Apart(context.Background(), id.Device); err != nil {
			t.Fatal(err)
		}
		before := origin.told
		s.pass(6, origin, alone, anew)
		name := anew.uplink.Identity().Device
		if s.twins(id.Device) != nil || s.twins(name) != nil {
			t.Errorf("they are two still: %+v, %+v", s.twins(id.Device), s.twins(name))
		}
		if got := s.counted(id.Device) - counted; got != origin.told-before || s.counted(name) != anew.told {
			t.Errorf("%d windows of %d count of the origin, %d of %d of the other", got, origin.told-before, s.counted(name), anew.told)
		}
	})
}
