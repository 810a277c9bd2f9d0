package factor_test

import (
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
)

const wholeProfile = `profiles:
  - key: pupil
    from: 2023-09-01
    kind: laptop
    screen_in: 11.6
    memory_gib: 8
    weight_kg: 1.5
    most: {memory_gib: 16}
    repairability_index: 7.4
    embodied: embodied.laptop
    expected_life_years: {low: 4, value: 5, high: 7, interval: expert range}
    use: use.laptop
    daily_use:
      hours_by_school_day: {low: 1, value: 4, high: 7, interval: expert range}
      school_days_in_year: {low: 160, value: 176, high: 180, interval: expert range}
      power_in_use: power.laptop.idle
      power_at_rest: power.laptop.idle
    source: book
`

const moreRows = "  - {key: embodied.laptop.screen, value: 7, low: 4, high: 12, unit: kgCO2e, interval: expert range, source: book, page: p. 9, verified: yes}\n" +
	"  - {key: power.laptop.idle, value: 7, low: 4, high: 12, unit: W, interval: expert range, source: book, page: p. 9, verified: yes}\n"

func loadProfile(text string) (*factor.Table, error) {
	return load(map[string]string{"a.yaml": sources + "rows:\n" + row + profileRows + moreRows, "p.yaml": text})
}

func TestProfileKeepsWhatItsFileSays(t *testing.T) {
	table, err := loadProfile(wholeProfile)
	if err != nil {
		t.Fatal(err)
	}
	p := table.Profiles[0]
	if p.RepairabilityIndex == nil || *p.RepairabilityIndex != 7.4 || p.DurabilityIndex != nil {
		t.Errorf("indices are %v and %v; want 7.4 and not available", p.RepairabilityIndex, p.DurabilityIndex)
	}
	if p.ExpectedLifeYears == nil || p.ExpectedLifeYears.High != 7 || p.DailyUse == nil || p.DailyUse.SchoolDaysInYear.Value != 176 || p.Most.MemoryGiB != 16 {
		t.Errorf("got %+v", p)
	}
	if keys := strings.Join(p.Keys(), " "); keys != "embodied.laptop use.laptop" {
		t.Errorf("it stands on %s", keys)
	}
}

