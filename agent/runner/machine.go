package runner

import (
	"context"
	"net"
	"time"

	"github.com/ecoparc/ecoparc/agent/hardware"
	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/usage"
)

// Machine is what the agent asks of the machine it runs on. Tests bring their own; of
// this one is what they leave out.
type Machine struct {
	Clock   func() time.Time // by the wall
	Sampler func() Sampler
	Meters  func() *meter.Found
	Cards   func() []net.HardwareAddr // addresses of its network cards
	Tidy    func()                    // gives memory back, after each report and each hour; of this machine: left to Go
}

// Sampler reads the counters of a machine.
type Sampler interface {
	Read(context.Context) (usage.Counters, error)
}

// machine is the one of the configuration, or this one.
func (c Config) machine() Machine {
	m := Machine{
		// Of the wall alone: Go's other clock stands still while the machine sleeps.
		Clock:   func() time.Time { return time.Now().Round(0) },
		Sampler: func() Sampler { return usage.NewSampler() },
		Meters:  func() *meter.Found { return meter.Discover(root) },
		Cards:   hardware.Cards,
		Tidy:    func() {},
	}
	if own := c.Machine; own != nil {
		m.Clock, m.Sampler = or(own.Clock, m.Clock), or(own.Sampler, m.Sampler)
		m.Meters, m.Cards = or(own.Meters, m.Meters), or(own.Cards, m.Cards)
		if own.Tidy != nil {
			m.Tidy = own.Tidy
		}
	}
	return m
}

func or[T any](own, otherwise func() T) func() T {
	if own == nil {
		return otherwise
	}
	return own
}
