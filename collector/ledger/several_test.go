package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/models/report"
)

// Collectors that share a data base and are sent the same windows, at once and in any
// order and division, leave what one alone leaves that is sent each once; while one of
// them purges, and sends on each window once.
func TestSeveralCollectorsCountEachWindowOnce(t *testing.T) {
	dir := t.TempDir()
	first, s := open(t, dir, true)
	if !s.Shared() {
		t.Skip("only PostgreSQL lets several collectors write")
	}
	second, _ := open(t, dir, true)
	_, witness := devices(t, s, "Témoin", false, 1)
	record(t, first, witness[0], now, 1, 0, report.Window{Start: now.Add(-time.Hour), SpanS: 900, OffMs: 900_000})
	if _, err := drained(first, func() bool { return true }); err != nil {
		t.Fatal(err)
	}
	where, runs := paris(t), 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		organisation, keys := devices(t, s, fmt.Sprint("Région ", runs), false, 2)
		var all []*modelled
		for _, key := range keys {
			all = append(all, drawDevice(t, key))
		}
		var schedules [2][]scheduled
		for i := range schedules {
			for range rapid.IntRange(1, 6).Draw(t, "reports") {
				m := rapid.SampledFrom(all).Draw(t, "device")
				schedules[i] = append(schedules[i], scheduled{m.device, rapid.SliceOfN(rapid.SampledFrom(m.all), 1, 8).Draw(t, "windows")})
				m.send(schedules[i][len(schedules[i])-1].windows, where)
			}
		}
		purges := rapid.Bool().Draw(t, "purges")
		want := 0
		for _, m := range all {
			want += len(m.known)
		}

		var reports, others sync.WaitGroup
		var failures [5]error
		var isNew [2]int
		for i, l := range []*ledger.Ledger{first, second} {
			reports.Go(func() {
				for _, r := range schedules[i] {
					ack, err := l.Record(context.Background(), r.device, of(r.windows...), now)
					if err == nil && ack.New+ack.Repeat != len(r.windows) {
						err = fmt.Errorf("%d windows are acknowledged as %+v", len(r.windows), ack)
					}
					if isNew[i] += ack.New; err != nil {
						failures[i] = err
						return
					}
				}
			})
		}
		if purges {
			reports.Go(func() { _, failures[2] = second.Purge(context.Background(), now) })
		}
		reports.Go(func() { _, failures[4] = first.Gather(context.Background(), now) })
		filed := make(chan struct{})
		sent := map[string]int{}
		others.Go(func() {
			sent, failures[3] = drained(first, func() bool {
				select {
				case <-filed:
					return true
				default:
					return false
				}
			})
		})
		reports.Wait()
		close(filed)
		others.Wait()
		for _, err := range failures {
			if err != nil {
				t.Fatalf("%v", err)
			}
		}
		if isNew[0]+isNew[1] != want || len(sent) != want {
			t.Fatalf("%d windows are acknowledged as new and %d sent on, want %d", isNew[0]+isNew[1], len(sent), want)
		}
		for window, times := range sent {
			if times != 1 {
				t.Fatalf("%s is sent on %d times", window, times)
			}
		}
		if purges { // what came after the first purge
			if _, err := first.Purge(context.Background(), now); err != nil {
				t.Fatalf("%v", err)
			}
			for _, m := range all {
				m.purge(now.Add(-ledger.WindowRetention))
			}
		}
		checkAll(t, first, s, organisation, all)
		checkAll(t, second, s, organisation, all)
	})
	conserved(t, s)
	if v := verified(t, s.Read); v.DaysAnew == 0 || v.SiteDays == 0 {
		t.Errorf("the check looked at little: %+v", v)
	}
}

// scheduled is a report that a collector will be sent.
type scheduled struct {
	device  ledger.Device
	windows []report.Window
}

// drained takes all windows from the outbox, until it is empty after no more can come,
// and counts them.
func drained(l *ledger.Ledger, last func() bool) (map[string]int, error) {
	ctx, sent := context.Background(), map[string]int{}
	for {
		ends := last()
		entries, err := l.Next(ctx, 7)
		if err != nil || len(entries) == 0 && ends {
			return sent, err
		}
		for _, e := range entries {
			sent[fmt.Sprint(e.Device, " ", e.Window.Start)]++
		}
		if len(entries) > 0 {
			if err := l.Done(ctx, entries[len(entries)-1].ID); err != nil {
				return sent, err
			}
		}
	}
}
