package figures_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
	"github.com/ecoparc/ecoparc/models/report"
)

// model is a laptop of some name.
func model(site int64, name string, inService time.Time) registry.NewDevice {
	d := laptop(site, equipment.Shared, inService)
	d.Inventory = report.Inventory{Category: string(equipment.Laptop), Maker: "Alpha", Model: name}
	return d
}

// gone is a device that left.
func gone(d registry.NewDevice, at time.Time, to string) registry.NewDevice {
	d.Retired, d.Purchase.RetiredTo = at, to
	return d
}

// shop has two models: of Robuste one in thirty failed, of Fragile most have.
func shop(t testing.TB) (w *world, organisation, site int64) {
	t.Helper()
	w = open(t)
	organisation = w.organisation(t, "Région", false)
	site = w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	bought := w.at(2021, 9, 1, 8)
	sturdy, fragile := model(site, "Robuste", bought), model(site, "Fragile", bought)
	sturdy.Purchase = registry.Purchase{PriceCents: 60_000, Acquisition: "new"}
	w.add(t, 29, sturdy)
	w.add(t, 1, gone(sturdy, w.at(2024, 6, 1, 8), "recycling"))
	w.add(t, 12, fragile)
	for i := range 18 {
		w.add(t, 1, gone(fragile, w.at(2023, 2, 1, 8).AddDate(0, i, 0), "recycling"))
	}
	w.add(t, 3, model(site, "Rare", bought))
	return w, organisation, site
}

