// Package config reads ecoparc.yaml, the collector's one configuration file.
// Each key has an environment variable: ECOPARC_LISTEN, ECOPARC_TELEMETRY_INFLUXDB_URL.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/mail"
	"github.com/ecoparc/ecoparc/collector/printing"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/telemetry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config is what an administrator can set.
type Config struct {
	Listen   string `yaml:"listen"`    // host:port
	Store    string `yaml:"store"`     // sqlite, or the address of a PostgreSQL data base
	DataDir  string `yaml:"data_dir"`  // the data folder; relative to the configuration file
	TimeZone string `yaml:"time_zone"` // as Europe/Paris; empty for that of the territory
	// FactorsFile holds the administrator's own factors and profiles, over the shipped
	// ones; relative to the configuration file. Empty: none.
	FactorsFile string `yaml:"factors_file"`
	// Method of embodied impacts, one of impact.Methods.
	Method string `yaml:"method"`
	// DeviceReportsPerHour is how many reports of one device are taken in an hour;
	// more are answered 429. 0: as many as it sends.
	DeviceReportsPerHour int `yaml:"device_reports_per_hour"`
	// SiteReportsPerHour and SiteEnrolmentsPerHour are the same of all devices of a site.
	SiteReportsPerHour    int `yaml:"site_reports_per_hour"`
	SiteEnrolmentsPerHour int `yaml:"site_enrolments_per_hour"`

	TLS       TLS       `yaml:"tls"`
	Telemetry Telemetry `yaml:"telemetry"`

	Electricity Electricity `yaml:"electricity"`

	// Opening is when schools are open on a school day.
	Opening calendar.Opening `yaml:"opening"`

	SignIn SignIn `yaml:"sign_in"`

	Accessibility Accessibility `yaml:"accessibility"`

	PDF printing.Config `yaml:"pdf"`

	Mail mail.Config `yaml:"mail"`

	location *time.Location
	factors  *factor.Table
}

// TLS are the certificate and key of the server. Without them it speaks plain
// HTTP, and then only on loopback or behind a proxy that ends TLS.
type TLS struct {
	CertFile    string `yaml:"cert_file"`
	KeyFile     string `yaml:"key_file"`
	BehindProxy bool   `yaml:"behind_proxy"`
}

// Telemetry names the time series data base that windows are also sent to.
type Telemetry struct {
	InfluxDB telemetry.Config `yaml:"influxdb"`
}

// SQLite keeps the data in one file of the data folder.
const SQLite = "sqlite"

// Default is the configuration without a file.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", Store: SQLite, DataDir: "ecoparc-data", Method: string(impact.ADEME), DeviceReportsPerHour: 240, SiteReportsPerHour: 20_000, SiteEnrolmentsPerHour: 2_000,
		Telemetry: Telemetry{InfluxDB: telemetry.Default()}, Opening: calendar.UsualOpening, Electricity: defaultElectricity(), SignIn: SignIn{Local: true}, Mail: mail.Default(),
	}
}

// Load reads a configuration file; an empty path reads only the environment.
// The error lists every problem with its line.
func Load(path string) (Config, error) {
	c := Default()
	var text []byte
	name := "configuration"
	if path != "" {
		var err error
		name = path
		text, err = os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return c, fmt.Errorf("there is no configuration file %q; docs/configuration.md shows one", path)
		}
		if err != nil {
			return c, fmt.Errorf("cannot read the configuration: %w", err)
		}
	}
	doc := strictyaml.Decode(name, text, &c, "ECOPARC", os.LookupEnv)
	if path != "" {
		c.DataDir = beside(path, c.DataDir)
		for _, file := range []*string{&c.FactorsFile, &c.TLS.CertFile, &c.TLS.KeyFile, &c.SignIn.OIDC.ClientSecretFile, &c.Mail.PasswordFile, &c.Mail.CAFile} {
			*file = beside(path, *file)
		}
	}
	c.validate(doc)
	return c, doc.Err()
}

