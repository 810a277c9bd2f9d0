//go:build unix

package usage

import (
	"time"

	"golang.org/x/sys/unix"
)

// ownTime is the processor time that this program used.
func ownTime() time.Duration {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
