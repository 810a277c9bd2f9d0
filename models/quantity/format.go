package quantity

import (
	"math"
	"strconv"
	"strings"
)

// Language is the language numbers are written in.
type Language string

// The languages of the pages.
const (
	French  Language = "fr"
	English Language = "en"
)

// Scale writes a quantity in a unit that suits its size.
type Scale struct {
	Unit string
	Per  float64 // how many base units make one
}

// Scales from small to large; the first is the base unit, in which the
// quantities themselves are.
var (
	EnergyScales = []Scale{{"Wh", 1}, {"kWh", 1e3}, {"MWh", 1e6}, {"GWh", 1e9}}
	MassScales   = []Scale{{"gCO2e", 1}, {"kgCO2e", 1e3}, {"tCO2e", 1e6}, {"ktCO2e", 1e9}}
	PowerScales  = []Scale{{"W", 1}, {"kW", 1e3}}
	MoneyScales  = []Scale{{"€", 1}, {"k€", 1e3}, {"M€", 1e6}}
	PlainScale   = []Scale{{"", 1}}
)

// Text is an interval in words.
type Text struct {
	Value string // "58"
	Unit  string // "kgCO2e"
	Range string // "47 à 71"; empty when the interval is a single value
}

// Format writes an interval in the scale that suits its value, with no more
// digits than the interval allows: half the width of the interval keeps two
// significant digits, so 58.23 between 47.1 and 71.4 becomes 58 (47 to 71).
func Format[T Unit](i Interval[T], scales []Scale, lang Language) Text {
	scale := suiting(float64(i.Value), scales)
	low, value, high := float64(i.Low)/scale.Per, float64(i.Value)/scale.Per, float64(i.High)/scale.Per
	decimals := 0
	if half := (high - low) / 2; half > 0 {
		decimals = 1 - int(math.Floor(math.Log10(half)))
	} else if value != 0 {
		decimals = 2 - int(math.Floor(math.Log10(math.Abs(value))))
	}
	decimals = min(decimals, 2)
	t := Text{Value: Number(value, decimals, lang), Unit: scale.Unit}
	if high > low {
		to := " à "
		if lang == English {
			to = " to "
		}
		t.Range = Number(low, decimals, lang) + to + Number(high, decimals, lang)
	}
	return t
}

func suiting(value float64, scales []Scale) Scale {
	best := scales[0]
	for _, s := range scales {
		if math.Abs(value) >= s.Per {
			best = s
		}
	}
	return best
}

// Number writes a number with thousands grouped and decimals (negative ones
// round to tens, hundreds, ...) as the language does.
func Number(v float64, decimals int, lang Language) string {
	if decimals < 0 {
		step := math.Pow(10, float64(-decimals))
		v, decimals = math.Round(v/step)*step, 0
	}
	point, group := ",", "\u202f" // narrow no-break space
	if lang == English {
		point, group = ".", ","
	}
	text := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	var b strings.Builder
	if v < 0 && strings.Trim(text, "0.") != "" {
		b.WriteString("−")
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString(point + fraction)
	}
	return b.String()
}
