package figures_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// Advice is ordered by what it really saves, whichever cause that is.
func TestDriverThatSavesMostComesFirst(t *testing.T) {
	w := open(t)
	council := w.organisation(t, "Département", false)
	daily := func(from time.Time, bin int) (all []report.Window) {
		for at := from; at.Before(w.now); at = at.AddDate(0, 0, 1) {
			all = append(all, running(at, at.Add(20*time.Hour), bin)...)
		}
		return all
	}
	for _, c := range []struct {
		first   string
		entry   registry.NewDevice
		windows []report.Window
	}{
		{"idle", registry.NewDevice{Category: equipment.Server, Population: equipment.Infrastructure, InService: w.at(1980, 8, 20, 8)}, daily(w.at(2026, 11, 16, 0), 0)},
		{"embodied", laptop(0, equipment.Individual, w.at(2025, 8, 20, 8)), running(w.at(2026, 11, 2, 8), w.at(2026, 11, 2, 12), 0)},
		{"standby", registry.NewDevice{Category: equipment.Desktop, Population: equipment.Shared, InService: w.at(1990, 8, 20, 8)}, []report.Window{away(w.at(2026, 9, 1, 0), w.now)}},
	} {
		t.Run(c.first, func(t *testing.T) {
			c.entry.Site = w.site(t, council, registry.Site{Name: c.first, Kind: registry.College})
			d := w.add(t, 1, c.entry)
			w.record(t, d, c.windows...)
			for what, drivers := range map[string][]view.Driver{"device": w.device(t, d.name, 0).Drivers, "school": w.school(t, c.entry.Site, 0).Drivers} {
				if len(drivers) == 0 || drivers[0].Kind != c.first {
					t.Errorf("%s: %+v", what, drivers)
				}
				if !slices.IsSortedFunc(drivers, func(a, b view.Driver) int { return int(b.Saves.Value - a.Saves.Value) }) {
					t.Errorf("%s: not by what they save: %+v", what, drivers)
				}
				for _, driver := range drivers {
					if driver.Saves.Value > driver.Yearly.Value || driver.Saves.Low < 0 || driver.Saves.Low > driver.Saves.Value || driver.Saves.Value > driver.Saves.High {
						t.Errorf("%s: saves %+v of %+v", what, driver.Saves, driver.Yearly)
					}
				}
			}
		})
	}
}

// Keeping a laptop of five years' life for a sixth saves a sixth of its yearly
// rate; idling for a tenth of the time costs what half of switching off saves.
func TestWhatActingSavesByHand(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Collège", Kind: registry.College})
	from := w.at(2026, 9, 1, 0)
	d := w.add(t, 1, laptop(site, equipment.Individual, from))
	w.record(t, d, append(running(w.at(2026, 11, 2, 8), w.at(2026, 11, 2, 18), 0), away(from, w.at(2026, 11, 2, 8)))...)
	saves := map[string]view.Driver{}
	for _, driver := range w.device(t, d.name, 0).Drivers {
		saves[driver.Kind] = driver
	}
	perYear := 8765.82 / w.now.Sub(from).Hours()
	off := w.at(2026, 11, 2, 8).Sub(from).Hours()
	idle := 10 * (5.3 + 14.7*0.025) // W at the middle of the lowest load class: 5.3 W idle, 20 W at full load (models/data/power.yaml)
	for _, c := range []struct {
		kind          string
		yearly, saves float64 // g
	}{
		{"embodied", 185_100 / 5.0, 185_100 / 5.0 / 6},
		{"idle", idle * 0.0442 * perYear, (idle - 10*0.3) / 2 * 0.0442 * perYear},
		{"standby", off * 0.3 * 0.0442 * perYear, off * 0.3 * 0.0442 * perYear},
	} {
		got := saves[c.kind]
		if !near(float64(got.Yearly.Value), c.yearly) || !near(float64(got.Saves.Value), c.saves) {
			t.Errorf("%s: %v g a year of which %v g are saved; want %v and %v", c.kind, got.Yearly.Value, got.Saves.Value, c.yearly, c.saves)
		}
	}
}

