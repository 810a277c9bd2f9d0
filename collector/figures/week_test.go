package figures_test

import (
	"math"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

func (w *world) week(t fatal, site int64) *view.Week {
	t.Helper()
	v, err := w.Week(t.(*testing.T).Context(), site, 0)
	if err != nil {
		t.Fatalf("week: %v", err)
	}
	return v
}

// desktopOf stays at school, whoever uses it.
func desktopOf(site int64, label string) registry.NewDevice {
	return registry.NewDevice{Site: site, Label: label, Category: equipment.Desktop, Population: equipment.Shared, InService: time.Date(2024, 8, 20, 8, 0, 0, 0, time.UTC), HasAgent: true}
}

// A desktop that runs from Thursday noon to Friday noon: an evening, a night and a
// morning before seven are nobody's, and so is a whole Saturday.
func TestWeekSaysWhatRunsWhileNobodyIsThere(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee, Zone: "A", Pupils: 500})
	w.now = w.at(2025, time.November, 30, 12)
	d, home := w.add(t, 1, desktopOf(site, "CDI-1")), w.add(t, 1, laptop(site, equipment.Individual, w.at(2024, time.August, 20, 8)))
	w.record(t, d, away(w.at(2025, time.November, 20, 0), w.at(2025, time.November, 20, 12)))
	w.record(t, d, running(w.at(2025, time.November, 20, 12), w.at(2025, time.November, 21, 12), 0)...)
	w.record(t, d, away(w.at(2025, time.November, 21, 12), w.at(2025, time.November, 22, 0)))
	w.record(t, d, running(w.at(2025, time.November, 22, 0), w.at(2025, time.November, 23, 0), 0)...)
	w.record(t, home, running(w.at(2025, time.November, 20, 20), w.at(2025, time.November, 20, 23), 0)...) // at home

	v := w.week(t, site)
	if v.From != "2025-11-20" || v.To != "2025-11-22" || v.Days != 3 || v.Opening != calendar.UsualOpening || v.Yearly != nil {
		t.Errorf("the week is of %s to %s, %d days, open %+v, in a year %+v", v.From, v.To, v.Days, v.Opening, v.Yearly)
	}
	if len(v.Rows) != 3 || v.Rows[0].Day != "thursday" || v.Rows[0].Hours[11].On != 0 || v.Rows[0].Hours[12].On != 1 || v.Rows[1].Hours[11].On != 1 || v.Rows[2].Day != "saturday" || v.Rows[2].Hours[3].On != 1 {
		t.Errorf("the rows are %+v", v.Rows)
	}
	on, off := float64(v.Rows[0].Hours[13].Energy.Value), float64(v.Rows[0].Hours[3].Energy.Value)
	if on <= 10*off || off <= 0 {
		t.Errorf("an hour on is %g Wh, one off %g", on, off)
	}
	// Nobody is there for 2 x 12 hours of two school days, 5 + 7 of them on, and on Saturday.
	night, weekend := v.Moments[0], v.Moments[1]
	if len(v.Moments) != 2 || night.Moment != calendar.Night || night.Days != 2 || math.Abs(float64(night.Used.Energy.Value)-(12*on+12*off)) > 1e-6 || math.Abs(night.On-0.5) > 1e-9 {
		t.Errorf("nights are %+v, want %g Wh", night, 12*on+12*off)
	}
	if weekend.Moment != calendar.Weekend || weekend.Days != 1 || math.Abs(float64(weekend.Used.Energy.Value)-24*on) > 1e-6 || weekend.On != 1 || weekend.InYear < 104 {
		t.Errorf("weekends are %+v", weekend)
	}
	price, err := w.Factors().Find("price.electricity", "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := float64(weekend.Used.Cost.Value), 24*on/1000*price.Value; math.Abs(got-want) > 1e-9 || weekend.Used.Mass.Value <= 0 {
		t.Errorf("a Saturday costs %g euros, want %g, and emits %v", got, want, weekend.Used.Mass)
	}
	// Stopping it saves what running takes more than being off.
	if len(v.Categories) != 1 || v.Categories[0].Category != equipment.Desktop || v.Categories[0].Meant || math.Abs(float64(v.Categories[0].Running.Energy.Value)-36*(on-off)) > 1e-6 ||
		math.Abs(float64(v.Categories[0].Standby.Energy.Value)-12*off) > 1e-6 {
		t.Errorf("categories are %+v", v.Categories)
	}
	// By day, no school day ran for more than twelve hours: only Saturday is known to be nobody's.
	if v.Found != 1 || len(v.Devices) != 1 || v.Devices[0].Label != "CDI-1" || math.Abs(v.Devices[0].WeeklyHours-24.0*7/28) > 1e-9 || v.Devices[0].Saves.Cost.Value <= 0 {
		t.Errorf("devices are %d, %+v", v.Found, v.Devices)
	}
	// Who may see sums only is not told which device it was.
	sums, err := w.Week(reach.With(t.Context(), reach.Reach{Sites: []int64{site}, SumsOnly: true}), site, 0)
	if err != nil || len(sums.Devices) != 0 || len(sums.Moments) != 2 {
		t.Errorf("to sums only is told %+v, %v", sums, err)
	}
}

