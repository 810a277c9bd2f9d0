package config

import (
	"net/url"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Accessibility is what whoever runs the collector declares of the accessibility of its
// pages, as article 47 of the law 2005-102 asks.
type Accessibility struct {
	Entity  string `yaml:"entity"`  // who is responsible for the pages
	Contact string `yaml:"contact"` // an e-mail address, or that of a form
	Scheme  string `yaml:"scheme"`  // the address of the plan over several years
	Audit   Audit  `yaml:"audit"`   // the last one; left out: there was none
}

// Audit is an audit of the pages by the RGAA.
type Audit struct {
	By      string  `yaml:"by"`
	On      string  `yaml:"on"`      // a day, as in 2026-11-23
	Percent float64 `yaml:"percent"` // of the criteria that apply, those that are met

	day time.Time
}

func (a *Accessibility) validate(doc *strictyaml.Document) {
	if a.Contact != "" && !isWebAddress(a.Contact) && !isMailAddress(a.Contact) {
		doc.Problem("accessibility.contact", "%q is neither an e-mail address nor the https address of a form", a.Contact)
	}
	if a.Scheme != "" && !isWebAddress(a.Scheme) {
		doc.Problem("accessibility.scheme", "%q is not an https address", a.Scheme)
	}
	if a.Audit == (Audit{}) {
		return
	}
	var err error
	if a.Audit.day, err = time.Parse(time.DateOnly, a.Audit.On); err != nil {
		doc.Problem("accessibility.audit.on", "%q is not a day, as in 2026-11-23", a.Audit.On)
	}
	if a.Audit.By == "" {
		doc.Problem("accessibility.audit.by", "is empty; say who audited the pages")
	}
	if !(a.Audit.Percent >= 0 && a.Audit.Percent <= 100) {
		doc.Problem("accessibility.audit.percent", "is %v; a share of the criteria from 0 to 100 is expected", a.Audit.Percent)
	}
}

func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func isMailAddress(text string) bool {
	name, host, ok := strings.Cut(text, "@")
	return ok && name != "" && strings.Contains(host, ".") && !strings.ContainsAny(text, " ?&/<>\"")
}

// Declared is what the pages state.
func (a Accessibility) Declared() dashboards.Accessibility {
	d := dashboards.Accessibility{Entity: a.Entity, Contact: a.Contact, ContactURL: a.Contact, SchemeURL: a.Scheme}
	if a.Contact != "" && !isWebAddress(a.Contact) {
		d.ContactURL = "mailto:" + a.Contact
	}
	if !a.Audit.day.IsZero() {
		d.Audit = &dashboards.Audit{By: a.Audit.By, On: a.Audit.day, Percent: a.Audit.Percent}
	}
	return d
}
