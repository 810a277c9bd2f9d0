package usage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// newClocks gives CLOCK_MONOTONIC, which stands still during suspend, and
// CLOCK_BOOTTIME, which does not.
func newClocks() func() (awake, sinceBoot time.Duration) {
	return func() (awake, sinceBoot time.Duration) {
		return clock(unix.CLOCK_MONOTONIC), clock(unix.CLOCK_BOOTTIME)
	}
}

// BootTime is when the machine started, by the wall clock of now.
func BootTime(context.Context) (time.Time, error) {
	sinceBoot := clock(unix.CLOCK_BOOTTIME)
	if sinceBoot == 0 {
		return time.Time{}, errors.New("cannot read the time since the machine started")
	}
	return time.Now().Add(-sinceBoot), nil
}

func clock(id int32) time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// wholeDisks are the block devices that stand on hardware: no partitions, loop
// devices or mapped volumes, which would count the same bytes twice.
func wholeDisks() []string {
	names := []string{"none"} // an empty list would mean all
	found, _ := filepath.Glob("/sys/block/*/device")
	for _, path := range found {
		names = append(names, filepath.Base(filepath.Dir(path)))
	}
	if len(names) == 1 {
		entries, _ := os.ReadDir("/sys/block") // virtual disks of some hosts have no device link
		for _, e := range entries {
			if physicalDisk(e.Name()) {
				names = append(names, e.Name())
			}
		}
	}
	return names
}

func physicalDisk(name string) bool {
	for _, pattern := range []string{"loop*", "ram*", "dm-*", "zram*", "md*", "nbd*", "sr*", "fd*"} {
		if ok, _ := filepath.Match(pattern, name); ok {
			return false
		}
	}
	return true
}
