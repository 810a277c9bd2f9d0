// Package window turns samples into windows: facts of at most a quarter of an
// hour each, cut at quarter hours of UTC, and of absences.
//
// It is pure: counters and energy in, windows out. What goes in comes out: the
// seconds that passed, the processor time, the bytes and the microjoules of all
// windows add up to those of the samples, whatever is cut where.
package window

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/usage"
	"github.com/ecoparc/ecoparc/models/report"
)

const (
	// A difference of the clocks below this is the inaccuracy of reading them.
	tolerance = 2 * time.Second
	// A shorter suspend is not worth a window of its own.
	shortestSuspend = 5 * time.Second
)

// Builder gathers samples. Make one with New.
type Builder struct {
	length     time.Duration
	last       *usage.Counters // with At cut to whole seconds
	open       *report.Window
	memoryMiBS int64 // of the open window
	energy     []meter.Increment
	sentB      int64 // by the agent, not yet in a window
	done       []report.Window
}

// New returns a builder whose windows are cut every length, which divides
// report.WindowLength.
func New(length time.Duration) *Builder { return &Builder{length: length} }

// firstYear is before any agent was.
const firstYear = 2020

// Plausible tells a clock that may be right from one that starts anew, as without its
// battery: what is measured under it would be of no day. A device measures nothing
// before it enrolled, but for a day that its clock may have been behind.
func Plausible(at, enrolled time.Time) bool {
	return at.Year() >= firstYear && at.After(enrolled.AddDate(0, 0, -1))
}

// Add takes a sample and the energy that was metered since the last one.
func (b *Builder) Add(c usage.Counters, energy []meter.Increment) {
	b.energy = append(b.energy, energy...)
	c.At = c.At.UTC().Truncate(time.Second)
	if b.last == nil {
		b.last, b.energy = &c, nil
		return
	}
	awake := c.Awake - b.last.Awake
	passed := c.At.Sub(b.last.At) // by the wall clock
	if awake < time.Second || passed == 0 {
		return // too soon: this sample's share is in the next one
	}
	suspended, stepped := passed-awake, false
	if c.SinceBoot > 0 && b.last.SinceBoot > 0 {
		suspended = c.SinceBoot - b.last.SinceBoot - awake
		stepped = (passed - awake - suspended).Abs() > tolerance
	} else if suspended < -tolerance {
		suspended, stepped = 0, true
	}
	if suspended < shortestSuspend {
		suspended = 0
	}
	suspended = suspended.Round(time.Second)
	running := passed - suspended
	if stepped || running < 0 {
		running, stepped = awake.Round(time.Second), true
	}
	if running == 0 {
		return // the clocks' inaccuracy ate it: its share is in the next one
	}
	b.run(b.last.At, running, c)
	if suspended > 0 {
		b.close()
		b.absent(report.Window{Start: b.last.At.Add(running), SpanS: int64(suspended / time.Second), SuspendedMs: suspended.Milliseconds()})
	}
	if stepped {
		b.close() // the clock was set: what follows is told by the new time
	}
	b.last = &c
}

// absent adds a window of an absence, unless it is longer than can be told.
func (b *Builder) absent(w report.Window) {
	if w.SpanS > 0 && w.SpanS <= int64(report.MaxAway/time.Second) {
		b.done = append(b.done, w)
	}
}

// delta is what happened between two samples.
type delta struct {
	busyMs, capacityMs, rxB, txB, readB, writeB, agentMs int64
	sharedMs                                             int64 // of the capacity, in windows already
	energy                                               []meter.Increment
}

// grown is how far a counter grew; 0 when it started anew.
func grown(from, to uint64) int64 {
	if to < from {
		return 0
	}
	return int64(to - from)
}

// grownMs is grown in milliseconds; what it rounds off is in the next sample's.
func grownMs(from, to time.Duration) int64 {
	return max(0, to.Milliseconds()-from.Milliseconds())
}

