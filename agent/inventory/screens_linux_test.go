package inventory

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestScreensOfAMachine(t *testing.T) {
	root := agenttest.Machine(t, "testdata/laptop.txt")
	connector := func(name, status string, description []byte) {
		dir := filepath.Join(root, "sys/class/drm", name)
		agenttest.Write(t, filepath.Join(dir, "status"), status+"\n", false)
		agenttest.Write(t, filepath.Join(dir, "edid"), string(description), false)
	}
	connector("card0-DP-1", "connected", edid("DEL", 2021, 53, 30, 527, 296, "DELL P2419H"))
	connector("card0-HDMI-A-1", "disconnected", edid("GSM", 2021, 53, 30, 527, 296, "LG"))
	connector("card0-HDMI-A-2", "connected", nil)
	connector("card0-eDP-1", "connected", edid("AUO", 2020, 31, 17, 309, 173, ""))
	want := []report.Screen{
		{Place: report.BuiltIn, Maker: "AUO", DiagonalMm: 354, MadeYear: 2020},
		{Place: report.Attached, Maker: "DEL", Model: "DELL P2419H", DiagonalMm: 604, MadeYear: 2021},
	}
	if got := Take(t.Context(), root, meter.Discover(root)).Screens; !slices.Equal(got, want) {
		t.Errorf("got %+v; want %+v", got, want)
	}
}
