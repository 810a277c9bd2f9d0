package dashboards

import "testing"

// The audit log is kept in English; a page tells its lines in its own language, and what
// it has no words for as it was logged.
func TestLogIsToldInTheLanguageOfThePage(t *testing.T) {
	all := languagesOf(t)
	for _, c := range []struct{ what, logged, fr string }{
		{"user add", "council_viewer of organisations [] and sites [29]", "élu ou agent du conseil, pour les établissements n° 29"},
		{"user role", "auditor of everything", "auditeur, pour tout le parc"},
		{"user add", "procurement of organisations [2 3] and sites [7]", "acheteur, pour les organisations n° 2 3 et les établissements n° 7"},
		{"site add", "Lycée A, lycee, uai 0750001U, zone C, 1 pupils, at 46.73927, 2.37255, closed", "Lycée A, Lycée, UAI 0750001U, zone C, 1 élève, à 46.73927, 2.37255, fermé"},
		{"device import", "achats.csv (SHA-256 00ff): 3 added, 1 changed, 0 unchanged", "achats.csv (SHA-256 00ff) : 3 ajouts, 1 modification, 0 ligne déjà connue"},
		{"device retire", "on 2026-11-01, to reuse", "le 1er novembre 2026 : réemploi"},
		{"device merge", "goes on from d-old", "continue d-old"},
		{"device repair", "battery on 2026-11-02: repaired, in_house, 89.00 euros", "batterie, le 2 novembre 2026 : réparé, sur place, 89.00 euros"},
		{"device forget-repair", "ssd on 2026-11-02", "disque, le 2 novembre 2026"},
		{"token create", "site 3, shared devices, 30 uses, until 2026-12-01 10:00:00", "établissement 3, élèves, partagé, 30 appareils, jusqu’au 2026-12-01 10:00:00 (UTC)"},
		{"organisation add", "departement", "département"},
		{"user add", "something new", "something new"},
	} {
		if got := plainSpaces.Replace(all["fr"].actDetails(c.what, c.logged)); got != c.fr {
			t.Errorf("%s: %q is told as %q, want %q", c.what, c.logged, got, c.fr)
		}
	}
	if got := all["en"].actDetails("user role", "auditor of everything"); got != "auditor of everything" {
		t.Errorf("in English it is %q", got)
	}
}
