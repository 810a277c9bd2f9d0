package service

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/config"
)

// A territory without a factor stops the collector at its start, with what to do:
// a page of errors later, or France's electricity, would be worse.
func TestTerritoryIsTheConfiguredOneAndNeedsAFactor(t *testing.T) {
	for territory, want := range map[string]string{
		"FR": "", "FR-974": "",
		"FR-BL": "electricity.territory: no factor electricity for region \"FR-BL\"",
	} {
		c := config.Default()
		c.Listen, c.DataDir, c.Electricity.Territory = "127.0.0.1:0", t.TempDir(), territory
		c, err := c.Check()
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), c, slog.New(slog.DiscardHandler))
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "factor overrides") {
				t.Errorf("%s: got %v; want %s", territory, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", territory, err)
			continue
		}
		s.close()
	}
}
