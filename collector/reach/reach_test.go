package reach_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/reach"
)

func TestReachContainsWhatItWasGiven(t *testing.T) {
	of := reach.Reach{Organisations: []int64{1}, Sites: []int64{20}}
	for p, want := range map[reach.Place]bool{
		{Organisation: 1}: true, {Organisation: 1, Site: 10}: true, {Organisation: 2, Site: 20}: true,
		{Organisation: 2}: false, {Organisation: 2, Site: 21}: false, {}: false,
	} {
		if of.Contains(p) != want {
			t.Errorf("%+v is within %+v: %v", p, of, !want)
		}
		if (reach.Reach{}).Contains(p) || !(reach.Reach{Everything: true}).Contains(p) {
			t.Errorf("%+v is within nothing, or not within everything", p)
		}
	}
}

// Without anybody the program itself asks; whoever is said to see nothing does not
// become it.
func TestContextWithoutReachIsTheProgramItself(t *testing.T) {
	if got := reach.Of(context.Background()); !got.Everything || got.SumsOnly {
		t.Errorf("the program sees %+v", got)
	}
	if got := reach.Of(reach.With(context.Background(), reach.Reach{})); got.Everything {
		t.Errorf("nobody sees %+v", got)
	}
}

// What SQL picks is what Contains says, for any reach.
func TestConditionPicksWhatIsWithin(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "x.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE sites (id INTEGER PRIMARY KEY, organisation INTEGER)"); err != nil {
		t.Fatal(err)
	}
	var all []reach.Place
	for site := int64(1); site <= 12; site++ {
		p := reach.Place{Organisation: site % 4, Site: site}
		all = append(all, p)
		if _, err := db.Exec("INSERT INTO sites VALUES (?, ?)", p.Site, p.Organisation); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := reach.Reach{
			Everything:    rapid.IntRange(0, 9).Draw(t, "everything") == 0,
			Organisations: rapid.SliceOfN(rapid.Int64Range(0, 5), 0, 3).Draw(t, "organisations"), Sites: rapid.SliceOfN(rapid.Int64Range(0, 14), 0, 4).Draw(t, "sites"),
		}
		condition, values := r.Condition("id")
		rows, err := db.Query("SELECT id FROM sites WHERE "+condition+" ORDER BY id", values...)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var got, want []int64
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			got = append(got, id)
		}
		for _, p := range all {
			if r.Contains(p) {
				want = append(want, p.Site)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v picks %v, want %v by %s", r, got, want, condition)
		}
	})
}
