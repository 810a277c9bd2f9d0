package letters_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/ecoparc/ecoparc/collector/letters"
	"github.com/ecoparc/ecoparc/collector/mail"
	"github.com/ecoparc/ecoparc/collector/mailtest"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }

// office sends the reports of two organisations, by a clock of its own.
type office struct {
	t     *testing.T
	store *store.Store
	now   time.Time
	wrote []string // which reports were written
	mu    sync.Mutex
	none  bool // there are no figures
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, store: storetest.Open(t), now: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)}
	for _, name := range []string{"Région", "Département"} {
		if _, err := registry.Open(o.store).CreateOrganisation(t.Context(), name, ""); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o *office) clock() time.Time { return o.now }

func (o *office) subscriptions() *letters.Subscriptions { return letters.Open(o.store, o.clock) }

func (o *office) subscribe(organisation int64, address, language string) letters.Subscriber {
	o.t.Helper()
	who, err := o.subscriptions().Subscribe(o.t.Context(), organisation, address, language)
	if err != nil {
		o.t.Fatal(err)
	}
	return who
}

func (o *office) write(_ context.Context, organisation int64, month calendar.Day, lang quantity.Language) (*dashboards.Letter, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.none {
		return nil, view.ErrNotFound
	}
	which := fmt.Sprintf("%d %s %s", organisation, month.UTC().Format("2006-01"), lang)
	o.wrote = append(o.wrote, which)
	return &dashboards.Letter{Subject: which, Text: which}, nil
}

