package signon

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config is the section sign_in.oidc.
type Config struct {
	Issuer           string `yaml:"issuer"` // empty: no single sign-on
	ClientID         string `yaml:"client_id"`
	ClientSecret     string `yaml:"client_secret"`
	ClientSecretFile string `yaml:"client_secret_file"` // relative to the configuration file
	Name             string `yaml:"name"`               // on the button
	PublicURL        string `yaml:"public_url"`         // of this collector, as browsers see it
	// Scopes are asked for besides openid, profile and email.
	Scopes []string `yaml:"scopes"`
	// RolesClaim is the claim that holds what Roles maps: groups, or, as a way into
	// objects, realm_access.roles.
	RolesClaim string    `yaml:"roles_claim"`
	Roles      []Mapping `yaml:"roles"`
}

// Mapping gives a role and a reach to those who have a value in their claim. The
// first one that holds wins.
type Mapping struct {
	Value         string   `yaml:"value"`
	Role          string   `yaml:"role"`
	Everything    bool     `yaml:"everything"`
	Organisations []string `yaml:"organisations"` // by name
	Sites         []string `yaml:"sites"`         // by UAI or number
}

// grant is what the mapping gives, once its names are found.
func (m Mapping) grant(within reach.Reach) access.Grant {
	within.Everything = m.Everything
	return access.Grant{Role: access.Role(m.Role), Reach: within}
}

// Configured tells whether there is single sign-on.
func (c *Config) Configured() bool { return c.Issuer != "" }

// Validate checks the section, which stands at a key, and reads the secret's file.
func (c *Config) Validate(doc *strictyaml.Document, key string) {
	at := func(name string) string { return key + "." + name }
	for name, text := range map[string]string{"issuer": c.Issuer, "public_url": c.PublicURL} {
		if !overTLS(text) {
			doc.Problem(at(name), "is %q; an address with https:// is expected (http:// on this machine only)", text)
		}
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	for name, text := range map[string]string{"client_id": c.ClientID, "roles_claim": c.RolesClaim, "name": c.Name} {
		if text == "" {
			doc.Problem(at(name), "is empty; a text is expected")
		}
	}
	switch {
	case c.ClientSecretFile != "" && c.ClientSecret != "":
		doc.Problem(at("client_secret_file"), "stands beside client_secret; one of them is expected")
	case c.ClientSecretFile != "":
		text, err := os.ReadFile(c.ClientSecretFile)
		if err != nil {
			doc.Problem(at("client_secret_file"), "cannot be read: %v", err)
		}
		c.ClientSecret = strings.TrimSpace(string(text))
	}
	if c.ClientSecret == "" {
		doc.Problem(at("client_secret"), "is empty; give it, or client_secret_file")
	}
	if len(c.Roles) == 0 {
		doc.Problem(at("roles"), "is empty; nobody could sign in")
	}
	for i, m := range c.Roles {
		where := fmt.Sprintf("%s[%d]", at("roles"), i)
		if m.Value == "" {
			doc.Problem(where, "has no value of the claim to look for")
		}
		// The numbers of organisations and sites are not known yet; how many are.
		g := m.grant(reach.Reach{Organisations: make([]int64, len(m.Organisations)), Sites: make([]int64, len(m.Sites))})
		if err := g.Check(); err != nil {
			doc.Problem(where, "%v", err)
		}
	}
}

// overTLS tells whether an address is one of https, or of this machine.
func overTLS(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
