package service

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/eco2mix"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/letters"
	"github.com/ecoparc/ecoparc/collector/mail"
	"github.com/ecoparc/ecoparc/collector/printing"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// newSender sends the monthly reports that pages write.
func newSender(c config.Config, s *store.Store, pages *dashboards.Pages, clock func() time.Time, log *slog.Logger) (*letters.Sender, error) {
	post, err := mail.New(c.Mail)
	if err != nil {
		return nil, err
	}
	write := func(ctx context.Context, organisation int64, month calendar.Day, lang quantity.Language) (*dashboards.Letter, error) {
		return pages.Letter(ctx, organisation, month, lang, PublicURL(c))
	}
	return &letters.Sender{Subscriptions: letters.Open(s, clock), Write: write, Post: post, Where: c.Location(), Log: log}, nil
}

// PublicURL is the address of the collector for those who read its e-mails; empty where
// nothing says it.
func PublicURL(c config.Config) string {
	return cmp.Or(c.Mail.PublicURL, c.SignIn.OIDC.PublicURL)
}

// printer gives the pages what prints, where there is something: not a nil one in an interface.
func printer(o *dashboards.Options, c config.Config) {
	if p := printing.New(c.PDF); p != nil {
		o.Printer = p
	}
}

// WithPages lets a command work with the pages, beside a collector that may be running.
func WithPages(ctx context.Context, c config.Config, s *store.Store, log *slog.Logger, work func(*dashboards.Pages) error) error {
	r, l := registry.Open(s), ledger.Open(s, c.Location(), false)
	defer l.Close()
	f, err := computer(c, r, l, time.Now)
	if err != nil {
		return err
	}
	if c.Electricity.Eco2mix.Enabled {
		f.FollowElectricity(eco2mix.Open(s, c.Factors()).Load)
	}
	if err := calibrateWith(ctx, c, f, r, l, time.Now()); err != nil {
		return err
	}
	o := dashboards.Options{Source: f, Clock: time.Now, Location: c.Location(), Logger: log, Accessibility: c.Accessibility.Declared()}
	printer(&o, c)
	pages, err := dashboards.New(o)
	if err != nil {
		return err
	}
	return work(pages)
}
