package figures_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/report"
)

// Of a school that knows its holidays it is known at what hours its devices ran: one
// hour at ten in the morning is attended, one at three in the night is not. Of a school
// without a zone, and of a council, only bounds are known.
func TestWhatRunsWhileNobodyIsThereIsKnownByTheHour(t *testing.T) {
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	w := openAs(t, factor.Default(), footprint.Options{Territory: grid.MainlandFrance, Terms: calendar.Default(), Where: where})
	council := w.organisation(t, "Région", false)
	share := func(zone string, hours ...int) (low, value, high float64, byHour bool) {
		t.Helper()
		site := w.site(t, council, registry.Site{Name: fmt.Sprint("Lycée ", zone, hours), Kind: registry.Lycee, Zone: zone})
		d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2025, 9, 1, 8)))
		var windows []report.Window
		for day := 3; day <= 6; day++ { // Tuesday to Friday, with lessons
			for _, hour := range hours {
				windows = append(windows, report.Window{Start: w.at(2026, 11, day, hour), SpanS: 900, LoadMs: report.Loads{900_000}, CPUCapacityMs: 900_000})
			}
		}
		w.record(t, d, windows...)
		parts := w.school(t, site, 0).Parts
		if len(parts) != 1 {
			t.Fatalf("the parts are %+v", parts)
		}
		u := parts[0].Unattended
		return float64(u.Low), float64(u.Value), float64(u.High), parts[0].ByHour
	}
	if low, value, high, byHour := share("C", 10); low != 0 || value != 0 || high != 0 || !byHour {
		t.Errorf("in lessons: %v, %v, %v, by the hour: %v", low, value, high, byHour)
	}
	low, value, high, byHour := share("C", 3)
	if !(0 < low && low < value && value < high) || !byHour {
		t.Errorf("at night: %v, %v, %v, by the hour: %v", low, value, high, byHour)
	}
	if _, both, _, _ := share("C", 3, 10); !near(both, value) {
		t.Errorf("at night and in lessons: %v, at night alone %v", both, value)
	}
	if low, _, high, byHour := share("", 3); low != 0 || high <= 0 || byHour {
		t.Errorf("without a zone: %v to %v, by the hour: %v", low, high, byHour)
	}
	for _, p := range w.overview(t, council, 0).Parts {
		if p.ByHour {
			t.Errorf("of a council hours are read: %+v", p)
		}
	}
}
