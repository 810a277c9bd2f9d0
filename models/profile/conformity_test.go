package profile_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// asAsked is the shipped reference of a lycéen (14 inches, 8 GiB, 256 GB, at most
// 1.5 kg) as a device.
var asAsked = equipment.Spec{Category: equipment.Laptop, MemoryGiB: 8, StorageGB: 256, ScreenIn: 14, WeightKg: 1.5}

func TestDeviceIsClassedBesideTheReference(t *testing.T) {
	r := lyceen(t) // expected life 4 to 7 years; at most 16 GiB, 512 GB and 15.6 inches are needed
	with := func(change func(*equipment.Spec)) equipment.Spec {
		s := asAsked
		change(&s)
		return s
	}
	for name, test := range map[string]struct {
		spec   equipment.Spec
		age    quantity.Years
		want   profile.Class
		aspect profile.Aspect // the one that decides, if any
	}{
		"as asked for":                     {asAsked, 2, profile.ClassFits, ""},
		"new":                              {asAsked, 0, profile.ClassFits, ""},
		"past the expected life":           {asAsked, 6, profile.ClassFits, ""},
		"in its seventh year":              {asAsked, 7, profile.ClassFits, ""},
		"past the longest life":            {asAsked, 7.1, profile.ClassTooOld, profile.AspectAge},
		"too old and too small":            {with(func(s *equipment.Spec) { s.MemoryGiB = 4 }), 8, profile.ClassTooOld, profile.AspectAge},
		"half the memory":                  {with(func(s *equipment.Spec) { s.MemoryGiB = 4 }), 2, profile.ClassBelow, profile.AspectMemory},
		"what the graphics leave of 8 GiB": {with(func(s *equipment.Spec) { s.MemoryGiB = 7.4 }), 2, profile.ClassFits, ""},
		"just too little":                  {with(func(s *equipment.Spec) { s.MemoryGiB = 7.1 }), 2, profile.ClassBelow, profile.AspectMemory},
		"twice the memory":                 {with(func(s *equipment.Spec) { s.MemoryGiB = 16 }), 2, profile.ClassFits, ""},
		"four times the memory":            {with(func(s *equipment.Spec) { s.MemoryGiB = 32 }), 2, profile.ClassAbove, profile.AspectMemory},
		"half the storage":                 {with(func(s *equipment.Spec) { s.StorageGB = 128 }), 2, profile.ClassBelow, profile.AspectStorage},
		"a big disk":                       {with(func(s *equipment.Spec) { s.StorageGB = 1000 }), 2, profile.ClassAbove, profile.AspectStorage},
		"13.3 inches for 14":               {with(func(s *equipment.Spec) { s.ScreenIn = 13.3 }), 2, profile.ClassFits, ""},
		"a small screen":                   {with(func(s *equipment.Spec) { s.ScreenIn = 11.6 }), 2, profile.ClassBelow, profile.AspectScreen},
		"a big screen":                     {with(func(s *equipment.Spec) { s.ScreenIn = 17.3 }), 2, profile.ClassAbove, profile.AspectScreen},
		"a heavy one":                      {with(func(s *equipment.Spec) { s.WeightKg = 1.7 }), 2, profile.ClassBelow, profile.AspectWeight},
		"a little heavy":                   {with(func(s *equipment.Spec) { s.WeightKg = 1.6 }), 2, profile.ClassFits, ""},
		"a light one":                      {with(func(s *equipment.Spec) { s.WeightKg = 0.9 }), 2, profile.ClassFits, ""},
		"big disk, little memory":          {with(func(s *equipment.Spec) { s.StorageGB, s.MemoryGiB = 1000, 4 }), 2, profile.ClassBelow, profile.AspectMemory},
		"no screen, no weight known":       {with(func(s *equipment.Spec) { s.ScreenIn, s.WeightKg = 0, 0 }), 2, profile.ClassFits, ""},
		"no memory known":                  {with(func(s *equipment.Spec) { s.MemoryGiB = 0 }), 2, profile.ClassUnknown, profile.AspectMemory},
		"no storage known, big screen":     {with(func(s *equipment.Spec) { s.StorageGB, s.ScreenIn = 0, 17.3 }), 2, profile.ClassUnknown, profile.AspectStorage},
		"no storage known, small screen":   {with(func(s *equipment.Spec) { s.StorageGB, s.ScreenIn = 0, 11.6 }), 2, profile.ClassBelow, profile.AspectScreen},
		"no age known":                     {asAsked, profile.UnknownAge, profile.ClassUnknown, profile.AspectAge},
		"age is not a number":              {asAsked, quantity.Years(math.NaN()), profile.ClassUnknown, profile.AspectAge},
		"kind is not known":                {equipment.Spec{MemoryGiB: 8, StorageGB: 256}, 2, profile.ClassUnknown, ""},
		"tablet":                           {equipment.Spec{Category: equipment.Tablet, MemoryGiB: 8, StorageGB: 256}, 2, profile.ClassNotComparable, ""},
		"desktop past its life":            {equipment.Spec{Category: equipment.Desktop}, 20, profile.ClassNotComparable, ""},
	} {
		got := r.Conformity(profile.Device{Spec: test.spec, Age: test.age})
		if got.Class != test.want {
			t.Errorf("%s is %s; want %s (%+v)", name, got.Class, test.want, got.Findings)
		}
		decides := slices.ContainsFunc(got.Findings, func(f profile.Finding) bool { return f.Aspect == test.aspect && f.Class == test.want })
		if test.aspect != "" && !decides {
			t.Errorf("%s: %s is not said to be %s: %+v", name, test.aspect, test.want, got.Findings)
		}
	}
}

