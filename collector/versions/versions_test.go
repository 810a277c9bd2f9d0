package versions_test

import (
	"context"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/figures"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/collector/versions"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }

// world is a council of one school, with a clock that the test turns.
type world struct {
	store        *store.Store
	registry     *registry.Registry
	ledger       *ledger.Ledger
	where        *time.Location
	now          time.Time
	organisation int64
	laptops      registry.NewDevice
}

func open(t *testing.T) *world {
	t.Helper()
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t)
	w := &world{store: s, registry: registry.Open(s), ledger: ledger.Open(s, where, false), where: where, now: time.Date(2026, 11, 23, 10, 0, 0, 0, where)}
	t.Cleanup(w.ledger.Close)
	o, err := w.registry.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := w.registry.AddSites(t.Context(), o.ID, []registry.Site{{Name: "Lycée", Kind: registry.Lycee, Pupils: 10}})
	if err != nil {
		t.Fatal(err)
	}
	w.organisation = o.ID
	w.laptops = registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: time.Date(2024, 9, 2, 8, 0, 0, 0, where)}
	w.add(t, 10)
	return w
}

func (w *world) add(t *testing.T, n int) registry.DeviceKey {
	t.Helper()
	all := make([]registry.NewDevice, n)
	for i := range all {
		all[i] = w.laptops
	}
	keys, err := w.registry.AddDevices(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return keys[0]
}

// report makes the school year from 2025 one that has data.
func (w *world) report(t *testing.T) {
	t.Helper()
	r := &report.Report{Schema: report.Schema, Windows: []report.Window{{Start: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), SpanS: 900, OffMs: 900_000}}}
	if _, err := w.ledger.Record(t.Context(), ledger.Device(w.add(t, 1)), r, w.now); err != nil {
		t.Fatal(err)
	}
}

