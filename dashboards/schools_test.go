package dashboards

import (
	"strings"
	"testing"
)

func TestSchoolsThatStandOutAreNamedOnceTheirChanceIsKnown(t *testing.T) {
	w := &world{name: "Lycée", devices: 1, sites: 60}
	for query, says := range map[string]string{
		"":                        "1 établissement sur 62 pèse plus que ce que le hasard explique : École 0040",
		"?size=small":             `<option value="small" selected>`,
		"?covered=1":              `name="covered" value="1" checked`,
		"?kind=college":           "Aucun établissement",
		"?find=ECOLE+0007":        `/sites/1007`,
		"?kind=<script>&size=all": `<option value="" selected>`,
	} {
		if page := plainSpaces.Replace(w.get(t, "/organisations/1/schools"+query).Body.String()); !strings.Contains(page, says) {
			t.Errorf("%q does not say %q", query, says)
		}
	}
	// The way on keeps what was chosen.
	many := &world{name: "Lycée", devices: 1, sites: 900}
	if page := many.get(t, "/organisations/1/schools?size=medium").Body.String(); strings.Count(page, "size=medium&amp;sort=") < 4 {
		t.Error("the links of the list forget which schools are compared")
	}
	few := &world{name: "Lycée", devices: 1}
	page := few.get(t, "/organisations/1/schools").Body.String()
	if strings.Contains(page, `id="funnel`) || !strings.Contains(page, "latitude") {
		t.Error("two schools without positions have a funnel, or no word on the map")
	}
}