func TestProfileThatCannotBeIsNotLoaded(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"no kind":                  {"kind: laptop", "kind: \"\"", `p.yaml: line 2: profiles[0]: pupil: kind "" is not a category`},
		"unknown kind":             {"kind: laptop", "kind: abacus", `p.yaml: line 2: profiles[0]: pupil: kind "abacus" is not a category of device: there must be a factor "embodied.abacus"`},
		"part of a kind":           {"kind: laptop", "kind: laptop.screen", `p.yaml: line 2: profiles[0]: pupil: kind "laptop.screen" is not a category`},
		"unknown key":              {"memory_gib: 8", "memory_gb: 8", `p.yaml: line 6: unknown key "memory_gb" in profiles[0]`},
		"storage in MB":            {"screen_in: 11.6", "screen_in: 11.6\n    storage_gb: 128000", "p.yaml: line 6: profiles[0].storage_gb: found 128000, expected 0 to 100000"},
		"memory in MiB":            {"{memory_gib: 16}", "{memory_gib: 16384}", "p.yaml: line 8: profiles[0].most.memory_gib: found 16384, expected 0 to 1024"},
		"negative screen":          {"screen_in: 11.6", "screen_in: -1", "p.yaml: line 5: profiles[0].screen_in: found -1"},
		"weight that is no number": {"weight_kg: 1.5", "weight_kg: .nan", "p.yaml: line 7: profiles[0].weight_kg: found NaN"},
		"weight in grams":          {"weight_kg: 1.5", "weight_kg: 1500", "p.yaml: line 7: profiles[0].weight_kg: found 1500"},
		"most below the least":     {"{memory_gib: 16}", "{memory_gib: 4}", "p.yaml: line 8: profiles[0].most.memory_gib: 4 is below the 8"},
		"index out of 100":         {"repairability_index: 7.4", "repairability_index: 74", "p.yaml: line 9: profiles[0].repairability_index: found 74, expected 0 to 10"},
		"negative durability":      {"repairability_index: 7.4", "durability_index: -1", "p.yaml: line 9: profiles[0].durability_index: found -1"},
		"embodied in kWh":          {"embodied: embodied.laptop", "embodied: use.laptop", "p.yaml: line 2: profiles[0]: pupil: use.laptop is in kWh/year; a row in kgCO2e is needed"},
		"use in kgCO2e":            {"use: use.laptop", "use: embodied.laptop", "p.yaml: line 2: profiles[0]: pupil: embodied.laptop is in kgCO2e; a row in kWh/year is needed"},
		"factor of some territory": {"power_in_use: power.laptop.idle", "power_in_use: electricity", `p.yaml: line 13: profiles[0].daily_use: pupil: electricity is in gCO2e/kWh; a row in W is needed`},
		"no power":                 {"power_at_rest: power.laptop.idle", "power_at_rest: power.laptop.dream", `p.yaml: line 13: profiles[0].daily_use: pupil: there is no factor "power.laptop.dream"`},
		"two lives":                {"use: use.laptop", "use: use.laptop\n    lifetime: lifetime.laptop", "p.yaml: line 2: profiles[0]: pupil: either lifetime or expected_life_years"},
		"no life":                  {"    expected_life_years: {low: 4, value: 5, high: 7, interval: expert range}\n", "", "p.yaml: line 2: profiles[0]: pupil: either lifetime or expected_life_years"},
		"life in days":             {"low: 4, value: 5, high: 7", "low: 4, value: 5, high: 700", "p.yaml: line 11: profiles[0].expected_life_years: 4 to 700 is not within 0.5 to 30"},
		"life of no time":          {"low: 4, value: 5, high: 7", "low: 0, value: 5, high: 7", "p.yaml: line 11: profiles[0].expected_life_years: 0 to 7 is not within"},
		"life that falls":          {"low: 4, value: 5, high: 7", "low: 5, value: 4, high: 7", "p.yaml: line 11: profiles[0].expected_life_years: low 5, value 4, high 7: they must rise"},
		"life without bounds":      {"low: 4, value: 5, high: 7", "low: 4, value: 5", "p.yaml: line 11: profiles[0].expected_life_years: high is missing"},
		"bounds without meaning":   {"high: 7, interval: expert range}\n    use", "high: 7}\n    use", "p.yaml: line 11: profiles[0].expected_life_years: interval is missing"},
		"days of 25 hours":         {"low: 1, value: 4, high: 7", "low: 1, value: 4, high: 25", "p.yaml: line 14: profiles[0].daily_use.hours_by_school_day: 1 to 25 is not within 0 to 24"},
		"years of 400 days":        {"high: 180", "high: 400", "p.yaml: line 15: profiles[0].daily_use.school_days_in_year: 160 to 400 is not within 0 to 366"},
		"hours without days":       {"      school_days_in_year: {low: 160, value: 176, high: 180, interval: expert range}\n", "", "p.yaml: line 13: profiles[0].daily_use: school_days_in_year is missing"},
		"twice on one day":         {"profiles:\n", profile, "p.yaml: line 3: profiles[1]: pupil: another profile with this key begins on the same day"},
	} {
		if !strings.Contains(wholeProfile, test.old) {
			t.Fatalf("%s: the profile has no %q", name, test.old)
		}
		_, err := loadProfile(strings.Replace(wholeProfile, test.old, test.new, 1))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v\nwant %s", name, err, test.want)
		}
	}
}

// The days of school that the shipped profiles count are those of the official
// calendars of the school years 2021-22 to 2025-26.
func TestSchoolDaysOfTheProfilesAreThoseOfTheCalendar(t *testing.T) {
	for _, p := range factor.Default().Profiles {
		days := p.DailyUse.SchoolDaysInYear
		for year := 2021; year <= 2025; year++ {
			for _, zone := range []string{"A", "B", "C"} {
				n := 0.0
				for d, period := calendar.SchoolYear(year).From, calendar.SchoolYear(year); period.Contains(d); d++ {
					if calendar.Default().SchoolDay(zone, d) {
						n++
					}
				}
				if n < days.Value-2 || n > days.Value+1 || n < days.Low || n > days.High {
					t.Errorf("%s counts %v days (%v to %v); zone %s has %v in %d", p.Key, days.Value, days.Low, days.High, zone, n, year)
				}
			}
		}
	}
}
