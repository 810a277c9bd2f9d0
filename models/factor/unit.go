package factor

import "strings"

// families give the unit of the factors whose key begins with a prefix and, when
// there is a suffix, ends with it. The first that fits counts. A factor of any other
// name would be read by no formula.
var families = []struct{ prefix, suffix, unit string }{
	{"electricity", ".minerals", "kgSbe/kWh"},
	{"electricity", ".acidification", "molH+e/kWh"},
	{"electricity", ".particulates", "disease/kWh"},
	{"electricity", ".ionising", "kBqU235e/kWh"},
	{"electricity", ".primary_energy", "MJ/kWh"},
	{"electricity", "", "gCO2e/kWh"},
	{"embodied.", ".minerals", "kgSbe"},
	{"embodied.", ".acidification", "molH+e"},
	{"embodied.", ".particulates", "disease"},
	{"embodied.", ".ionising", "kBqU235e"},
	{"embodied.", ".primary_energy", "MJ"},
	{"embodied.", "", "kgCO2e"},
	{"lifetime.", "", "years"},
	{"use.", "", "kWh/year"},
	{"power.supply_loss", "", "ratio"},
	{"power.", "", "W"},
	{"pue.", "", "ratio"},
	{"network.", "", "kWh/GB"},
	{"part.", "", "kgCO2e"},
	{"reconditioned.", "", "ratio"},
	{"battery.", "", "ratio"},
	{"price.electricity", "", "EUR/kWh"},
	{"price.", "", "EUR"},
	{"target.", "", "ratio"}, // that the law sets
	{"hours.", "", "hours"},  // on a school day
	{"curve.ccf.", "", "W"},
	{"curve.boaviztapi.", ".a", "W"},
	{"curve.", "", "ratio"},
	{"typical.", ".tdp", "W"},
	{"typical.", ".memory", "GB"},
	{"typical.", ".screen", "in"},
	{"typical.load", "", "ratio"},
	{"typical.", "", "count"},
	{"tec.", "", "ratio"}, // shares of a year
	{"memory.codecarbon", "", "W"},
	{"memory.", "", "W/GB"},
	{"screen.monitor_per_dm2", "", "W/dm2"},
	{"screen.laptop", "", "W"},
	{"screen.tablet", "", "W"},
	{"screen.", "", "ratio"},
	{"calibration.prior_hours", "", "hours"},
	{"calibration.prior_devices", "", "count"},
	{"calibration.", "", "ratio"},
}

// unitOf is the unit that a factor must have; empty when no formula reads it.
func unitOf(key string) string {
	for _, f := range families {
		if strings.HasPrefix(key, f.prefix) && strings.HasSuffix(key, f.suffix) {
			return f.unit
		}
	}
	return ""
}

// knownKeys lists what a key may begin with.
func knownKeys() string {
	var known []string
	for _, f := range families {
		if f.suffix == "" {
			known = append(known, f.prefix)
		}
	}
	return strings.Join(known, ", ")
}
