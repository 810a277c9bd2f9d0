package usage

import (
	"path/filepath"
	"strings"

	"github.com/ecoparc/ecoparc/agent/quiet"
)

// watchScreen reads the state of the screens below a root: of each connector of a
// graphics card whether a screen is attached and whether the card drives it
// (Documentation/gpu/drm-kms.rst), and of a built-in panel whether its backlight is
// lit (Documentation/ABI/stable/sysfs-class-backlight). Nobody has to be asked, and
// no session of a user is looked at.
func watchScreen(root string) func() Screen {
	return func() Screen {
		state := ScreenUnknown
		for _, dir := range listed(filepath.Join(root, "sys/class/drm"), "card*-*", "") {
			if word(dir, "status") != "connected" {
				continue
			}
			if state == ScreenUnknown {
				state = ScreenOff
			}
			if word(dir, "dpms") != "On" || word(dir, "enabled") == "disabled" {
				continue
			}
			if builtIn(dir) && dark(listed(filepath.Join(root, "sys/class/backlight"), "*", "bl_power")) {
				continue
			}
			return ScreenOn
		}
		return state
	}
}

// builtIn tells the connectors of panels, as card0-eDP-1.
func builtIn(connector string) bool {
	_, kind, _ := strings.Cut(filepath.Base(connector), "-")
	return strings.HasPrefix(kind, "eDP") || strings.HasPrefix(kind, "LVDS") || strings.HasPrefix(kind, "DSI")
}

// dark tells whether there are backlights, and none is lit: 0 is FB_BLANK_UNBLANK.
func dark(backlights []string) bool {
	for _, path := range backlights {
		if word(path) == "0" {
			return false
		}
	}
	return len(backlights) > 0
}

// listed are the entries of a folder whose names fit a pattern, or a file in each of
// them.
func listed(dir, pattern, file string) (all []string) {
	names, _ := quiet.Names(dir)
	for _, name := range names {
		if ok, _ := filepath.Match(pattern, name); ok {
			all = append(all, filepath.Join(dir, name, file))
		}
	}
	return all
}

// word reads a small file; one that cannot be read is empty.
func word(path ...string) string {
	b, err := quiet.ReadFile(filepath.Join(path...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
