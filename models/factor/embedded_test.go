package factor_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
)

func TestEveryShippedNumberSaysWhereItComesFrom(t *testing.T) {
	table := factor.Default()
	if len(table.Rows) < 40 {
		t.Fatalf("only %d rows are embedded", len(table.Rows))
	}
	for _, r := range table.Rows {
		if r.Source.Licence == "" || !strings.HasPrefix(r.Source.URL, "https://") || r.Page == "" {
			t.Errorf("%s has the source %+v, page %q", r.Key, r.Source, r.Page)
		}
		// A number of ours is nobody's official one, and must never look like it.
		if r.SourceID == "ecoparc-provisional" && bool(r.Verified) {
			t.Errorf("%s is provisional and says that it is verified", r.Key)
		}
		if !r.Verified && r.SourceID != "ecoparc-provisional" && r.Note == "" {
			t.Errorf("%s cites %s, is not verified, and does not say why", r.Key, r.SourceID)
		}
		if !(r.Low <= r.Value && r.Value <= r.High) {
			t.Errorf("%s: %v is not within %v and %v", r.Key, r.Value, r.Low, r.High)
		}
	}
	// The ministry has published no figures: no profile may look official.
	for _, p := range table.Profiles {
		if !p.Provisional || p.Note == "" {
			t.Errorf("profile %s does not say that it is provisional", p.Key)
		}
	}
}

