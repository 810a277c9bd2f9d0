package runner

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config is what an administrator can set, in ecoparc-agent.yaml or in environment
// variables such as ECOPARC_AGENT_STATE_DIR.
type Config struct {
	StateDir       string        `yaml:"state_dir"`       // identity, spool and status
	CAFile         string        `yaml:"ca_file"`         // certificates to trust besides the system's
	SerialKey      string        `yaml:"serial_key"`      // of `collector device serial-key`; empty: serial numbers are not read
	SampleInterval time.Duration `yaml:"sample_interval"` // 5s to 60s
	Window         time.Duration `yaml:"window"`          // 1m, 5m or 15m
	UploadInterval time.Duration `yaml:"upload_interval"` // 1m to 24h
	SpoolMiB       int64         `yaml:"spool_mib"`       // 1 to 1024
}

// DefaultConfig is the configuration without a file.
func DefaultConfig() Config {
	return Config{
		StateDir: defaultStateDir(), SampleInterval: 15 * time.Second, Window: 15 * time.Minute,
		UploadInterval: time.Hour, SpoolMiB: spool.DefaultLimitB >> 20,
	}
}

// LoadConfig reads a configuration file; an empty path reads only the environment.
// The error lists every problem with its line.
func LoadConfig(path string) (Config, error) {
	c := DefaultConfig()
	var text []byte
	name := "configuration"
	if path != "" {
		var err error
		name = path
		text, err = os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return c, fmt.Errorf("there is no configuration file %q", path)
		}
		if err != nil {
			return c, fmt.Errorf("cannot read the configuration: %w", err)
		}
	}
	doc := strictyaml.Decode(name, text, &c, "ECOPARC_AGENT", os.LookupEnv)
	c.validate(doc)
	return c, doc.Err()
}

func (c Config) validate(doc *strictyaml.Document) {
	if c.StateDir == "" {
		doc.Problem("state_dir", "is empty; a folder is expected")
	}
	if key, err := hex.DecodeString(c.SerialKey); err != nil || c.SerialKey != "" && len(key) < 16 {
		doc.Problem("serial_key", "must be the hexadecimal digits that `collector device serial-key` prints")
	}
	if c.SampleInterval < 5*time.Second || c.SampleInterval > time.Minute {
		doc.Problem("sample_interval", "is %s; 5s to 60s are allowed", c.SampleInterval)
	}
	if !slices.Contains([]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}, c.Window) {
		doc.Problem("window", "is %s; allowed are 1m, 5m and 15m", c.Window)
	}
	if c.UploadInterval < time.Minute || c.UploadInterval > 24*time.Hour {
		doc.Problem("upload_interval", "is %s; 1m to 24h are allowed", c.UploadInterval)
	}
	if c.SpoolMiB < 1 || c.SpoolMiB > 1024 {
		doc.Problem("spool_mib", "is %d; 1 to 1024 are allowed", c.SpoolMiB)
	}
}

func (c Config) spoolDir() string { return filepath.Join(c.StateDir, "spool") }
