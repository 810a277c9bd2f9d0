package agenttest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// Program is the collector's own program, running, with a site and a token. It
// serves TLS, as it does in a school: its certificate is made by an authority of
// its own, whose certificate is the file CA.
type Program struct {
	URL, Token, CA string

	t             testing.TB
	program, data string
}

// StartProgram builds the collector and starts it, with environment variables that
// configure it; it ends with the test.
func StartProgram(t testing.TB, settings ...string) *Program {
	t.Helper()
	dir := t.TempDir()
	p := &Program{t: t, program: filepath.Join(dir, "collector"), data: filepath.Join(dir, "data"), CA: filepath.Join(dir, "ca.crt")}
	// For this machine, whichever one the test itself is built for.
	p.command("env", "-u", "GOOS", "-u", "GOARCH", "go", "build", "-o", p.program, "github.com/ecoparc/ecoparc/collector")
	certificate, key := filepath.Join(dir, "collector.crt"), filepath.Join(dir, "collector.key")
	writeCertificates(t, p.CA, certificate, key, time.Now())

	// It chooses its port, which no other test can have taken meanwhile, and says which.
	server := exec.CommandContext(t.Context(), p.program, "--data", p.data, "run")
	server.Env = append(append(os.Environ(), settings...), "ECOPARC_LISTEN=127.0.0.1:0", "ECOPARC_TLS_CERT_FILE="+certificate, "ECOPARC_TLS_KEY_FILE="+key)
	log, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	address, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(log); lines.Scan(); { // to the end, so that it never waits for a reader
			if m := regexp.MustCompile(`collector listening address=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	t.Cleanup(func() { server.Process.Kill(); <-ended; server.Wait() })
	select {
	case at := <-address:
		p.URL = "https://" + at
	case <-ended:
		t.Fatal("the collector ended before it listened")
	}

	p.Run("organisation", "add", "Région", "--kind", "region")
	p.Run("site", "add", "Lycée", "--organisation", "Région", "--kind", "lycee", "--pupils", "900")
	words := strings.Fields(p.Run("token", "create", "--site", "1", "--uses", "20"))
	p.Token = slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
	return p
}

// Run runs one of the collector's commands, and gives what it prints.
func (p *Program) Run(args ...string) string {
	p.t.Helper()
	return p.command(p.program, append([]string{"--data", p.data}, args...)...)
}

func (p *Program) command(name string, args ...string) string {
	p.t.Helper()
	out, err := exec.CommandContext(p.t.Context(), name, args...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Devices are the names of the devices that have enrolled.
func (p *Program) Devices() []string {
	p.t.Helper()
	var names []string
	for line := range strings.Lines(p.Run("device", "list")) {
		if name, _, _ := strings.Cut(line, " "); strings.HasPrefix(name, "d-") {
			names = append(names, name)
		}
	}
	return names
}

// Kept is what the collector has of a device.
type Kept struct {
	Device struct {
		Inventory report.Inventory `json:"inventory"`
		Agent     string           `json:"agent"`
	} `json:"device"`
	Windows  []json.RawMessage `json:"windows"`
	Unposted []json.RawMessage `json:"unposted"` // acknowledged, and in no sum yet
}

// Kept asks the collector for everything it has of a device.
func (p *Program) Kept(device string) (k Kept) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.Run("device", "export", device)), &k); err != nil {
		p.t.Fatal(err)
	}
	return k
}

// Arrived are all the windows of a device that the collector has.
func (p *Program) Arrived(device string) []report.Window {
	p.t.Helper()
	k := p.Kept(device)
	windows := make([]report.Window, 0, len(k.Windows)+len(k.Unposted))
	for _, text := range slices.Concat(k.Windows, k.Unposted) {
		var w report.Window
		if err := json.Unmarshal(text, &w); err != nil {
			p.t.Fatal(err)
		}
		windows = append(windows, w)
	}
	return windows
}

// writeCertificates makes an authority, and the certificate of this machine's own
// address with its key, valid for two months around now.
func writeCertificates(t testing.TB, authorityFile, certificateFile, keyFile string, now time.Time) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	write := func(file, kind string, der []byte) {
		must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "A school's own authority"},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	authority, err := x509.CreateCertificate(rand.Reader, &template, &template, authorityKey.Public(), authorityKey)
	must(err)
	write(authorityFile, "CERTIFICATE", authority)

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	leaf := x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "collector"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: template.NotBefore, NotAfter: template.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &leaf, &template, key.Public(), authorityKey)
	must(err)
	write(certificateFile, "CERTIFICATE", certificate)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	write(keyFile, "PRIVATE KEY", der)
}
