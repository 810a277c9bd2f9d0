package uplink

import "time"

// Budget is how many bytes a device may send and receive: so many a day. What it does
// not use it may use later, up to half a day's; what it uses beyond that, as when
// months of windows wait, it saves afterwards, up to half a day's too.
type Budget struct {
	dayB  float64 // 0: without bound
	leftB float64
	at    time.Time
}

// NewBudget returns one of so many bytes a day, from now on; 0 sets no bound.
func NewBudget(dayB int64, now time.Time) Budget {
	return Budget{float64(dayB), float64(dayB) / 2, now}
}

// Spend notes bytes that were sent or received.
func (b *Budget) Spend(now time.Time, bytes int64) {
	earned := max(0, now.Sub(b.at).Hours()/24*b.dayB) // a clock may be set back
	b.at = now
	b.leftB = max(-b.dayB/2, min(b.leftB+earned, b.dayB/2)-float64(bytes))
}

// Free is from when on it has something left.
func (b *Budget) Free() time.Time {
	if b.dayB == 0 || b.leftB >= 0 {
		return b.at
	}
	return b.at.Add(time.Duration(-b.leftB / b.dayB * 24 * float64(time.Hour)))
}
