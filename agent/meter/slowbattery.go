package meter

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// askBatteryEvery is how long the answer of a battery's controller stands: a
// question can keep it busy for 80 ms.
const askBatteryEvery = time.Minute

// slowBattery is the machine's batteries as one meter, where asking them is not
// free. The power of a moment stands for the minute after it; whether the mains
// feed the machine, which costs nothing to know, is looked at each time.
type slowBattery struct {
	ask     func() (uw uint64, discharging bool, err error)
	onMains func() bool

	uw          uint64
	discharging bool
	asked       bool
	askedAt     time.Duration
	lastAt      time.Duration
}

func (m *slowBattery) Read(now time.Duration) (Increment, error) {
	inc := Increment{Source: "battery", Boundary: report.Battery}
	elapsed := now - m.lastAt
	m.lastAt = now
	if m.onMains() {
		m.discharging = false
		return inc, nil
	}
	if m.discharging && elapsed > 0 && elapsed <= longest {
		inc.EnergyUJ, inc.Covered = int64(float64(m.uw)*elapsed.Seconds()), elapsed
	}
	if m.asked && now-m.askedAt < askBatteryEvery {
		return inc, nil
	}
	var err error
	m.asked, m.askedAt = true, now
	if m.uw, m.discharging, err = m.ask(); err != nil {
		m.discharging = false
		return Increment{}, fmt.Errorf("battery: %w", err)
	}
	if !m.discharging {
		return Increment{Source: inc.Source, Boundary: inc.Boundary}, nil // since when is not known
	}
	return inc, nil
}
