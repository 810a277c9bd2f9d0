//go:build unix

package runner

import (
	"os"
	"path/filepath"
)

// serviceDir is the service's folder.
const serviceDir = "/var/lib/ecoparc-agent"

func defaultStateDir() string {
	if dir := os.Getenv("STATE_DIRECTORY"); dir != "" {
		return dir // from systemd, for a service
	}
	// Where there is a service, whoever asks means that: they may not look, and are told.
	if _, err := os.Stat(serviceDir); err == nil || os.Geteuid() == 0 {
		return serviceDir
	}
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "ecoparc-agent")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "" // Validate asks for state_dir
	}
	return filepath.Join(home, ".local", "state", "ecoparc-agent")
}

// DefaultConfigPath is where the agent looks for its configuration.
func DefaultConfigPath() string { return "/etc/ecoparc-agent/ecoparc-agent.yaml" }
