// Package mail sends e-mail over SMTP.
//
// A letter that is sent again, because nobody knows whether the server took it, has the
// same Message-ID, by which servers and readers know that it is the same.
package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"os"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Letter is an e-mail to one person.
type Letter struct {
	To, Subject string
	Text, HTML  string
	PDF         []byte // nil: none
	File        string // name of the PDF
	Key         string // what makes it this letter and no other
	Language    string
	Date        time.Time
}

// ErrRefused says that the server does not take this letter, now or later.
var ErrRefused = errors.New("the server refuses the letter")

// ErrUnreachable says that the server takes no letter at all now.
var ErrUnreachable = errors.New("the server cannot be reached")

// Post sends letters.
type Post struct {
	config Config
	domain string
	from   string
	tls    *tls.Config
}

// New returns a post; its configuration is valid.
func New(c Config) (*Post, error) {
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("sender of e-mails: %w", err)
	}
	p := &Post{config: c, from: c.From, domain: from.Address[strings.LastIndexByte(from.Address, '@')+1:], tls: &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}}
	if c.CAFile != "" {
		if p.tls.RootCAs, err = authorities(c.CAFile); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// authorities are those that the machine knows and those in a file.
func authorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read certificates: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("there is no certificate in %q", path)
	}
	return pool, nil
}

// patience is how long the server may take for one answer.
const patience = 15 * time.Second

// Send sends a letter. It returns nil once the server has taken it.
func (p *Post) Send(ctx context.Context, l Letter) error {
	m, err := p.message(l)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	client, err := mail.NewClient(p.config.Host, p.options()...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	err = client.Send(m)
	_ = client.Close() // the letter is taken or not, however the server says good-bye
	if err == nil || m.IsDelivered() {
		return nil
	}
	var failed *mail.SendError
	if errors.As(err, &failed) && failed.ErrorCode() >= 500 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf("cannot send a letter: %w", err)
}

func (p *Post) options() []mail.Option {
	policy := map[string]mail.TLSPolicy{StartTLS: mail.TLSMandatory, Implicit: mail.TLSMandatory, Plain: mail.NoTLS}[p.config.TLS]
	options := []mail.Option{mail.WithPort(p.config.Port), mail.WithTimeout(patience), mail.WithTLSPolicy(policy), mail.WithTLSConfig(p.tls), mail.WithHELO(p.domain)}
	if p.config.TLS == Implicit {
		options = append(options, mail.WithSSL())
	}
	if p.config.User != "" {
		auth := mail.SMTPAuthAutoDiscover
		if p.config.TLS == Plain { // to this machine only, as the configuration says
			auth = mail.SMTPAuthPlainNoEnc
		}
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(p.config.User), mail.WithPassword(p.config.Password))
	}
	return options
}

// message is a letter as it travels.
func (p *Post) message(l Letter) (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(m.From(p.from), m.To(l.To)); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(l.Key))
	m.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@" + p.domain)
	m.SetDateWithValue(l.Date)
	m.Subject(strings.Join(strings.Fields(l.Subject), " "))
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("Content-Language", l.Language)
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(mail.TypeTextHTML, l.HTML)
	}
	if l.PDF != nil {
		if err := m.AttachReader(l.File, bytes.NewReader(l.PDF), mail.WithFileContentType("application/pdf")); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Address reads an address as people write it and returns it alone, without a name.
func Address(text string) (string, error) {
	a, err := netmail.ParseAddress(text)
	if err != nil || len(a.Address) > 254 {
		return "", fmt.Errorf("is %q; an e-mail address is expected, as in name@region.example", text)
	}
	at := strings.LastIndexByte(a.Address, '@')
	return a.Address[:at] + "@" + strings.ToLower(a.Address[at+1:]), nil
}