// run adds running time from an instant on, with what was counted in it, to as
// many windows as it touches. Each gets its share in proportion to time; the
// shares add up exactly.
func (b *Builder) run(from time.Time, running time.Duration, c usage.Counters) {
	whole := delta{
		busyMs: grownMs(b.last.CPUBusy, c.CPUBusy), capacityMs: grownMs(b.last.CPUTotal, c.CPUTotal),
		rxB: grown(b.last.NetRxB, c.NetRxB), txB: grown(b.last.NetTxB, c.NetTxB),
		readB: grown(b.last.DiskReadB, c.DiskReadB), writeB: grown(b.last.DiskWriteB, c.DiskWriteB),
		agentMs: grownMs(b.last.AgentCPU, c.AgentCPU), energy: b.energy,
	}
	whole.busyMs = min(whole.busyMs, whole.capacityMs)
	b.energy = nil
	bin := 0
	if whole.capacityMs > 0 {
		bin = report.LoadBin(float64(whole.busyMs) / float64(whole.capacityMs))
	}
	total := int64(running / time.Second)
	for done := int64(0); done < total; {
		at := from.Add(time.Duration(done) * time.Second)
		end := at.Truncate(b.length).Add(b.length)
		upTo := min(total, done+int64(end.Sub(at)/time.Second))
		b.grow(at, upTo-done, bin, c.MemUsedB, c.Screen, func(n int64) int64 { return share(n, upTo, total) - share(n, done, total) }, &whole)
		if done = upTo; !from.Add(time.Duration(done) * time.Second).Before(end) {
			b.close()
		}
	}
}

// share is n x part / total, rounded down, of numbers that are not negative.
func share(n, part, total int64) int64 {
	high, low := bits.Mul64(uint64(n), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(total))
	return int64(quotient)
}

// grow adds seconds to the open window.
func (b *Builder) grow(at time.Time, seconds int64, bin int, memB uint64, screen usage.Screen, part func(int64) int64, d *delta) {
	if b.open == nil {
		b.open = &report.Window{Start: at}
	}
	w := b.open
	w.SpanS += seconds
	w.LoadMs[bin] += seconds * 1000
	switch screen {
	case usage.ScreenOn:
		w.ScreenOnMs += seconds * 1000
	case usage.ScreenOff:
		w.ScreenOffMs += seconds * 1000
	}
	b.memoryMiBS += int64(memB>>20) * seconds
	before, capacity := d.sharedMs, part(d.capacityMs)
	d.sharedMs += capacity
	w.CPUCapacityMs += capacity
	if d.capacityMs > 0 { // shared like the capacity, so that no rounding makes a window busier than it could be
		w.CPUBusyMs += share(d.busyMs, d.sharedMs, d.capacityMs) - share(d.busyMs, before, d.capacityMs)
	}
	w.NetRxB += part(d.rxB)
	w.NetTxB += part(d.txB)
	w.DiskReadB += part(d.readB)
	w.DiskWriteB += part(d.writeB)
	w.AgentCPUMs += part(d.agentMs)
	w.AgentTxB += b.sentB
	b.sentB = 0
	for _, e := range d.energy {
		i := slices.IndexFunc(w.Energy, func(r report.Reading) bool { return r.Source == e.Source })
		if i < 0 {
			w.Energy = append(w.Energy, report.Reading{Source: e.Source, Boundary: e.Boundary})
			i = len(w.Energy) - 1
		}
		if e.Boundary == report.Component { // a meter that is no longer believed: not for this window either
			w.Energy[i].Boundary = report.Component
		}
		w.Energy[i].EnergyUJ += part(e.EnergyUJ)
		w.Energy[i].CoveredMs += part(e.Covered.Milliseconds())
	}
}

// AgentSent adds bytes that the agent itself sent to the window that comes next
// or is open.
func (b *Builder) AgentSent(bytes int64) { b.sentB += bytes }

// close ends the open window.
func (b *Builder) close() {
	w := b.open
	if w == nil {
		return
	}
	running := w.RunningMs()
	w.MemUsedMiB = b.memoryMiBS * 1000 / running
	// A meter's clock and the wall clock differ by less than a second.
	w.Energy = slices.DeleteFunc(w.Energy, func(r report.Reading) bool { return r.CoveredMs == 0 })
	for i := range w.Energy {
		w.Energy[i].CoveredMs = min(w.Energy[i].CoveredMs, running)
	}
	slices.SortFunc(w.Energy, func(x, y report.Reading) int { return cmp.Compare(x.Source, y.Source) })
	b.done = append(b.done, *w)
	b.open, b.memoryMiBS = nil, 0
}

// Flush ends the open window early, as when the agent stops.
func (b *Builder) Flush() { b.close() }

// Take gives the windows that have ended, oldest first.
func (b *Builder) Take() []report.Window {
	done := b.done
	b.done = nil
	return done
}

// Off is the window of the time the machine was switched off: from the end of the
// last window to the boot. False when the machine was not off in between, or when
// the clock makes no sense.
func Off(lastEnd, boot time.Time) (report.Window, bool) {
	lastEnd, boot = lastEnd.UTC().Truncate(time.Second), boot.UTC().Truncate(time.Second)
	span := boot.Sub(lastEnd)
	if lastEnd.IsZero() || span < time.Minute || span > report.MaxAway {
		return report.Window{}, false
	}
	return report.Window{Start: lastEnd, SpanS: int64(span / time.Second), OffMs: span.Milliseconds()}, true
}
