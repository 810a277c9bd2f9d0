package factor

import (
	"math"
	"strings"

	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Profile is a row of profiles.yaml: the equipment that a fleet is compared
// with. Package profile explains it. A zero is "not stated": then nothing is
// compared in that respect. Embodied, Lifetime and Use are the keys of the rows
// the profile stands on.
type Profile struct {
	Key         string  `yaml:"key" json:"key"`
	From        date    `yaml:"from" json:"from"`
	Provisional bool    `yaml:"provisional" json:"provisional"`
	Kind        string  `yaml:"kind" json:"kind"`             // a category of device
	ScreenIn    float64 `yaml:"screen_in" json:"screen_in"`   // at least, diagonal in inches
	MemoryGiB   int     `yaml:"memory_gib" json:"memory_gib"` // at least
	StorageGB   int     `yaml:"storage_gb" json:"storage_gb"` // at least
	WeightKg    float64 `yaml:"weight_kg" json:"weight_kg"`   // at most
	Most        Most    `yaml:"most" json:"most"`             // beyond it, more than is needed
	BatteryH    float64 `yaml:"battery_h" json:"battery_h"`   // hours of use on one charge
	// WarrantyYears is how long the seller repairs at no cost.
	WarrantyYears int `yaml:"warranty_years" json:"warranty_years"`
	// RepairabilityIndex and DurabilityIndex are the French indices, out of 10;
	// nil where they are not available.
	RepairabilityIndex *float64 `yaml:"repairability_index" json:"repairability_index,omitempty"`
	DurabilityIndex    *float64 `yaml:"durability_index" json:"durability_index,omitempty"`

	Embodied string `yaml:"embodied" json:"embodied"`
	// The expected life is that of a row (Lifetime) or the profile's own
	// (ExpectedLifeYears), never both.
	Lifetime          string    `yaml:"lifetime" json:"lifetime,omitempty"`
	ExpectedLifeYears *Range    `yaml:"expected_life_years" json:"expected_life_years,omitempty"`
	Use               string    `yaml:"use" json:"use"`
	DailyUse          *DailyUse `yaml:"daily_use" json:"daily_use,omitempty"`
	SourceID          string    `yaml:"source" json:"source"`
	Note              string    `yaml:"note" json:"note,omitempty"`

	// Override tells a council's own profile from a shipped one.
	Override bool `yaml:"-" json:"override,omitempty"`
}

// Most is the specification beyond which a device has more than a pupil needs.
// A zero sets no bound.
type Most struct {
	ScreenIn  float64 `yaml:"screen_in" json:"screen_in,omitempty"`
	MemoryGiB int     `yaml:"memory_gib" json:"memory_gib,omitempty"`
	StorageGB int     `yaml:"storage_gb" json:"storage_gb,omitempty"`
}

// DailyUse is how a pupil uses the equipment: some hours on each school day, at
// one power, and at rest at another. PowerInUse and PowerAtRest are keys of rows
// in W.
type DailyUse struct {
	HoursBySchoolDay Range  `yaml:"hours_by_school_day" json:"hours_by_school_day"`
	SchoolDaysInYear Range  `yaml:"school_days_in_year" json:"school_days_in_year"`
	PowerInUse       string `yaml:"power_in_use" json:"power_in_use"`
	PowerAtRest      string `yaml:"power_at_rest" json:"power_at_rest"`
}

// Range is a number of a profile's own, with its bounds and what they mean.
type Range struct {
	Low      float64 `yaml:"low" json:"low"`
	Value    float64 `yaml:"value" json:"value"`
	High     float64 `yaml:"high" json:"high"`
	Interval string  `yaml:"interval" json:"interval"`
}

// Bounds is the range's value in its interval.
func (r Range) Bounds() quantity.Interval[float64] {
	return quantity.Interval[float64]{Low: r.Low, Value: r.Value, High: r.High}
}

// Keys are the keys of the rows that the profile's footprint stands on.
func (p *Profile) Keys() []string {
	if p.Lifetime == "" {
		return []string{p.Embodied, p.Use}
	}
	return []string{p.Embodied, p.Lifetime, p.Use}
}

// checkProfile makes sure that the profile is whole, that its numbers can be
// those of a pupil's device, and that its factors are there in the right units.
func (t *Table) checkProfile(d *strictyaml.Document, at string, p Profile) {
	if p.Key == "" || p.From.IsZero() {
		d.Problem(at, "key and from are both needed")
	}
	for _, o := range t.Profiles {
		if o.Key == p.Key && o.From.Equal(p.From.Time) && !p.From.IsZero() {
			d.Problem(at, "%s: another profile with this key begins on the same day", p.Key)
		}
	}
	if _, ok := t.sources[p.SourceID]; !ok {
		d.Problem(at, "%s: source %q is not in sources", p.Key, p.SourceID)
	}
	if p.Kind == "" || strings.Contains(p.Kind, ".") || t.byKey["embodied."+p.Kind] == nil {
		d.Problem(at, "%s: kind %q is not a category of device: there must be a factor %q", p.Key, p.Kind, "embodied."+p.Kind)
	}
	checkSpecification(d, at, p)

	t.checkRowOf(d, at, p, p.Embodied, "kgCO2e")
	t.checkRowOf(d, at, p, p.Use, "kWh/year")
	switch {
	case (p.Lifetime == "") == (p.ExpectedLifeYears == nil):
		d.Problem(at, "%s: either lifetime or expected_life_years is needed, and not both", p.Key)
	case p.ExpectedLifeYears != nil:
		checkRange(d, at, "expected_life_years", *p.ExpectedLifeYears, 0.5, 30)
	default:
		t.checkRowOf(d, at, p, p.Lifetime, "years")
	}
	if u := p.DailyUse; u != nil {
		checkRange(d, at+".daily_use", "hours_by_school_day", u.HoursBySchoolDay, 0, 24)
		checkRange(d, at+".daily_use", "school_days_in_year", u.SchoolDaysInYear, 0, 366)
		t.checkRowOf(d, at+".daily_use", p, u.PowerInUse, "W")
		t.checkRowOf(d, at+".daily_use", p, u.PowerAtRest, "W")
	}
}

func (t *Table) checkRowOf(d *strictyaml.Document, at string, p Profile, key, unit string) {
	switch rows := t.byKey[key]; {
	case len(rows) == 0:
		d.Problem(at, "%s: there is no factor %q", p.Key, key)
	case rows[0].Unit != unit:
		d.Problem(at, "%s: %s is in %s; a row in %s is needed", p.Key, key, rows[0].Unit, unit)
	}
}

// checkSpecification rejects what no device for a pupil has. The upper bounds
// are far off on purpose: they catch a wrong unit, not an unusual device.
func checkSpecification(d *strictyaml.Document, at string, p Profile) {
	for _, f := range []struct {
		key         string
		value, most float64
	}{
		{"screen_in", p.ScreenIn, 100}, {"memory_gib", float64(p.MemoryGiB), 1024}, {"storage_gb", float64(p.StorageGB), 100_000},
		{"weight_kg", p.WeightKg, 50}, {"battery_h", p.BatteryH, 100}, {"warranty_years", float64(p.WarrantyYears), 20},
		{"most.screen_in", p.Most.ScreenIn, 100}, {"most.memory_gib", float64(p.Most.MemoryGiB), 1024}, {"most.storage_gb", float64(p.Most.StorageGB), 100_000},
	} {
		if !(0 <= f.value && f.value <= f.most) { // no NaN either
			d.Problem(at+"."+f.key, "found %v, expected 0 to %v", f.value, f.most)
		}
	}
	for _, f := range []struct {
		key          string
		needed, most float64
	}{
		{"screen_in", p.ScreenIn, p.Most.ScreenIn}, {"memory_gib", float64(p.MemoryGiB), float64(p.Most.MemoryGiB)}, {"storage_gb", float64(p.StorageGB), float64(p.Most.StorageGB)},
	} {
		if f.most > 0 && f.most < f.needed {
			d.Problem(at+".most."+f.key, "%v is below the %v that the profile asks for", f.most, f.needed)
		}
	}
	for _, f := range []struct {
		key   string
		index *float64
	}{{"repairability_index", p.RepairabilityIndex}, {"durability_index", p.DurabilityIndex}} {
		if f.index != nil && !(0 <= *f.index && *f.index <= 10) {
			d.Problem(at+"."+f.key, "found %v, expected 0 to 10; leave it out where it is not available", *f.index)
		}
	}
}

// checkRange wants three rising numbers between two bounds, and their meaning.
func checkRange(d *strictyaml.Document, in, name string, r Range, least, most float64) {
	at := in + "." + name
	if d.Line(at) == 0 {
		d.Problem(in, "%s is missing", name)
		return
	}
	for _, key := range []string{"low", "value", "high", "interval"} {
		if d.Line(at+"."+key) == 0 {
			d.Problem(at, "%s is missing", key)
			return
		}
	}
	switch {
	case !(r.Low <= r.Value && r.Value <= r.High) || math.IsInf(r.High, 0):
		d.Problem(at, "low %v, value %v, high %v: they must rise", r.Low, r.Value, r.High)
	case r.Low < least || r.High > most:
		d.Problem(at, "%v to %v is not within %v to %v", r.Low, r.High, least, most)
	case r.Interval == "":
		d.Problem(at, "interval is missing: what do low and high mean?")
	}
}
