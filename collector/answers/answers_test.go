package answers

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/factor"
)

// start is when these tests begin.
var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// world is a computer whose computing the test watches and holds up, and the clock of
// all.
type world struct {
	view.Source // answers that are not kept: nobody asks for them here
	store       *store.Store
	large       int64 // an organisation
	small       int64

	mu       sync.Mutex
	now      time.Time
	takes    time.Duration // to compute an answer
	rules    string
	revised  time.Time
	err      error
	computed []key
	atOnce   int
	hold     chan struct{} // nil: computing is not held up
	holding  chan struct{} // gets one when computing is held up

	remembered map[int64]int64 // devices
}

// opened is the store of all tests, each with organisations of its own: opening one
// takes longer than a test.
var opened *store.Store

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "answers")
	if err != nil {
		panic(err)
	}
	if opened, err = store.Open(context.Background(), dir); err != nil {
		panic(err)
	}
	code := m.Run()
	opened.Close()
	os.RemoveAll(dir)
	os.Exit(code)
}

func newWorld(t *testing.T) *world { return newWorldOn(t, opened) }

func newWorldOn(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := &world{store: s, now: start, takes: time.Minute, rules: "factors 1", holding: make(chan struct{}, 100)}
	for name, id := range map[string]*int64{"Région": &w.large, "Commune": &w.small} {
		o, err := registry.Open(s).AddOrganisation(t.Context(), name+" "+rand.Text(), false)
		if err != nil {
			t.Fatal(err)
		}
		*id = o.ID
	}
	return w
}

