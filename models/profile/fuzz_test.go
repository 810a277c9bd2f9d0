package profile_test

import (
	"io/fs"
	"maps"
	"math"
	"testing"
	"testing/fstest"

	"github.com/ecoparc/ecoparc/models/data"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/profile"
)

// A profile that the loader accepts gives a reference, and the reference compares
// with itself and with a device: a mistake is told when the file is read, never by
// a page.
func FuzzProfileFile(f *testing.F) {
	shipped, err := fs.ReadFile(data.Files, "profiles.yaml")
	if err != nil {
		f.Fatal(err)
	}
	names, err := fs.Glob(data.Files, "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(data.Files, name)
		if err != nil {
			f.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	f.Add(string(shipped))
	f.Add("profiles: [{key: a, from: 2024-02-29, kind: laptop, embodied: embodied.laptop, use: use.laptop, source: ccf, expected_life_years: {low: 0.5, value: 30, high: 30, interval: i}}]")
	f.Add("profiles: [{key: a, from: 2024-02-29, kind: tablet, embodied: electricity, use: lifetime.laptop, lifetime: use.laptop, daily_use: {hours_by_school_day: {low: .nan}}, source: ccf}]")
	f.Fuzz(func(t *testing.T, text string) {
		files := maps.Clone(files) // workers share nothing
		files["profiles.yaml"] = &fstest.MapFile{Data: []byte(text)}
		table, err := factor.Load(files)
		if err != nil {
			return
		}
		for _, p := range table.Profiles {
			if p.From.After(today.UTC()) {
				continue
			}
			r, err := profile.For(table, p.Key, "FR", today)
			if err != nil {
				t.Fatalf("%q is loaded, and then: %v", p.Key, err)
			}
			w, err := profile.Explain(r.Fleet(1), r.Fleet(2))
			if err != nil || w.Comparison.Verdict != profile.Same {
				t.Fatalf("%q beside itself: %+v, %v", p.Key, w, err)
			}
			if e := r.ByHours; e != nil && !(0 <= e.Low && e.Low <= e.Value && e.Value <= e.High && float64(e.High) <= math.MaxFloat64) {
				t.Fatalf("%q by hours: %v", p.Key, *e)
			}
			if c := r.Conformity(profile.Device{Spec: equipment.Spec{Category: equipment.Category(p.Kind)}, Age: 1000}); c.Class != profile.ClassTooOld {
				t.Fatalf("%q: a thousand years old and %s", p.Key, c.Class)
			}
		}
	})
}
