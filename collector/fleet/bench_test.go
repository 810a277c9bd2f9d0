package fleet_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// BenchmarkImport brings 20,000 new devices of 40 schools in, and then the same list
// with other prices. What others wait for the ledger meanwhile is reported beside it.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := open(b)
		organisation, _ := w.schools(b, "Région", 40)
		entries := make([]purchase.Entry, 20_000)
		for i := range entries {
			entries[i] = purchase.Entry{
				Label: fmt.Sprint("poste ", i), Serial: fmt.Sprint("S", i), Category: equipment.Laptop, Maker: "Dell", Model: fmt.Sprint("Latitude ", i%50),
				ScreenIn: 14, WeightKg: 1.5, Purchased: bought, PriceCents: 61250, Site: fmt.Sprint("Site ", i%40+1),
			}
		}
		o := fleet.ImportOptions{Organisation: organisation}
		b.StartTimer()
		b.ReportMetric(w.whileOthersWrite(b, func() { w.imports(b, o, slices.Clone(entries)...) }).Seconds(), "s-waited-for-new")
		for i := range entries {
			entries[i].PriceCents++
		}
		b.ReportMetric(w.whileOthersWrite(b, func() { w.imports(b, o, entries...) }).Seconds(), "s-waited-for-changed")
	}
}

// whileOthersWrite does work beside a stream of small writes, and tells how long the
// longest of them took.
func (w *world) whileOthersWrite(t fatal, work func()) (longest time.Duration) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			begun := time.Now()
			if _, err := w.store.Write.Exec("UPDATE sites SET pupils = pupils WHERE id = 1"); err != nil {
				t.Errorf("%v", err)
			}
			longest = max(longest, time.Since(begun))
			time.Sleep(time.Millisecond)
		}
	}()
	work()
	close(stop)
	<-stopped
	return longest
}