// A device that has served for less than four weeks: one lesson does not count as
// a year, neither in what it costs nor in what acting on it saves.
func TestLessThanFourWeeksIsNoYear(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Collège", Kind: registry.College})
	begin := w.now.Add(-time.Hour)
	d := w.add(t, 1, laptop(site, equipment.Shared, begin))
	w.record(t, d, running(begin, w.now, 0)...)
	v := w.device(t, d.name, 0)
	if v.Period.EnergyFrom.Modelled <= 0 || !near(float64(v.Device.Yearly.Energy.Value), 17_000) || v.Device.Yearly.EnergyFrom != (footprint.Provenance{Assumed: 17_000}) {
		t.Errorf("an hour of %+v makes a year of %+v", v.Period, v.Device.Yearly)
	}
	if !near(float64(v.Device.Yearly.Embodied.Value), 185_100/5) {
		t.Errorf("the embodied part of a year is %v g", v.Device.Yearly.Embodied.Value)
	}
	if len(v.Drivers) != 1 || v.Drivers[0].Kind != "embodied" {
		t.Errorf("an hour says that acting on it saves %+v", v.Drivers)
	}
	// Four weeks later its own use stands for a year.
	w.now = w.now.AddDate(0, 0, 28)
	w.record(t, d, away(begin.Add(time.Hour), w.now))
	v = w.device(t, d.name, 0)
	if v.Device.Yearly.EnergyFrom.Assumed > 1 || len(v.Drivers) != 3 {
		t.Errorf("after four weeks a year is %+v, and acting saves %+v", v.Device.Yearly, v.Drivers)
	}
}

func TestDevicesOfSchoolHeaviestFirst(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Collège", Kind: registry.College})
	for _, c := range []equipment.Category{equipment.Tablet, equipment.Server, equipment.Laptop, equipment.Desktop} {
		w.add(t, 1, registry.NewDevice{Site: site, Category: c, Population: equipment.Shared, InService: w.at(2025, 8, 20, 8), Label: "salle " + string(c)})
	}
	s := w.school(t, site, 0)
	if !slices.IsSortedFunc(s.Devices, func(a, b view.DeviceRow) int {
		return int(b.Yearly.Total().Value - a.Yearly.Total().Value)
	}) || s.Devices[0].Category != equipment.Server || s.Devices[0].Label != "salle server" || s.Devices[0].State != "agentless" {
		t.Errorf("devices are %+v", s.Devices)
	}
	if !slices.IsSortedFunc(s.Categories, func(a, b view.CategoryRow) int {
		return int(b.Period.Total().Value - a.Period.Total().Value)
	}) || s.Categories[0].Category != equipment.Server {
		t.Errorf("categories are %+v", s.Categories)
	}
}

// The last day of a device shows the windows of the 24 hours before its last one,
// each with its energy and where that is from.
func TestLastDayOfDevice(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Département", false), registry.Site{Name: "Collège", Kind: registry.College})
	d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2025, 8, 20, 8)))
	if v := w.device(t, d.name, 0); len(v.Windows) != 0 || len(v.Days) != 0 {
		t.Errorf("before its first report it has %+v, %+v", v.Windows, v.Days)
	}
	old := running(w.at(2026, 11, 18, 8), w.at(2026, 11, 18, 9), 0)
	last := running(w.at(2026, 11, 20, 8), w.at(2026, 11, 20, 9), 1)
	last[3].Energy = []report.Reading{{Source: "battery", Boundary: report.Battery, EnergyUJ: 9_000_000_000, CoveredMs: 900_000}}
	w.record(t, d, append(old, last...)...)
	v := w.device(t, d.name, 0)
	if len(v.Windows) != 4 || !v.Windows[0].Start.Equal(w.at(2026, 11, 20, 8)) || len(v.Days) != 2 {
		t.Fatalf("it has the windows %+v and %d days", v.Windows, len(v.Days))
	}
	metered := v.Windows[3]
	if metered.Energy.Value != 2.5 || metered.From.Measured != 2.5 || !slices.Equal(metered.Sources, []string{"battery"}) || !near(metered.Load, 0.025) {
		t.Errorf("the metered window is %+v", metered)
	}
	if first := v.Windows[0]; first.From.Measured != 0 || first.From.Modelled <= 0 || first.RunningMs != 900_000 {
		t.Errorf("the window without a meter is %+v", first)
	}
	if v.Lifetime.Value != 5 || v.InServiceFrom != registry.FromPurchase || v.Site.Name != "Collège" {
		t.Errorf("it is told as %+v", v)
	}
}
