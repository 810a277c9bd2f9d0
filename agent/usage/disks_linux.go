package usage

import (
	"path/filepath"

	"github.com/ecoparc/ecoparc/agent/quiet"
)

// wholeDisks are the block devices that stand on hardware: no partitions, loop
// devices or mapped volumes, which would count the same bytes twice.
func wholeDisks(root string) map[string]bool {
	dir := filepath.Join(root, "sys/block")
	names, _ := quiet.Names(dir)
	onHardware, likely := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		if quiet.HasDir(filepath.Join(dir, name, "device")) {
			onHardware[name] = true
		}
		if physicalDisk(name) {
			likely[name] = true
		}
	}
	if len(onHardware) > 0 {
		return onHardware
	}
	return likely // virtual disks of some hosts have no device link
}

func physicalDisk(name string) bool {
	for _, pattern := range []string{"loop*", "ram*", "dm-*", "zram*", "md*", "nbd*", "sr*", "fd*"} {
		if ok, _ := filepath.Match(pattern, name); ok {
			return false
		}
	}
	return true
}
