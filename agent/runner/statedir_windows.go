package runner

import (
	"os"
	"path/filepath"
)

func defaultStateDir() string {
	return filepath.Join(os.Getenv("ProgramData"), "Ecoparc", "agent")
}
