package runner

import (
	"net"

	"github.com/ecoparc/ecoparc/agent/hardware"
)

// Machine is what the agent asks of the machine it runs on. Tests bring their own.
type Machine struct {
	Cards func() []net.HardwareAddr // addresses of its network cards
}

// machine is the one of the configuration, or this one.
func (c Config) machine() Machine {
	if c.Machine != nil {
		return *c.Machine
	}
	return Machine{Cards: hardware.Cards}
}