func products(t testing.TB, w *world, organisation int64) map[string]*view.ProductRow {
	t.Helper()
	v, err := w.Products(context.Background(), organisation, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*view.ProductRow{}
	for _, r := range v.Products {
		all[r.Model] = r
	}
	if len(all) != len(v.Products) {
		t.Errorf("a model stands twice among %d", len(v.Products))
	}
	return all
}

func TestModelsCountTheirFailures(t *testing.T) {
	w, organisation, site := shop(t)
	if r := products(t, w, organisation)["Robuste"]; r.Failures != nil {
		t.Errorf("nobody records repairs, and it fails %+v", r.Failures)
	}
	on := func(year, month, day int) calendar.Day { return calendar.Date(year, time.Month(month), day) }
	broken := model(site, "Fragile", w.at(2021, 9, 1, 8))
	broken.Repairs = []registry.Repair{
		{On: on(2025, 10, 1), Part: lifespan.Battery, Outcome: registry.Repaired, CostCents: 8000},
		{On: on(2025, 10, 1), Part: lifespan.Fan, Outcome: registry.Repaired}, // of the same failure
		{On: on(2026, 3, 1), Part: lifespan.Battery, Outcome: registry.NotRepairable},
	}
	w.add(t, 2, broken)
	all := products(t, w, organisation)
	since := w.at(2025, 9, 1, 0)
	f := all["Fragile"].Failures
	if f == nil || f.Failures != 4 || !f.Since.Equal(since) || !near(f.DeviceYears, 14*lifespan.Years(w.now.Sub(since))) || f.PerHundred != lifespan.FailureRate(4, f.DeviceYears) {
		t.Fatalf("it fails %+v", f)
	}
	if want := []view.PartFailures{{Part: lifespan.Battery, Count: 4, NotRepairable: 2, Costed: 2, Cost: 160}, {Part: lifespan.Fan, Count: 2}}; !slices.Equal(f.Parts, want) {
		t.Errorf("of it fail %+v", f.Parts)
	}
	if none := all["Robuste"].Failures; none == nil || none.Failures != 0 || none.PerHundred.High <= 0 || len(none.Parts) != 0 {
		t.Errorf("the other fails %+v", none)
	}
}

func TestModelThatFailsMoreOftenIsTold(t *testing.T) {
	w, organisation, site := shop(t)
	all := products(t, w, organisation)
	sturdy, fragile, rare := all["Robuste"], all["Fragile"], all["Rare"]
	if sturdy.Verdict != view.ServesLonger || fragile.Verdict != view.ServesShorter || rare.Verdict != view.TooFew {
		t.Errorf("verdicts are %s, %s and %s", sturdy.Verdict, fragile.Verdict, rare.Verdict)
	}
	if fragile.Devices != 12 || fragile.Left != (view.Left{Recycling: 18}) || fragile.Served.Ended != 18 || fragile.Watched != 30 {
		t.Errorf("of the fragile ones it says %+v", fragile)
	}
	if p := sturdy.Price; p == nil || p.Devices != 30 || p.Mean != 600 || fragile.Price != nil {
		t.Errorf("prices are %+v and %+v", sturdy.Price, fragile.Price)
	}
	v, err := w.Product(context.Background(), organisation, fragile.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if v.Curve == nil || v.Curve.Ended != 18 || v.Others == nil || v.Others.Devices != 33 || len(v.Sites) != 1 || v.Sites[0].ID != site || v.Sites[0].Devices != 12 {
		t.Errorf("the fragile one is %+v", v)
	}
	if _, err := w.Product(context.Background(), organisation, 999, 0); err != view.ErrNotFound {
		t.Errorf("a model that is not there: %v", err)
	}
	other := w.organisation(t, "Autre", false)
	if _, err := w.Product(context.Background(), other, fragile.ID, 0); err != view.ErrNotFound {
		t.Errorf("a model of another organisation: %v", err)
	}
}

func TestReusedLostAndErasedDevicesHaveNotFailed(t *testing.T) {
	w, organisation, site := shop(t)
	for _, to := range []string{"reuse", "lost", ""} {
		w.add(t, 4, gone(model(site, "Robuste", w.at(2021, 9, 1, 8)), w.at(2024, 6, 1, 8), to))
	}
	erased := w.add(t, 1, model(site, "Robuste", w.at(2021, 9, 1, 8)))
	if _, err := ledger.Erase(context.Background(), w.store, w.where, erased.name, w.now); err != nil {
		t.Fatal(err)
	}
	r := products(t, w, organisation)["Robuste"]
	if want := (view.Left{Recycling: 1, Reuse: 4, Lost: 4, NotRecorded: 4}); r.Left != want || r.Served.Ended != 5 || r.Devices != 29 {
		t.Errorf("left are %+v, of which %d ended; %d serve", r.Left, r.Served.Ended, r.Devices)
	}
}

// A device that was there before anybody looked counts from then on: that it lived so
// long says nothing of those that did not.
func TestLivesCountFromWhenTheyAreWatched(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", false)
	site := w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	w.add(t, 30, model(site, "Ancien", w.at(2015, 9, 1, 8)))
	w.add(t, 1, gone(model(site, "Ancien", w.at(2015, 9, 1, 8)), w.at(2025, 10, 1, 8), "recycling"))
	v, err := w.Products(context.Background(), organisation, 0)
	if err != nil || v.SinceDay != "2025-09-01" {
		t.Fatalf("watched since %s, %v", v.SinceDay, err)
	}
	p, err := w.Product(context.Background(), organisation, v.Products[0].ID, 0)
	if err != nil || p.Curve == nil || math.Abs(float64(p.Curve.From)-10) > 0.01 {
		t.Errorf("the curve begins at %+v, %v", p.Curve, err)
	}
}

func TestPricesAreForBuyers(t *testing.T) {
	w, organisation, _ := shop(t)
	ctx := view.WithUser(context.Background(), view.User{Name: "élue", Opens: func(path string) bool { return path != fmt.Sprintf("/organisations/%d/procurement", organisation) }})
	v, err := w.Products(ctx, organisation, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range v.Products {
		if r.Price != nil {
			t.Errorf("%s shows a price", r.Model)
		}
		p, err := w.Product(ctx, organisation, r.ID, 0)
		if err != nil || p.Product.Price != nil {
			t.Errorf("the page of %s shows a price, %v", r.Model, err)
		}
	}
}

func TestBatteriesOfAModelAge(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", true)
	site := w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	d := model(site, "Cahier", w.at(2024, 11, 23, 8))
	d.HasAgent, d.LastSeen = true, w.now
	for i, fullMWh := range []int64{50_000, 47_000, 44_000} {
		d.Capacities = append(d.Capacities, lifespan.Capacity{On: w.at(2024, 11, 25, 8).AddDate(i*9/10, 0, 0), FullMWh: fullMWh, DesignMWh: 50_000})
	}
	w.add(t, 6, d)
	b := products(t, w, organisation)["Cahier"].Battery
	if b == nil || b.Batteries != 6 || b.Aged != 6 || math.Abs(b.Now.Value-0.88) > 1e-9 || b.LossPerYear.Value < 0.05 || b.LossPerYear.Value > 0.14 || b.Worn != 0 {
		t.Errorf("batteries age as %+v", b)
	}
}

func TestPlanAndSharesOfPurchases(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", false)
	site := w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	old := model(site, "Vieux", w.at(2020, 9, 1, 8))
	w.add(t, 10, old)
	young := model(site, "Neuf", w.at(2026, 1, 15, 8))
	young.Purchase = registry.Purchase{PriceCents: 40_000, Acquisition: "new"}
	w.add(t, 15, young)
	second := model(site, "Revenu", w.at(2026, 2, 15, 8))
	second.Purchase.Acquisition = "reconditioned"
	w.add(t, 5, second)
	w.add(t, 3, gone(old, w.at(2026, 6, 1, 8), "reuse"))
	w.add(t, 1, gone(old, w.at(2026, 6, 2, 8), "recycling"))
	w.add(t, 2, gone(old, w.at(2026, 6, 2, 8), ""))

	p, err := w.Procurement(context.Background(), organisation, renewal.Policy{LongerYears: 1, Reconditioned: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	if p.Devices != 30 || p.Before[0].Due != 10 || p.Before[0].New != 10 {
		t.Errorf("of %d devices, %+v", p.Devices, p.Before[0])
	}
	// Six years are reached on 1 September 2026, in this school year too.
	if y := p.After[0]; y.New != 5 || y.Reconditioned != 5 || y.Money.Value != 5*400+5*280 {
		t.Errorf("the plan is %+v", y)
	}
	if k := p.Kinds[0]; len(p.Kinds) != 1 || k.Own != 15 || k.Price.Value != 400 || k.Price.From != "own purchases" {
		t.Errorf("it reckons with %+v", p.Kinds)
	}
	if p.Rate.Carbon.Saved.Value <= 0 || len(p.Measures) != 3 || p.Measures[0].Rate.Carbon.Saved.Low <= 0 {
		t.Errorf("it saves %+v by %+v", p.Rate, p.Measures)
	}
	if b := p.Bought[0]; b != (view.BoughtYear{Year: 2026, New: 15, Reconditioned: 5}) {
		t.Errorf("bought are %+v", b)
	}
	if share, ok := p.Bought[0].SecondHand(); !ok || share != 0.25 {
		t.Errorf("the share of second hand is %v", share)
	}
	if g := p.Gone[0]; g.Left != (view.Left{Reuse: 3, Recycling: 1, NotRecorded: 2}) || g.Asked == nil || g.Asked.Value != 0.5 {
		t.Errorf("gone are %+v", g)
	}
	if share, ok := p.Gone[0].Reused(); !ok || share != 0.75 {
		t.Errorf("the share of reuse is %v", share)
	}
	if len(p.Candidates) != 1 || p.Candidates[0].Devices != 10 || p.Candidates[0].Place != "Lycée" || p.Candidates[0].By != "reconditioned" || p.Candidates[0].PerEuro <= 0 {
		t.Errorf("the first to replace are %+v", p.Candidates)
	}
	if a := p.Ages[0]; a.Devices != 30 || a.ByAge[0] != 20 || a.ByAge[6] != 10 || a.Due[0].InYear != 10 {
		t.Errorf("ages are %+v", a)
	}
	lot := view.TenderOf(p).Lots[0]
	if lot.Category != equipment.Laptop || lot.New != 5 || lot.Reconditioned != 5 || lot.Embodied.Value <= 0 {
		t.Errorf("the appendix asks for %+v", lot)
	}
}

func TestNothingIsPlannedOfAnEmptyOrganisation(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", false)
	p, err := w.Procurement(context.Background(), organisation, renewal.Policy{})
	if err != nil || p.Devices != 0 || len(p.Candidates) != 0 || p.Rate.Money.Before.Value != quantity.Euros(0) {
		t.Errorf("the plan is %+v, %v", p, err)
	}
	if v, err := w.Products(context.Background(), organisation, 0); err != nil || len(v.Products) != 0 || v.Since != calendar.SchoolYear(2026).From {
		t.Errorf("its models are %+v, %v", v, err)
	}
}

func TestOnlyModelOfItsCategoryIsComparedWithNone(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", false)
	site := w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	w.add(t, 30, model(site, "Seul", w.at(2021, 9, 1, 8)))
	w.add(t, 9, gone(model(site, "Seul", w.at(2021, 9, 1, 8)), w.at(2025, 9, 1, 8), "recycling"))
	if r := products(t, w, organisation)["Seul"]; r.Verdict != view.Alone || r.Served.Ended != 9 {
		t.Errorf("it is told as %+v", r)
	}
}

func TestWornBatteriesAreToldBySchool(t *testing.T) {
	w := open(t)
	organisation := w.organisation(t, "Région", true)
	site := w.site(t, organisation, registry.Site{Name: "Lycée", Kind: registry.Lycee})
	for _, fullMWh := range []int64{35_000, 42_000, 49_500} { // worn; 8 % a year, so by summer; good
		d := model(site, "Cahier", w.at(2024, 11, 23, 8))
		d.HasAgent, d.LastSeen = true, w.now
		d.Capacities = []lifespan.Capacity{{On: w.at(2026, 11, 16, 8), FullMWh: fullMWh, DesignMWh: 50_000}}
		w.add(t, 1, d)
	}
	p, err := w.Procurement(context.Background(), organisation, renewal.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Batteries != (view.Batteries{Known: 3, Worn: 1, Soon: 1, At: 0.8, Every: 1}) {
		t.Errorf("batteries are %+v", p.Batteries)
	}
	if len(p.Worn) != 1 || p.Worn[0].Place != "Lycée" || p.Worn[0].Model != "Cahier" || p.Worn[0].Known != 3 || p.Worn[0].Worn != 1 || p.Worn[0].Soon != 1 {
		t.Errorf("worn are %+v", p.Worn)
	}
}
