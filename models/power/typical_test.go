package power_test

import (
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/report"
)

func weights(t testing.TB, class string) power.Weights {
	t.Helper()
	w, err := power.WeightsFor(factor.Default(), class)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// By hand, with a notebook's shares 25/35/10/30 % of 8,760 h: 0.5 W off, 1 W
// asleep, 6 W with the screen off and 10 W with it on are
// 8.76 x (0.125 + 0.35 + 0.6 + 3) = 35.697 kWh. A desktop's of version 8 (15/45/10/30):
// 8.76 x (0.075 + 0.45 + 0.6 + 3) = 36.135. A display's: 8.76 x (0.35 x 10 + 0.65 x 1) = 36.354.
func TestTypicalYearIsEnergyStars(t *testing.T) {
	k := power.Curve{Off: quantity.Exactly[quantity.Watts](0.5), Sleep: quantity.Exactly[quantity.Watts](1), Dark: quantity.Exactly[quantity.Watts](6)}
	for i := range k.ByLoad {
		k.ByLoad[i] = quantity.Exactly(quantity.Watts(10 + 2*i))
	}
	for class, want := range map[string]float64{"notebook": 35_697, "desktop_v8": 36_135, "display": 36_354} {
		if got := power.TypicalYear(&k, weights(t, class)); !near(float64(got.Value), want) {
			t.Errorf("%s: %v Wh a year; want %v", class, got, want)
		}
	}
	// A server is always on, at half load: 20 W.
	if got := power.TypicalYear(&k, weights(t, "server")); !near(float64(got.Value), 175_200) {
		t.Errorf("server: %v Wh a year", got)
	}
}

func TestSharesOfAYearAddUpToOne(t *testing.T) {
	for _, class := range []string{"notebook", "desktop_v6", "desktop_v8", "display", "server"} {
		if w := weights(t, class); !near(w.Off+w.Sleep+w.LongIdle+w.ShortIdle, 1) {
			t.Errorf("%s: %+v", class, w)
		}
	}
	if _, err := power.WeightsFor(factor.Default(), "toaster"); err == nil {
		t.Error("toasters have a typical year")
	}
}

// A school laptop - 4 h on each of 160 days, asleep for 4 h on these, else off -
// uses a third of what ENERGY STAR's office does.
func TestSchoolUseIsBelowTypicalUse(t *testing.T) {
	const hour = 3_600_000
	k := curve(t, equipment.Laptop)
	school := power.Use{OffMs: (365*24 - 160*8) * hour, SleepMs: 160 * 4 * hour, LoadMs: report.Loads{160 * 3 * hour, 0, 160 * hour}}
	real, typical := k.EnergyOf(&school), power.TypicalYear(&k, weights(t, "notebook"))
	if !(real.Value > 5000 && real.Value < 9000 && real.Value < typical.Value/2) {
		t.Errorf("%v Wh a year beside %v", real, typical)
	}
}
