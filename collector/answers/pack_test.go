package answers

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// full is an answer with something in every part, and zeros where a zero differs from
// nothing.
func full(sites int) *view.Overview {
	none, zero := grid.MarketGrams(0), quantity.Interval[float64]{}
	o := &view.Overview{Fleet: view.Fleet{
		Scope:       view.Scope{SchoolYear: 2026, SchoolYears: []int{2026}, From: calendar.Date(2026, 9, 1), To: calendar.Date(2026, 11, 24), AsOf: start, FactorsVersion: "abc"},
		Categories:  []view.CategoryRow{{Category: equipment.Laptop, Population: equipment.Individual, Devices: 3}},
		Months:      []view.MonthRow{{Month: calendar.Date(2026, 9, 1), Label: "2026-09", Revised: start}},
		Criteria:    []view.CriterionRow{{Unit: "kg", Embodied: &zero}},
		Steps:       []view.StepRow{{Mass: &footprint.Mass{}}, {}},
		Electricity: view.Electricity{ByOffer: &none},
		Waterfall:   &profile.Waterfall{Steps: []profile.Step{{Driver: profile.Devices}}},
		Conformity:  profile.Tally{Devices: 2, Classes: map[profile.Class]int64{profile.ClassFits: 2}},
	}}
	for i := range sites {
		h := view.Headline{
			Per: "pupil", Pupils: int64(i), Yearly: footprint.Figure{DeviceYears: float64(i), Lives: 1.0 / float64(i+1)}, FactorKeys: []string{"a", fmt.Sprint("b", i%2)},
			Profiles: factor.Default().Profiles[:1+i%2],
		}
		if i%3 == 0 {
			h.Beside = []view.Against{{Profiles: factor.Default().Profiles[:2]}}
		}
		o.Sites = append(o.Sites, view.SiteRow{ID: int64(i), Name: fmt.Sprint("Lycée ", i), Kind: "lycee", Headline: h})
	}
	return o
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPackedAnswerComesBackWhole(t *testing.T) {
	want := full(7)
	body, err := pack(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpack(body)
	if err != nil {
		t.Fatal(err)
	}
	if g, w := text(t, got), text(t, want); g != w {
		t.Errorf("got  %s\nwant %s", g, w)
	}
	// What JSON leaves out.
	if got.Scope.From != want.Scope.From || got.Scope.To != want.Scope.To || got.Months[0].Month != want.Months[0].Month {
		t.Errorf("got %+v, want %+v", got.Scope, want.Scope)
	}
	if want.Sites[0].Headline.Profiles == nil || want.Sites[0].Headline.Beside[0].Profiles == nil {
		t.Error("packing took the answer apart")
	}
}

// A cold page of 5,000 schools is read within its 500 ms, with room for the rest.
func TestLargeAnswerIsSmallOnDisk(t *testing.T) {
	body, err := pack(full(5000))
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 1<<20 {
		t.Errorf("an answer of 5000 schools takes %d bytes", len(body))
	}
}

func BenchmarkUnpack5000Sites(b *testing.B) {
	body, err := pack(full(5000))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(body)), "B")
	for b.Loop() {
		if _, err := unpack(body); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	body, err := pack(full(4))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add(body[:len(body)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := unpack(body)
		if err == nil {
			_ = text(t, o.Scope.AsOf.Truncate(time.Second).Unix()) // usable
		}
	})
}
