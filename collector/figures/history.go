package figures

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// History holds the windows that the ledger no longer has.
type History interface {
	// Windows are the windows of a device that start in [from, to), oldest first.
	Windows(ctx context.Context, device string, from, to time.Time) ([]report.Window, error)
}

// history is where old windows are, nil where they are gone.
type history struct {
	History
	log *slog.Logger
}

// ReadHistory lets old windows be read from where they were sent on to. Its trouble
// is logged, and told in the answer: it is no reason to answer nothing.
func (f *Figures) ReadHistory(h History, log *slog.Logger) { f.history = history{h, log} }

// Windows are the windows of a device that start in [from, to): those of the ledger
// and, of the time that it no longer keeps, those of the history. Of a window that
// both have, the ledger's counts.
func (f *Figures) Windows(ctx context.Context, name string, from, to time.Time) (*view.Windows, error) {
	d, _, scope, err := f.locate(ctx, name, 0)
	if err != nil {
		return nil, err
	}
	model := f.model(scope)
	class, err := classOf(model, d)
	if err != nil {
		return nil, err
	}
	kept, err := f.ledger.Windows(ctx, d.ID, from, to)
	if err != nil {
		return nil, err
	}
	v := &view.Windows{Device: name, From: from.UTC(), To: to.UTC(), Source: view.FromLedger}
	if horizon := f.clock().Add(-ledger.WindowRetention); from.Before(horizon) {
		v.LedgerFrom = horizon.UTC()
		kept = f.remember(ctx, v, kept, minTime(to, horizon))
	}
	v.Rows = windowRows(model, class, kept)
	return v, nil
}

// remember adds the windows of the history before an instant.
func (f *Figures) remember(ctx context.Context, v *view.Windows, kept []report.Window, before time.Time) []report.Window {
	v.History = view.HistoryNone
	if f.history.History == nil {
		return kept
	}
	old, err := f.history.Windows(ctx, v.Device, v.From, before)
	if err != nil {
		v.History = view.HistoryUnavailable
		f.history.log.Warn("old windows cannot be read", "device", v.Device, "from", v.From, "error", err)
		return kept
	}
	v.History = view.HistoryRead
	switch {
	case len(old) > 0 && len(kept) == 0:
		v.Source = view.FromInfluxDB
	case len(old) > 0:
		v.Source = view.FromBoth
	}
	// The ledger's come first, and of two that start together the first stays.
	all := slices.Concat(kept, old)
	slices.SortStableFunc(all, func(a, b report.Window) int { return a.Start.Compare(b.Start) })
	return slices.CompactFunc(all, func(a, b report.Window) bool { return a.Start.Equal(b.Start) })
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// windowRows estimates windows one by one.
func windowRows(model *footprint.Model, class *footprint.Class, windows []report.Window) []view.WindowRow {
	rows := make([]view.WindowRow, 0, len(windows))
	for i := range windows {
		w := &windows[i]
		row := view.WindowRow{
			Start: w.Start, SpanS: w.SpanS, RunningMs: w.RunningMs(), SuspendedMs: w.SuspendedMs, OffMs: w.OffMs,
			MemUsedMiB: w.MemUsedMiB, NetB: w.NetRxB + w.NetTxB, DiskB: w.DiskReadB + w.DiskWriteB, Load: load(w.CPUBusyMs, w.CPUCapacityMs),
			Sources: sources(w.Energy),
		}
		row.Energy, row.From = model.KnownEnergy(class, footprint.FromWindow(w))
		rows = append(rows, row)
	}
	return rows
}
