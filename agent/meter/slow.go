package meter

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// askEvery is how long the answer of a slow controller stands: a question keeps that
// of a battery busy for up to 80 ms.
const askEvery = time.Minute

// slow is a meter that tells the power of a moment, and that is not free to ask: the
// controller of a battery, or of a server's board. Its answer stands for the minute
// after it.
type slow struct {
	source   string
	boundary report.Boundary
	// ask tells the power and whether it is the whole of what the boundary says.
	ask func() (uw uint64, whole bool, err error)
	// paused, which is free, is looked at each time: the mains feed the machine.
	paused func() bool

	uw      uint64
	whole   bool
	asked   bool
	askedAt time.Duration
	lastAt  time.Duration
}

func (m *slow) Read(now time.Duration) (Increment, error) {
	inc := Increment{Source: m.source, Boundary: m.boundary}
	nothing, elapsed := inc, now-m.lastAt
	m.lastAt = now
	if m.paused() {
		m.whole = false
		return nothing, nil
	}
	if m.whole && elapsed > 0 && elapsed <= longest {
		inc.EnergyUJ, inc.Covered = int64(float64(m.uw)*elapsed.Seconds()), elapsed
	}
	if m.asked && now-m.askedAt < askEvery {
		return inc, nil
	}
	var err error
	m.asked, m.askedAt = true, now
	if m.uw, m.whole, err = m.ask(); err != nil {
		m.whole = false
		return Increment{}, fmt.Errorf("%s: %w", m.source, err)
	}
	if !m.whole {
		return nothing, nil // since when is not known
	}
	return inc, nil
}

// slowBattery is the machine's batteries as one meter: the whole machine while they
// feed it.
func slowBattery(ask func() (uw uint64, discharging bool, err error), onMains func() bool) *slow {
	return &slow{source: "battery", boundary: report.Battery, ask: ask, paused: onMains}
}
