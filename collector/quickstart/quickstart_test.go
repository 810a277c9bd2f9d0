package quickstart_test

import (
	"context"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/browsertest"
	"github.com/ecoparc/ecoparc/collector/quickstart"
	"github.com/ecoparc/ecoparc/collector/simulate"
)

// output is what a program prints, readable while it runs.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// run starts a quickstart and returns what it prints, once it has printed the
// address, and a function that stops it as Ctrl-C does.
func run(t *testing.T, dir string, demo *simulate.Plan) (out *output, stop func()) {
	t.Helper()
	out = new(output)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	go func() {
		done <- quickstart.Run(ctx, quickstart.Options{DataDir: dir, Listen: "127.0.0.1:0", Demo: demo, Version: "test", Out: out, Log: log})
	}()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("quickstart: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	waitFor(t, 3*time.Minute, "the address of the dashboard", func() bool {
		select {
		case err := <-done:
			done <- err
			t.Fatalf("quickstart ended early: %v\n%s", err, out)
		default:
		}
		return strings.Contains(out.String(), "Ctrl-C")
	})
	return out, stop
}

func waitFor(t *testing.T, limit time.Duration, what string, there func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !there(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %s for %s", limit, what)
		}
	}
}

func find(t *testing.T, pattern, text string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in %q", pattern, text)
	}
	return m[1]
}

// A newcomer starts Ecoparc, signs in with the password that was printed, and sees
// figures of the machine; after a restart all is still there.
func TestNewcomerSeesThisMachine(t *testing.T) {
	dir := t.TempDir()
	out, stop := run(t, dir, nil)
	address, password := find(t, `Dashboard\s+(\S+)`, out.String()), find(t, `Password\s+(\S+)`, out.String())
	b := browsertest.Start(t)
	b.SignIn(address, "admin", password)
	b.Picture("overview-this-machine")
	b.Click("tbody th a", "#devices") // from the organisation to its site
	b.Picture("site-this-machine")
	b.Click("#devices a", "#devices table")
	b.Click("#devices tbody th a", "dl")
	waitFor(t, time.Minute, "real figures of this machine", func() bool {
		device := browsertest.Script[string](b, `location.href`)
		b.Open(device)
		return strings.Contains(b.Text("main"), "Processeurs occupés")
	})
	for _, width := range []int64{360, 768, 1440} {
		b.Window(width, false)
		b.CheckPage()
	}
	b.Picture("device-this-machine")
	device := browsertest.Script[string](b, `location.pathname`)
	b.Open(address)
	for _, page := range append(browsertest.Script[[]string](b, `[...document.querySelectorAll('.sections a')].map(a => a.pathname)`), "/monitor", "/administration", "/administration/devices") {
		b.Open(address + page)
		if status := browsertest.Script[int](b, `performance.getEntriesByType('navigation')[0].responseStatus`); status != 200 || b.Text("h1") == "" {
			t.Errorf("%s of one device answers %d, %q", page, status, b.Text("h1"))
		}
		b.CheckPage()
	}

	stop()
	out, _ = run(t, dir, nil)
	if strings.Contains(out.String(), "Password") {
		t.Error("a second administrator was made after a restart")
	}
	b.Open(find(t, `Dashboard\s+(\S+)`, out.String()) + device) // the session is open still
	if !strings.Contains(b.Text("main"), "Processeurs occupés") {
		t.Error("the figures of before the restart are gone")
	}
}