// sender is a collector that has just started.
func (o *office) sender(port int, caFile string) *letters.Sender {
	o.t.Helper()
	post, err := mail.New(mail.Config{Host: "127.0.0.1", Port: port, TLS: mail.StartTLS, User: mailtest.User, Password: mailtest.Password, From: "ecoparc@region.example", CAFile: caFile})
	if err != nil {
		o.t.Fatal(err)
	}
	return &letters.Sender{Subscriptions: o.subscriptions(), Write: o.write, Post: post, Where: time.UTC, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

// deliver is one run of the job of a collector that has just started.
func (o *office) deliver(s *mailtest.Server) error {
	o.t.Helper()
	return o.sender(s.Port, s.CAFile).Deliver(o.t.Context())
}

// got are the addresses and subjects of the letters that a server took.
func got(s *mailtest.Server) string {
	var all []string
	for _, m := range s.Messages() {
		head, err := netmail.ReadMessage(strings.NewReader(m.Text))
		if err != nil {
			return err.Error()
		}
		all = append(all, m.To[0]+" "+head.Header.Get("Subject"))
	}
	return strings.Join(all, ", ")
}

func TestEachMonthIsSentOnceToEachSubscriber(t *testing.T) {
	o, s := open(t), mailtest.Start(t, mailtest.Options{})
	o.subscribe(1, "a@x.example", "fr")
	o.subscribe(1, "b@x.example", "fr")
	o.subscribe(2, "a@x.example", "en")
	for range 3 {
		if err := o.deliver(s); err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(25 * time.Hour)
	}
	want := "a@x.example 1 2026-10 fr, b@x.example 1 2026-10 fr, a@x.example 2 2026-10 en"
	if got(s) != want || len(o.wrote) != 2 {
		t.Errorf("got %s; written were %v", got(s), o.wrote)
	}
	o.now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC) // the last devices may not have told yet
	if err := o.deliver(s); err != nil || got(s) != want {
		t.Errorf("%v, got %s", err, got(s))
	}
	o.now = time.Date(2026, 12, 2, 6, 0, 0, 0, time.UTC)
	if err := o.deliver(s); err != nil || !strings.HasSuffix(got(s), "a@x.example 1 2026-11 fr, b@x.example 1 2026-11 fr, a@x.example 2 2026-11 en") {
		t.Errorf("%v, got %s", err, got(s))
	}
}

func TestALetterWaitsForAServerThatIsDownLongerEachTime(t *testing.T) {
	o := open(t)
	o.subscribe(1, "a@x.example", "fr")
	o.subscribe(1, "b@x.example", "fr")
	var tries []time.Duration
	begin := o.now
	for range 4 * 24 * 6 { // every ten minutes for four days
		written := len(o.wrote)
		if err := o.sender(1, "").Deliver(t.Context()); err != nil {
			if !errors.Is(err, mail.ErrUnreachable) {
				t.Fatal(err)
			}
			tries = append(tries, o.now.Sub(begin))
		}
		if len(o.wrote) > written+1 {
			t.Fatal("a report was written twice in a run")
		}
		o.now = o.now.Add(10 * time.Minute)
	}
	if n := len(tries); n < 10 || n > 60 {
		t.Errorf("it was tried %d times in four days: %v", n, tries)
	}
	all, err := o.subscriptions().List(t.Context(), 1)
	if err != nil || all[0].State != "waiting" || all[0].Failure == "" || all[0].Month != "2026-10" {
		t.Errorf("%+v, %v", all, err)
	}
	s := mailtest.Start(t, mailtest.Options{})
	for range 40 {
		if err := o.deliver(s); err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(10 * time.Minute)
	}
	if got(s) != "a@x.example 1 2026-10 fr, b@x.example 1 2026-10 fr" && got(s) != "b@x.example 1 2026-10 fr, a@x.example 1 2026-10 fr" {
		t.Errorf("got %s", got(s))
	}
}

func TestOneRefusalHoldsNobodyElseBack(t *testing.T) {
	o := open(t)
	s := mailtest.Start(t, mailtest.Options{Recipient: func(to string) error {
		if to == "a@x.example" {
			return &smtp.SMTPError{Code: 550, Message: "no such user \xff" + strings.Repeat("é", 400)}
		}
		return nil
	}})
	o.subscribe(1, "a@x.example", "fr")
	o.subscribe(1, "b@x.example", "fr")
	for range 3 {
		if err := o.deliver(s); err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(12 * time.Hour)
	}
	all, err := o.subscriptions().List(t.Context(), 0)
	if err != nil || got(s) != "b@x.example 1 2026-10 fr" || all[0].State != "refused" || !strings.Contains(all[0].Failure, "no such user") || all[1].State != "sent" || all[1].Sent.IsZero() {
		t.Errorf("got %s, %+v, %v", got(s), all, err)
	}
}

// The connection ends before the server said that it took the letter, and the collector
// stops. The next one sends it again, and then no more.
func TestALetterThatWasCutOffIsSentAgainAfterARestart(t *testing.T) {
	o := open(t)
	var ids []string
	s := mailtest.Start(t, mailtest.Options{Data: func(c *smtp.Conn, before int) error {
		if before == 0 {
			_ = c.Conn().Close()
			return errors.New("cut off")
		}
		return nil
	}})
	o.subscribe(1, "a@x.example", "fr")
	if err := o.deliver(s); err != nil || got(s) != "" {
		t.Fatalf("%v, got %s", err, got(s))
	}
	if err := o.deliver(s); err != nil || got(s) != "" { // it is not due yet
		t.Fatalf("%v, got %s", err, got(s))
	}
	for range 3 {
		o.now = o.now.Add(10 * time.Minute)
		if err := o.deliver(s); err != nil {
			t.Fatal(err)
		}
	}
	if got(s) != "a@x.example 1 2026-10 fr" {
		t.Errorf("got %s, %v", got(s), ids)
	}
}

// stopping is a post at which the collector stops: before the letter, or after the server
// took it.
type stopping struct {
	letters.Poster
	stop  func()
	after bool
}

func (p stopping) Send(ctx context.Context, l mail.Letter) error {
	if p.after {
		err := p.Poster.Send(ctx, l)
		p.stop()
		return err
	}
	p.stop()
	return ctx.Err()
}

func TestAStopInBetweenLosesNothingAndSendsNothingTwice(t *testing.T) {
	for _, after := range []bool{false, true} {
		o, s := open(t), mailtest.Start(t, mailtest.Options{})
		o.subscribe(1, "a@x.example", "fr")
		o.subscribe(1, "b@x.example", "fr")
		ctx, cancel := context.WithCancel(t.Context())
		first := o.sender(s.Port, s.CAFile)
		first.Post = stopping{first.Post, cancel, after}
		if err := first.Deliver(ctx); err == nil {
			t.Error("a run that was stopped says that it is done")
		}
		for range 3 {
			o.now = o.now.Add(10 * time.Minute)
			if err := o.deliver(s); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(s.Messages()); n != 2 {
			t.Errorf("after %v: got %s", after, got(s))
		}
	}
}

func TestSeveralCollectorsSendALetterOnce(t *testing.T) {
	o, s := open(t), mailtest.Start(t, mailtest.Options{})
	for i := range 8 {
		o.subscribe(1, fmt.Sprintf("p%d@x.example", i), "fr")
	}
	var all sync.WaitGroup
	for range 3 {
		one := o.sender(s.Port, s.CAFile)
		all.Go(func() {
			if err := one.Deliver(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]int{}
	for _, m := range s.Messages() {
		seen[m.To[0]]++
	}
	if len(seen) != 8 || len(s.Messages()) != 8 {
		t.Errorf("got %v", seen)
	}
}

func TestAMonthWithoutFiguresWaits(t *testing.T) {
	o, s := open(t), mailtest.Start(t, mailtest.Options{})
	o.none = true
	o.subscribe(1, "a@x.example", "fr")
	if err := o.deliver(s); err != nil || got(s) != "" {
		t.Fatalf("%v, got %s", err, got(s))
	}
	o.none = false
	o.now = o.now.Add(time.Hour)
	if err := o.deliver(s); err != nil || got(s) != "a@x.example 1 2026-10 fr" {
		t.Errorf("%v, got %s", err, got(s))
	}
}

func TestSubscriptionsAreCheckedChangedAndForgotten(t *testing.T) {
	o, s := open(t), mailtest.Start(t, mailtest.Options{})
	for _, c := range []struct {
		organisation             int64
		address, language, words string
	}{{1, "nobody", "fr", "address"}, {1, "a@x.example", "de", "language"}, {9, "a@x.example", "fr", "no organisation"}} {
		if _, err := o.subscriptions().Subscribe(t.Context(), c.organisation, c.address, c.language); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	first, again := o.subscribe(1, "Élue <a@X.example>", "fr"), o.subscribe(1, "a@x.example", "en")
	if first.ID != again.ID || again.Language != "en" {
		t.Errorf("%+v, %+v", first, again)
	}
	if err := o.deliver(s); err != nil || got(s) != "a@x.example 1 2026-10 en" {
		t.Errorf("%v, got %s", err, got(s))
	}
	if err := o.subscriptions().Unsubscribe(t.Context(), 2, first.ID); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("a subscriber of another organisation: %v", err)
	}
	if err := o.subscriptions().Unsubscribe(t.Context(), 1, first.ID); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"report_subscribers", "report_letters", "audit"} {
		var found int
		query := "SELECT count(*) FROM " + table
		if table == "audit" {
			query += " WHERE details LIKE '%x.example%'"
		}
		if err := o.store.Read.QueryRowContext(t.Context(), query).Scan(&found); err != nil || found != 0 {
			t.Errorf("%s still knows %d, %v", table, found, err)
		}
	}
}
