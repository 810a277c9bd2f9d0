package meter

import (
	"errors"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// steady is a meter that counts the same in each quarter of a minute.
type steady struct {
	boundary report.Boundary
	uj       int64
	covered  time.Duration
}

func (m steady) Read(time.Duration) (Increment, error) {
	if m.covered == 0 {
		return Increment{}, errors.New("is silent")
	}
	return Increment{string(m.boundary), m.boundary, m.uj, m.covered}, nil
}

func TestPlatformMeterIsBelievedUntilAnotherOneContradicts(t *testing.T) {
	const s = 15 * time.Second
	platform := steady{report.Platform, 150_000_000, s} // 10 W
	for _, c := range []struct {
		what   string
		others []Meter
		want   report.Boundary
	}{
		{"alone", nil, report.Platform},
		{"with a plausible battery", []Meter{steady{report.Battery, 140_000_000, s}}, report.Platform},
		{"twice the battery", []Meter{steady{report.Battery, 75_000_000, s}}, report.Component},
		{"with a battery that is silent", []Meter{steady{report.Battery, 75_000_000, 0}}, report.Platform},
		{"with a battery of another time", []Meter{steady{report.Battery, 75_000_000, s / 2}}, report.Platform},
		{"more than its processors", []Meter{steady{report.Package, 60_000_000, s}, steady{report.Package, 60_000_000, s}}, report.Platform},
		{"less than its processors", []Meter{steady{report.Package, 90_000_000, s}, steady{report.Package, 90_000_000, s}}, report.Component},
	} {
		f := &Found{Meters: append([]Meter{platform}, c.others...)}
		var last report.Boundary
		for i := range 81 {
			all, _ := f.ReadAll(time.Duration(i) * s)
			if last = all[0].Boundary; i < 79 && last != report.Platform {
				t.Errorf("%s: not believed after %s; want twenty minutes to tell", c.what, time.Duration(i)*s)
			}
		}
		if last != c.want {
			t.Errorf("%s: it sees %q in the end; want %q", c.what, last, c.want)
		}
	}
}
