package mail_test

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/ecoparc/ecoparc/collector/mail"
	"github.com/ecoparc/ecoparc/collector/mailtest"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

var letter = mail.Letter{
	To: "élu@région.example", Subject: "Région · octobre\r\nBcc: x@y.example", Text: "Empreinte : 58 kg\n", HTML: "<p>Empreinte : 58 kg</p>", PDF: []byte("%PDF-1.4 report"), File: "rapport.pdf",
	Key: "1", Language: "fr", Date: time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC),
}

func configOf(s *mailtest.Server) mail.Config {
	return mail.Config{Host: "127.0.0.1", Port: s.Port, TLS: mail.StartTLS, User: mailtest.User, Password: mailtest.Password, From: "Ecoparc <ecoparc@region.example>", CAFile: s.CAFile}
}

func send(t testing.TB, c mail.Config, l mail.Letter) error {
	t.Helper()
	p, err := mail.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p.Send(t.Context(), l)
}

func TestLetterArrivesAsTextHTMLAndPDFOverTLS(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{})
	l := letter
	l.To = "elue@region.example"
	if err := send(t, configOf(s), l); err != nil {
		t.Fatal(err)
	}
	all := s.Messages()
	if len(all) != 1 || !all[0].TLS || all[0].From != "ecoparc@region.example" || all[0].To[0] != "elue@region.example" {
		t.Fatalf("%+v", all)
	}
	m, err := netmail.ReadMessage(strings.NewReader(all[0].Text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "Région · octobre Bcc: x@y.example" || m.Header.Get("Bcc") != "" || m.Header.Get("Auto-Submitted") != "auto-generated" || !strings.HasSuffix(m.Header.Get("Message-ID"), "@region.example>") {
		t.Errorf("subject %q, head %v, %v", subject, m.Header, err)
	}
	kinds := map[string]string{}
	parts(t, m.Header.Get("Content-Type"), m.Body, kinds)
	if !strings.Contains(kinds["text/plain"], "58 kg") || !strings.Contains(kinds["text/html"], "<p>") || kinds["application/pdf"] == "" {
		t.Errorf("the parts are %v", kinds)
	}
}

// parts reads what an e-mail is made of.
func parts(t testing.TB, kind string, body io.Reader, found map[string]string) {
	t.Helper()
	media, parameters, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(media, "multipart/") {
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		found[media] = string(text)
		return
	}
	for r := multipart.NewReader(body, parameters["boundary"]); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		parts(t, part.Header.Get("Content-Type"), part, found)
	}
}

func TestWhatTheServerSaysDecidesWhetherALetterIsTriedAgain(t *testing.T) {
	full := func(string) error { return &smtp.SMTPError{Code: 452, Message: "mailbox full"} }
	nobody := func(string) error { return &smtp.SMTPError{Code: 550, Message: "no such user"} }
	drop := func(c *smtp.Conn, _ int) error { _ = c.Conn().Close(); return errors.New("dropped") }
	late := func(*smtp.Conn, int) error { return &smtp.SMTPError{Code: 554, Message: "looks like spam"} }
	for name, c := range map[string]struct {
		o      mailtest.Options
		change func(*mail.Config)
		is     error // nil: neither refused nor unreachable
	}{
		"no such user":   {o: mailtest.Options{Recipient: nobody}, is: mail.ErrRefused},
		"refused late":   {o: mailtest.Options{Data: late}, is: mail.ErrRefused},
		"full":           {o: mailtest.Options{Recipient: full}},
		"dropped":        {o: mailtest.Options{Data: drop}},
		"no TLS":         {o: mailtest.Options{WithoutTLS: true}, is: mail.ErrUnreachable},
		"not known":      {change: func(c *mail.Config) { c.CAFile = "" }, is: mail.ErrUnreachable},
		"wrong password": {change: func(c *mail.Config) { c.Password = "x" }, is: mail.ErrUnreachable},
		"nobody there":   {change: func(c *mail.Config) { c.Port = 1 }, is: mail.ErrUnreachable},
	} {
		s := mailtest.Start(t, c.o)
		config := configOf(s)
		if c.change != nil {
			c.change(&config)
		}
		l := letter
		l.To = "elue@region.example"
		err := send(t, config, l)
		if err == nil || errors.Is(err, mail.ErrRefused) != (c.is == mail.ErrRefused) || errors.Is(err, mail.ErrUnreachable) != (c.is == mail.ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), mailtest.Password) {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
		if n := len(s.Messages()); n > 0 {
			t.Errorf("%s: %d letters were taken", name, n)
		}
	}
}

func TestSameLetterHasTheSameMessageID(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{})
	ids := map[string]int{}
	for _, key := range []string{"1", "1", "2"} {
		l := letter
		l.To, l.Key = "elue@region.example", key
		if err := send(t, configOf(s), l); err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range s.Messages() {
		m, err := netmail.ReadMessage(strings.NewReader(got.Text))
		if err != nil {
			t.Fatal(err)
		}
		ids[m.Header.Get("Message-ID")]++
	}
	if len(ids) != 2 {
		t.Errorf("the identities are %v", ids)
	}
}

func TestSectionSaysWhatIsWrongWithItsLine(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte("letters\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const rest = "\n  from: a@b.example"
	for text, want := range map[string]string{
		"mail:\n  host: smtp.example" + rest:                                     "",
		"mail:\n  host: 127.0.0.1\n  tls: none\n  user: a\n  password: b" + rest: "",
		"mail:\n  host: h\n  user: a\n  password_file: " + secret + rest:         "",
		"mail:\n  host: \"a b\"" + rest:                                          "line 2: mail.",
		"mail:\n  host: h\n  port: 70000" + rest:                                 "line 3: mail.",
		"mail:\n  host: h\n  tls: ssl" + rest:                                    "line 3: mail.",
		"mail:\n  host: h\n  from: nobody":                                       "line 3: mail.",
		"mail:\n  host: h\n  user: a" + rest:                                     "password",
		"mail:\n  host: h\n  password: a" + rest:                                 "user",
		"mail:\n  host: h\n  tls: none\n  user: a\n  password: b" + rest:         "line 3: mail.",
		"mail:\n  host: h\n  user: a\n  password: b\n  password_file: x" + rest:  "line 5: mail.",
		"mail:\n  host: h\n  user: a\n  password_file: /nowhere" + rest:          "line 4: mail.",
		"mail:\n  host: h\n  ca_file: /nowhere" + rest:                           "line 3: mail.",
		"mail:\n  host: h\n  public_url: ecoparc" + rest:                         "line 3: mail.",
	} {
		c := struct {
			Mail mail.Config `yaml:"mail"`
		}{mail.Default()}
		doc := strictyaml.Decode("ecoparc.yaml", []byte(text), &c, "", nil)
		c.Mail.Validate(doc, "mail")
		switch err := doc.Err(); {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestAddressesAreAddresses(t *testing.T) {
	for text, want := range map[string]string{"a@B.Example": "a@b.example", "Zoé <zoe@x.fr>": "zoe@x.fr", "nobody": "", "a@b\r\nBcc: c@d": "", "": "", strings.Repeat("a", 300) + "@x.fr": ""} {
		if got, err := mail.Address(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("a@b.example")
	f.Add("\"x\r\n\"@y <z@z>")
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := mail.Address(text); err == nil && strings.ContainsAny(got, "\r\n") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
