package eco2mix_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/eco2mix"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
)

// odre is an HTTP server that answers as ODRÉ documents it: exports/json of a
// dataset, with a half-open range of dates in where (the query and the rows are
// those that GLPI's Carbon plugin sends and reads).
type odre struct {
	*httptest.Server

	mu    sync.Mutex
	asked []ask
	now   time.Time // what is later is null
	// answer, where set, answers instead when it returns true.
	answer func(w http.ResponseWriter, r *http.Request, a ask) bool
}

type ask struct {
	dataset  string
	from, to time.Time
}

var askedFor = regexp.MustCompile(`^date_heure IN \[date'([^']+)' TO date'([^']+)'\[$`)

// co2 is what a quarter of an hour emitted, and how often it stands in the data.
func co2(at time.Time) (g float64, times int) {
	g, times = float64(20+at.Hour()), 1
	switch at.Format("2006-01-02T15") {
	case "2026-03-29T01": // clocks go forward; 02:00 is written as 03:00
		times = 2
	case "2026-10-25T00": // clocks go back; the second 02:00 has taken the place of the first
		times = 0
	}
	return g, times
}

func newODRE(t *testing.T, now time.Time) *odre {
	o := &odre{now: now}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		found := askedFor.FindStringSubmatch(q.Get("where"))
		dataset := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/api/explore/v2.1/catalog/datasets/"), "/exports/json")
		if found == nil || q.Get("select") != "taux_co2,date_heure" || q.Get("order_by") != "date_heure asc" || q.Get("timezone") != "UTC" || strings.Contains(dataset, "/") {
			t.Errorf("ODRÉ does not understand %s", r.URL)
			http.Error(w, "ODSQLError", http.StatusBadRequest)
			return
		}
		var a ask
		a.dataset = dataset
		a.from, _ = time.Parse(time.RFC3339, found[1])
		a.to, _ = time.Parse(time.RFC3339, found[2])
		o.mu.Lock()
		defer o.mu.Unlock()
		o.asked = append(o.asked, a)
		if o.answer != nil && o.answer(w, r, a) {
			return
		}
		_, _ = w.Write([]byte(o.rows(a)))
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *odre) rows(a ask) string {
	var b strings.Builder
	step, known := 15*time.Minute, func(at time.Time) bool { return at.Before(o.now) }
	if a.dataset == "eco2mix-national-cons-def" {
		step, known = 30*time.Minute, func(at time.Time) bool { return at.Before(o.now.AddDate(0, -1, 0)) }
	}
	for at := a.from; at.Before(a.to); at = at.Add(step) {
		g, times := co2(at)
		for range times {
			value := fmt.Sprint(g)
			if !known(at) {
				value = "null"
			}
			fmt.Fprintf(&b, `,{"taux_co2":%s,"date_heure":"%s"}`, value, at.Format("2006-01-02T15:04:05-07:00"))
		}
	}
	return "[" + strings.TrimPrefix(b.String(), ",") + "]"
}

// asks returns what was asked since the last call.
func (o *odre) asks() []ask {
	o.mu.Lock()
	defer o.mu.Unlock()
	asked := o.asked
	o.asked = nil
	return asked
}

func (o *odre) answers(with func(w http.ResponseWriter, r *http.Request, a ask) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = with
}

// collector is a feed with its clock and its data folder.
type collector struct {
	*eco2mix.Feed
	half  *eco2mix.HalfHours
	store *store.Store
	now   time.Time
}

