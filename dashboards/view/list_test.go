package view_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// Turning the pages of a list shows each row that it holds once, in order.
func TestPagesOfAListShowEachRowOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sites := make([]view.SiteRow, rapid.IntRange(0, 250).Draw(t, "sites"))
		for i := range sites {
			sites[i] = view.SiteRow{ID: int64(i), Name: rapid.SampledFrom([]string{"Lycée A", "Collège B"}).Draw(t, "name"), Coverage: view.Coverage{Devices: rapid.Int64Range(0, 3).Draw(t, "devices")}}
		}
		l := view.List{Sort: rapid.SampledFrom(view.SiteOrders).Draw(t, "sort"), Find: rapid.SampledFrom([]string{"", "lycee", "COLLÈGE", "none"}).Draw(t, "find")}
		const length = 100
		seen := map[int64]bool{}
		_, whole := view.ListSites(sites, l, length)
		var before *view.SiteRow
		for l.Page = 1; l.Page <= whole.Pages; l.Page++ {
			rows, part := view.ListSites(sites, l, length)
			if part.Page != l.Page || len(rows) > length || len(rows) < length && l.Page < whole.Pages {
				t.Fatalf("page %d of %+v has %d rows", l.Page, part, len(rows))
			}
			for _, r := range rows {
				if seen[r.ID] {
					t.Fatalf("site %d comes twice", r.ID)
				}
				seen[r.ID] = true
				if before != nil && (l.Sort == "devices" && r.Coverage.Devices > before.Coverage.Devices || l.Sort == "name" && r.Name < before.Name) {
					t.Fatalf("%+v comes after %+v", r, before)
				}
				before = r
			}
		}
		want := 0
		for _, s := range sites {
			if l.Find == "" || l.Find == "lycee" && s.Name == "Lycée A" || l.Find == "COLLÈGE" && s.Name == "Collège B" {
				want++
			}
		}
		if len(seen) != want || whole.Found != want {
			t.Fatalf("%d rows and %d found, want %d", len(seen), whole.Found, want)
		}
		if _, part := view.ListSites(sites, view.List{Page: whole.Pages + 1000}, length); part.Page != 1 {
			t.Fatalf("a page that does not exist is page %d", part.Page)
		}
	})
}

func TestSitesAreFoundByNameAndUAI(t *testing.T) {
	sites := []view.SiteRow{{Name: "Collège de l’Œuvre", UAI: "0750001U"}, {Name: "Lycée François-Villon", UAI: "0750690K"}}
	for find, want := range map[string]int{"": 2, "francois": 1, "FRANÇOIS": 1, " l'oeuvre ": 1, "0750": 2, "690k": 1, "x": 0} {
		if rows, _ := view.ListSites(sites, view.List{Find: find}, 10); len(rows) != want {
			t.Errorf("%q finds %d, want %d", find, len(rows), want)
		}
	}
}

func TestDevicesAreListedInEachOrder(t *testing.T) {
	old, heavy, hungry, silent := "old", "heavy", "hungry", "a silent one"
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	all := []view.DeviceRow{
		{Label: old, AgeYears: 9, LastSeen: now},
		{Label: heavy, LastSeen: now, Yearly: footprint.Figure{Embodied: footprint.Mass{Value: 50}}},
		{Label: hungry, LastSeen: now, Yearly: footprint.Figure{Energy: footprint.Energy{Value: 50}}},
		{Label: silent},
	}
	first := map[string]string{"footprint": heavy, "energy": hungry, "age": old, "device": silent, "seen": silent, "": heavy, "unknown": heavy}
	for order, want := range first {
		if rows, _ := view.ListDevices(all, view.List{Sort: order}, 10); rows[0].Label != want {
			t.Errorf("by %q %q comes first, want %q", order, rows[0].Label, want)
		}
	}
	for _, order := range view.DeviceOrders {
		if first[order] == "" {
			t.Error("not tested:", order)
		}
	}
	if labels := fmt.Sprint(slices.Collect(func(yield func(string) bool) {
		for _, d := range all {
			yield(d.Label)
		}
	})); labels != fmt.Sprint([]string{old, heavy, hungry, silent}) {
		t.Errorf("listing changed the order of what is listed: %s", labels)
	}
}
