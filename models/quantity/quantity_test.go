package quantity_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/quantity"
)

func TestMeteredEnergyConvertsToWattHours(t *testing.T) {
	const joule = 1_000_000
	for uj, wh := range map[quantity.Microjoules]quantity.WattHours{0: 0, 3600 * joule: 1, 3_600_000 * joule: 1000, 1800 * joule: 0.5} {
		if got := uj.WattHours(); got != wh {
			t.Errorf("%d µJ is %v Wh; want %v", uj, got, wh)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		uj := quantity.Microjoules(rapid.Int64Min(0).Draw(t, "uj"))
		back := float64(uj.WattHours()) * 3600 * joule
		if math.Abs(back-float64(uj)) > 1e-12*float64(uj) {
			t.Fatalf("%d µJ comes back as %v", uj, back)
		}
	})
}

type wh = quantity.Interval[quantity.WattHours]

func drawInterval(t *rapid.T, label string) wh {
	draw := func(part string) quantity.WattHours {
		return quantity.WattHours(rapid.Float64Range(0, 1e9).Draw(t, label+part))
	}
	low := draw("low")
	value := low + draw("up to value")
	return wh{Low: low, Value: value, High: value + draw("up to high")}
}

func TestIntervalHoldsItsValueThroughEveryOperation(t *testing.T) {
	holds := func(i wh) bool { return 0 <= i.Low && i.Low <= i.Value && i.Value <= i.High }
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawInterval(t, "a"), drawInterval(t, "b")
		k := rapid.Float64Range(0, 1e3).Draw(t, "k")
		if !holds(a.Plus(b)) || !holds(a.Times(k)) || !holds(quantity.Product[quantity.WattHours](a, b)) || !holds(quantity.As[quantity.WattHours](a)) {
			t.Fatalf("%v, %v, %v", a, b, k)
		}
		if a.Plus(b) != b.Plus(a) || a.Plus(quantity.Exactly[quantity.WattHours](0)) != a || a.Times(1) != a {
			t.Fatalf("%v, %v", a, b)
		}
		if a.Overlaps(b) != b.Overlaps(a) || !a.Overlaps(wh{a.High, a.High, a.High + 1}) || a.Overlaps(wh{a.High + 1, a.High + 1, a.High + 2}) {
			t.Fatalf("%v overlaps wrongly with %v", a, b)
		}
	})
	if got := (wh{1, 2, 3}).Plus(wh{10, 20, 40}).Times(2); got != (wh{22, 44, 86}) {
		t.Errorf("got %v", got)
	}
	if got := quantity.Product[quantity.Grams](wh{1, 2, 3}, quantity.Interval[float64]{Low: 4, Value: 5, High: 6}); got != (quantity.Interval[quantity.Grams]{Low: 4, Value: 10, High: 18}) {
		t.Errorf("got %v", got)
	}
}

