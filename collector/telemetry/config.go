package telemetry

import (
	"net/url"

	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config says which InfluxDB, and how much at a time.
type Config struct {
	URL    string `yaml:"url"`
	Token  string `yaml:"token"` // USER:PASSWORD, or empty, for InfluxDB 1.8
	Org    string `yaml:"org"`   // empty for InfluxDB 1.8
	Bucket string `yaml:"bucket"`
	Batch  int    `yaml:"batch"` // windows in one write; 0 is defaultBatch
}

const (
	defaultBatch = 1000
	largestBatch = 5000 // of 17 points each at most: a body InfluxDB still takes
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