// answers are Answers without a background.
func (w *world) answers(t *testing.T) *Answers {
	t.Helper()
	a, err := New(t.Context(), w, w.store, w.clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// run is Answers whose background works until the test ends.
func (w *world) run(t *testing.T) *Answers {
	t.Helper()
	a := w.answers(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); a.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return a
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// later lets time pass.
func (w *world) later(d time.Duration) { w.change(func() { w.now = w.now.Add(d) }) }

// computings is which answers were computed so far.
func (w *world) computings() []key {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.computed)
}

func (w *world) Organisations(context.Context) ([]view.Organisation, error) {
	return []view.Organisation{{ID: w.large, Devices: Few + 1}, {ID: w.small, Devices: Few}}, nil
}

func (w *world) Overview(ctx context.Context, organisation int64, year int) (*view.Overview, error) {
	return w.Compute(ctx, organisation, w.SchoolYear(year), func(int, int) {})
}

func (w *world) Compute(ctx context.Context, organisation int64, year int, tell func(done, all int)) (*view.Overview, error) {
	w.mu.Lock()
	w.computed = append(w.computed, key{organisation, year})
	w.atOnce++
	asOf, hold, err := w.now, w.hold, w.err
	w.now = w.now.Add(w.takes)
	w.mu.Unlock()
	defer w.change(func() { w.atOnce-- })
	tell(1, 4)
	if hold != nil {
		w.holding <- struct{}{}
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	tell(4, 4)
	return &view.Overview{Fleet: view.Fleet{Scope: view.Scope{
		Organisation: view.Organisation{ID: organisation, Devices: Few + 1}, SchoolYear: year, SchoolYears: []int{2026, 2025}, AsOf: asOf,
	}}}, err
}

func (w *world) Basis() (rules, details string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rules, ""
}

func (w *world) SchoolYear(asked int) int {
	if asked == 0 {
		return 2026
	}
	return asked
}

func (w *world) Size(_ context.Context, organisation int64) (int64, error) {
	switch organisation {
	case w.large:
		return Few + 1, nil
	case w.small:
		return Few, nil
	}
	return 0, view.ErrNotFound
}

func (w *world) Remember(o view.Organisation) {
	w.change(func() {
		if w.remembered == nil {
			w.remembered = map[int64]int64{}
		}
		w.remembered[o.ID] = o.Devices
	})
}

func (w *world) Revised(context.Context, int64, int) (time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.revised, nil
}

func (w *world) OwnSites(context.Context) ([]view.OwnSite, error) { return nil, nil }

func (w *world) Site(context.Context, int64, int) (*view.Site, error) { return nil, view.ErrNotFound }
func (w *world) Device(context.Context, string, int) (*view.Device, error) {
	return nil, view.ErrNotFound
}
func (w *world) Windows(context.Context, string, time.Time, time.Time) (*view.Windows, error) {
	return nil, view.ErrNotFound
}
func (w *world) Factors() *factor.Table { return factor.Default() }

func overview(t *testing.T, a *Answers, organisation int64, year int) *view.Overview {
	t.Helper()
	o, err := a.Overview(t.Context(), organisation, year)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// settled waits until nothing is left to compute.
func settled(t *testing.T, a *Answers) {
	t.Helper()
	for {
		a.mu.Lock()
		if len(a.waiting) == 0 {
			a.mu.Unlock()
			return
		}
		last := a.waiting[len(a.waiting)-1]
		a.mu.Unlock()
		<-last.done
	}
}

// count is how often an answer was computed.
func (w *world) count(k key) (n int) {
	for _, c := range w.computings() {
		if c == k {
			n++
		}
	}
	return n
}

func TestSmallOrganisationIsComputedWhenAsked(t *testing.T) {
	w := newWorld(t)
	a := w.run(t)
	for range 3 {
		overview(t, a, w.small, 0)
	}
	if n := len(w.computings()); n != 3 {
		t.Errorf("computed %d times, want 3", n)
	}
}

func TestOldAnswerIsShownWhileTheNewOneIsComputed(t *testing.T) {
	w := newWorld(t)
	a, this := w.run(t), key{w.large, 2026}
	first := overview(t, a, w.large, 0)
	settled(t, a)
	w.later(Rest*time.Minute - 5*time.Minute) // computing two years took two minutes
	if o := overview(t, a, w.large, 2026); !o.Scope.AsOf.Equal(first.Scope.AsOf) || w.count(this) != 1 {
		t.Errorf("computed %d times within the rest", w.count(this))
	}
	w.change(func() { w.hold = make(chan struct{}) })
	w.later(5 * time.Minute)
	for range 3 { // however many look, and while computing lasts
		if o := overview(t, a, w.large, 0); !o.Scope.AsOf.Equal(first.Scope.AsOf) || o.Renewal != nil {
			t.Errorf("an answer of %v, renewal %v", o.Scope.AsOf, o.Renewal)
		}
	}
	close(w.hold)
	settled(t, a)
	if o := overview(t, a, w.large, 0); !o.Scope.AsOf.After(first.Scope.AsOf) || w.count(this) != 2 {
		t.Errorf("computed %d times, as of %v", w.count(this), o.Scope.AsOf)
	}
}

func TestQuickAnswerIsWaitedForWhenOld(t *testing.T) {
	w := newWorld(t)
	w.takes = quick
	a := w.run(t)
	first := overview(t, a, w.large, 0)
	settled(t, a)
	w.later(time.Hour)
	if o := overview(t, a, w.large, 0); o.Scope.AsOf.Sub(first.Scope.AsOf) < time.Hour {
		t.Errorf("an old answer of %v", o.Scope.AsOf)
	}
	w.later(time.Hour)
	w.change(func() { w.err = errors.New("disk") })
	if o := overview(t, a, w.large, 0); o.Scope.AsOf.Sub(first.Scope.AsOf) < time.Hour {
		t.Errorf("a failure shows an answer of %v, want the last one", o.Scope.AsOf)
	}
}

func TestAnswersOutliveTheProgram(t *testing.T) {
	w := newWorld(t)
	a := w.run(t)
	first := overview(t, a, w.large, 0)
	settled(t, a)
	before := len(w.computings())
	again := w.answers(t) // nothing computes
	if w.remembered[w.large] != Few+1 {
		t.Errorf("remembered are %v devices: they would be counted for the first page", w.remembered)
	}
	for _, year := range []int{2026, 2025} {
		if o := overview(t, again, w.large, year); o.Scope.SchoolYear != year || year == 2026 && !o.Scope.AsOf.Equal(first.Scope.AsOf) {
			t.Errorf("%d: %+v", year, o.Scope)
		}
	}
	if err := again.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, left := again.Progress(); left != 0 || len(w.computings()) != before {
		t.Errorf("after a start %d answers are computed anew", left)
	}
}

func TestAnswerByOtherRulesIsMarkedUntilItIsComputedAnew(t *testing.T) {
	w := newWorld(t)
	a := w.run(t)
	overview(t, a, w.large, 0)
	settled(t, a)
	w.change(func() { w.rules, w.hold = "factors 2", make(chan struct{}) })
	if err := a.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-w.holding // a quarter is done
	o := overview(t, a, w.large, 0)
	share, left := a.Progress()
	if o.Renewal == nil || o.Renewal.Done != 0.25 || share != 0.25 || left != 1 {
		t.Errorf("renewal %+v, progress %v of %d", o.Renewal, share, left)
	}
	close(w.hold)
	settled(t, a)
	for _, year := range []int{2026, 2025} { // the past too, without anybody asking
		if n := w.count(key{w.large, year}); n != 2 {
			t.Errorf("%d was computed %d times", year, n)
		}
		if o := overview(t, a, w.large, year); o.Renewal != nil {
			t.Errorf("%d is marked still", year)
		}
	}
	if share, left := a.Progress(); share != 1 || left != 0 {
		t.Errorf("progress %v of %d", share, left)
	}
}

func TestPastIsComputedAnewWhenItWasRevised(t *testing.T) {
	w := newWorld(t)
	a, past := w.run(t), key{w.large, 2025}
	look := func() {
		t.Helper()
		overview(t, a, w.large, 2025)
		settled(t, a)
	}
	look()
	w.later(2 * time.Hour)
	if look(); w.count(past) != 1 {
		t.Error("computed anew although nothing changed")
	}
	w.change(func() { w.revised = w.now })
	if look(); w.count(past) != 1 {
		t.Error("looked at again within the hour")
	}
	w.later(2 * time.Hour)
	if look(); w.count(past) != 2 {
		t.Errorf("computed %d times after a revision", w.count(past))
	}
	w.later(pastAnew + time.Hour)
	if look(); w.count(past) != 3 {
		t.Errorf("computed %d times after a day", w.count(past))
	}
}

func TestManyWhoAskWaitForOneComputing(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	a := w.run(t)
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			if _, err := a.Overview(t.Context(), w.large, []int{0, 2026, 2025}[i%3]); err != nil {
				t.Error(err)
			}
		})
	}
	<-w.holding
	w.change(func() {
		if w.atOnce != 1 {
			t.Errorf("%d are computed at once", w.atOnce)
		}
	})
	close(w.hold)
	wait.Wait()
	settled(t, a)
	if all := w.computings(); len(all) != 2 {
		t.Errorf("computed: %v", all)
	}
}

func TestWhoeverGoesAwayDoesNotStopTheComputing(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	a := w.run(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-w.holding; cancel() }()
	if _, err := a.Overview(ctx, w.large, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that the client is gone", err)
	}
	close(w.hold)
	settled(t, a)
	overview(t, a, w.large, 0)
	if n := w.count(key{w.large, 2026}); n != 1 {
		t.Errorf("computed %d times", n)
	}
}

func TestStoppingAnswersThoseWhoWait(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	a := w.answers(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); a.Run(ctx) }()
	go func() { <-w.holding; cancel() }()
	if _, err := a.Overview(t.Context(), w.large, 0); !errors.Is(err, errStopped) {
		t.Errorf("%v, want %v", err, errStopped)
	}
	<-ended
	if _, err := a.Overview(t.Context(), w.large, 0); !errors.Is(err, errStopped) {
		t.Errorf("after the end: %v", err)
	}
}

