//go:build !linux && !windows && !darwin

package meter

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/report"
)

// Discover finds no meter: this version reads those of Linux only.
func Discover(string) *Found {
	f := new(Found)
	f.add(nil, "energy meters", report.Platform, fmt.Errorf("%w that this version reads on this operating system", ErrNone))
	return f
}
