// Package mailtest is a real SMTP server on this machine, for tests: it speaks STARTTLS,
// asks for a password, and fails as servers do.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// The account of the server.
const (
	User     = "ecoparc"
	Password = "letters"
)

// Message is an e-mail that the server took.
type Message struct {
	From string
	To   []string
	Text string // with its head
	TLS  bool
}

// Server is a server that listens.
type Server struct {
	Port   int
	CAFile string // certificate of the server

	mu       sync.Mutex
	messages []Message
	// Each of these is asked before the server answers; nil: it takes everything.
	recipient func(to string) error
	data      func(*smtp.Conn, int) error
	tries     int
	server    *smtp.Server
}

// Options change a server.
type Options struct {
	WithoutTLS bool
	Port       int // 0: a free one
	// Recipient refuses a recipient.
	Recipient func(to string) error
	// Data is called once a letter has come, with how many came before; it may close the
	// connection.
	Data func(c *smtp.Conn, before int) error
}

// Start starts a server, which ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{recipient: o.Recipient, data: o.Data}
	certificate, caFile := certificate(t)
	s.CAFile = caFile
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: o.Port})
	if err != nil {
		t.Fatal(err)
	}
	s.Port = listener.Addr().(*net.TCPAddr).Port
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{server: s, conn: c}, nil }))
	s.server.Domain, s.server.AllowInsecureAuth = "localhost", true
	s.server.ReadTimeout, s.server.WriteTimeout = 10*time.Second, 10*time.Second
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	if !o.WithoutTLS {
		s.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.server.Serve(listener) }()
	t.Cleanup(func() { _ = s.server.Close(); <-done })
	return s
}

// Messages are those that the server took.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// certificate is one of this machine, and the file that holds it.
func certificate(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

// session is one conversation.
type session struct {
	server *Server
	conn   *smtp.Conn
	signed bool
	from   string
	to     []string
}

func (*session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if c.signed = user == User && password == Password; !c.signed {
			return errors.New("wrong user or password")
		}
		return nil
	}), nil
}

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if c.from = from; !c.signed {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = append(c.to, to)
	if c.server.recipient != nil {
		return c.server.recipient(to)
	}
	return nil
}

func (c *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	before := c.server.tries
	c.server.tries++
	if c.server.data != nil {
		if err := c.server.data(c.conn, before); err != nil {
			return err
		}
	}
	_, secured := c.conn.TLSConnectionState()
	c.server.messages = append(c.server.messages, Message{c.from, c.to, string(text), secured})
	return nil
}

func (c *session) Reset() { c.from, c.to = "", nil }

func (*session) Logout() error { return nil }