func TestNothingIsShownOfAnOrganisationThatIsGone(t *testing.T) {
	w := newWorld(t)
	a := w.run(t)
	overview(t, a, w.large, 0)
	settled(t, a)
	if _, err := w.store.Write.Exec("DELETE FROM organisations WHERE id = ?", w.large); err != nil {
		t.Fatal(err)
	}
	w.change(func() { w.err = view.ErrNotFound })
	if _, err := a.Overview(t.Context(), w.large, 0); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("%v, want that there is none", err)
	}
	if _, err := a.Overview(t.Context(), 999, 0); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("%v, want that there is none", err)
	}
}

func TestRecomputeComputesEveryYearOfLargeOrganisations(t *testing.T) {
	w := newWorld(t)
	running := w.run(t)
	first := overview(t, running, w.large, 0)
	settled(t, running)
	before := len(w.computings())
	var steps []Step
	n, err := w.answers(t).Recompute(t.Context(), func(s Step) { steps = append(steps, s) })
	if got := w.computings()[before:]; err != nil || n != 2 || !slices.Equal(got, []key{{w.large, 2026}, {w.large, 2025}}) {
		t.Errorf("computed %v, %d, %v", got, n, err)
	}
	if last := steps[len(steps)-1]; last.Sites != last.AllSites || last.SchoolYear != 2025 {
		t.Errorf("the last step is %+v", last)
	}
	// A collector that runs beside it shows what it kept.
	if o := overview(t, running, w.large, 0); !o.Scope.AsOf.After(first.Scope.AsOf) {
		t.Errorf("an answer as of %v", o.Scope.AsOf)
	}
	w.change(func() { w.err = errors.New("disk") })
	if n, err := running.Recompute(t.Context(), func(Step) {}); err == nil || n != 0 {
		t.Errorf("%d computed, %v", n, err)
	}
}

