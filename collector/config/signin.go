package config

import (
	"github.com/ecoparc/ecoparc/collector/signon"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// SignIn says how people sign in.
type SignIn struct {
	// Local is whether accounts of this collector, with passwords, are taken.
	Local bool `yaml:"local"`
	// OIDC is single sign-on; without an issuer there is none.
	OIDC signon.Config `yaml:"oidc"`
}

func (s *SignIn) validate(doc *strictyaml.Document) {
	if s.OIDC.Configured() || doc.Line("sign_in.oidc") > 0 {
		s.OIDC.Validate(doc, "sign_in.oidc")
	} else if !s.Local {
		doc.Problem("sign_in.local", "is false without sign_in.oidc; nobody could sign in")
	}
}