func TestDigitsFollowTheInterval(t *testing.T) {
	exactly := func(v float64) [3]float64 { return [3]float64{v, v, v} }
	for _, test := range []struct {
		i            [3]float64
		scales       []quantity.Scale
		lang         quantity.Language
		value, bound string
	}{
		{[3]float64{47_100, 58_230, 71_400}, quantity.MassScales, "fr", "58 kgCO2e", "47 à 71"},
		{[3]float64{47_100, 58_230, 71_400}, quantity.MassScales, "en", "58 kgCO2e", "47 to 71"},
		{[3]float64{58_100, 58_230, 58_400}, quantity.MassScales, "fr", "58,23 kgCO2e", "58,10 à 58,40"},
		{[3]float64{57_100, 58_230, 59_400}, quantity.MassScales, "en", "58.2 kgCO2e", "57.1 to 59.4"},
		{[3]float64{0.4e9, 1.2345e9, 3e9}, quantity.MassScales, "fr", "1,2 ktCO2e", "0,4 à 3,0"},
		{[3]float64{4.7e12, 5.8e12, 7.1e12}, quantity.MassScales, "fr", "5\u202f800 ktCO2e", "4\u202f700 à 7\u202f100"},
		{[3]float64{4.7e12, 5.8e12, 7.1e12}, quantity.MassScales, "en", "5,800 ktCO2e", "4,700 to 7,100"},
		{[3]float64{0, 3, 900}, quantity.EnergyScales, "fr", "0 Wh", "0 à 900"}, // three of nine hundred is not known
		{[3]float64{0, 0, 50}, quantity.EnergyScales, "fr", "0 Wh", "0 à 50"},
		{[3]float64{0.0001, 0.0002, 0.0003}, quantity.EnergyScales, "fr", "0,00 Wh", "0,00 à 0,00"},
		{exactly(0), quantity.EnergyScales, "fr", "0 Wh", ""},
		{exactly(999), quantity.EnergyScales, "fr", "999 Wh", ""},
		{exactly(1000), quantity.EnergyScales, "fr", "1,00 kWh", ""},
		{exactly(12_345), quantity.EnergyScales, "en", "12.3 kWh", ""},
		{exactly(1_234_567), quantity.EnergyScales, "fr", "1,23 MWh", ""},
		{exactly(-1234), quantity.EnergyScales, "fr", "−1,23 kWh", ""},
		{exactly(-0.001), quantity.EnergyScales, "fr", "0,00 Wh", ""}, // no minus before nothing
		{exactly(987_654_321), quantity.PlainScale, "fr", "988\u202f000\u202f000 ", ""},
		{[3]float64{300, 500, 900}, quantity.MoneyScales, "fr", "500 €", "300 à 900"},
		{[3]float64{-4_000, -2_500, 1_000}, quantity.MoneyScales, "en", "−2.5 k€", "−4.0 to 1.0"}, // a saving
		{exactly(1_230_000), quantity.MoneyScales, "fr", "1,23 M€", ""},
		{exactly(65.8), quantity.PowerScales, "en", "65.8 W", ""},
	} {
		i := quantity.Interval[quantity.Grams]{Low: quantity.Grams(test.i[0]), Value: quantity.Grams(test.i[1]), High: quantity.Grams(test.i[2])}
		got := quantity.Format(i, test.scales, test.lang)
		if got.Value+" "+got.Unit != test.value || got.Range != test.bound {
			t.Errorf("%v in %s: got %q %q (%q); want %q (%q)", test.i, test.lang, got.Value, got.Unit, got.Range, test.value, test.bound)
		}
	}
}

func TestNumberIsWrittenAsTheLanguageDoes(t *testing.T) {
	for _, test := range []struct {
		v        float64
		decimals int
		fr, en   string
	}{
		{1234567.891, 2, "1\u202f234\u202f567,89", "1,234,567.89"},
		{999, 0, "999", "999"},
		{999.5, 0, "1\u202f000", "1,000"},
		{12345, -2, "12\u202f300", "12,300"},
		{1250, -2, "1\u202f300", "1,300"},
		{-5.4, 1, "−5,4", "−5.4"},
		{-1234.5, -1, "−1\u202f230", "−1,230"},
		{-4, -1, "0", "0"},
		{0, 1, "0,0", "0.0"},
		{1e15, 0, "1\u202f000\u202f000\u202f000\u202f000\u202f000", "1,000,000,000,000,000"},
	} {
		if got := quantity.Number(test.v, test.decimals, quantity.French); got != test.fr {
			t.Errorf("%v with %d decimals in French is %q; want %q", test.v, test.decimals, got, test.fr)
		}
		if got := quantity.Number(test.v, test.decimals, quantity.English); got != test.en {
			t.Errorf("%v with %d decimals in English is %q; want %q", test.v, test.decimals, got, test.en)
		}
	}
}

// A number must not break over two lines, between its thousands or anywhere.
func TestNoOrdinarySpaceStandsInANumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := quantity.Number(rapid.Float64Range(-1e15, 1e15).Draw(t, "v"), rapid.IntRange(-3, 3).Draw(t, "decimals"), quantity.French)
		if strings.ContainsAny(got, " \u00a0-.") {
			t.Fatalf("got %q", got)
		}
	})
}
