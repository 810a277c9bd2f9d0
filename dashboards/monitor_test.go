package dashboards

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
)

func (w *world) monitor(ctx context.Context) (*view.Monitor, error) {
	if w.err != nil {
		return nil, w.err
	}
	own := view.OwnUse{Since: noon.Add(-w.up), UpMs: w.up.Milliseconds(), CPUMs: 36_000, Processors: 2, MemoryB: 50e6, DiskB: 3e6, Requests: 1200, SentB: 4e6, Pages: []view.PageWeight{{Page: "/sites/{id}", Answers: 3, MeanB: 9000, MostB: 12_000}}}
	return view.MonitorOf(ctx, alone{w}, own, time.UTC, noon)
}

// alone is the world without the organisation that cannot be read.
type alone struct{ *world }

func (a alone) Organisations(ctx context.Context) ([]view.Organisation, error) {
	all, err := a.world.Organisations(ctx)
	return all[:min(1, len(all))], err
}

func TestMonitorSaysWhatWatchingCosts(t *testing.T) {
	for _, c := range []struct {
		name string
		w    *world
		want []string
	}{
		{"a fleet", &world{name: "Région", devices: 80, up: 10 * time.Hour}, []string{"<h1>Surveiller ce parc demande", "de son empreinte.", "/sites/{id}", "network.fixed_line", "36 s, soit 0,10 % d’un cœur sur 2"}},
		{"just started", &world{name: "Région", devices: 80, up: time.Minute}, []string{"C’est peu pour parler d’une année : 60 s seulement"}},
		{"simulated only", &world{name: "Région", devices: 80, simulated: true, up: 10 * time.Hour}, []string{"<h1>Le collecteur demande", "aucun parc réel", "Région (simulé)"}},
		{"a school", &world{name: "Lycée", ownSites: []view.OwnSite{{ID: 1}}, up: 10 * time.Hour}, []string{"ou aucune ne vous est ouverte en entier"}},
	} {
		page := plainSpaces.Replace(c.w.get(t, "/monitor").Body.String())
		for _, want := range c.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", c.name, want)
			}
		}
	}
	if answer := (&world{err: errors.New("disk")}).get(t, "/monitor"); answer.Code != 500 {
		t.Errorf("what fails is answered %d", answer.Code)
	}
}

// What agents take is counted from the school year so far, what the collector takes
// from its time up; the sum is that of its parts.
func TestMonitorAddsUp(t *testing.T) {
	w := &world{name: "Région", devices: 80, up: time.Hour}
	m, err := w.monitor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	served, err := footprint.ServedEnergy(w.Factors(), 36*time.Second, 2)
	if err != nil {
		t.Fatal(err)
	}
	near := func(name string, got, want float64) {
		if math.Abs(got-want) > 1e-4*math.Abs(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	near("collector", float64(m.Collector.Value), 8766*float64(served.Value))
	days := noon.Sub(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24
	near("agents", float64(m.Agents.Value), 1000*365.25/days)
	near("sum", float64(m.Energy.High), float64(m.Agents.High+m.Network.High+m.Collector.High))
	near("share", m.Share, float64(m.Mass.Value/m.Fleet.Value))
}
