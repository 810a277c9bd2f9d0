package power

import (
	"fmt"
	"math"
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// Classes are the classes that a device belongs to for calibration, from the
// narrowest to the widest: its model ("laptop: dell latitude 3420"), its
// specification ("laptop: 28 W, 14 in") and its category ("laptop"). Metered
// devices teach each of theirs; an unmetered one uses the first that has learned
// enough. What is not known has no class.
func Classes(cpus *CPUTable, s equipment.Spec) []string {
	var classes []string
	if s.Model != "" {
		name := strings.Join(strings.Fields(strings.ToLower(s.Maker+" "+s.Model)), " ")
		classes = append(classes, fmt.Sprintf("%s: %s", s.Category, name))
	}
	var parts []string
	if tdp, ok := cpus.TDP(s.CPU); ok {
		parts = append(parts, fmt.Sprintf("%g W", float64(tdp)))
	}
	if s.ScreenIn > 0 {
		parts = append(parts, fmt.Sprintf("%g in", math.Round(s.ScreenIn)))
	}
	if parts != nil {
		classes = append(classes, fmt.Sprintf("%s: %s", s.Category, strings.Join(parts, ", ")))
	}
	return append(classes, string(s.Category))
}