// The numbers are typed here a second time, from the publications that the rows
// cite: a slip of the finger in either place is found.
func TestShippedNumbersAreThePublishedOnes(t *testing.T) {
	for _, want := range []struct {
		key              string
		year             int // 0: at any time
		value, low, high float64
		source           string
	}{
		// Our World in Data/Ember; bounds: Electricity Maps' mix, codecarbon, BoaviztAPI.
		{"electricity", 2015, 59.1, 55.4, 59.1, "owid-ember"},
		{"electricity", 2016, 68.6, 60, 70.3, "owid-ember"},
		{"electricity", 2017, 78.3, 69, 83.1, "owid-ember"},
		{"electricity", 2018, 59.9, 54, 59.9, "owid-ember"},
		{"electricity", 2019, 59.8, 54, 98, "owid-ember"},
		{"electricity", 2020, 59.1, 51.1, 59.1, "owid-ember"},
		{"electricity", 2021, 59.8, 59, 59.8, "owid-ember"},
		{"electricity", 2022, 78.6, 78.6, 88.6, "owid-ember"},
		{"electricity", 2023, 55.3, 52.9, 56.04, "owid-ember"},
		{"electricity", 2024, 44.2, 34.5, 44.2, "owid-ember"},
		{"electricity", 2026, 44.2, 34.5, 55.3, "owid-ember"}, // carried forward

		// ImpactCO2: construction + assembly and distribution + end of life.
		{"embodied.laptop", 0, 170 + 12.3 + 2.79, 135, 260, "ademe-impactco2-2025"},
		{"embodied.desktop", 0, 203 + 1.85 + 6.61, 174, 389, "ademe-impactco2-2025"},
		{"embodied.tablet", 0, 80.5 + 3.43 + 0.364, 44.5, 150, "ademe-impactco2-2025"},
		{"embodied.monitor", 0, 64.6 + 1.29 + 3.95, 64.7, 379, "ademe-impactco2-2025"},
		{"embodied.server", 0, 1278, 1185, 3660, "boavizta-footprints"},

		{"lifetime.laptop", 0, 5, 4, 7, "ademe-impactco2-2025"},
		{"lifetime.desktop", 0, 6, 4, 7, "ademe-impactco2-2025"},
		{"lifetime.tablet", 0, 3, 2, 3, "ademe-impactco2-2025"},
		{"lifetime.monitor", 0, 6, 5, 6.6, "ademe-impactco2-2025"},
		{"lifetime.server", 0, 5, 4, 7, "ecodiag"},

		{"use.laptop", 0, 17, 14, 39.75, "boavizta-footprints"},
		{"use.desktop", 0, 71, 22, 210, "boavizta-footprints"},
		{"use.tablet", 0, 14.8, 5, 25, "boavizta-footprints"},
		{"use.monitor", 0, 38, 35, 100, "boavizta-footprints"},
		{"use.server", 0, 1529, 1019, 1859, "boavizta-footprints"},

		// 0.16 kg/GB; BoaviztAPI's formula; ImpactCO2's external SSD: 135 + 0.016 + 0.08.
		{"part.ssd", 0, 0.16 * 256, 18, 135 + 0.016 + 0.08, "tannu-nair-2022"},
		{"part.memory", 0, 8/1.25*2.20 + 5.22, 12.3, 33.4, "boaviztapi"},

		// Cloud Carbon Footprint: on-premise averages, bounds by processor family.
		{"power.server.idle", 0, 65.8, 15.9, 120, "ccf"},
		{"curve.ccf.server.idle", 0, 65.8, 15.9, 120, "ccf"},
		{"curve.ccf.server.active", 0, 367.1, 71.7, 919, "ccf"},
		{"power.virtual.idle", 0, 0.74, 0.74, 0.74, "ccf"},
		{"power.virtual.active", 0, 3.5, 3.5, 3.5, "ccf"},

		// Ours: active 20, 60 and 7 W and so on, from experience.
		{"power.laptop.active", 0, 20, 12, 45, "ecoparc-provisional"},
		{"typical.load", 0, 0.1, 0, 0.5, "ecoparc-provisional"},
		{"power.laptop.sleep", 0, 0.6, 0.3, 1.5, "ecoparc-provisional"},
		{"power.laptop.off", 0, 0.3, 0.1, 0.5, "ecoparc-provisional"},
		{"power.desktop.active", 0, 60, 30, 120, "ecoparc-provisional"},
		{"power.tablet.active", 0, 7, 5, 15, "ecoparc-provisional"},

		// Solved from the medians of makers' typical consumption in kWh a year,
		// with the shares of ENERGY STAR: off, asleep, screen off, screen on.
		{"power.laptop.idle", 0, (18.78*1000/8760 - 0.25*0.3 - 0.35*0.6 + 0.10*2.5) / 0.40, 3, 12, "boavizta-footprints"},
		{"power.tablet.idle", 0, (14.7*1000/8760 - 0.25*0.2 - 0.35*0.3 + 0.10*1.5) / 0.40, 1, 7, "boavizta-footprints"},
		{"power.thin_client.idle", 0, (41.42*1000/8760 - 0.45*0.5 - 0.05*1.5) / 0.50, 4, 15, "boavizta-footprints"},
		{"power.monitor.active", 0, (39.56*1000/8760 - 0.65*0.3) / 0.35, 7, 35, "boavizta-footprints"},
		{"power.server.active", 0, 2*1473.5*1000/8760 - 65.8, 71.7, 919, "boavizta-footprints"},

		// The published curves; ENERGY STAR's shares.
		{"curve.teads.load0", 0, 0.12, 0.12, 0.12, "boaviztapi"},
		{"curve.teads.load10", 0, 0.32, 0.32, 0.32, "boaviztapi"},
		{"curve.teads.load50", 0, 0.75, 0.75, 0.75, "boaviztapi"},
		{"curve.teads.load100", 0, 1.02, 1.02, 1.02, "boaviztapi"},
		{"curve.codecarbon.idle", 0, 0.1, 0.1, 0.1, "codecarbon"},
		{"curve.codecarbon.rise", 0, 0.9, 0.9, 0.9, "codecarbon"},
		{"curve.boaviztapi.other", 0, 0.33, 0.2, 0.6, "boaviztapi"},
		{"memory.boaviztapi", 0, 0.284, 0.284, 0.284, "boaviztapi"},
		{"memory.ccf", 0, 0.392, 0.392, 0.392, "ccf"},
		{"tec.notebook.off", 0, 0.25, 0.25, 0.25, "energy-star"},
		{"tec.notebook.sleep", 0, 0.35, 0.35, 0.35, "energy-star"},
		{"tec.notebook.short_idle", 0, 0.30, 0.30, 0.30, "energy-star"},
		{"tec.desktop_v8.off", 0, 0.15, 0.15, 0.15, "energy-star"},
		{"tec.desktop_v8.sleep", 0, 0.45, 0.45, 0.45, "energy-star"},
		{"tec.desktop_v6.off", 0, 0.45, 0.45, 0.45, "energy-star"},
		{"tec.desktop_v6.short_idle", 0, 0.35, 0.35, 0.35, "energy-star"},
		{"tec.display.short_idle", 0, 0.35, 0.35, 0.35, "energy-star"},

		// ImpactCO2 and EcoDiag, bounds as the interval says; makers by Boavizta.
		{"embodied.thin_client", 0, 47.6, 40.1, 121.7, "boavizta-footprints"},
		{"embodied.smartphone", 0, 77 + 2.27 + 0.246, 30, 84, "ademe-impactco2-2025"},
		{"embodied.projector", 0, 39.2 + 1.32 + 3.26, 43.8, 94, "ademe-impactco2-2025"},
		{"embodied.interactive_panel", 0, 325 + 3.26 + 11.9, 152, 590, "ademe-impactco2-2025"},
		{"embodied.access_point", 0, 10, 10, 63, "ecodiag"},
		{"embodied.printer", 0, 130, 100, 430, "boavizta-footprints"},
		{"lifetime.thin_client", 0, 6, 2, 7, "ademe-impactco2-2025"},
		{"lifetime.smartphone", 0, 2.5, 1.5, 4, "ademe-impactco2-2025"},
		{"lifetime.projector", 0, 8, 7, 10, "ademe-impactco2-2025"},
		{"lifetime.interactive_panel", 0, 8, 5, 10, "ademe-impactco2-2025"},
		{"lifetime.access_point", 0, 6, 5, 6, "ecodiag"},
		{"lifetime.printer", 0, 5, 3, 5, "g4it-lifetimes"},
		{"use.thin_client", 0, 41.4, 35.6, 46.3, "boavizta-footprints"},
		{"use.smartphone", 0, 0.256 / 0.037887, 2.6, 8, "ademe-impactco2-2025"},
		{"use.projector", 0, 1.894 / 0.037887, 50, 120, "ademe-impactco2-2025"},
		{"use.interactive_panel", 0, 3.694 / 0.037887, 50, 300, "ademe-impactco2-2025"},
		{"use.access_point", 0, 70, 44, 96, "ecodiag"},
		{"use.printer", 0, 18.7, 15.1, 260, "boavizta-footprints"},
		{"power.projector.active", 0, 260, 150, 310, "ecodiag"},
		{"power.access_point.active", 0, 70_000.0 / 8760, 5, 20, "ecodiag"},
		{"power.interactive_panel.active", 0, 150, 70, 300, "ecoparc-provisional"},
	} {
		region, day := "", time.Time{}
		if want.key == "electricity" {
			region, day = "FR", time.Date(want.year, 7, 1, 0, 0, 0, 0, time.UTC)
		}
		got, err := factor.Default().Find(want.key, region, day)
		if err != nil {
			t.Error(err)
			continue
		}
		// Sums of published parts are shipped rounded to a tenth.
		if d := got.Value - want.value; d < -0.05 || d > 0.05 || math.Abs(got.Low-want.low) > 0.05 || math.Abs(got.High-want.high) > 0.05 || got.SourceID != want.source {
			t.Errorf("%s %d is %v (%v to %v) of %s; published: %v (%v to %v) of %s", want.key, want.year,
				got.Value, got.Low, got.High, got.SourceID, want.value, want.low, want.high, want.source)
		}
	}
}

// Figures of any day since 2015 can be computed: the years leave no gap.
func TestElectricityIsKnownOnEachDay(t *testing.T) {
	for day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2031; day = day.AddDate(0, 0, 1) {
		if _, err := factor.Default().Find("electricity", "FR", day); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := factor.Default().Find("electricity", "FR", time.Date(2014, 12, 31, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("2014 has a factor that no row states")
	}
}
