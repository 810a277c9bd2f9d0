package mail

import (
	"net"
	netmail "net/mail"
	"os"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config is the section mail.
type Config struct {
	Host string `yaml:"host"` // empty: no e-mail is sent
	Port int    `yaml:"port"`
	// TLS is StartTLS (on port 587 as a rule), Implicit (465), or Plain.
	TLS          string `yaml:"tls"`
	User         string `yaml:"user"` // empty: the server asks for none
	Password     string `yaml:"password"`
	PasswordFile string `yaml:"password_file"` // relative to the configuration file
	From         string `yaml:"from"`
	PublicURL    string `yaml:"public_url"` // of this collector, for links in e-mails; empty: none

	// CAFile holds certificates of an authority that this machine does not know.
	CAFile string `yaml:"ca_file"`
}

// The ways to speak TLS.
const (
	StartTLS = "starttls"
	Implicit = "tls"
	Plain    = "none"
)

// Default is how e-mail is sent as a rule.
func Default() Config { return Config{Port: 587, TLS: StartTLS} }

// Configured tells whether e-mail can be sent.
func (c *Config) Configured() bool { return c.Host != "" }

// Validate checks the section, which stands at a key, and reads the password's file.
func (c *Config) Validate(doc *strictyaml.Document, key string) {
	at := func(name string) string { return key + "." + name }
	if c.Host == "" || strings.ContainsAny(c.Host, "/ :@") && net.ParseIP(c.Host) == nil {
		doc.Problem(at("host"), "is %q; the name of an SMTP server is expected, as in smtp.region.example", c.Host)
	}
	if c.Port < 1 || c.Port > 65535 {
		doc.Problem(at("port"), "is %d; 1 to 65535 are allowed", c.Port)
	}
	if !slices.Contains([]string{StartTLS, Implicit, Plain}, c.TLS) {
		doc.Problem(at("tls"), "is %q; allowed are %s, %s and %s", c.TLS, StartTLS, Implicit, Plain)
	}
	if from, err := netmail.ParseAddress(c.From); err != nil || strings.ContainsAny(from.Address, "\r\n") {
		doc.Problem(at("from"), "is %q; an address is expected, as in Ecoparc <ecoparc@region.example>", c.From)
	}
	if c.PublicURL = strings.TrimSuffix(c.PublicURL, "/"); c.PublicURL != "" && !strings.HasPrefix(c.PublicURL, "https://") && !strings.HasPrefix(c.PublicURL, "http://") {
		doc.Problem(at("public_url"), "is %q; an address with https:// is expected", c.PublicURL)
	}
	switch {
	case c.PasswordFile != "" && c.Password != "":
		doc.Problem(at("password_file"), "stands beside password; one of them is expected")
	case c.PasswordFile != "":
		text, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			doc.Problem(at("password_file"), "cannot be read: %v", err)
		}
		c.Password = strings.TrimSpace(string(text))
	}
	switch {
	case c.User == "" && c.Password != "":
		doc.Problem(at("user"), "is empty, but there is a password")
	case c.User != "" && c.Password == "":
		doc.Problem(at("password"), "is empty, but there is a user; give it, or password_file")
	case c.User != "" && c.TLS == Plain && !loopback(c.Host):
		doc.Problem(at("tls"), "is none: the password would travel for all to read; use starttls or tls")
	}
	if c.CAFile != "" {
		if _, err := authorities(c.CAFile); err != nil {
			doc.Problem(at("ca_file"), "%v", err)
		}
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
