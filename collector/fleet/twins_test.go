package fleet_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// two makes a device one that was seen as two machines so many times.
func (w *world) two(t *testing.T, d registry.Device, times int) {
	t.Helper()
	_, err := w.store.Write.Exec("INSERT INTO twins (device, first, last, times, left_out, newest) VALUES (?, ?, ?, ?, 12, 0)", d.ID, w.now.Add(-time.Hour).Unix(), w.now.Unix(), times)
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) twins(t *testing.T, d registry.Device) *registry.Twins {
	t.Helper()
	all, err := registry.TwinsOf(w.ctx, w.store.Read, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all[d.ID]
}

func TestTwoMachinesAreForgottenByAnAct(t *testing.T) {
	for name, act := range map[string]func(w *world, d registry.Device) error{
		"apart":      func(w *world, d registry.Device) error { return w.Apart(w.ctx, d.Name) },
		"rotate-key": func(w *world, d registry.Device) error { _, _, err := w.RotateKey(w.ctx, d.Name); return err },
		"retire": func(w *world, d registry.Device) error {
			_, err := w.Retire(w.ctx, []string{d.Name}, calendar.DayOf(w.now, w.where), "recycling")
			return err
		},
		"erase": func(w *world, d registry.Device) error {
			_, err := ledger.Erase(w.ctx, w.store, w.where, d.Name, w.now)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			_, sites := w.schools(t, "Région", 1)
			d, other := w.enrol(t, sites[0], "poste 1", report.Inventory{Category: "laptop"}), w.enrol(t, sites[0], "poste 2", report.Inventory{Category: "laptop"})
			w.two(t, d, registry.TwinsAfter)
			w.two(t, other, registry.TwinsAfter)
			var log strings.Builder
			if name != "erase" { // which forgets its name
				fleet.WithLog(slog.New(slog.NewTextHandler(&log, nil)))(w.Fleet)
			}
			if two := w.twins(t, d); two == nil || two.Times != registry.TwinsAfter || two.LeftOut != 12 || !two.Last.Equal(w.now) || !two.First.Equal(w.now.Add(-time.Hour)) {
				t.Fatalf("it is %+v", two)
			}
			if err := act(w, d); err != nil {
				t.Fatal(err)
			}
			if two := w.twins(t, d); two != nil {
				t.Errorf("it is two still: %+v", two)
			}
			if w.twins(t, other) == nil {
				t.Error("another device is no longer two")
			}
			if got := log.String(); name != "erase" && (strings.Count(got, "\n") != 1 || !strings.Contains(got, `level=INFO msg="a device is no longer taken for two machines" device=`+d.Name)) {
				t.Errorf("logged is %q", got)
			}
			acts, err := audit.Acts(context.Background(), w.store.Read, audit.Filter{What: "device " + name})
			if err != nil || len(acts) != 1 {
				t.Errorf("the audit log has %v, %v", acts, err)
			}
		})
	}
}

func TestLoneDeviceIsNotSaidToBeApart(t *testing.T) {
	w := open(t)
	_, sites := w.schools(t, "Région", 1)
	d := w.enrol(t, sites[0], "poste 1", report.Inventory{Category: "laptop"})
	wants(t, w.Apart(w.ctx, d.Name), "is not known to be two machines")
	w.two(t, d, registry.TwinsAfter-1) // not sure yet
	wants(t, w.Apart(w.ctx, d.Name), "is not known to be two machines")
	wants(t, w.Apart(w.ctx, "d-none"), "there is no device")
}

// Those of a list, of a site and of all tell the same.
func TestDevicesThatAreTwoAreFound(t *testing.T) {
	w := open(t)
	organisation, sites := w.schools(t, "Région", 2)
	all := []registry.Device{w.enrol(t, sites[0], "poste 1", report.Inventory{Category: "laptop"}), w.enrol(t, sites[1], "poste 2", report.Inventory{Category: "laptop"}), w.enrol(t, sites[1], "poste 3", report.Inventory{Category: "laptop"})}
	w.two(t, all[0], registry.TwinsAfter-1)
	w.two(t, all[1], registry.TwinsAfter+4)
	silence := registry.SilenceAt(calendar.Default(), w.where, w.now)
	found, err := w.registry.List(w.ctx, registry.Filter{Organisation: organisation, State: "twins"}, silence)
	if err != nil || len(found) != 1 || found[0].Name != all[1].Name || found[0].Twins == nil || found[0].Twins.Times != registry.TwinsAfter+4 {
		t.Errorf("found %+v, %v", found, err)
	}
	everything, err := w.registry.List(w.ctx, registry.Filter{Organisation: organisation}, silence)
	if err != nil || len(everything) != 3 || everything[0].Twins != nil || everything[1].Twins == nil || everything[2].Twins != nil {
		t.Errorf("listed %+v, %v", everything, err)
	}
	bySite, err := w.registry.TwinsBySite(w.ctx, organisation)
	if err != nil || len(bySite) != 1 || bySite[sites[1]] != 1 {
		t.Errorf("by site %v, %v", bySite, err)
	}
	if devices, leftOut, err := w.registry.CountTwins(w.ctx); err != nil || devices != 1 || leftOut != 12 {
		t.Errorf("%d devices with %d windows left out, %v", devices, leftOut, err)
	}
}
