package eco2mix

import (
	"net"
	"net/url"

	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config says whether half hours are fetched, from where and how far back. It is
// off unless an administrator turns it on: nothing leaves a school without consent.
type Config struct {
	Enabled        bool   `yaml:"enabled"`
	URL            string `yaml:"url"`             // of the API that has /catalog/datasets
	BackfillMonths int    `yaml:"backfill_months"` // how far back half hours are fetched
}

const (
	odre = "https://odre.opendatasoft.com/api/explore/v2.1"
	// Without a whole reference year no half hour can be adjusted to the life cycle.
	fewestMonths  = 13
	mostMonths    = 60
	defaultMonths = 24
)

// Default is off, and would ask ODRÉ for two years.
func Default() Config { return Config{URL: odre, BackfillMonths: defaultMonths} }

// Validate records what is wrong with the section called key, of a territory.
func (c *Config) Validate(doc *strictyaml.Document, key, territory string) {
	if c.Enabled && territory != grid.MainlandFrance {
		doc.Problem(key+".enabled", "is true, but éco2mix is about mainland France (%s) only, not %s", grid.MainlandFrance, territory)
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		doc.Problem(key+".url", "%q is not an address like %s", c.URL, odre)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		doc.Problem(key+".url", "is http: anybody on the way could write the figures; use https")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		doc.Problem(key+".url", "holds more than an address; the API needs no password and no key")
	}
	if c.BackfillMonths < fewestMonths || c.BackfillMonths > mostMonths {
		doc.Problem(key+".backfill_months", "is %d; %d to %d months are allowed, as half hours are compared with a whole year", c.BackfillMonths, fewestMonths, mostMonths)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