// with is a collector that was started with some factors of the administrator's.
func (w *world) with(t *testing.T, own string, method impact.Method) *versions.Versions {
	t.Helper()
	table := factor.Default()
	if own != "" {
		var err error
		if table, err = table.With("own.yaml", []byte("sources:\n  own: {title: Own, publisher: Us, year: 2026, url: \"https://example.org\", licence: none}\nrows:\n"+own)); err != nil {
			t.Fatal(err)
		}
	}
	model, err := footprint.New(table, footprint.Options{Territory: grid.MainlandFrance, Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return versions.Open(w.store, figures.New(w.registry, w.ledger, model, w.where, func() time.Time { return w.now }), versions.Options{Method: model.Method(), Territory: model.Territory()}, func() time.Time { return w.now })
}

func keep(t *testing.T, v *versions.Versions) {
	t.Helper()
	if err := v.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func changes(t *testing.T, v *versions.Versions) []view.ModelChange {
	t.Helper()
	all, err := v.ModelChanges(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const heavier = "  - {key: embodied.laptop, value: 370.2, low: 270, high: 520, unit: kgCO2e, interval: one value, source: own, page: own.yaml, verified: no}\n"

// The figure before a change and the one after it differ by the change alone, whatever
// else came in between two times that figures are kept.
func TestChangeOfAFactorIsToldWithWhatItMoved(t *testing.T) {
	w := open(t)
	w.report(t)
	before := w.with(t, "", impact.ADEME)
	keep(t, before)
	if all := changes(t, before); len(all) != 0 {
		t.Fatalf("nothing has changed, and it says %+v", all)
	}
	w.add(t, 9) // bought meanwhile: the last figure before the change has them
	w.now = w.now.AddDate(0, 0, 2)
	keep(t, before)
	w.now = w.now.Add(time.Hour)
	after := w.with(t, heavier, impact.ADEME)
	keep(t, after)
	first := changes(t, after)
	w.add(t, 20) // later: the first figure after the change does not
	w.now = w.now.AddDate(0, 0, 2)
	keep(t, after)

	all := changes(t, after)
	if len(all) != 1 || len(all[0].Figures) != 1 || len(all[0].Factors) != 1 {
		t.Fatalf("it says %+v", all)
	}
	c, f := all[0], all[0].Figures[0]
	if row := c.Factors[0]; row.Key != "embodied.laptop" || row.Was.Value != 185.1 || row.Now.Value != 370.2 || row.Unit != "kgCO2e" {
		t.Errorf("the row is %+v", row)
	}
	if !c.Since.Equal(w.now.AddDate(0, 0, -2)) || c.From.Factors == c.To.Factors || c.From.Version != c.To.Version || c.To.Method != impact.ADEME {
		t.Errorf("since %s, from %+v to %+v", c.Since, c.From, c.To)
	}
	// Of 20 laptops for 10 pupils: 185.1 kg over 5 years, and twice that.
	if moved := float64(f.Now.Value - f.Was.Value); moved < 2*185_100/5*0.999 || moved > 2*185_100/5*1.001 {
		t.Errorf("it went from %+v to %+v: %v g more", f.Was, f.Now, moved)
	}
	if f.Organisation != w.organisation || f.Name != "Région" || f.SchoolYear != 2025 || f.Per != "pupil" || len(f.Keys) != 1 || f.Keys[0] != "embodied.laptop" {
		t.Errorf("the figure is %+v", f)
	}
	if first[0].Figures[0].Now != f.Now {
		t.Errorf("what came later moved it from %+v to %+v", first[0].Figures[0].Now, f.Now)
	}
	elsewhere := reach.With(context.Background(), reach.Reach{Organisations: []int64{99}})
	if hidden, err := after.ModelChanges(elsewhere); err != nil || len(hidden) != 1 || len(hidden[0].Figures) != 0 {
		t.Errorf("somebody of elsewhere sees %+v, %v", hidden, err)
	}
}

// A row that the figure does not stand on is a change of the model that moves nothing;
// rows that are new or gone are told as such, and going back is a change too.
func TestChangesThatMoveNothingAndGoingBack(t *testing.T) {
	w := open(t)
	w.report(t)
	plain, own := w.with(t, "", impact.ADEME), w.with(t, "  - {key: electricity, value: 99, low: 90, high: 120, unit: gCO2e/kWh, interval: one value, region: FR-974, from: 2035-01-01, to: 2035-12-31, source: own, page: own.yaml, verified: no}\n", impact.ADEME)
	for _, v := range []*versions.Versions{plain, own, plain} {
		keep(t, v)
		w.now = w.now.Add(time.Hour)
	}
	all := changes(t, plain)
	if len(all) != 2 || len(all[0].Figures) != 1 || len(all[1].Figures) != 1 {
		t.Fatalf("it says %+v", all)
	}
	for _, c := range all {
		if f := c.Figures[0]; f.Was != f.Now || len(f.Keys) != 0 {
			t.Errorf("another territory's electricity moved them: %+v", f)
		}
	}
	if back, there := all[0].Factors[0], all[1].Factors[0]; back.Was == nil || back.Now != nil || there.Was != nil || there.Now.Value != 99 || there.Region != "FR-974" || there.From != "2035-01-01" {
		t.Errorf("the row came as %+v and went as %+v", there, back)
	}
}

// Where no school year is over, the current one is kept; when it is over, a change is
// still told of the year that both models know.
func TestFirstYearIsComparedToo(t *testing.T) {
	w := open(t)
	before := w.with(t, "", impact.ADEME)
	keep(t, before)
	keep(t, before)
	w.now = time.Date(2027, 9, 10, 10, 0, 0, 0, w.where)
	w.report(t) // from now on, earlier school years have data
	after := w.with(t, heavier, impact.ADEME)
	keep(t, after)
	all := changes(t, after)
	if len(all) != 1 || len(all[0].Figures) != 1 || all[0].Figures[0].SchoolYear != 2026 || all[0].Figures[0].Now.Value <= all[0].Figures[0].Was.Value {
		t.Fatalf("it says %+v", all)
	}
}

// An overview that is still another model's is not kept as this one's.
func TestOldAnswerIsNotKeptAsANewOne(t *testing.T) {
	w := open(t)
	v := versions.Open(w.store, renewed{}, versions.Options{Method: impact.ADEME}, func() time.Time { return w.now })
	keep(t, v)
	var kept int
	if err := w.store.Read.QueryRow("SELECT count(*) FROM model_figures").Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d figures are kept, %v", kept, err)
	}
}

// renewed are figures whose overview is about to be computed anew.
type renewed struct{ versions.Figures }

func (renewed) Basis() (rules, details string) { return "model 9", "" }
func (renewed) SchoolYear(int) int             { return 2026 }
func (renewed) Factors() *factor.Table         { return factor.Default() }
func (renewed) Organisations(context.Context) ([]view.Organisation, error) {
	return []view.Organisation{{ID: 1, Name: "Région", Devices: 5000}}, nil
}
func (renewed) Overview(context.Context, int64, int) (*view.Overview, error) {
	o := &view.Overview{}
	o.Renewal = &view.Renewal{}
	o.Headline.Devices = 5000
	return o, nil
}
