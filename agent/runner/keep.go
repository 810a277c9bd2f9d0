package runner

import (
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// mostUnkept is how many windows wait in memory for a disk that takes nothing, as a full
// one: a week of quarter hours, which take half a megabyte.
const mostUnkept = 7 * 24 * 4

// keepWindows puts the windows that ended into the spool.
func (r *Runner) keepWindows() {
	if ended := r.builder.Take(); len(ended) > 0 {
		r.keep(ended...)
	}
}

// keep puts windows into the spool, after those that it did not take before. It is tried
// when there is a new one: a disk gets room while the agent waits, seldom at once.
func (r *Runner) keep(windows ...report.Window) {
	waited := len(r.unkept) > 0
	r.unkept = append(r.unkept, windows...)
	for len(r.unkept) > 0 {
		if err := r.spool.Append(r.unkept[0]); err != nil {
			r.bound()
			if !waited {
				r.log.Error("cannot keep windows: they wait in memory, for a week at most", "error", err)
			}
			return
		}
		r.unkept = r.unkept[1:]
	}
	r.unkept = nil
	if waited {
		r.log.Warn("windows that waited in memory are kept")
	}
}

// bound gives up the oldest windows that wait.
func (r *Runner) bound() {
	if lost := len(r.unkept) - mostUnkept; lost > 0 {
		r.log.Error("a window is lost that the disk did not take", "windows", lost, "first", r.unkept[0].Start)
		r.unkept = append([]report.Window(nil), r.unkept[lost:]...)
	}
}

// lastEnd is when the last window ended that was measured.
func (r *Runner) lastEnd() time.Time {
	if n := len(r.unkept); n > 0 {
		return r.unkept[n-1].End()
	}
	return r.spool.LastEnd()
}
