package runner

import (
	"os"
	"path/filepath"
)

func defaultStateDir() string {
	return filepath.Join(os.Getenv("ProgramData"), "Ecoparc", "agent")
}

// DefaultConfigPath is where the agent looks for its configuration: beside the state
// folder and not in it, as the service may write that one.
func DefaultConfigPath() string {
	return filepath.Join(os.Getenv("ProgramData"), "Ecoparc", "ecoparc-agent.yaml")
}
