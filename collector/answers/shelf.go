package answers

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// kept is a kept answer.
type kept struct {
	rules, details string
	asOf           time.Time
	took           time.Duration
	overview       *view.Overview // shared: not to be changed
}

// sameAs says that two are the same computing of one answer.
func (k *kept) sameAs(o *kept) bool {
	return k.asOf.Equal(o.asOf) && k.rules == o.rules && k.details == o.details
}

// inMemory is how many answers are also in memory: of 5,000 sites each takes 5 MB.
const inMemory = 16

// shelf keeps answers in the store, where other processes may replace them or take
// them away, and the last ones used in memory too.
type shelf struct {
	store *store.Store

	mu   sync.Mutex
	used []key // the last one used comes last
	all  map[key]*kept
}

// find finds a kept answer; nil: none that this program can read.
func (s *shelf) find(ctx context.Context, k key) (*kept, error) {
	found, err := s.head(ctx, k)
	if err != nil || found == nil {
		return nil, err
	}
	if known := s.remembered(k); known != nil && known.sameAs(found) {
		return known, nil
	}
	var body []byte
	var asOf int64
	err = s.store.Read.QueryRowContext(ctx, "SELECT as_of_ms, body FROM kept_answers WHERE organisation = ? AND school_year = ?", k.organisation, k.schoolYear).Scan(&asOf, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read a kept answer: %w", err)
	}
	if asOf != found.asOf.UnixMilli() { // replaced meanwhile
		return s.find(ctx, k)
	}
	if found.overview, err = unpack(body); err != nil {
		return nil, nil // of an older program: it is computed anew
	}
	s.remember(k, found)
	return found, nil
}

// head is a kept answer without the answer; nil: there is none.
func (s *shelf) head(ctx context.Context, k key) (*kept, error) {
	var found kept
	var asOf, took int64
	err := s.store.Read.QueryRowContext(ctx, "SELECT rules, details, as_of_ms, took_ms FROM kept_answers WHERE organisation = ? AND school_year = ?", k.organisation, k.schoolYear).
		Scan(&found.rules, &found.details, &asOf, &took)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look for a kept answer: %w", err)
	}
	found.asOf, found.took = time.UnixMilli(asOf), time.Duration(took)*time.Millisecond
	return &found, nil
}

// basis says with what a kept answer was computed; both are empty where none is kept.
func (s *shelf) basis(ctx context.Context, k key) (rules, details string, err error) {
	found, err := s.head(ctx, k)
	if err != nil || found == nil {
		return "", "", err
	}
	return found.rules, found.details, nil
}

// outdated begins what stands in the place of an answer's details once what it was
// computed from was corrected. No two marks are alike.
const outdated = "outdated "

// outdated says that what the answer was computed from was corrected since.
func (k *kept) outdated() bool { return strings.HasPrefix(k.details, outdated) }

// Outdate has all answers about an organisation computed anew when they are asked for, for
// what was corrected in a transaction: by whichever program, and for all that share the
// store.
func Outdate(ctx context.Context, tx *sql.Tx, organisation int64) error {
	_, err := tx.ExecContext(ctx, "UPDATE kept_answers SET details = ? WHERE organisation = ?", outdated+rand.Text(), organisation)
	if err != nil {
		return fmt.Errorf("cannot outdate answers: %w", err)
	}
	return nil
}

// lastAct is the number of the last act of administration: what is remembered is
// of before, or after it.
func (s *shelf) lastAct(ctx context.Context) (last int64, err error) {
	if err := s.store.Read.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM audit").Scan(&last); err != nil {
		return 0, fmt.Errorf("cannot read the last act: %w", err)
	}
	return last, nil
}

// counts are how many sites and devices organisations had when their answers about a
// school year were computed; their names are left out.
func (s *shelf) counts(ctx context.Context, schoolYear int) ([]view.Organisation, error) {
	return store.All(ctx, s.store.Read, "read counts of devices", "SELECT organisation, sites, devices FROM kept_answers WHERE school_year = ?",
		[]any{schoolYear}, func(scan store.Scan, o *view.Organisation) error {
			return scan(&o.ID, &o.Sites, &o.Devices)
		})
}

// put keeps an answer in the place of an older one, whose details were such when it was
// begun: where it was outdated meanwhile, so is what takes its place.
func (s *shelf) put(ctx context.Context, k key, made *kept, before string) error {
	made.asOf = made.asOf.Truncate(time.Millisecond) // as it is read again
	body, err := pack(made.overview)
	if err != nil {
		return err
	}
	_, err = s.store.Write.ExecContext(ctx, `INSERT INTO kept_answers (organisation, school_year, rules, details, as_of_ms, took_ms, sites, devices, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (organisation, school_year) DO UPDATE SET rules = excluded.rules,
			details = CASE WHEN kept_answers.details LIKE 'outdated %' AND kept_answers.details <> ? THEN kept_answers.details ELSE excluded.details END, as_of_ms = excluded.as_of_ms, took_ms = excluded.took_ms,
			sites = excluded.sites, devices = excluded.devices, body = excluded.body`,
		k.organisation, k.schoolYear, made.rules, made.details, made.asOf.UnixMilli(), made.took.Milliseconds(),
		made.overview.Scope.Organisation.Sites, made.overview.Scope.Organisation.Devices, body, before)
	if err != nil {
		return store.Explain(err)
	}
	s.remember(k, made)
	return nil
}

func (s *shelf) remembered(k key) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[k]
	if found != nil {
		s.touch(k)
	}
	return found
}

func (s *shelf) remember(k key, made *kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[key]*kept{}
	}
	s.all[k] = made
	s.touch(k)
	if len(s.used) > inMemory {
		delete(s.all, s.used[0])
		s.used = s.used[1:]
	}
}

// touch makes a key the last one used.
func (s *shelf) touch(k key) {
	for i, other := range s.used {
		if other == k {
			s.used = append(s.used[:i], s.used[i+1:]...)
			break
		}
	}
	s.used = append(s.used, k)
}
