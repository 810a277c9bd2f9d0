package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/report"
)

// sending is one report of a device, and when it came.
type sending struct {
	device int
	report *report.Report
	at     time.Time
}

// Reports that share a transaction leave what each would leave in one of its own:
// windows that come twice, that were purged or are missing among those that were, that
// change a closed month, and devices that become another product in between.
func TestGroupFilesWhatItsReportsFileAlone(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			sendings := func(n, from, to int, at time.Time) (all []sending) {
				for range n {
					r := of()
					for range random.IntN(4) {
						r.Windows = append(r.Windows, quarter(from+random.IntN(to-from)))
					}
					r.DroppedWindows = random.Int64N(5)
					if random.IntN(4) == 0 {
						r.Inventory = &report.Inventory{Category: "laptop", Model: fmt.Sprint("model ", random.IntN(3))}
					}
					all = append(all, sending{random.IntN(3), r, at.Add(time.Duration(random.IntN(100)-50) * 20 * time.Minute)})
				}
				return all
			}
			// 60 days later the first ones are purged, with holes between them, and their month is closed.
			early, late := sendings(30, 0, 40, now), sendings(60, 0, 40, now.AddDate(0, 0, 60))
			newest := []sending{{0, of(report.Window{Start: now.AddDate(0, 0, 60), SpanS: 900}), now.AddDate(0, 0, 60)}}
			var dumps [2]string
			for i, file := range []func(*testing.T, *ledger.Ledger, *store.Store, []ledger.Device, []sending){fileAlone, fileTogether} {
				l, s := open(t, t.TempDir(), true)
				_, all := devices(t, s, "Région", false, 3)
				if _, err := s.Write.Exec("UPDATE devices SET name = 'd-' || id"); err != nil {
					t.Fatal(err)
				}
				file(t, l, s, all, early)
				if _, err := s.Write.Exec("DELETE FROM outbox"); err != nil { // all was sent on
					t.Fatal(err)
				}
				file(t, l, s, all, newest)
				if n, err := l.Purge(t.Context(), now.AddDate(0, 0, 60)); err != nil || n == 0 {
					t.Fatalf("%d windows are purged, %v", n, err)
				}
				file(t, l, s, all, late)
				conserved(t, s)
				dumps[i] = dump(t, s)
				var revisions string
				if err := s.Read.QueryRow("SELECT string_agg(concat_ws(' ', site, month, revised, windows), ';' ORDER BY site, month) FROM month_revisions").Scan(&revisions); err != nil {
					t.Fatalf("no month was revised: %v", err)
				}
				dumps[i] += revisions
			}
			if dumps[0] != dumps[1] {
				t.Errorf("alone:\n%s\ntogether:\n%s", dumps[0], dumps[1])
			}
		})
	}
}

func fileAlone(t *testing.T, l *ledger.Ledger, _ *store.Store, devices []ledger.Device, all []sending) {
	t.Helper()
	for _, s := range all {
		if _, err := l.Record(t.Context(), devices[s.device], s.report, s.at); err != nil {
			t.Fatal(err)
		}
	}
}

// fileTogether lets reports wait while another has the store, so that they are filed
// in one transaction or two.
func fileTogether(t *testing.T, l *ledger.Ledger, s *store.Store, devices []ledger.Device, all []sending) {
	t.Helper()
	release := hold(t, s)
	last := len(all) - 1
	for _, w := range all[:last] {
		if _, err := l.Record(gone(t), devices[w.device], w.report, w.at); !errors.Is(err, context.Canceled) {
			t.Fatalf("a client that is gone is told %v", err)
		}
	}
	release()
	if _, err := l.Record(t.Context(), devices[all[last].device], all[last].report, all[last].at); err != nil {
		t.Fatal(err)
	}
}