// beside is a path that is relative to the folder of a file.
func beside(file, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// Check checks a configuration that was made in code.
func (c Config) Check() (Config, error) {
	doc := strictyaml.Decode("options", nil, &c, "", nil)
	c.validate(doc)
	return c, doc.Err()
}

func (c *Config) validate(doc *strictyaml.Document) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		doc.Problem("listen", "%q is not host:port, as in 127.0.0.1:8080 or :443", c.Listen)
		host = "localhost" // nothing more to say of it
	}
	if c.DataDir == "" {
		doc.Problem("data_dir", "is empty; a folder is expected")
	}
	if c.Store != SQLite {
		if err := store.CheckURL(c.Store); err != nil {
			doc.Problem("store", "is neither sqlite nor the address of a PostgreSQL data base: %v", err)
		}
	}
	for key, limit := range map[string]int{
		"device_reports_per_hour": c.DeviceReportsPerHour, "site_reports_per_hour": c.SiteReportsPerHour, "site_enrolments_per_hour": c.SiteEnrolmentsPerHour,
	} {
		if limit < 0 {
			doc.Problem(key, "is %d; at least 1 is expected, or 0 for no limit", limit)
		}
	}
	c.Electricity.validate(doc, "electricity")
	c.TimeZone = cmp.Or(c.TimeZone, c.Electricity.timeZone())
	if c.location, err = time.LoadLocation(c.TimeZone); err != nil {
		doc.Problem("time_zone", "%q is not a time zone, as in Europe/Paris or America/Martinique", c.TimeZone)
		c.location = time.UTC
	}
	if o := c.Opening; o.FromHour < 0 || o.ToHour > 24 || o.FromHour >= o.ToHour {
		doc.Problem("opening", "is from %d to %d; full hours of one day are expected, as from_hour: 7 and to_hour: 19", o.FromHour, o.ToHour)
	}
	c.TLS.validate(doc, host)
	c.SignIn.validate(doc)
	c.Accessibility.validate(doc)
	c.PDF.Validate(doc, "pdf")
	if c.Mail.Configured() || doc.Line("mail") > 0 {
		c.Mail.Validate(doc, "mail")
	}
	c.loadFactors(doc)
	if !slices.Contains(impact.Methods, impact.Method(c.Method)) {
		doc.Problem("method", "is %q; allowed are %q", c.Method, impact.Methods)
	}
	if c.Telemetry.InfluxDB.URL != "" || doc.Line("telemetry.influxdb") > 0 {
		c.Telemetry.InfluxDB.Validate(doc, "telemetry.influxdb")
	}
}

// loadFactors puts the administrator's factors over the shipped ones.
func (c *Config) loadFactors(doc *strictyaml.Document) {
	c.factors = factor.Default()
	if c.FactorsFile == "" {
		return
	}
	text, err := os.ReadFile(c.FactorsFile)
	if err != nil {
		doc.Problem("factors_file", "cannot be read: %v", err)
		return
	}
	table, err := c.factors.With(c.FactorsFile, text)
	if err != nil {
		doc.Problem("factors_file", "is not as it should be:\n%v", err)
		return
	}
	c.factors = table
}

// Factors are the factors to compute with.
func (c *Config) Factors() *factor.Table { return c.factors }

func (t TLS) validate(doc *strictyaml.Document, host string) {
	if (t.CertFile == "") != (t.KeyFile == "") {
		doc.Problem("tls", "cert_file and key_file belong together")
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	if t.CertFile == "" && !t.BehindProxy && !loopback {
		doc.Problem("listen", "is reachable from outside without TLS; set tls.cert_file and tls.key_file, or tls.behind_proxy: true when a proxy ends TLS, or listen on 127.0.0.1")
	}
}

// Place is where the data is.
func (c *Config) Place() store.Place {
	if c.Store == SQLite {
		return store.Place{Dir: c.DataDir}
	}
	return store.Place{URL: c.Store}
}

// Location is the territory's time zone.
func (c *Config) Location() *time.Location { return c.location }

// InfluxDB tells whether windows are to be sent to InfluxDB.
func (c *Config) InfluxDB() bool { return c.Telemetry.InfluxDB.URL != "" }
