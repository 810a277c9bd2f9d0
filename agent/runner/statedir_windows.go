package runner

import (
	"path/filepath"

	"github.com/ecoparc/ecoparc/agent/private"
)

func defaultStateDir() string { return filepath.Join(private.Home(), "agent") }

// DefaultConfigPath is where the agent looks for its configuration: beside the state
// folder and not in it, as the service may write that one.
func DefaultConfigPath() string { return filepath.Join(private.Home(), "ecoparc-agent.yaml") }