func TestFindingStatesWhatIsAskedFor(t *testing.T) {
	s := asAsked
	s.WeightKg = 0
	got := lyceen(t).Conformity(profile.Device{Spec: s, Age: 2}).Findings
	want := []profile.Finding{
		{Aspect: profile.AspectAge, Class: profile.ClassFits, Have: 2, AtMost: 7},
		{Aspect: profile.AspectMemory, Class: profile.ClassFits, Have: 8, AtLeast: 8, AtMost: 16},
		{Aspect: profile.AspectStorage, Class: profile.ClassFits, Have: 256, AtLeast: 256, AtMost: 512},
		{Aspect: profile.AspectScreen, Class: profile.ClassFits, Have: 14, AtLeast: 14, AtMost: 15.6},
		{Aspect: profile.AspectWeight, Class: profile.ClassUnknown, AtMost: 1.5},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

// A profile that states no memory compares none.
func TestAspectThatTheProfileDoesNotStateIsNotCompared(t *testing.T) {
	r := lyceen(t)
	r.Profile.MemoryGiB, r.Profile.Most.MemoryGiB, r.Profile.WeightKg = 0, 0, 0
	got := r.Conformity(profile.Device{Spec: equipment.Spec{Category: equipment.Laptop, StorageGB: 256, WeightKg: 9}, Age: 1})
	if got.Class != profile.ClassFits || len(got.Findings) != 3 {
		t.Errorf("got %+v", got)
	}
}

func drawDevice(t *rapid.T) profile.Device {
	number := func(label string, most float64) float64 {
		return rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, most), rapid.Just(math.NaN()), rapid.Just(-1.0)).Draw(t, label)
	}
	return profile.Device{
		Spec: equipment.Spec{
			Category:  rapid.SampledFrom([]equipment.Category{"", equipment.Laptop, equipment.Laptop, equipment.Laptop, equipment.Tablet, equipment.Virtual}).Draw(t, "category"),
			MemoryGiB: number("memory", 64), StorageGB: number("storage", 2000), ScreenIn: number("screen", 20), WeightKg: number("weight", 4),
		},
		Age: quantity.Years(number("age", 12)),
	}
}

