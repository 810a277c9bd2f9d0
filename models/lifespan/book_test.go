package lifespan_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

var september = time.Date(2020, 9, 1, 0, 0, 0, 0, time.UTC)

// after is some years after 1 September 2020.
func after(years float64) time.Time {
	return september.Add(time.Duration(years * float64(lifespan.Year)))
}

func kg(low, value, high quantity.Grams) lifespan.Mass {
	return lifespan.Mass{Low: low * 1000, Value: value * 1000, High: high * 1000}
}

func book(t interface {
	Helper()
	Fatal(...any)
}, l lifespan.Life) *lifespan.Book {
	t.Helper()
	b, err := l.Book()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// same compares amounts to a ten-thousandth of a gram.
func same(a, b lifespan.Mass) bool {
	close := func(a, b quantity.Grams) bool { return math.Abs(float64(a-b)) < 1e-4 }
	return close(a.Low, b.Low) && close(a.Value, b.Value) && close(a.High, b.High)
}

func TestEachYearOfTheExpectedLifeBooksTheSame(t *testing.T) {
	laptop := lifespan.Life{InService: september, Carried: kg(100, 200, 300), Expected: 5}
	for name, test := range map[string]struct {
		life func(lifespan.Life) lifespan.Life
		want [8]quantity.Grams // kg by year of service
	}{
		"as expected, then kept for free": {func(l lifespan.Life) lifespan.Life { return l }, [8]quantity.Grams{40, 40, 40, 40, 40}},
		"retired early books the rest": {func(l lifespan.Life) lifespan.Life {
			l.Ending, l.Ended = lifespan.Retired, after(2.5)
			return l
		}, [8]quantity.Grams{40, 40, 120}},
		"retired late books nothing more": {func(l lifespan.Life) lifespan.Life {
			l.Ending, l.Ended = lifespan.Retired, after(6.5)
			return l
		}, [8]quantity.Grams{40, 40, 40, 40, 40}},
		"handed on after two years": {func(l lifespan.Life) lifespan.Life {
			l.Ending, l.Ended = lifespan.HandedOn, after(2)
			return l
		}, [8]quantity.Grams{40, 40}},
		"expected to serve two years longer": {func(l lifespan.Life) lifespan.Life {
			l.Events = []lifespan.Event{{On: after(2), Extends: 1}}
			return l
		}, [8]quantity.Grams{40, 40, 30, 30, 30, 30}},
		"expected to serve less": {func(l lifespan.Life) lifespan.Life {
			l.Events = []lifespan.Event{{On: after(2), Extends: -1}}
			return l
		}, [8]quantity.Grams{40, 40, 60, 60}},
		"expected to be over already": {func(l lifespan.Life) lifespan.Life {
			l.Events = []lifespan.Event{{On: after(2), Extends: -4}}
			return l
		}, [8]quantity.Grams{40, 40, 120}},
		"a battery and two years more": {func(l lifespan.Life) lifespan.Life {
			l.Events = []lifespan.Event{{On: after(4), Part: lifespan.Battery, Adds: kg(6, 8, 10), Extends: 2}}
			return l
		}, [8]quantity.Grams{40, 40, 40, 40, 16, 16, 16}},
		"a screen past its life": {func(l lifespan.Life) lifespan.Life {
			l.Events = []lifespan.Event{{On: after(6), Part: lifespan.Screen, Adds: kg(20, 30, 60), Extends: 2}}
			return l
		}, [8]quantity.Grams{40, 40, 40, 40, 40, 0, 15, 15}},
		"a part that does not help, past its life": {func(l lifespan.Life) lifespan.Life {
			l.Events = []lifespan.Event{{On: after(6), Part: lifespan.Screen, Adds: kg(20, 30, 60)}}
			return l
		}, [8]quantity.Grams{40, 40, 40, 40, 40, 0, 30}},
	} {
		b := book(t, test.life(laptop))
		for year, want := range test.want {
			got := b.Between(after(float64(year)), after(float64(year+1)))
			if math.Abs(float64(got.Value-want*1000)) > 1e-3 {
				t.Errorf("%s: year %d books %v g; want %v kg", name, year+1, got.Value, want)
			}
		}
	}
}

func TestSchoolYearsHoldTheWholeAccount(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	l := lifespan.Life{InService: time.Date(2022, 3, 1, 0, 0, 0, 0, paris), Carried: kg(100, 200, 300), Expected: 4, Ending: lifespan.Retired, Ended: time.Date(2024, 9, 1, 0, 0, 0, 0, paris)}
	years := book(t, l).BySchoolYear(paris)
	var sum lifespan.Mass
	for i, y := range years {
		if y.BeginsIn != 2021+i {
			t.Errorf("year %d is that of %d", i, y.BeginsIn)
		}
		sum = sum.Plus(y.Booked)
	}
	// Retired on the first day of 2024-25: that year has the rest.
	if len(years) != 4 || !same(sum, l.Carried) || years[3].Booked.Value < 70_000 {
		t.Errorf("got %+v", years)
	}
}

func TestLifeThatDoesNotFitTogetherIsRefused(t *testing.T) {
	good := lifespan.Life{InService: september, Carried: kg(1, 2, 3), Expected: 5}
	for want, spoil := range map[string]func(*lifespan.Life){
		"came into service is missing":         func(l *lifespan.Life) { l.InService = time.Time{} },
		"expected life is 0 years":             func(l *lifespan.Life) { l.Expected = 0 },
		"expected life is NaN years":           func(l *lifespan.Life) { l.Expected = quantity.Years(math.NaN()) },
		"expected life is 101 years":           func(l *lifespan.Life) { l.Expected = 101 },
		"carries -1000 g":                      func(l *lifespan.Life) { l.Carried = kg(-1, 2, 3) },
		"neither retired nor handed on":        func(l *lifespan.Life) { l.Ended = after(1) },
		"before it came into service":          func(l *lifespan.Life) { l.Ending, l.Ended = lifespan.Retired, after(-1) },
		`ending "eaten" is not known`:          func(l *lifespan.Life) { l.Ending = "eaten" },
		"event of 2019-09-01 is outside":       func(l *lifespan.Life) { l.Events = []lifespan.Event{{On: september.AddDate(-1, 0, 0)}} },
		"event of 2020-09-01 adds -1000 g":     func(l *lifespan.Life) { l.Events = []lifespan.Event{{On: september, Adds: kg(-1, 0, 0)}} },
		"event of 2020-09-01 changes the life": func(l *lifespan.Life) { l.Events = []lifespan.Event{{On: september, Extends: 1000}} },
	} {
		l := good
		spoil(&l)
		if _, err := l.Book(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q", err, want)
		}
	}
	if _, err := good.Book(); err != nil {
		t.Error(err)
	}
}

func drawMass(t *rapid.T, label string) lifespan.Mass {
	low := rapid.Float64Range(0, 1e6).Draw(t, label+" low")
	value := low + rapid.Float64Range(0, 1e6).Draw(t, label+" to value")
	high := value + rapid.Float64Range(0, 1e6).Draw(t, label+" to high")
	return lifespan.Mass{Low: quantity.Grams(low), Value: quantity.Grams(value), High: quantity.Grams(high)}
}

func drawLife(t *rapid.T) lifespan.Life {
	l := lifespan.Life{InService: september, Carried: drawMass(t, "carried"), Expected: quantity.Years(rapid.Float64Range(0.5, 12).Draw(t, "expected"))}
	served := 15.0
	if l.Ending = rapid.SampledFrom([]lifespan.Ending{lifespan.StillOwned, lifespan.Retired, lifespan.HandedOn}).Draw(t, "ending"); l.Ending != lifespan.StillOwned {
		served = rapid.Float64Range(0, 15).Draw(t, "served")
		l.Ended = after(served)
	}
	for range rapid.IntRange(0, 4).Draw(t, "events") {
		l.Events = append(l.Events, lifespan.Event{
			On:      after(rapid.Float64Range(0, served).Draw(t, "on")),
			Adds:    drawMass(t, "part"),
			Extends: quantity.Years(rapid.Float64Range(-3, 5).Draw(t, "extends")),
		})
	}
	return l
}

func TestBookedYearsAddUpToTheImpact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t)
		b := book(t, l)
		var sum, before lifespan.Mass
		holds := func(i lifespan.Mass) bool { return 0 <= i.Low && i.Low <= i.Value+1e-6 && i.Value <= i.High+1e-6 }
		for year := 0.0; year < 50; year++ {
			booked := b.Between(after(year), after(year+1))
			sum = sum.Plus(booked)
			now := b.Before(after(year + 1))
			if now.Value < before.Value-1e-6 || !holds(booked) || !holds(b.Remaining(after(year+1))) {
				t.Fatalf("year %v books %v after %v", year, booked, before)
			}
			before = now
		}
		if !same(sum.Plus(b.HandedOn()), b.Total()) {
			t.Fatalf("%v booked and %v handed on are not the %v that came in", sum, b.HandedOn(), b.Total())
		}
		if l.Ending != lifespan.HandedOn && b.HandedOn() != (lifespan.Mass{}) {
			t.Fatalf("%v went on with a device that did not", b.HandedOn())
		}
		// Any cut adds up.
		x, y, z := rapid.Float64Range(0, 30).Draw(t, "x"), rapid.Float64Range(0, 30).Draw(t, "y"), 40.0
		x, y = min(x, y), max(x, y)
		if !same(b.Between(after(x), after(y)).Plus(b.Between(after(y), after(z))), b.Between(after(x), after(z))) {
			t.Fatal("two periods do not add up to their whole")
		}
	})
}

