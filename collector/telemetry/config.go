package telemetry

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config says which InfluxDB, how much at a time, and what becomes of its bucket.
type Config struct {
	URL    string `yaml:"url"`
	Token  string `yaml:"token"` // USER:PASSWORD, or empty, for InfluxDB 1.8
	Org    string `yaml:"org"`   // empty for InfluxDB 1.8
	Bucket string `yaml:"bucket"`
	Batch  int    `yaml:"batch"` // windows in one write; 0 is defaultBatch
	// OutboxMB bounds what waits for InfluxDB, in MB of packed windows; 0 is a GB. Beyond
	// it the oldest windows wait as whole days of the ledger, and are sent last.
	OutboxMB int `yaml:"outbox_mb"`
	// Create lets the collector make the bucket and set its retention.
	Create bool `yaml:"create"`
	// Retention is how long the bucket keeps windows, as 800d; 0: forever; empty: as
	// long as it does, and forever in a new one.
	Retention string `yaml:"retention"`
}

// Default is the configuration without a file: no InfluxDB, but its bucket would be
// made.
func Default() Config { return Config{Create: true} }

const (
	defaultBatch = 1000
	largestBatch = 5000 // of 17 points each at most: a body InfluxDB still takes

	defaultOutboxMB = 1024 // a week of 50,000 devices
	largestOutboxMB = 1_000_000
)

// Validate records what is wrong with the section called key.
func (c *Config) Validate(doc *strictyaml.Document, key string) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		doc.Problem(key+".url", "is not an address like http://127.0.0.1:8086")
	case u.User != nil:
		doc.Problem(key+".url", "holds a user or password; write USER:PASSWORD in token instead, an address ends up in logs")
	case u.RawQuery != "" || u.Fragment != "":
		doc.Problem(key+".url", "holds more than an address; the bucket and the organisation have their own keys")
	}
	if c.Bucket == "" {
		doc.Problem(key+".bucket", "is empty; a bucket, or database/retention_policy for InfluxDB 1.8, is expected")
	}
	if c.Batch < 0 || c.Batch > largestBatch {
		doc.Problem(key+".batch", "is %d; 1 to %d windows are allowed", c.Batch, largestBatch)
	}
	if c.OutboxMB < 0 || c.OutboxMB > largestOutboxMB {
		doc.Problem(key+".outbox_mb", "is %d; 1 to %d MB are allowed", c.OutboxMB, largestOutboxMB)
	}
	if _, err := parseRetention(c.Retention); err != nil {
		doc.Problem(key+".retention", "%v", err)
	} else if c.Retention != "" && !c.Create {
		doc.Problem(key+".retention", "is for the collector to set, and create is false; leave one of them out")
	}
}

// mostDays is about 270 years: more overflows.
const mostDays = 100_000

// parseRetention reads 0, or a number of days as 800d. Empty is 0.
func parseRetention(text string) (time.Duration, error) {
	if text == "" || text == "0" {
		return forever, nil
	}
	digits, isDays := strings.CutSuffix(text, "d")
	days, err := strconv.Atoi(digits)
	if !isDays || err != nil || days < 1 || days > mostDays {
		return 0, fmt.Errorf("is %q; a number of days as 800d is expected, or 0 for forever", text)
	}
	return time.Duration(days) * 24 * time.Hour, nil
}

// wanted is the retention of a new bucket, or of any when Retention is set.
func (c *Config) wanted() time.Duration {
	retention, _ := parseRetention(c.Retention) // Validate has looked at it
	return retention
}

// OutboxB is the bound of the outbox in bytes.
func (c *Config) OutboxB() int64 {
	const mb = 1_000_000
	if c.OutboxMB == 0 {
		return defaultOutboxMB * mb
	}
	return int64(c.OutboxMB) * mb
}

func (c *Config) batch() int {
	if c.Batch == 0 {
		return defaultBatch
	}
	return c.Batch
}

// org is the organisation; InfluxDB 1.8 ignores it, the client wants one.
func (c *Config) org() string {
	if c.Org == "" {
		return "-"
	}
	return c.Org
}