// What runs for servers' sake is shown and not counted; and a school year of such days
// follows from four weeks of them.
func TestYearFollowsFromTheDaysThatAreKnown(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee, Zone: "A"})
	w.now = w.at(2025, time.November, 30, 12)
	d := w.add(t, 1, desktopOf(site, "CDI-1"))
	server := desktopOf(site, "SRV")
	server.Category, server.Population = equipment.Server, equipment.Infrastructure
	s := w.add(t, 1, server)
	for day := w.at(2025, time.November, 2, 0); day.Before(w.now.AddDate(0, 0, -1)); day = day.AddDate(0, 0, 1) { // from a Sunday, without gap
		next := day.AddDate(0, 0, 1)
		w.record(t, s, running(day, next, 0)...)
		if day.Weekday() == time.Saturday {
			w.record(t, d, running(day, day.Add(time.Hour), 0)...)
			w.record(t, d, away(day.Add(time.Hour), next))
			continue
		}
		w.record(t, d, away(day, next))
	}
	v := w.week(t, site)
	if v.Yearly == nil || v.Days != 28 {
		t.Fatalf("of %d days a year is %+v", v.Days, v.Yearly)
	}
	if n := len(v.Categories); n != 2 || v.Categories[0].Category != equipment.Desktop || !v.Categories[1].Meant || v.Categories[1].Running.Energy.Value < 10*v.Categories[0].Running.Energy.Value {
		t.Errorf("categories are %+v", v.Categories)
	}
	var year float64
	for _, m := range v.Moments {
		if m.Days == 0 || m.Moment == calendar.Weekend && m.Days != 8 {
			t.Errorf("moments are %+v", v.Moments)
		}
		year += float64(m.InYear)
	}
	// Off, the desktop draws the same in each empty hour; and it ran for four of them.
	off := float64(v.Categories[0].Standby.Energy.Value) / float64(8*24-4+19*12+24)
	if terms := calendar.Default(); terms.DaysWith(calendar.Night, "A", calendar.Period{From: calendar.Date(2025, 11, 2), To: calendar.Date(2025, 11, 30)}) != 19 {
		t.Skip("the calendar has other school days")
	}
	ran := float64(v.Categories[0].Running.Energy.Value)
	want := (ran+off*(8*24-4))*float64(v.Moments[1].InYear)/8 + off*12*float64(v.Moments[0].InYear) + off*24*float64(v.Moments[2].InYear)
	if got := float64(v.Yearly.Energy.Value); math.Abs(got-want) > 1e-6*want {
		t.Errorf("a year saves %g Wh, want %g", got, want)
	}
}

