package grid

import (
	"fmt"
	"slices"
	"strings"
)

// MainlandFrance is the territory that is meant when none is named: France in
// Europe without Corsica.
const MainlandFrance = "FR"

// Territory is a part of France with an electricity grid of its own.
type Territory struct {
	Code     string // ISO 3166-2, and the region of its factor rows
	French   string
	English  string
	TimeZone string // of its capital, where a day begins and ends
	// OwnHolidays says that the rector or the territory sets the school year: the
	// holidays of zones A, B and C are not its own.
	OwnHolidays bool
}

// Territories lists the territories, the mainland first. Being listed says
// nothing of a factor: Intensity tells whether there is one.
func Territories() []Territory {
	return []Territory{
		{MainlandFrance, "France hexagonale", "mainland France", "Europe/Paris", false},
		{"FR-20R", "Corse", "Corsica", "Europe/Paris", true},
		{"FR-971", "Guadeloupe", "Guadeloupe", "America/Guadeloupe", true},
		{"FR-972", "Martinique", "Martinique", "America/Martinique", true},
		{"FR-973", "Guyane", "French Guiana", "America/Cayenne", true},
		{"FR-974", "La Réunion", "Réunion", "Indian/Reunion", true},
		{"FR-976", "Mayotte", "Mayotte", "Indian/Mayotte", true},
		{"FR-PM", "Saint-Pierre-et-Miquelon", "Saint Pierre and Miquelon", "America/Miquelon", true},
		{"FR-BL", "Saint-Barthélemy", "Saint Barthélemy", "America/St_Barthelemy", true},
		{"FR-MF", "Saint-Martin", "Saint Martin", "America/Marigot", true},
		{"FR-PF", "Polynésie française", "French Polynesia", "Pacific/Tahiti", true},
		{"FR-NC", "Nouvelle-Calédonie", "New Caledonia", "Pacific/Noumea", true},
		{"FR-WF", "Wallis-et-Futuna", "Wallis and Futuna", "Pacific/Wallis", true},
	}
}

// TerritoryOf is the territory with a code. The error names the codes there are.
func TerritoryOf(code string) (Territory, error) {
	all := Territories()
	at := slices.IndexFunc(all, func(t Territory) bool { return t.Code == code })
	if at < 0 {
		codes := make([]string, len(all))
		for i, t := range all {
			codes[i] = t.Code
		}
		return Territory{}, fmt.Errorf("%q is no territory; allowed are %s", code, strings.Join(codes, ", "))
	}
	return all[at], nil
}
