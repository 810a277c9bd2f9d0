package view_test

import (
	"fmt"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/compare"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// school is one with pupils, a footprint for each and silent ones among ten agents.
func school(id int64, kind string, pupils int64, kgPerPupil float64, silent int64) view.SiteRow {
	s := view.SiteRow{ID: id, Name: fmt.Sprintf("%s %02d", kind, id), Kind: kind, Coverage: view.Coverage{Devices: 10, Reporting: 10 - silent, Silent: silent}}
	s.Headline = view.Headline{Per: "pupil", Pupils: pupils, Devices: 10, Yearly: footprint.Figure{Embodied: quantity.Exactly(quantity.Grams(1000 * kgPerPupil))}}
	return s
}

// council has 20 collèges around 10 kg for a pupil, 3 lycées, and one school without pupils.
func council() *view.Overview {
	o := new(view.Overview)
	for i := range int64(20) {
		o.Sites = append(o.Sites, school(i, "college", 250+20*i, 10+float64(i%5-2)*0.4, i%4))
	}
	for i := range int64(3) {
		o.Sites = append(o.Sites, school(20+i, "lycee", 1000, 40, 0))
	}
	return &view.Overview{Sites: append(o.Sites, school(23, "college", 0, 0, 0))}
}

func TestSmallSchoolIsNotShamedByChance(t *testing.T) {
	o := council()
	o.Sites[0] = school(0, "college", 8, 16, 0)     // small: a device more
	o.Sites[1] = school(1, "college", 900, 16, 0)   // large and as far away
	o.Sites[2] = school(2, "college", 900, 3.99, 0) // large and light
	all := view.CompareSchools(o, view.Alike{})
	places := map[int64]compare.Place{}
	for _, s := range all.Schools {
		places[s.ID] = s.Place
		if (s.Excess != nil) != (s.Place == compare.Above || s.Place == compare.FarAbove) {
			t.Errorf("%s is %s with an excess of %v", s.Name, s.Place, s.Excess)
		}
	}
	for id, want := range map[int64]compare.Place{0: compare.Within, 20: compare.NotPlaced, 23: compare.NotPlaced} {
		if places[id] != want {
			t.Errorf("school %d is %s, want %s", id, places[id], want)
		}
	}
	if p := places[1]; p != compare.Above && p != compare.FarAbove {
		t.Errorf("the large one is %s", p)
	}
	if p := places[2]; p != compare.Below && p != compare.FarBelow {
		t.Errorf("the light one is %s", p)
	}
	if len(all.Funnels) != 1 || all.Funnels[0].Kind != "college" || all.Funnels[0].Schools != 20 || all.Funnels[0].Above != 1 || all.Funnels[0].Below != 1 {
		t.Errorf("funnels: %+v", all.Funnels)
	}
	if first := all.Schools[0]; first.ID != 1 {
		t.Errorf("the first is %s", first.Name)
	}
}

func TestAlikeSchoolsAreCompared(t *testing.T) {
	for _, c := range []struct {
		alike view.Alike
		want  int
	}{
		{view.Alike{}, 24},
		{view.Alike{Kind: "lycee"}, 3},
		{view.Alike{Kind: "other"}, 0},
		{view.Alike{Kind: "college", Size: "small"}, 3},   // 250, 270 and 290 pupils
		{view.Alike{Kind: "college", Size: "medium"}, 15}, // 310 to 590
		{view.Alike{Size: "largest"}, 3},
		{view.Alike{Kind: "college", Covered: true}, 16}, // those with 3 in 10 silent are not
	} {
		if all := view.CompareSchools(council(), c.alike); len(all.Schools) != c.want {
			t.Errorf("%+v: %d schools, want %d", c.alike, len(all.Schools), c.want)
		}
	}
}

func TestSchoolIsComparedWithItsLike(t *testing.T) {
	o := council()
	if like := view.LikeSchools(o, 5); like == nil || like.Size != "medium" || like.Schools != 15 || like.Place != compare.Within {
		t.Errorf("of its size: %+v", like)
	}
	// Three are of its size: all sizes are compared.
	if like := view.LikeSchools(o, 0); like == nil || like.Size != "" || like.Schools != 20 || like.Quartiles.Median != 10_000 {
		t.Errorf("of all sizes: %+v", like)
	}
	for _, id := range []int64{20, 99} {
		if like := view.LikeSchools(o, id); like != nil {
			t.Errorf("school %d: %+v", id, like)
		}
	}
}
