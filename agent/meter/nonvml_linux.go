//go:build !nvml || !(amd64 || arm64)

package meter

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/report"
)

const nvmlLibrary = ""

// findNVML says that a card of NVIDIA is not asked. Loading a library at run time
// takes a program that is linked to the C library: it would start on fewer systems
// and take more memory, for a component that is in no total.
func (f *Found) findNVML(root, _ string) {
	if len(nvidiaCards(root)) > 0 {
		f.add(nil, "nvml", report.Component, fmt.Errorf("%w that this build reads: it is built without the tag nvml", ErrNone))
	}
}