func TestWeekOfASchoolThatIsNotKnownByTheHour(t *testing.T) {
	w := open(t)
	site := w.site(t, w.organisation(t, "Région", false), registry.Site{Name: "Lycée", Kind: registry.Lycee})
	if v := w.week(t, site); v.From != "" || v.Rows == nil || len(v.Rows)+len(v.Moments)+len(v.Devices) != 0 {
		t.Errorf("it is %+v", v)
	}
	if _, err := w.Week(t.Context(), site+1, 0); err != view.ErrNotFound {
		t.Errorf("of no school: %v", err)
	}
	if _, err := w.Week(t.Context(), site, 1999); err != view.ErrNotFound {
		t.Errorf("of a year without data: %v", err)
	}
}

// Each lever says what it saves in euros, and at which school most.
func TestLeversHaveAPriceAndASchool(t *testing.T) {
	w := open(t)
	o := w.organisation(t, "Région", false)
	small, large := w.site(t, o, registry.Site{Name: "Collège", Kind: registry.College, Pupils: 300}), w.site(t, o, registry.Site{Name: "Lycée", Kind: registry.Lycee, Pupils: 900})
	w.now = w.at(2025, time.November, 30, 12)
	d := w.add(t, 2, laptop(small, equipment.Shared, w.at(2023, time.August, 20, 8)))
	w.add(t, 10, laptop(large, equipment.Shared, w.at(2023, time.August, 20, 8)))
	w.record(t, d, running(w.at(2025, time.November, 20, 8), w.at(2025, time.November, 20, 18), 0)...)
	levers := map[string]view.Driver{}
	for _, driver := range w.overview(t, o, 0).Drivers {
		levers[driver.Kind] = driver
	}
	keep, idle := levers["embodied"], levers["idle"]
	if keep.Most == nil || keep.Most.ID != large || keep.Most.Name != "Lycée" || math.Abs(float64(keep.Most.Saves.Value/keep.Saves.Value)-10.0/12) > 1e-9 {
		t.Errorf("keeping devices saves %+v, most at %+v", keep.Saves, keep.Most)
	}
	if idle.Most == nil || idle.Most.ID != small || idle.SavesCost.Value <= 0 {
		t.Errorf("switching off saves %+v, most at %+v", idle.SavesCost, idle.Most)
	}
	// Twelve laptops that serve a year longer than five years are bought so much less
	// often: 1/5 - 1/6 of a laptop a year each.
	life, err := w.Factors().Find("lifetime.laptop", "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	price, err := w.Factors().Find("price.laptop", "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := 12 * (1/life.Value - 1/(life.Value+1)) * price.Value
	if got := float64(keep.SavesCost.Value); math.Abs(got-want) > 0.01*want {
		t.Errorf("keeping devices saves %g euros a year, want %g", got, want)
	}
	for _, driver := range w.school(t, large, 0).Drivers {
		if driver.Most != nil {
			t.Errorf("of one school %s saves most at %+v", driver.Kind, driver.Most)
		}
	}
}

func TestYearsOfAnOrganisation(t *testing.T) {
	w := open(t)
	o := w.organisation(t, "Région", false)
	site := w.site(t, o, registry.Site{Name: "Lycée", Kind: registry.Lycee, Pupils: 100})
	w.now = w.at(2024, time.November, 30, 12)
	d := w.add(t, 1, laptop(site, equipment.Shared, w.at(2023, time.August, 20, 8)))
	w.record(t, d, away(w.at(2024, time.November, 1, 0), w.at(2024, time.November, 2, 0)))
	w.now = w.at(2025, time.November, 30, 12)
	years, err := w.Years(t.Context(), o)
	if err != nil || len(years) != 2 || years[0].SchoolYear != 2024 || !years[0].Complete || years[1].SchoolYear != 2025 || years[1].Complete || years[1].Headline.Devices != 1 {
		t.Errorf("the years are %+v, %v", years, err)
	}
}