func TestEachDeviceIsInOneClassThatItsFindingsSupport(t *testing.T) {
	r := lyceen(t)
	rapid.Check(t, func(t *rapid.T) {
		c := r.Conformity(drawDevice(t))
		if !slices.Contains(profile.Classes, c.Class) {
			t.Fatalf("class %q", c.Class)
		}
		has := func(class profile.Class) bool {
			return slices.ContainsFunc(c.Findings, func(f profile.Finding) bool { return f.Class == class })
		}
		switch c.Class {
		case profile.ClassNotComparable:
			if len(c.Findings) != 0 {
				t.Fatalf("got %+v", c)
			}
		case profile.ClassUnknown:
			if len(c.Findings) > 0 && !has(c.Class) || has(profile.ClassBelow) || has(profile.ClassTooOld) {
				t.Fatalf("got %+v", c)
			}
		case profile.ClassFits:
			if has(profile.ClassBelow) || has(profile.ClassAbove) || has(profile.ClassTooOld) {
				t.Fatalf("got %+v", c)
			}
		default:
			if !has(c.Class) {
				t.Fatalf("got %+v", c)
			}
		}
	})
}

// More of what the profile asks for, and less weight, never makes a device fall
// short; a year more never makes it young.
func TestBetterDeviceIsNotBelow(t *testing.T) {
	r := lyceen(t)
	more := func(v, plus float64) float64 {
		if v > 0 {
			return v + plus
		}
		return v
	}
	rapid.Check(t, func(t *rapid.T) {
		d := drawDevice(t)
		better, older := d, d
		plus := rapid.Float64Range(0, 1000).Draw(t, "more")
		better.Spec.MemoryGiB, better.Spec.StorageGB, better.Spec.ScreenIn = more(d.Spec.MemoryGiB, plus), more(d.Spec.StorageGB, plus), more(d.Spec.ScreenIn, plus)
		better.Spec.WeightKg = d.Spec.WeightKg / (1 + plus)
		older.Age += quantity.Years(plus)
		before := r.Conformity(d).Class
		if after := r.Conformity(better).Class; after == profile.ClassBelow && before != profile.ClassBelow {
			t.Fatalf("%+v is %s; better, %+v, it is %s", d, before, better, after)
		}
		if after := r.Conformity(older).Class; before == profile.ClassTooOld && after != before {
			t.Fatalf("%+v is %s; %v years older it is %s", d, before, plus, after)
		}
	})
}

func TestTallyCountsEachDeviceOnce(t *testing.T) {
	r := lyceen(t)
	rapid.Check(t, func(t *rapid.T) {
		devices := rapid.SliceOfN(rapid.Custom(drawDevice), 0, 30).Draw(t, "devices")
		tally := r.Tally(devices)
		var sum int64
		for class, n := range tally.Classes {
			if !slices.Contains(profile.Classes, class) {
				t.Fatalf("class %q", class)
			}
			sum += n
		}
		if sum != int64(len(devices)) || tally.Devices != sum {
			t.Fatalf("%d devices are counted as %+v", len(devices), tally)
		}
	})
	little, old := asAsked, asAsked
	little.MemoryGiB, little.StorageGB, old.MemoryGiB = 4, 64, 32
	tally := r.Tally([]profile.Device{{asAsked, 1}, {asAsked, 2}, {little, 2}, {old, 9}, {asAsked, -1}, {equipment.Spec{Category: equipment.Desktop}, 1}})
	for class, want := range map[profile.Class]int64{
		profile.ClassFits: 2, profile.ClassBelow: 1, profile.ClassTooOld: 1, profile.ClassUnknown: 1, profile.ClassNotComparable: 1, profile.ClassAbove: 0,
	} {
		if tally.Classes[class] != want {
			t.Errorf("%d are %s; want %d", tally.Classes[class], class, want)
		}
	}
	if tally.Below[profile.AspectMemory] != 1 || tally.Below[profile.AspectStorage] != 1 || tally.Above[profile.AspectMemory] != 1 || tally.Unknown[profile.AspectAge] != 1 {
		t.Errorf("got %+v", tally)
	}
}
