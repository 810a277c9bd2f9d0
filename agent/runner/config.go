package runner

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/ecoparc/ecoparc/agent/private"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config is what an administrator can set, in ecoparc-agent.yaml or in environment
// variables such as ECOPARC_AGENT_STATE_DIR.
type Config struct {
	Collector      string        `yaml:"collector"`        // where to enrol
	Token          string        `yaml:"token"`            // enrolment token of the site; empty: somebody runs `ecoparc-agent enrol`
	Label          string        `yaml:"label"`            // inventory label, never a person's name
	StateDir       string        `yaml:"state_dir"`        // identity, spool and status
	InsecureHTTP   bool          `yaml:"insecure_http"`    // enrol by plain HTTP, at a collector on this very machine only
	CAFile         string        `yaml:"ca_file"`          // certificates to trust besides the system's
	SerialKey      string        `yaml:"serial_key"`       // of `collector device serial-key`; empty: serial numbers are not read
	Proxy          string        `yaml:"proxy"`            // instead of the environment's
	SampleInterval time.Duration `yaml:"sample_interval"`  // 5s to 60s
	Window         time.Duration `yaml:"window"`           // 1m, 5m or 15m
	UploadInterval time.Duration `yaml:"upload_interval"`  // 1m to 24h
	UploadDailyKiB int64         `yaml:"upload_daily_kib"` // sent and received; 10 or more, or 0: no bound
	SpoolMiB       int64         `yaml:"spool_mib"`        // 1 to 1024

	Path           string `yaml:"-"` // of the file; empty: none
	AwaitEnrolment bool   `yaml:"-"` // a service: wait for an enrolment instead of giving up

	Machine *Machine `yaml:"-"` // nil: this one
}

// DefaultConfig is the configuration without a file.
func DefaultConfig() Config {
	return Config{
		StateDir: defaultStateDir(), SampleInterval: 15 * time.Second, Window: 15 * time.Minute,
		UploadInterval: time.Hour, UploadDailyKiB: 40, SpoolMiB: spool.DefaultLimitB >> 20,
	}
}

// LoadConfig reads a configuration file. An empty path means the machine's own
// (DefaultConfigPath), if there is one that this account may read. The error lists
// every problem with its line.
func LoadConfig(path string) (Config, error) {
	c := DefaultConfig()
	named := path != ""
	if !named {
		path = DefaultConfigPath()
	}
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		c.Path = path
	case !named && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
		path = "configuration"
	case errors.Is(err, fs.ErrNotExist):
		return c, fmt.Errorf("there is no configuration file %q", path)
	default:
		return c, fmt.Errorf("cannot read the configuration: %w", err)
	}
	doc := strictyaml.Decode(path, text, &c, "ECOPARC_AGENT", os.LookupEnv)
	c.validate(doc)
	if err := doc.Err(); err != nil {
		return c, err
	}
	return c, c.checkSecret(text)
}

// checkSecret refuses a file with a secret that others may read. A file of root's with
// the group of the service's account, and nobody else in it, is how the service gets to
// it.
func (c Config) checkSecret(text []byte) error {
	var file struct{ Token, Proxy string }
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil // one from the environment is no file
	}
	address, err := url.Parse(file.Proxy)
	secret := ""
	switch {
	case file.Token != "":
		secret = "holds a token: whoever read it can enrol devices"
	case err == nil && address.User != nil:
		secret = "holds the proxy's password"
	default:
		return nil
	}
	if err := private.Check(c.Path, private.Group); err != nil {
		return fmt.Errorf("configuration %w and %s; close it (%s) and make a new one", err, secret, private.Advice(private.Group))
	}
	return nil
}

func (c Config) validate(doc *strictyaml.Document) {
	if c.Token != "" && c.Collector == "" {
		doc.Problem("token", "stands alone; where to enrol is expected in collector")
	}
	if err := uplink.CheckToken(c.Token); err != nil {
		doc.Problem("token", "%v", err)
	}
	if c.Collector != "" {
		// Whether plain HTTP is wanted is asked when it enrols: a device that did so before
		// goes on.
		if err := uplink.CheckAddress(c.Collector, true); err != nil {
			doc.Problem("collector", "is wrong: %v", err)
		}
	}
	if c.Proxy != "" {
		if err := uplink.CheckProxy(c.Proxy); err != nil {
			doc.Problem("proxy", "is wrong: %v", err)
		}
	}
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
	if c.UploadDailyKiB != 0 && (c.UploadDailyKiB < 10 || c.UploadDailyKiB > 1<<20) {
		doc.Problem("upload_daily_kib", "is %d; 10 to 1048576 are allowed, or 0 for no bound", c.UploadDailyKiB)
	}
	if c.SpoolMiB < 1 || c.SpoolMiB > 1024 {
		doc.Problem("spool_mib", "is %d; 1 to 1024 are allowed", c.SpoolMiB)
	}
}

func (c Config) spoolDir() string { return filepath.Join(c.StateDir, "spool") }