func newCollector(t *testing.T, o *odre, months int) *collector {
	t.Helper()
	s := storetest.Open(t)
	c := &collector{half: eco2mix.Open(s, factor.Default()), store: s, now: o.now}
	config := eco2mix.Config{Enabled: true, URL: o.URL + "/api/explore/v2.1", BackfillMonths: months}
	var err error
	if c.Feed, err = eco2mix.New(config, c.half, func() time.Time { return c.now }, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *collector) fetch(t *testing.T) int {
	t.Helper()
	n, err := c.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (c *collector) kept(t *testing.T) (n int) {
	t.Helper()
	if err := c.store.Read.QueryRow("SELECT count(*) FROM grid_half_hours").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

var now = time.Date(2026, 11, 24, 10, 7, 0, 0, time.UTC)

func TestFirstFetchGoesBackAndLaterOnesAskOnlyForTheRest(t *testing.T) {
	o := newODRE(t, now)
	c := newCollector(t, o, 2)
	n := c.fetch(t)
	oldest := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	// One hour of autumn is not in the data, and 10:00 is not over.
	if want := int(now.Truncate(30*time.Minute).Sub(oldest)/(30*time.Minute)) - 2; n != want || c.kept(t) != want || c.Status().HalfHours != int64(want) || !c.Status().LastSuccess.Equal(now) {
		t.Errorf("%d half hours are new, %d kept, want %d; %+v", n, c.kept(t), want, c.Status())
	}
	datasets, reached := map[string]bool{}, oldest
	for _, a := range o.asks() {
		datasets[a.dataset] = true
		if a.to.Sub(a.from) > 31*24*time.Hour || a.from.After(reached) {
			t.Errorf("asked from %s to %s, known to %s", a.from, a.to, reached)
		}
		reached = a.to
	}
	if len(datasets) != 2 || !reached.Equal(now.Truncate(30*time.Minute)) {
		t.Errorf("asked %v up to %s", datasets, reached)
	}
	// An hour later: one question, about that hour.
	last := now.Truncate(30 * time.Minute)
	c.now, o.now = now.Add(time.Hour), now.Add(time.Hour)
	if n := c.fetch(t); n != 2 {
		t.Errorf("%d half hours are new after an hour", n)
	}
	if asked := o.asks(); len(asked) != 1 || asked[0] != (ask{"eco2mix-national-tr", last, last.Add(time.Hour)}) {
		t.Errorf("asked %v", asked)
	}
	// A minute later: nothing is missing, nothing is asked.
	c.now = c.now.Add(time.Minute)
	if n := c.fetch(t); n != 0 || len(o.asks()) != 0 {
		t.Errorf("%d half hours are new after a minute", n)
	}
	// A day later gaps are looked at again: the hour of autumn is still not there.
	c.now, o.now = now.Add(25*time.Hour), now.Add(25*time.Hour)
	c.fetch(t)
	if asked := o.asks(); len(asked) < 2 || asked[0].from.After(time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("gaps: asked %v", asked)
	}
}

func TestValuesAreThoseOfTheirHourOnDaysWhenClocksChange(t *testing.T) {
	for _, day := range []time.Time{time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)} {
		o := newODRE(t, day.AddDate(0, 0, 2))
		c := newCollector(t, o, 0)
		c.fetch(t)
		for h := range 48 {
			at := day.Add(time.Duration(h) * 30 * time.Minute)
			var g float64
			err := c.store.Read.QueryRow("SELECT g_per_kwh_direct FROM grid_half_hours WHERE territory = 'FR' AND start = ?", at.Unix()).Scan(&g)
			if want, times := co2(at); (err == nil) != (times > 0) || err == nil && g != want {
				t.Errorf("%s: %v, %v; want %v, which stands there %d times", at, g, err, want, times)
			}
		}
	}
}

func TestOutageBacksOffAndWhatWasKeptIsNotAskedAgain(t *testing.T) {
	o := newODRE(t, now)
	c := newCollector(t, o, 2)
	n := 0
	o.answers(func(w http.ResponseWriter, _ *http.Request, _ ask) bool {
		if n++; n <= 1 {
			return false
		}
		w.Header().Set("Retry-After", "1200")
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	added, err := c.Fetch(t.Context())
	if err == nil || !strings.Contains(err.Error(), "503") || added == 0 || added != c.kept(t) {
		t.Fatalf("%d new, %d kept, %v", added, c.kept(t), err)
	}
	status := c.Status()
	if !status.RetryAt.Equal(now.Add(20*time.Minute)) || !strings.Contains(status.LastError, "eco2mix-national") || !status.LastSuccess.IsZero() {
		t.Errorf("%+v", status)
	}
	asked := o.asks()
	c.now = now.Add(19 * time.Minute)
	if c.fetch(t); len(o.asks()) != 0 {
		t.Error("it is asked before its time")
	}
	// Still away: the pause grows, up to six hours.
	var pause time.Duration
	for range 9 {
		c.now = c.Status().RetryAt
		if _, err := c.Fetch(t.Context()); err == nil {
			t.Fatal("an outage is no error")
		}
		grown := c.Status().RetryAt.Sub(c.now)
		if grown < pause {
			t.Errorf("pause %s after %s", grown, pause)
		}
		pause = grown
	}
	if pause != 6*time.Hour {
		t.Errorf("the longest pause is %s", pause)
	}
	o.asks()
	o.answers(nil)
	c.now = c.Status().RetryAt
	o.now = c.now
	c.fetch(t)
	if resumed := o.asks(); !resumed[0].from.Equal(asked[0].to) {
		t.Errorf("%v is asked first; %v was asked before", resumed[0], asked)
	}
	if s := c.Status(); s.LastError != "" || !s.RetryAt.IsZero() || !s.LastSuccess.Equal(c.now) || s.HalfHours != int64(c.kept(t)) {
		t.Errorf("%+v with %d kept", s, c.kept(t))
	}
}

func TestWrongMonthIsNotKeptAndHidesNoOther(t *testing.T) {
	september := time.Date(2026, 9, 10, 0, 0, 0, 0, time.UTC)
	o := newODRE(t, now)
	c := newCollector(t, o, 2)
	for name, answer := range map[string]func(w http.ResponseWriter, text string){
		"cut off": func(w http.ResponseWriter, text string) { _, _ = w.Write([]byte(text[:len(text)/2])) },
		"cut off on the way": func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			_, _ = w.Write([]byte(text[:len(text)/2]))
		},
		"one value of another type": func(w http.ResponseWriter, text string) {
			at := strings.LastIndex(text, `"taux_co2":`) + len(`"taux_co2":`)
			_, _ = w.Write([]byte(text[:at] + `"n/a",` + text[at:][strings.Index(text[at:], ",")+1:]))
		},
		"too much": func(w http.ResponseWriter, text string) {
			for range 200 {
				_, _ = w.Write([]byte(text))
			}
		},
		"a page": func(w http.ResponseWriter, _ string) { _, _ = w.Write([]byte("<html>Portail captif</html>")) },
	} {
		var bad ask
		o.answers(func(w http.ResponseWriter, _ *http.Request, a ask) bool {
			if a.from.After(september) || !september.Before(a.to) {
				return false
			}
			bad = a
			answer(w, o.rows(a))
			return true
		})
		if _, err := c.Fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "from 2026-09-01") {
			t.Fatalf("%s: %v", name, err)
		}
		var inside, after int
		if err := c.store.Read.QueryRow("SELECT count(*) FILTER (WHERE start < ?), count(*) FILTER (WHERE start >= ?) FROM grid_half_hours", bad.to.Unix(), bad.to.Unix()).Scan(&inside, &after); err != nil {
			t.Fatal(err)
		}
		if inside != 0 || after == 0 {
			t.Errorf("%s: %d half hours of the wrong month are kept, %d of the later ones", name, inside, after)
		}
		c.now = c.Status().RetryAt
	}
	o.answers(nil)
	if n := c.fetch(t); n < 31*48 || c.Status().LastError != "" {
		t.Errorf("%d new, %+v", n, c.Status())
	}
}

func TestUnfinishedHalfHourWaitsForItsSecondQuarter(t *testing.T) {
	o := newODRE(t, now)
	o.now = now.Add(-2 * time.Hour).Truncate(30 * time.Minute).Add(15 * time.Minute) // 08:00 is known, 08:15 not
	c := newCollector(t, o, 0)
	c.now = now
	c.fetch(t)
	eight := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	latest := func() (at int64) {
		if err := c.store.Read.QueryRow("SELECT max(start) FROM grid_half_hours").Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	if latest() != eight.Add(-30*time.Minute).Unix() {
		t.Errorf("the latest is %s", time.Unix(latest(), 0).UTC())
	}
	o.now = now
	if n := c.fetch(t); n != 4 || latest() != now.Truncate(30*time.Minute).Add(-30*time.Minute).Unix() {
		t.Errorf("%d are new, the latest is %s", n, time.Unix(latest(), 0).UTC())
	}
}

func TestRedirectIsFollowedOnlyToTheSameHost(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") }))
	defer elsewhere.Close()
	o := newODRE(t, now)
	c := newCollector(t, o, 0)
	o.answers(func(w http.ResponseWriter, r *http.Request, _ ask) bool {
		http.Redirect(w, r, elsewhere.URL+r.URL.RequestURI(), http.StatusFound)
		return true
	})
	if _, err := c.Fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "sends elsewhere") || c.kept(t) != 0 {
		t.Fatal(err)
	}
	o.answers(func(w http.ResponseWriter, r *http.Request, _ ask) bool {
		http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
		return true
	})
	c.now = c.Status().RetryAt
	if _, err := c.Fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "round and round") {
		t.Fatal(err)
	}
	turned := false
	o.answers(func(w http.ResponseWriter, r *http.Request, _ ask) bool {
		if turned {
			return false
		}
		turned = true
		http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
		return true
	})
	c.now = c.Status().RetryAt
	if n := c.fetch(t); n == 0 {
		t.Error("a redirect to itself was not followed")
	}
}

func TestShutdownIsNoFailure(t *testing.T) {
	o := newODRE(t, now)
	c := newCollector(t, o, 0)
	ctx, stop := context.WithCancel(t.Context())
	o.answers(func(_ http.ResponseWriter, r *http.Request, _ ask) bool {
		stop()
		<-r.Context().Done()
		return true
	})
	if _, err := c.Fetch(ctx); err == nil || c.Status().LastError != "" || !c.Status().RetryAt.IsZero() {
		t.Errorf("%v, %+v", err, c.Status())
	}
}

func TestSeriesIsAdjustedWhereTheYearIsKnownAndYearlyElsewhere(t *testing.T) {
	o := newODRE(t, now)
	c := newCollector(t, o, 1)
	at := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	mean := func(s *grid.Series, to time.Time) grid.Mean {
		t.Helper()
		m, err := s.Mean(at, to)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	load := func() *grid.Series {
		t.Helper()
		s, err := c.half.Load(t.Context(), grid.MainlandFrance, at, at.AddDate(0, 1, 0))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if m := mean(load(), at.AddDate(0, 1, 0)); m.Label() != grid.Yearly || math.Abs(m.Intensity.Value-44.2) > 1e-9 {
		t.Errorf("before anything is fetched: %+v", m)
	}
	// The year before the month that is fetched, as co2 has it.
	_, err := c.store.Write.Exec(`WITH RECURSIVE half (start) AS (SELECT CAST(? AS bigint) UNION ALL SELECT start + 1800 FROM half WHERE start < ?)
		INSERT INTO grid_half_hours (territory, start, g_per_kwh_direct) SELECT 'FR', start, 20 + start / 3600 % 24 FROM half`,
		time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2026, 9, 30, 23, 30, 0, 0, time.UTC).Unix())
	if err != nil {
		t.Fatal(err)
	}
	c.fetch(t)
	s := load()
	// Each of these days is like the others: 20 to 43 g, so the month is like the year.
	if m := mean(s, at.AddDate(0, 1, 0)); m.Label() != grid.HalfHourly || m.Intensity.Value < 44.1 || m.Intensity.Value > 44.3 {
		t.Errorf("after: %+v, %s", m, m.Label())
	}
	if night := mean(s, at.Add(time.Hour)); night.Intensity.Value > 44.2-11 || night.Intensity.Value < 44.2-12 { // 20 g instead of 31.5
		t.Errorf("the night is %+v", night)
	}
}

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }
