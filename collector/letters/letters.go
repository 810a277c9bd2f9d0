// Package letters sends the monthly report of each organisation to those who subscribed
// to it, each month once.
//
// That a letter was sent is written down after the server has taken it, and before that
// when it may be tried again: so neither a restart nor a second collector sends it twice.
// What no sender can know is whether the server took a letter when the connection ended
// before it said so. Such a letter is sent again, with the same Message-ID.
package letters

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/mail"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Subscriber is who gets the report of an organisation, with what became of the last
// letter.
type Subscriber struct {
	ID           int64     `json:"id"`
	Organisation int64     `json:"organisation"`
	Address      string    `json:"address"`
	Language     string    `json:"language"` // "fr" or "en"
	Created      time.Time `json:"created"`
	Month        string    `json:"month,omitempty"` // of the last letter, as in 2026-10
	State        string    `json:"state,omitempty"` // of it: "waiting", "sent" or "refused"
	Sent         time.Time `json:"sent,omitzero"`
	Failure      string    `json:"failure,omitempty"` // why it was not sent yet
}

// Languages are those of letters.
var Languages = []string{string(quantity.French), string(quantity.English)}

// Subscriptions are who gets which report.
type Subscriptions struct {
	store *store.Store
	clock func() time.Time
}

// Open returns the subscriptions of a store.
func Open(s *store.Store, clock func() time.Time) *Subscriptions { return &Subscriptions{s, clock} }

// Subscribe sends the reports of an organisation to an address from now on, the one on
// the last month at once. To subscribe again changes the language.
func (s *Subscriptions) Subscribe(ctx context.Context, organisation int64, address, language string) (Subscriber, error) {
	address, err := mail.Address(address)
	switch {
	case err != nil:
		return Subscriber{}, &registry.Refused{Field: "address", Reason: err.Error()}
	case !slices.Contains(Languages, language):
		return Subscriber{}, &registry.Refused{Field: "language", Reason: fmt.Sprintf("is %q; allowed are %q", language, Languages)}
	}
	if _, err := registry.Open(s.store).Organisation(ctx, organisation); err != nil {
		return Subscriber{}, err
	}
	who := Subscriber{Organisation: organisation, Address: address, Language: language, Created: s.clock().UTC().Truncate(time.Second)}
	err = s.change(ctx, "subscribe", func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO report_subscribers (organisation, address, language, created) VALUES (?, ?, ?, ?)
			ON CONFLICT (organisation, address) DO UPDATE SET language = excluded.language RETURNING id`, organisation, address, language, who.Created.Unix()).Scan(&who.ID)
		if err != nil {
			return err
		}
		// The log names no address: it is kept when the address is gone.
		return audit.Write(ctx, tx, "report subscribe", fmt.Sprint("organisation ", organisation), fmt.Sprintf("subscriber %d, %s", who.ID, language))
	})
	return who, err
}

// Unsubscribe forgets an address.
func (s *Subscriptions) Unsubscribe(ctx context.Context, organisation, subscriber int64) error {
	return s.change(ctx, "unsubscribe", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM report_subscribers WHERE organisation = ? AND id = ?", organisation, subscriber)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, registry.ErrNotFound)
		}
		return audit.Write(ctx, tx, "report unsubscribe", fmt.Sprint("organisation ", organisation), fmt.Sprint("subscriber ", subscriber))
	})
}

func (s *Subscriptions) change(ctx context.Context, what string, work func(*sql.Tx) error) error {
	if err := store.InTx(ctx, s.store.Write, work); err != nil {
		return store.Explain(fmt.Errorf("cannot %s: %w", what, err))
	}
	return nil
}

// List lists the subscribers of an organisation, or of all where it is 0, with what became
// of the last letter of each.
func (s *Subscriptions) List(ctx context.Context, organisation int64) ([]Subscriber, error) {
	all := []Subscriber{}
	err := store.Each(ctx, s.store.Read, "list subscribers", `SELECT s.id, s.organisation, s.address, s.language, s.created, coalesce(l.month, 0), coalesce(l.state, ''), coalesce(l.sent, 0), coalesce(l.failure, '')
		FROM report_subscribers s LEFT JOIN report_letters l ON l.subscriber = s.id AND l.month = (SELECT max(month) FROM report_letters WHERE subscriber = s.id)
		WHERE CAST(? AS bigint) IN (0, s.organisation) ORDER BY s.organisation, s.address`,
		[]any{organisation}, func(scan store.Scan) error {
			var who Subscriber
			var created, month, sent int64
			err := scan(&who.ID, &who.Organisation, &who.Address, &who.Language, &created, &month, &who.State, &sent, &who.Failure)
			who.Created = time.Unix(created, 0).UTC()
			if who.State != "" {
				who.Month = calendar.Day(month).UTC().Format("2006-01")
			}
			if sent > 0 {
				who.Sent = time.Unix(sent, 0).UTC()
			}
			all = append(all, who)
			return err
		})
	return all, err
}

// Writer writes the report of an organisation on a month as a letter.
type Writer func(ctx context.Context, organisation int64, month calendar.Day, lang quantity.Language) (*dashboards.Letter, error)

// Poster sends a letter.
type Poster interface {
	Send(context.Context, mail.Letter) error
}

// Sender sends to all subscribers what they have not had.
type Sender struct {
	*Subscriptions
	Write Writer
	Post  Poster
	Where *time.Location
	Log   *slog.Logger
}

// settled is when the reports on a month are sent: late enough that the devices have
// told of its last day, and at an hour when people read.
const settled = 24*time.Hour + 6*time.Hour

// wait is how long after a try the next one comes: longer each time, and never longer than
// longest. It is longer than a try takes, so no two are made at once.
func wait(tries int64) time.Duration {
	const first, longest = 10 * time.Minute, 6 * time.Hour
	return min(longest, first<<min(tries, 10))
}

// Deliver sends the letters on the last month that are due, each once. A server that
// cannot be reached is left alone until the next time.
func (s *Sender) Deliver(ctx context.Context) error {
	now := s.clock()
	month := view.LastMonth(now.Add(-settled), s.Where)
	due, err := s.due(ctx, month, now)
	if err != nil {
		return err
	}
	type kind struct {
		organisation int64
		language     string
	}
	written := map[kind]*dashboards.Letter{}
	sent := 0
	for _, who := range due {
		k := kind{who.Organisation, who.Language}
		letter := written[k]
		if letter == nil {
			clear(written) // they come by organisation: one is kept, whatever their number
			if letter, err = s.Write(ctx, who.Organisation, month, quantity.Language(who.Language)); err != nil && !errors.Is(err, view.ErrNotFound) {
				return fmt.Errorf("cannot write the report of organisation %d: %w", who.Organisation, err)
			}
			written[k] = letter
		}
		taken, err := s.take(ctx, who, month, now)
		if err != nil {
			return err
		}
		if !taken {
			continue // another collector has it
		}
		if letter == nil {
			if err := s.note(ctx, who.ID, month, "waiting", "there are no figures of this month yet"); err != nil {
				return err
			}
			continue
		}
		err = s.Post.Send(ctx, s.addressed(letter, who.Subscriber, month))
		switch {
		case err == nil:
			sent++
			err = s.mark(ctx, who.ID, month)
		case errors.Is(err, mail.ErrUnreachable):
			return errors.Join(s.note(ctx, who.ID, month, "waiting", err.Error()), err)
		case errors.Is(err, mail.ErrRefused):
			s.Log.Warn("a report was refused", "subscriber", who.ID, "month", month.UTC().Format("2006-01"), "error", err)
			err = s.note(ctx, who.ID, month, "refused", err.Error())
		default:
			s.Log.Warn("a report could not be sent; it is tried again", "subscriber", who.ID, "error", err)
			err = s.note(ctx, who.ID, month, "waiting", err.Error())
		}
		if err != nil {
			return err
		}
	}
	if sent > 0 {
		s.Log.Info("monthly reports sent", "letters", sent, "month", month.UTC().Format("2006-01"))
	}
	return nil
}

// addressed is a report as a letter to a subscriber.
func (s *Sender) addressed(l *dashboards.Letter, who Subscriber, month calendar.Day) mail.Letter {
	return mail.Letter{
		To: who.Address, Subject: l.Subject, Text: l.Text, HTML: l.HTML, PDF: l.PDF, File: l.File, Language: who.Language, Date: s.clock().In(s.Where),
		Key: fmt.Sprintf("%d %s %s", who.Organisation, who.Address, month),
	}
}

// waiting is a subscriber whose letter is due, and for which try.
type waiting struct {
	Subscriber
	tries, next int64
}

// most is how many letters are sent at once; the others are due at the next time.
const most = 500

// due lists whose letter on a month is due.
func (s *Sender) due(ctx context.Context, month calendar.Day, now time.Time) ([]waiting, error) {
	_, err := s.store.Write.ExecContext(ctx, `INSERT INTO report_letters (subscriber, month, state, next)
		SELECT s.id, CAST(? AS bigint), 'waiting', CAST(? AS bigint) FROM report_subscribers s WHERE NOT EXISTS (SELECT 1 FROM report_letters l WHERE l.subscriber = s.id AND l.month = CAST(? AS bigint)) ON CONFLICT DO NOTHING`,
		int64(month), now.Unix(), int64(month))
	if err != nil {
		return nil, fmt.Errorf("cannot plan letters: %w", store.Explain(err))
	}
	return store.All(ctx, s.store.Read, "list letters", `SELECT s.id, s.organisation, s.address, s.language, l.tries, l.next FROM report_letters l JOIN report_subscribers s ON s.id = l.subscriber
		WHERE l.month = ? AND l.state = 'waiting' AND l.next <= ? ORDER BY s.organisation, s.language, s.id LIMIT ?`,
		[]any{int64(month), now.Unix(), most}, func(scan store.Scan, w *waiting) error {
			return scan(&w.ID, &w.Organisation, &w.Address, &w.Language, &w.tries, &w.next)
		})
}

// take makes a try this collector's: until the next one is due, nobody else makes it.
func (s *Sender) take(ctx context.Context, w waiting, month calendar.Day, now time.Time) (bool, error) {
	result, err := s.store.Write.ExecContext(ctx, "UPDATE report_letters SET tries = tries + 1, next = ? WHERE subscriber = ? AND month = ? AND state = 'waiting' AND next = ?",
		now.Add(wait(w.tries)).Unix(), w.ID, int64(month), w.next)
	if err != nil {
		return false, fmt.Errorf("cannot take a letter: %w", store.Explain(err))
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// mark writes down that a letter was sent.
func (s *Sender) mark(ctx context.Context, subscriber int64, month calendar.Day) error {
	// It was sent: that has to be known even when the collector is stopping.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_, err := s.store.Write.ExecContext(ctx, "UPDATE report_letters SET state = 'sent', sent = ?, failure = '' WHERE subscriber = ? AND month = ?", s.clock().Unix(), subscriber, int64(month))
	if err != nil {
		return fmt.Errorf("cannot write down that a letter was sent: %w", store.Explain(err))
	}
	return nil
}

// mostFailure is how much of what a server said is kept, in bytes.
const mostFailure = 500

// note writes down why a letter was not sent. What a server says may hold anything.
func (s *Sender) note(ctx context.Context, subscriber int64, month calendar.Day, state, failure string) error {
	_, err := s.store.Write.ExecContext(context.WithoutCancel(ctx), "UPDATE report_letters SET state = ?, failure = ? WHERE subscriber = ? AND month = ?", state, strings.ReplaceAll(strings.ToValidUTF8(failure[:min(len(failure), mostFailure)], "?"), "\x00", "?"), subscriber, int64(month))
	if err != nil {
		return fmt.Errorf("cannot write down why a letter was not sent: %w", store.Explain(err))
	}
	return nil
}
