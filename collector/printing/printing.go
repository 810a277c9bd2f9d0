// Package printing makes PDF of pages with a Chromium that the machine has. The browser
// gets the page and its style sheet as two files and reaches nothing else: no name is
// resolved, no script runs, and it has its own folder, which is gone afterwards.
package printing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Config is the section pdf.
type Config struct {
	// Chromium is the path of the program; empty: one on the path, where there is one;
	// "none": no PDF is made.
	Chromium string `yaml:"chromium"`
	// NoSandbox starts it without its own sandbox, which it needs where the collector runs as
	// root or in a container that forbids one.
	NoSandbox bool `yaml:"no_sandbox"`
}

// None is the path that stands for no program.
const None = "none"

// Validate checks the section, which stands at a key.
func (c *Config) Validate(doc *strictyaml.Document, key string) {
	if c.Chromium == "" || c.Chromium == None {
		return
	}
	if info, err := os.Stat(c.Chromium); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		doc.Problem(key+".chromium", "is %q, which is no program; give the path of Chromium, leave it empty to have it looked for, or write none", c.Chromium)
	}
}

// policy lets a page use its style sheet and nothing else, neither script nor pictures from
// elsewhere.
const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src file:; img-src data:">`

// names are what Chromium is called.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// Printer prints one page at a time: a browser takes more memory than the collector.
type Printer struct {
	path      string
	noSandbox bool
	turn      chan struct{}
}

// New returns a printer, nil where there is no Chromium.
func New(c Config) *Printer {
	path := c.Chromium
	for _, name := range names {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" || path == None {
		return nil
	}
	return &Printer{path: path, noSandbox: c.NoSandbox, turn: make(chan struct{}, 1)}
}

// What a page may take at most.
const (
	patience = 60 * time.Second
	largestB = 20 << 20
)

// PDF prints a page with its style sheet. The PDF is tagged, and has the title and the
// language of the page.
func (p *Printer) PDF(ctx context.Context, page, style []byte) (pdf []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("no turn to print: %w", ctx.Err())
	}
	dir, err := os.MkdirTemp("", "ecoparc-print-")
	if err != nil {
		return nil, fmt.Errorf("cannot print: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	page = bytes.Replace(page, []byte("<head>"), []byte("<head>"+policy), 1)
	for name, text := range map[string][]byte{"page.html": page, view.PrintedStyle: style} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, fmt.Errorf("cannot print: %w", err)
		}
	}
	out := filepath.Join(dir, "page.pdf")
	cmd := exec.CommandContext(ctx, p.path, p.arguments(dir, out)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir, "LANG=C.UTF-8"}
	cmd.WaitDelay = 5 * time.Second
	ownGroup(cmd) // what it started ends with it
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cannot print with %s: %w: %s", p.path, errors.Join(err, ctx.Err()), hint(said.String()))
	}
	info, err := os.Stat(out)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s printed nothing: %s", p.path, hint(said.String()))
	case info.Size() > largestB:
		return nil, fmt.Errorf("%s printed %d bytes; at most %d are taken", p.path, info.Size(), largestB)
	}
	return os.ReadFile(out)
}

func (p *Printer) arguments(dir, out string) []string {
	all := []string{
		"--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer", "--export-tagged-pdf", "--user-data-dir=" + filepath.Join(dir, "profile"),
		// It reaches nothing: names do not resolve, addresses go to a proxy that is not there.
		"--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
		"--disable-extensions", "--disable-dev-shm-usage", "--print-to-pdf=" + out,
	}
	if p.noSandbox {
		all = append(all, "--no-sandbox")
	}
	return append(all, "file://"+filepath.ToSlash(filepath.Join(dir, "page.html")))
}

// hint is the end of what a program said, with what helps.
func hint(said string) string {
	said = strings.TrimSpace(said)
	if strings.Contains(said, "no-sandbox") || strings.Contains(said, "sandbox") {
		return "its sandbox does not work here; run the collector as its own user, or set pdf.no_sandbox: true"
	}
	return said[max(0, len(said)-300):]
}
