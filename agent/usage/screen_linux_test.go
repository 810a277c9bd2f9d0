package usage

import (
	"path/filepath"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
)

func TestScreenIsOnWhileAnyScreenIsLit(t *testing.T) {
	type files map[string]string
	connector := func(name, status, dpms, enabled string) files {
		dir := "sys/class/drm/card0-" + name + "/"
		return files{dir + "status": status, dir + "dpms": dpms, dir + "enabled": enabled}
	}
	panel, panelOff := connector("eDP-1", "connected", "On", "enabled"), connector("eDP-1", "connected", "Off", "enabled")
	hdmi, hdmiOff := connector("HDMI-A-1", "connected", "On", "enabled"), connector("HDMI-A-1", "connected", "Off", "enabled")
	none := connector("HDMI-A-1", "disconnected", "On", "disabled")
	lit, unlit := files{"sys/class/backlight/intel_backlight/bl_power": "0"}, files{"sys/class/backlight/intel_backlight/bl_power": "4"}
	for _, c := range []struct {
		what  string
		files []files
		want  Screen
	}{
		{"no graphics card", nil, ScreenUnknown},
		{"a card without a screen", []files{none}, ScreenUnknown},
		{"a panel", []files{panel, none}, ScreenOn},
		{"a panel that the card does not drive", []files{panelOff, none}, ScreenOff},
		{"a panel whose backlight is lit", []files{panel, lit}, ScreenOn},
		{"a panel whose backlight is dark", []files{panel, unlit}, ScreenOff},
		{"a dark panel beside a lit screen", []files{panel, unlit, hdmi}, ScreenOn},
		{"a closed lid beside a screen asleep", []files{panelOff, hdmiOff}, ScreenOff},
		{"a screen that is attached and not used", []files{connector("DP-1", "connected", "On", "disabled")}, ScreenOff},
		{"files that cannot be read", []files{{"sys/class/drm/card0-DP-1/x": ""}}, ScreenUnknown},
	} {
		root := t.TempDir()
		for _, f := range c.files {
			for name, text := range f {
				agenttest.Write(t, filepath.Join(root, name), text+"\n", false)
			}
		}
		if got := watchScreen(root)(); got != c.want {
			t.Errorf("%s: %d; want %d", c.what, got, c.want)
		}
	}
}
