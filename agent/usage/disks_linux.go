package usage

import (
	"os"
	"path/filepath"
)

// wholeDisks are the block devices that stand on hardware: no partitions, loop
// devices or mapped volumes, which would count the same bytes twice.
func wholeDisks(root string) map[string]bool {
	disks := map[string]bool{}
	found, _ := filepath.Glob(filepath.Join(root, "sys/block/*/device"))
	for _, path := range found {
		disks[filepath.Base(filepath.Dir(path))] = true
	}
	if len(disks) > 0 {
		return disks
	}
	entries, _ := os.ReadDir(filepath.Join(root, "sys/block")) // virtual disks of some hosts have no device link
	for _, e := range entries {
		if physicalDisk(e.Name()) {
			disks[e.Name()] = true
		}
	}
	return disks
}

func physicalDisk(name string) bool {
	for _, pattern := range []string{"loop*", "ram*", "dm-*", "zram*", "md*", "nbd*", "sr*", "fd*"} {
		if ok, _ := filepath.Match(pattern, name); ok {
			return false
		}
	}
	return true
}
