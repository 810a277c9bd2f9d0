package footprint_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/report"
)

// A renewal of a real class is the rate that pages show, and of those in service only.
func TestRenewalIsTheRateOfTheFootprint(t *testing.T) {
	m, k, now := model(t), class(t, equipment.Laptop), march.To
	rapid.Check(t, func(t *rapid.T) {
		c := footprint.Cohort{
			InService: now.AddDate(0, 0, -rapid.IntRange(40, 5000).Draw(t, "days")), Count: int64(rapid.IntRange(1, 99).Draw(t, "count")),
			Acquisition: rapid.SampledFrom(lifespan.Acquisitions).Draw(t, "acquisition"),
		}
		f, err := m.Estimate(k, []footprint.Cohort{c}, march, now)
		if err != nil {
			t.Fatal(err)
		}
		r := k.Renewal(c, now, 0)
		if got, want := float64(r.Embodied.High), float64(f.Embodied.High)/f.DeviceYears*float64(c.Count); !near(got, want) || r.Devices != float64(c.Count) {
			t.Fatalf("%+v: %v g a year, want %v", c, got, want)
		}
		if longer := k.Renewal(c, now, 1); longer.Bought >= r.Bought || longer.Embodied.Value > r.Embodied.Value {
			t.Fatalf("a year longer takes %+v, without it %+v", longer, r)
		}
		c.Retired = now
		if gone := k.Renewal(c, now, 0); gone != (footprint.Renewal{}) {
			t.Fatalf("retired devices take %+v", gone)
		}
	})
}

func TestUnattendedLiesBetweenWhatMustAndWhatMayBe(t *testing.T) {
	k := class(t, equipment.Desktop)
	const hour = 3_600_000
	always := k.Unattended(footprint.Facts{LoadMs: [report.LoadBins]int64{100 * hour}}, 40)
	if always.Low <= 0 || always.Value < always.Low || always.High < always.Value {
		t.Errorf("100 hours on of which 40 were open: %v", always)
	}
	for what, facts := range map[string]footprint.Facts{"off": {OffMs: 100 * hour}, "busy": {LoadMs: [report.LoadBins]int64{0, 0, 0, 0, 30 * hour}}} {
		if got := k.Unattended(facts, 40); got != (footprint.Energy{}) {
			t.Errorf("%s: %v", what, got)
		}
	}
	lessons := k.Unattended(footprint.Facts{LoadMs: [report.LoadBins]int64{30 * hour}}, 40)
	if lessons.Low != 0 || lessons.Value <= 0 {
		t.Errorf("30 hours on of which 40 were open: %v; it may have been in lessons", lessons)
	}
	// A meter counted: what the processor was busy with was not unattended.
	metered := k.Unattended(footprint.Facts{MeteredMs: 100 * hour, CPUBusyMs: 1, CPUCapacityMs: 4}, 1000)
	if want := always.High * 0.75; !near(float64(metered.High), float64(want)) {
		t.Errorf("metered: at most %v, want %v", metered.High, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		f := footprint.Facts{MeteredMs: rapid.Int64Range(0, 1e9).Draw(t, "metered"), CPUBusyMs: rapid.Int64Range(0, 1e9).Draw(t, "busy"), CPUCapacityMs: rapid.Int64Range(0, 1e9).Draw(t, "capacity"), OffMs: rapid.Int64Range(0, 1e9).Draw(t, "off")}
		for i := range f.LoadMs {
			f.LoadMs[i] = rapid.Int64Range(0, 1e9).Draw(t, "load")
		}
		if got := k.Unattended(f, rapid.Float64Range(0, 1e4).Draw(t, "open")); !(0 <= got.Low && got.Low <= got.Value && got.Value <= got.High) {
			t.Fatalf("%+v: %v", f, got)
		}
	})
}

func TestSchoolIsOpenOnSchoolDaysOnly(t *testing.T) {
	known, err := model(t).With(func(o *footprint.Options) { o.Terms, o.Where = calendar.Default(), time.UTC })
	if err != nil {
		t.Fatal(err)
	}
	april := footprint.Stretch{
		Zone: "C", Days: calendar.Period{From: calendar.Date(2025, 4, 1), To: calendar.Date(2025, 5, 1)},
		From: time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC),
	}
	// Zone C had holidays from 12 to 27 April: 1 to 4, 7 to 11, 28 to 30 have lessons.
	if got := known.OpenHours(april); got != 12*14 {
		t.Errorf("open for %v hours, want 14 on 12 days", got)
	}
	for what, got := range map[string]float64{"no calendar": model(t).OpenHours(april), "no zone": known.OpenHours(footprint.Stretch{Days: april.Days, From: april.From, To: april.To})} {
		if got != 30*24 {
			t.Errorf("%s: open for %v hours, want all", what, got)
		}
	}
}

// By the longest opening, from 6 to 20 o'clock, fewer hours are unattended than by the
// usual one, from 7 to 19, and by the shortest one, from 8 to 18, more.
func TestNobodyIsThereOutsideOfTheHoursOfASchoolDay(t *testing.T) {
	known, err := model(t).With(func(o *footprint.Options) { o.Terms, o.Where = calendar.Default(), time.UTC })
	if err != nil {
		t.Fatal(err)
	}
	const hour = 3_600_000
	on := footprint.Facts{LoadMs: [report.LoadBins]int64{hour}}
	count := func(d calendar.Day) [3]int64 {
		var a footprint.Away
		for h := range 24 {
			if !a.Hour(known, "C", d, h, on) {
				t.Fatal("the calendar is not known")
			}
		}
		return [3]int64{a.AtLeast.RunningMs() / hour, a.Usually.RunningMs() / hour, a.AtMost.RunningMs() / hour}
	}
	for d, want := range map[calendar.Day][3]int64{
		calendar.Date(2025, 4, 1):  {10, 12, 14}, // a Tuesday with lessons
		calendar.Date(2025, 4, 5):  {24, 24, 24}, // a Saturday
		calendar.Date(2025, 4, 22): {24, 24, 24}, // in the holidays of zone C
	} {
		if got := count(d); got != want {
			t.Errorf("on %s nobody is there for %v hours, want %v", d, got, want)
		}
	}
	var nothing footprint.Away
	if nothing.Hour(known, "", calendar.Date(2025, 4, 1), 3, on) || nothing.Hour(model(t), "C", calendar.Date(2025, 4, 1), 3, on) || nothing != (footprint.Away{}) {
		t.Error("without a calendar or a zone something is known")
	}

	k := class(t, equipment.Desktop)
	away := footprint.Away{AtLeast: on, Usually: on, AtMost: on}
	saved := known.SwitchedOff(k, away)
	running, _ := known.KnownEnergy(k, on)
	off, _ := known.KnownEnergy(k, footprint.Facts{OffMs: hour})
	if !near(float64(saved.Value), float64(running.Value-off.Value)) || saved.Low < 0 || saved.High > running.High {
		t.Errorf("switched off saves %v of %v", saved, running)
	}
	asleep := footprint.Facts{SuspendedMs: hour, OffMs: hour}
	if got := known.SwitchedOff(k, footprint.Away{AtLeast: asleep, Usually: asleep, AtMost: asleep}); got != (footprint.Energy{}) {
		t.Errorf("what is asleep or off saves %v", got)
	}
}
