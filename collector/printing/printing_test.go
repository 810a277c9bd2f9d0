//go:build unix

package printing_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/browsertest"
	"github.com/ecoparc/ecoparc/collector/printing"
)

// standIn is a program in the place of Chromium.
func standIn(t *testing.T, script string) *printing.Printer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chromium")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return printing.New(printing.Config{Chromium: path})
}

const out = `for a in "$@"; do case "$a" in --print-to-pdf=*) f="${a#*=}";; esac; done; `

func TestWhatThePrinterNeedsIsBesideThePageAndGoneAfterwards(t *testing.T) {
	left := filepath.Join(t.TempDir(), "where")
	p := standIn(t, out+`pwd > `+left+`; cat page.html style.css > "$f"; env >> "$f"`)
	t.Setenv("ECOPARC_MAIL_PASSWORD", "secret")
	pdf, err := p.PDF(t.Context(), []byte("<p>page</p>"), []byte("p{}"))
	if err != nil || !strings.HasPrefix(string(pdf), "<p>page</p>p{}") || strings.Contains(string(pdf), "secret") {
		t.Errorf("%q, %v", pdf, err)
	}
	dir, err := os.ReadFile(left)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(strings.TrimSpace(string(dir))); !os.IsNotExist(err) {
		t.Errorf("the folder %s is still there: %v", dir, err)
	}
}

func TestAPrinterThatFailsSaysWhy(t *testing.T) {
	for script, words := range map[string]string{
		"echo broken pipe >&2; exit 3": "broken pipe",
		"exit 0":                       "printed nothing",
		"echo 'Running as root without --no-sandbox'; exit 1": "pdf.no_sandbox",
		out + `head -c 21000000 /dev/zero > "$f"`:             "at most",
	} {
		if _, err := standIn(t, script).PDF(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", script, err)
		}
	}
}

func TestAPrinterThatHangsIsStoppedWithWhatItStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ready := filepath.Join(t.TempDir(), "pid")
	p := standIn(t, `sleep 600 & echo $! > `+ready+`.new; mv `+ready+`.new `+ready+`; wait`)
	done := make(chan error)
	go func() { _, err := p.PDF(ctx, nil, nil); done <- err }()
	var pid string
	for pid == "" {
		text, _ := os.ReadFile(ready)
		pid = strings.TrimSpace(string(text))
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("a printer that was stopped printed")
	}
	for i := 0; ; i++ {
		status, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(status), ") Z ") {
			break
		}
		if i > 200 {
			t.Fatalf("what it started is still there: %s", status)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestNoProgramIsNoPrinter(t *testing.T) {
	if printing.New(printing.Config{Chromium: printing.None}) != nil {
		t.Error("there is a printer where none is wanted")
	}
	t.Setenv("PATH", t.TempDir())
	if printing.New(printing.Config{}) != nil {
		t.Error("there is a printer where no program is")
	}
}

// The real browser prints a tagged PDF with its title and language, and asks no server for
// anything.
func TestChromiumPrintsAndReachesNothing(t *testing.T) {
	p := printing.New(printing.Config{NoSandbox: os.Getuid() == 0})
	if p == nil {
		browsertest.Need(t, "no Chromium found")
	}
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	page := fmt.Sprintf(`<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Rapport d'octobre</title><link rel="stylesheet" href="style.css"></head>
<body><h1>Bonjour</h1><img src="%s/x.png" alt="x"><script>fetch("%[1]s/script")</script><p>texte</p></body></html>`, server.URL)
	pdf, err := p.PDF(t.Context(), []byte(page), []byte("h1{color:#005f5a}"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 2000 {
		t.Fatalf("not a PDF: %.40q", pdf)
	}
	for _, want := range []string{"/StructTreeRoot", "/Lang", "/Title"} {
		if !bytes.Contains(pdf, []byte(want)) {
			t.Errorf("the PDF has no %s", want)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the browser asked the server %d times", n)
	}
}
