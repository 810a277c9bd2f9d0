package meter

import (
	"fmt"

	"github.com/ecoparc/ecoparc/agent/internal/iokit"
	"github.com/ecoparc/ecoparc/models/report"
)

// errPowermetrics says why the processor's own counters are not read: they are
// behind a private interface, or a program of root's that would have to be started.
var errPowermetrics = fmt.Errorf("%w: macOS tells the processor's energy only to its own programs, and the agent starts none", ErrNone)

// Discover looks for every kind of meter of this machine.
func Discover(string) *Found {
	f := new(Found)
	f.findSmartBattery(func() (found smartBattery) {
		properties := map[string]any{}
		err := iokit.Each("AppleSmartBattery", func(e iokit.Entry) bool {
			for _, key := range []string{
				"BatteryInstalled", "ExternalConnected", "Voltage", "InstantAmperage", "Amperage",
				"CycleCount", "DesignCapacity", "AppleRawMaxCapacity", "MaxCapacity",
			} {
				properties[key] = e.Property(key)
			}
			return false
		})
		if err != nil || len(properties) == 0 {
			return nil
		}
		return func(key string) any { return properties[key] }
	})
	f.add(nil, "powermetrics", report.Package, errPowermetrics)
	return f
}