func TestOnlyTheLastAnswersStayInMemory(t *testing.T) {
	w := newWorld(t)
	a := w.run(t)
	for year := range inMemory + 4 {
		overview(t, a, w.large, 2000+year)
	}
	settled(t, a)
	if n := len(a.shelf.all); n != inMemory || len(a.shelf.used) != n {
		t.Errorf("%d answers in memory, %d in use, want %d", n, len(a.shelf.used), inMemory)
	}
	before := w.count(key{w.large, 2000})
	if o := overview(t, a, w.large, 2000); o.Scope.SchoolYear != 2000 || w.count(key{w.large, 2000}) != before {
		t.Error("what left the memory is not read from the store")
	}
}

// outdate says that something was corrected, as an act of administration does.
func (w *world) outdate(t *testing.T) {
	t.Helper()
	if err := store.InTx(t.Context(), w.store.Write, func(tx *sql.Tx) error { return Outdate(t.Context(), tx, w.large) }); err != nil {
		t.Fatal(err)
	}
}

// What is corrected makes answers of all years old at once, without hiding them, and also
// those that are being computed meanwhile.
func TestCorrectionHasAnswersComputedAnewAtOnce(t *testing.T) {
	storetest.Each(t, corrected)
}

func corrected(t *testing.T, s *store.Store) {
	w := newWorldOn(t, s)
	a := w.run(t)
	first := overview(t, a, w.large, 0)
	settled(t, a)
	w.outdate(t)
	for _, year := range []int{2026, 2025} {
		if o := overview(t, a, w.large, year); o == nil || year == 2026 && !o.Scope.AsOf.Equal(first.Scope.AsOf) {
			t.Errorf("%d: an answer as of %v is not shown meanwhile", year, first.Scope.AsOf)
		}
		settled(t, a)
		overview(t, a, w.large, year)
		if settled(t, a); w.count(key{w.large, year}) != 2 {
			t.Errorf("%d was computed %d times", year, w.count(key{w.large, year}))
		}
	}

	w.change(func() { w.hold = make(chan struct{}) })
	w.outdate(t)
	overview(t, a, w.large, 0)
	<-w.holding
	w.outdate(t) // after the sites were read
	hold := w.hold
	w.change(func() { w.hold = nil })
	close(hold)
	settled(t, a)
	overview(t, a, w.large, 0)
	if settled(t, a); w.count(key{w.large, 2026}) != 4 {
		t.Errorf("what was corrected while it was computed: computed %d times", w.count(key{w.large, 2026}))
	}
}
