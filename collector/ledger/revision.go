package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// MonthCloses is how long after its end a month is closed: long enough for laptops
// that spent a weekend in a bag. A window that comes later revises the month.
const MonthCloses = 7 * 24 * time.Hour

type siteMonth struct {
	site  int64
	month calendar.Day // its first day
}

type revision struct {
	at      time.Time
	windows int64
}

// noteRevision notes that a new window changes closed months of a site, when it does.
func (f *filing) noteRevision(site int64, days []footprint.DayFacts, now time.Time) {
	var noted calendar.Day
	for _, d := range days {
		month := d.Day.Month()
		if month == noted || !now.After(monthEnd(month, f.where).Add(MonthCloses)) {
			continue
		}
		noted = month
		r := f.revised[siteMonth{site, month}]
		if r == nil {
			r = new(revision)
			f.revised[siteMonth{site, month}] = r
		}
		r.windows++
		if now.After(r.at) {
			r.at = now
		}
	}
}

// monthEnd is the end of the month with this first day.
func monthEnd(first calendar.Day, where *time.Location) time.Time {
	return (first + 31).Month().Start(where)
}

// writeRevisions writes down which closed months this transaction changes.
func (f *filing) writeRevisions() error {
	inOrder := slices.SortedFunc(maps.Keys(f.revised), func(a, b siteMonth) int { return cmp.Or(cmp.Compare(a.site, b.site), cmp.Compare(a.month, b.month)) })
	for _, k := range inOrder {
		r := f.revised[k]
		_, err := f.tx.ExecContext(f.ctx, `INSERT INTO month_revisions (site, month, revised, windows) VALUES (?, ?, ?, ?)
			ON CONFLICT (site, month) DO UPDATE SET windows = month_revisions.windows + excluded.windows,
			revised = CASE WHEN excluded.revised > month_revisions.revised THEN excluded.revised ELSE month_revisions.revised END`,
			k.site, int64(k.month), r.at.Unix(), r.windows)
		if err != nil {
			return fmt.Errorf("cannot note a revised month: %w", err)
		}
	}
	clear(f.revised)
	return nil
}

// Revision says that the figures of a closed month changed.
type Revision struct {
	At      time.Time // for the last time
	Windows int64     // in all
}

// Revisions are the closed months of an organisation's sites whose figures changed
// since, by first day; of one site only when site is not 0.
func (l *Ledger) Revisions(ctx context.Context, organisation, site int64, p calendar.Period) (map[calendar.Day]Revision, error) {
	type row struct {
		month calendar.Day
		Revision
	}
	all, err := queryAll(ctx, l.store.Read, `SELECT month, max(revised), sum(windows) FROM month_revisions
		WHERE site IN (SELECT id FROM sites WHERE organisation = ? AND (? = 0 OR id = ?)) AND month >= ? AND month < ? GROUP BY month`,
		[]any{organisation, site, site, int64(p.From.Month()), int64(p.To)}, func(rows *sql.Rows) (r row, err error) {
			var month, at int64
			err = rows.Scan(&month, &at, &r.Windows)
			r.month, r.At = calendar.Day(month), time.Unix(at, 0).UTC()
			return r, err
		})
	if err != nil {
		return nil, fmt.Errorf("cannot read revised months: %w", err)
	}
	revised := make(map[calendar.Day]Revision, len(all))
	for _, r := range all {
		revised[r.month] = r.Revision
	}
	return revised, nil
}
