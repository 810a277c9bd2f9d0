package figures_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/report"
)

// remembered is a history in memory, which counts how often it is asked.
type remembered struct {
	windows []report.Window
	err     error
	asked   [][2]time.Time
}

func (r *remembered) Windows(_ context.Context, _ string, from, to time.Time) (found []report.Window, err error) {
	r.asked = append(r.asked, [2]time.Time{from, to})
	for _, w := range r.windows {
		if !w.Start.Before(from) && w.Start.Before(to) {
			found = append(found, w)
		}
	}
	return found, r.err
}

func quarters(start time.Time, n int, netB int64) (all []report.Window) {
	for i := range n {
		all = append(all, report.Window{Start: start.Add(time.Duration(i) * report.WindowLength).UTC(), SpanS: 900, LoadMs: report.Loads{900_000}, NetRxB: netB})
	}
	return all
}

func TestOldWindowsAreReadFromWhereTheyWereSent(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := w.add(t, 1, latitude(site, w.at(2024, 9, 2, 8)))
	limit := w.now.Add(-35 * 24 * time.Hour).Truncate(report.WindowLength)
	// The ledger has what came late, too: four windows on each side of its limit.
	r := &report.Report{Schema: report.Schema, Device: d.name, Agent: "1", Windows: quarters(limit.Add(-4*report.WindowLength), 8, 1)}
	if _, err := w.ledger.Record(t.Context(), d.Device, r, w.now); err != nil {
		t.Fatal(err)
	}
	ask := func(from, to time.Time) *view.Windows {
		t.Helper()
		v, err := w.Windows(t.Context(), d.name, from, to)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	early, late := limit.Add(-8*report.WindowLength), limit.Add(4*report.WindowLength)
	if v := ask(early, late); len(v.Rows) != 8 || v.Source != view.FromLedger || v.History != view.HistoryNone || v.LedgerFrom.IsZero() {
		t.Errorf("without a history: %d windows, %+v", len(v.Rows), v)
	}
	h := &remembered{windows: quarters(early, 20, 2)}
	w.ReadHistory(h, slog.New(slog.DiscardHandler))
	v := ask(early, late)
	if len(v.Rows) != 12 || v.Source != view.FromBoth || v.History != view.HistoryRead {
		t.Fatalf("%d windows, %+v", len(v.Rows), v)
	}
	for i, row := range v.Rows {
		from := int64(1) // of the ledger, where both have the window
		if i < 4 {
			from = 2
		}
		if row.NetB != from || !row.Start.Equal(early.Add(time.Duration(i)*report.WindowLength)) || row.Energy.Value <= 0 {
			t.Errorf("window %d is %+v", i, row)
		}
	}
	if v := ask(early, early.Add(time.Hour)); len(v.Rows) != 4 || v.Source != view.FromInfluxDB {
		t.Errorf("of long ago: %d windows, %+v", len(v.Rows), v)
	}
	asked := len(h.asked)
	if v := ask(limit.Add(report.WindowLength), late); len(v.Rows) != 3 || v.Source != view.FromLedger || v.History != "" || !v.LedgerFrom.IsZero() || len(h.asked) != asked {
		t.Errorf("of late: %d windows, %+v; the history was asked for %v", len(v.Rows), v, h.asked[asked:])
	}
	if last := h.asked[0][1]; last.After(w.now.Add(-35 * 24 * time.Hour)) {
		t.Errorf("the history is asked for windows up to %s, which the ledger keeps", last)
	}
	h.err = errors.New("away")
	if v := ask(early, late); len(v.Rows) != 8 || v.Source != view.FromLedger || v.History != view.HistoryUnavailable {
		t.Errorf("without an answer: %d windows, %+v", len(v.Rows), v)
	}
	if _, err := w.Windows(t.Context(), "nobody", early, late); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("of an unknown device: %v", err)
	}
}
