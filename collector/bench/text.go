package bench

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// busyEnough is the share of the processors in use from which they are the limit.
const busyEnough = 0.85

// Limit says in a sentence what keeps the machine from taking in more, as measured.
func (f Figures) Limit() string {
	processors := float64(f.Machine.Processors)
	used := f.Store.CollectorBusy + f.Store.LoadBusy
	who := fmt.Sprintf("of %.0f, the collector kept %.1f busy, the load test %.1f, other programs %.1f", processors, f.Store.CollectorBusy, f.Store.LoadBusy, f.Store.OthersBusy)
	switch {
	case used == 0:
		return "What limits it was not measured: this system does not say what processes use."
	case used >= busyEnough*processors:
		return "The processors limit it: " + who + ". Agents run elsewhere, so the collector alone takes more."
	case used+f.Store.OthersBusy >= busyEnough*processors:
		return "The processors limit it, and other programs have a part of them: " + who + "."
	case f.Store.CollectorBusy >= busyEnough:
		return "The one writer of the store limits it, as it uses one processor: " + who + "."
	}
	return fmt.Sprintf("The disk limits it, where a small write takes %.1f ms until it is safe; the processors have time left: %s.", f.Store.FsyncMs, who)
}

// Hourly is how many devices that report once an hour the machine takes, each over
// its own TLS connection, with reports spread evenly over the hour: as many as it
// acknowledges and posts.
func (f Figures) Hourly() int { return int(f.TLSSustainedPerS * time.Hour.Seconds()) }

// WriteText writes the figures for a person.
func (f Figures) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d processors; SQLite, a small write is safe on this disk after %.1f ms (median).\n\n", f.Machine.CPU, f.Machine.Processors, f.Store.FsyncMs)
	fmt.Fprintf(&b, "This machine takes the reports of %d devices that report hourly (%.0f a second, each over a new TLS connection,\n", f.Hourly(), f.TLSSustainedPerS)
	fmt.Fprintf(&b, "acknowledged and posted, the load test on the same processors). Plan with half of it, %d: reports come in waves, and pages are read too.\n%s\n\n", f.Hourly()/2, f.Limit())
	for _, row := range f.rows() {
		fmt.Fprintf(&b, "  %-58s %12s\n", row[0], row[1])
	}
	if f.Machine.Load1 > 0.5 {
		fmt.Fprintf(&b, "\nOther programs were running (load %.1f before the start): trust the ratios more than the rates.\n", f.Machine.Load1)
	}
	if f.Work.FirstError != "" {
		fmt.Fprintf(&b, "\nFirst error: %s\n", f.Work.FirstError)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rows are what was measured, and how much it was.
func (f Figures) rows() [][2]string {
	perS := func(rate float64) string { return fmt.Sprintf("%.0f/s", rate) }
	rows := [][2]string{
		{"durable intake, connections that stay open", perS(f.ReportsPerS)},
		{"a server that only decodes the same", perS(f.DecodeOnlyPerS)},
		{"ratio", fmt.Sprintf("%.2f", f.Ratio)},
		{"durable intake, a new TLS 1.3 connection for each report", perS(f.TLSPerS)},
		{"a server that only decodes the same over TLS", perS(f.TLSDecodeOnlyPerS)},
		{"ratio over TLS", fmt.Sprintf("%.2f", f.TLSRatio)},
		{"acknowledged and posted, connections that stay open", perS(f.SustainedPerS)},
		{"acknowledged and posted, a new TLS 1.3 connection each", perS(f.TLSSustainedPerS)},
		{"posting alone", perS(f.PostedPerS)},
	}
	if f.InfluxDBPerS > 0 {
		rows = append(rows, [2]string{"InfluxDB, the same windows, connections that stay open", perS(f.InfluxDBPerS)},
			[2]string{"intake to InfluxDB", fmt.Sprintf("%.1f", f.InfluxDBRatio)})
	}
	rows = append(rows, [2]string{"99 of 100 reports are acknowledged within", fmt.Sprintf("%.0f ms", f.P99Ms)},
		[2]string{"errors", fmt.Sprint(f.Errors)})
	if f.Store.PerReport > 0 {
		of := func(mine, peer time.Duration) string {
			return fmt.Sprintf("%d µs / %d µs", mine.Microseconds(), peer.Microseconds())
		}
		rows = append(rows, [2]string{"processor time of a report, collector / only decoding", of(f.Store.PerReport, f.Store.DecodeOnlyPerReport)},
			[2]string{"the same over TLS", of(f.Store.TLSPerReport, f.Store.TLSDecodeOnlyPerReport)})
	}
	if f.Store.PeakMiB > 0 {
		rows = append(rows, [2]string{fmt.Sprintf("most memory of the collector, %d devices known", f.Work.Known), fmt.Sprintf("%.0f MiB", f.Store.PeakMiB)})
	}
	return rows
}
