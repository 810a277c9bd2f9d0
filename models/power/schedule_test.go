package power_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
)

func school(t testing.TB) power.Calendar {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return power.Calendar{Terms: calendar.Default(), Zone: "B", Where: paris}
}

func schedule(t testing.TB, c equipment.Category) power.Schedule {
	t.Helper()
	s, err := power.ScheduleFor(factor.Default(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var agentless = []equipment.Category{equipment.Monitor, equipment.Projector, equipment.InteractivePanel, equipment.AccessPoint, equipment.Printer}

// A projector in a week of March 2025 without holidays: 5 days x 2.5 h x 260 W,
// and 0.5 W for the other 155.5 hours.
func TestProjectorFollowsTheSchoolWeek(t *testing.T) {
	k := curve(t, equipment.Projector)
	week := calendar.Period{From: calendar.Date(2025, time.March, 10), To: calendar.Date(2025, time.March, 17)}
	got := schedule(t, equipment.Projector).Energy(&k, school(t), week)
	if want := 5*2.5*260 + 155.5*0.5; !near(float64(got.Value), want) {
		t.Errorf("got %v Wh; want %v", got, want)
	}
	// In the summer it is on stand-by alone.
	summer := calendar.Period{From: calendar.Date(2025, time.July, 21), To: calendar.Date(2025, time.July, 28)}
	if got := schedule(t, equipment.Projector).Energy(&k, school(t), summer); !near(float64(got.Value), 168*0.5) {
		t.Errorf("summer: got %v Wh", got)
	}
}

// EcoDiag has 70 kWh a year for an access point.
func TestAccessPointIsOnDayAndNight(t *testing.T) {
	k := curve(t, equipment.AccessPoint)
	year := schedule(t, equipment.AccessPoint).Energy(&k, school(t), calendar.SchoolYear(2024))
	if year.Value < 70_000 || year.Value > 70_200 {
		t.Errorf("an access point draws %v Wh a year", year)
	}
	// The night of 30 March 2025 has an hour less.
	day := calendar.Date(2025, time.March, 30)
	if got := schedule(t, equipment.AccessPoint).Energy(&k, school(t), calendar.Period{From: day, To: day + 1}); !near(float64(got.Value), 23*8) {
		t.Errorf("the day of 23 hours: %v Wh", got)
	}
}

// The school year of an agentless device lies within the yearly consumption that
// its category's row spans, or up to three times below: those are of offices and
// homes, which do not close for sixteen weeks.
func TestSchoolYearIsOfTheOrderOfPublishedConsumption(t *testing.T) {
	for _, c := range agentless {
		row, err := factor.Default().Find("use."+string(c), "", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		k := curve(t, c)
		kwh := float64(schedule(t, c).Energy(&k, school(t), calendar.SchoolYear(2024)).Value) / 1000
		if kwh < row.Low/3 || kwh > row.High {
			t.Errorf("%s: %v kWh in a school year; published %v to %v", c, kwh, row.Low, row.High)
		}
	}
}

func TestPeriodsAddUp(t *testing.T) {
	at := school(t)
	for _, c := range agentless {
		k, s := curve(t, c), schedule(t, c)
		rapid.Check(t, func(t *rapid.T) {
			from := calendar.Date(2024, time.September, 1) + calendar.Day(rapid.IntRange(0, 300).Draw(t, "from"))
			mid := from + calendar.Day(rapid.IntRange(0, 200).Draw(t, "days"))
			to := mid + calendar.Day(rapid.IntRange(0, 200).Draw(t, "more days"))
			sum := s.Energy(&k, at, calendar.Period{From: from, To: mid}).Plus(s.Energy(&k, at, calendar.Period{From: mid, To: to}))
			whole := s.Energy(&k, at, calendar.Period{From: from, To: to})
			if !near(float64(sum.Low), float64(whole.Low)) || !near(float64(sum.Value), float64(whole.Value)) || !near(float64(sum.High), float64(whole.High)) {
				t.Fatalf("%s: parts %v, whole %v", c, sum, whole)
			}
			if !(0 <= whole.Low && whole.Low <= whole.Value && whole.Value <= whole.High) {
				t.Fatalf("%s: %v is no interval", c, whole)
			}
		})
	}
}

func TestDeviceWithAnAgentHasNoSchedule(t *testing.T) {
	for _, c := range []equipment.Category{equipment.Laptop, equipment.Virtual, "toaster"} {
		if s, err := power.ScheduleFor(factor.Default(), c); err == nil {
			t.Errorf("%q has the schedule %+v", c, s)
		}
	}
}
