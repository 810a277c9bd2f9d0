package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/letters"
	"github.com/ecoparc/ecoparc/collector/mail"
	"github.com/ecoparc/ecoparc/collector/printing"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/service"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/quantity"
)

type reportCmd struct {
	Subscribe   reportSubscribeCmd   `cmd:"" help:"Send the report of an organisation to an address each month, the last one at once."`
	Unsubscribe reportUnsubscribeCmd `cmd:"" help:"Send it no more, and forget the address."`
	List        reportListCmd        `cmd:"" help:"List who gets which report, and what became of the last one."`
	Send        reportSendCmd        `cmd:"" help:"Send the report on a month to an address now, as to try the mail server."`
	Write       reportWriteCmd       `cmd:"" help:"Write the report on a month to a file: PDF, HTML or text."`
}

// ofOrganisation is a flag that names one.
type ofOrganisation struct {
	Organisation string `help:"Organisation, by its name or number." required:""`
}

func (o ofOrganisation) find(ctx context.Context, s *store.Store) (int64, error) {
	return organisationOf(ctx, s, o.Organisation)
}

// organisationOf is the number of an organisation that is named, or numbered.
func organisationOf(ctx context.Context, s *store.Store, given string) (int64, error) {
	within, err := registry.Open(s).Reach(ctx, []string{given}, nil)
	if err != nil {
		return 0, err
	}
	return within.Organisations[0], nil
}

type reportSubscribeCmd struct {
	Address string `arg:"" help:"E-mail address."`
	ofOrganisation
	Language string `help:"fr or en." default:"fr"`
}

func (r *reportSubscribeCmd) Run(ctx context.Context, c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(s *store.Store) error {
		id, err := r.find(ctx, s)
		if err != nil {
			return err
		}
		who, err := letters.Open(s, time.Now).Subscribe(ctx, id, r.Address, r.Language)
		if err != nil {
			return err
		}
		fmt.Printf("Subscriber %d: %s gets the report of organisation %d.\n", who.ID, who.Address, id)
		if !loaded.Mail.Configured() {
			fmt.Println("No e-mail is sent yet: the section mail of the configuration is missing (docs/configuration.md).")
		}
		return nil
	})
}

type reportUnsubscribeCmd struct {
	Address string `arg:"" help:"E-mail address."`
	ofOrganisation
}

func (r *reportUnsubscribeCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		id, err := r.find(ctx, s)
		if err != nil {
			return err
		}
		address, err := mail.Address(r.Address)
		if err != nil {
			return fmt.Errorf("address %w", err)
		}
		subscriptions := letters.Open(s, time.Now)
		all, err := subscriptions.List(ctx, id)
		if err != nil {
			return err
		}
		for _, who := range all {
			if who.Address == address {
				if err := subscriptions.Unsubscribe(ctx, id, who.ID); err != nil {
					return err
				}
				fmt.Printf("%s gets the report of organisation %d no more, and is forgotten.\n", address, id)
				return nil
			}
		}
		return fmt.Errorf("%s does not get the report of organisation %d; `collector report list` shows who does", address, id)
	})
}

type reportListCmd struct{}

func (*reportListCmd) Run(ctx context.Context, c *cli) error {
	return c.withStore(ctx, func(s *store.Store) error {
		all, err := letters.Open(s, time.Now).List(ctx, 0)
		if err != nil {
			return err
		}
		t := table("ORGANISATION", "ADDRESS", "LANGUAGE", "MONTH", "STATE", "WHY")
		for _, who := range all {
			t.row(who.Organisation, who.Address, who.Language, who.Month, who.State, who.Failure)
		}
		return t.Flush()
	})
}

// onMonth is which report.
type onMonth struct {
	ofOrganisation
	Month    string `help:"Month, as 2026-10; the last that has ended without it."`
	Language string `help:"fr or en." default:"fr" enum:"fr,en"`
}

// letter writes the report.
func (o onMonth) letter(ctx context.Context, c *cli, loaded config.Config, work func(*dashboards.Letter, calendar.Day) error) error {
	month := view.LastMonth(time.Now(), loaded.Location())
	if o.Month != "" {
		given, ok := view.ParseMonth(o.Month)
		if !ok {
			return fmt.Errorf("month is %q; a year and a month are expected, as in %s", o.Month, month.UTC().Format("2006-01"))
		}
		month = given
	}
	return c.withStore(ctx, func(s *store.Store) error {
		id, err := o.find(ctx, s)
		if err != nil {
			return err
		}
		return service.WithPages(ctx, loaded, s, slog.Default(), func(pages *dashboards.Pages) error {
			letter, err := pages.Letter(ctx, id, month, quantity.Language(o.Language), service.PublicURL(loaded))
			if errors.Is(err, view.ErrNotFound) {
				return fmt.Errorf("nothing is known of organisation %d in %s", id, month.UTC().Format("2006-01"))
			}
			if err != nil {
				return err
			}
			return work(letter, month)
		})
	})
}

type reportSendCmd struct {
	onMonth
	To string `help:"E-mail address; whether it subscribed does not matter." required:""`
}

func (r *reportSendCmd) Run(ctx context.Context, c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	if !loaded.Mail.Configured() {
		return errors.New("there is no mail server: set the section mail of the configuration (docs/configuration.md)")
	}
	to, err := mail.Address(r.To)
	if err != nil {
		return fmt.Errorf("address %w", err)
	}
	post, err := mail.New(loaded.Mail)
	if err != nil {
		return err
	}
	return r.letter(ctx, c, loaded, func(l *dashboards.Letter, month calendar.Day) error {
		now := time.Now()
		err := post.Send(ctx, mail.Letter{To: to, Subject: l.Subject, Text: l.Text, HTML: l.HTML, PDF: l.PDF, File: l.File, Language: r.Language, Date: now, Key: fmt.Sprint(to, month, now.UnixNano())})
		if err == nil {
			fmt.Printf("Sent to %s: %s\n", to, l.Subject)
		}
		return err
	})
}

type reportWriteCmd struct {
	onMonth
	Out string `arg:"" help:"File to write; its name ends in .pdf, .html or .txt." type:"path"`
}

func (r *reportWriteCmd) Run(ctx context.Context, c *cli) error {
	kind := strings.ToLower(filepath.Ext(r.Out))
	if kind != ".pdf" && kind != ".html" && kind != ".txt" {
		return fmt.Errorf("the name %q ends in none of .pdf, .html and .txt", r.Out)
	}
	loaded, err := c.load()
	if err != nil {
		return err
	}
	if kind != ".pdf" {
		loaded.PDF.Chromium = printing.None
	}
	return r.letter(ctx, c, loaded, func(l *dashboards.Letter, _ calendar.Day) error {
		text := map[string][]byte{".pdf": l.PDF, ".html": []byte(l.HTML), ".txt": []byte(l.Text)}[kind]
		if text == nil {
			return errors.New("no PDF can be made here: install Chromium, or set the section pdf of the configuration, where a warning says what Chromium lacks (docs/configuration.md)")
		}
		if err := os.WriteFile(r.Out, text, 0o644); err != nil {
			return fmt.Errorf("cannot write the report: %w", err)
		}
		fmt.Println(r.Out)
		return nil
	})
}