// The two ways to keep count agree on a device that has left.
func TestRateAndBookAgreeAtTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expected := rapid.Float64Range(1, 12).Draw(t, "expected")
		age := rapid.Float64Range(0.01, 20).Draw(t, "age")
		life := lifespan.Life{InService: september, Carried: kg(100, 185, 260), Expected: quantity.Years(expected)}
		whole := time.Duration(age * float64(lifespan.Year))
		byRate := lifespan.Share(whole, age, expected)
		if !near(byRate, lifespan.Amortised(age, expected)) {
			t.Fatalf("at %v of %v years, %v is used up by the rate and %v by the book", age, expected, byRate, lifespan.Amortised(age, expected))
		}
		kept := book(t, life)
		if math.Abs(float64(kept.Before(after(age)).Value)-185_000*byRate) > 1e-2 {
			t.Fatalf("%v of the book is %v of the rate", kept.Before(after(age)).Value, 185_000*byRate)
		}
		life.Ending, life.Ended = lifespan.Retired, after(age)
		if left := book(t, life).Before(after(age + 0.001)); !same(left, life.Carried) {
			t.Fatalf("the retired device has booked %v", left)
		}
	})
}

// A longer life never books more by a day, for any device.
func TestLongerExpectedLifeBooksNoMoreByAnyDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t)
		l.Ending, l.Ended, l.Events = lifespan.StillOwned, time.Time{}, nil
		longer := l
		longer.Expected += quantity.Years(rapid.Float64Range(0, 5).Draw(t, "longer"))
		day := after(rapid.Float64Range(0, 20).Draw(t, "day"))
		if book(t, longer).Before(day).Value > book(t, l).Before(day).Value+1e-6 {
			t.Fatal("the longer life has booked more")
		}
	})
}
