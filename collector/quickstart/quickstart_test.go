package quickstart_test

import (
	"context"
	"io"
	"log/slog"
	"os"
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

// Every page of a simulated region says that it is simulated, is accessible, loads
// nothing from elsewhere and fits a phone.
func TestPagesOfSimulatedRegion(t *testing.T) {
	plan := quickstart.DemoRegion()
	if os.Getenv("ECOPARC_SCREENS") == "" {
		plan.Colleges, plan.Lycees = 2, 1 // the whole region takes minutes under the race detector
	}
	out, _ := run(t, t.TempDir(), plan)
	address := find(t, `Dashboard\s+(\S+)`, out.String())
	b := browsertest.Start(t)
	b.Window(1440, false)
	b.Open(address)
	b.CheckPage()
	b.Picture("sign-in")
	b.SignIn(address, "admin", find(t, `Password\s+(\S+)`, out.String()))
	b.CheckPage()
	b.Picture("home")

	pages := map[string]string{}
	b.Click(".cards li:nth-child(2) a", ".simulated")
	pages["overview"] = browsertest.Script[string](b, `location.href`)
	pages["schools"] = pages["overview"] + "/schools"
	pages["models"] = pages["overview"] + "/models"
	pages["procurement"] = pages["overview"] + "/procurement?longer=1&reconditioned=30&budget=50000"
	pages["tender"] = pages["overview"] + "/procurement/tender"
	pages["scenario"] = pages["overview"] + "/scenario?longer=1&reconditioned=50&night=100"
	b.Open(pages["models"])
	pages["model"] = browsertest.Script[string](b, `document.querySelector('#list tbody th a').href`)
	b.Open(pages["overview"])
	pages["site"] = browsertest.Script[string](b, `[...document.querySelectorAll('details.table tbody th a')].filter(a => a.textContent.startsWith('Lycée')).map(a => a.href)[0]`)
	pages["site scenario"] = pages["site"] + "/scenario"
	b.Open(pages["site"])
	pages["device"] = browsertest.Script[string](b, `document.querySelector('#devices tbody th a').href`)
	b.Open(pages["site"] + "?sort=seen")
	pages["laptop"] = browsertest.Script[string](b, `[...document.querySelectorAll('#devices tbody tr')].filter(r => r.textContent.includes('suivi') && r.textContent.includes('ordinateur portable')).map(r => r.querySelector('a').href)[0]`)

	for name, page := range pages {
		b.Open(page)
		if mark := b.Text(".simulated"); !strings.Contains(mark, "SIMULÉ") {
			t.Errorf("%s: marked %q", page, mark)
		}
		for _, dark := range []bool{false, true} {
			for _, width := range []int64{360, 768, 1440} {
				b.Window(width, dark)
				b.CheckPage()
				b.Picture(name + map[bool]string{true: "-dark"}[dark] + map[int64]string{360: "-360", 768: "-768"}[width])
			}
		}
		b.Window(1440, false)
	}
	b.Open(pages["laptop"] + "?day=" + time.Now().AddDate(0, 0, -1).Format(time.DateOnly))
	if title := b.Text("#windows h2"); !strings.Contains(title, "quart d’heure") {
		t.Errorf("a day of the laptop is titled %q", title)
	}
	b.CheckPage()
	b.Picture("day")
	b.Open(address + "/sources")
	b.CheckPage()
	b.Picture("sources")

	// English by choice, with the keyboard alone: a figure opens its formula.
	b.Open(pages["overview"])
	b.Click(`.lang button[value="en"]`, `html[lang="en"]`)
	if title := b.Text("h1"); !strings.Contains(title, "a year") {
		t.Errorf("the page in English says %q", title)
	}
	browsertest.Script[bool](b, `document.querySelector('details.figure summary').focus() ?? true`)
	b.Key("\r")
	if !browsertest.Script[bool](b, `document.querySelector('details.figure').open && document.querySelector('.behind a').getAttribute('href').startsWith('/sources#')`) {
		t.Error("the return key does not open the formula of a figure")
	}
	b.CheckPage()
	b.Picture("overview-en")
}
