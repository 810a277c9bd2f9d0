// Package browsertest drives a real Chromium against the pages, for tests: it
// signs in, clicks, runs the accessibility rules of axe-core and takes pictures.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Need skips the test for want of something that could be installed, with the
// reason, or fails it on a continuous integration machine (CI=true), where `make
// test` installs everything.
func Need(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Tool is the path of something that `make test` installs below .tools, or the
// value of an environment variable that names another; empty when it is missing.
func Tool(env, path string) string {
	if given := os.Getenv(env); given != "" {
		return given
	}
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		candidate := filepath.Join(dir, ".tools", path)
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// Browser is a Chromium with one tab.
type Browser struct {
	t   testing.TB
	ctx context.Context
	axe string
	// still is whether less motion is asked for.
	still bool
}

// Start starts Chromium without a window.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := os.Getenv("ECOPARC_TEST_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		Need(t, "no Chromium found: install Debian's package chromium, or set ECOPARC_TEST_CHROMIUM")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	b := &Browser{t: t, ctx: ctx}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // the first run lives as long as the browser
		t.Fatalf("cannot start Chromium: %v", err)
	}
	return b
}

// patience is how long an action may take.
const patience = time.Minute

// Do runs actions one after the other.
func (b *Browser) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("browser: %v", err)
	}
}

// ask runs an action that has an answer.
func ask[T any](b *Browser, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("browser: %v", err)
	}
	return answer
}

// Open opens an address.
func (b *Browser) Open(address string) {
	b.t.Helper()
	b.Do(chromedp.Navigate(address))
}

// Click clicks the first element that a CSS selector finds and waits for the next
// one to be there.
func (b *Browser) Click(selector, then string) {
	b.t.Helper()
	b.Do(chromedp.Click(chromedp.CSS(selector)), chromedp.WaitVisible(chromedp.CSS(then)))
}

// SignIn signs in as a person does and waits for the page behind it.
func (b *Browser) SignIn(address, name, password string) {
	b.t.Helper()
	b.Do(
		chromedp.Navigate(address),
		chromedp.SendKeys(chromedp.CSS("#name"), name),
		chromedp.SendKeys(chromedp.CSS("#password"), password),
		chromedp.Click(chromedp.CSS("form.signin button")),
		chromedp.WaitVisible(chromedp.CSS("form.who")),
	)
}

// Window sets the width of the window and whether the dark scheme is preferred.
func (b *Browser) Window(width int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.Do(chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: b.media(scheme),
		})
		return err
	}))
}

// media are the features of the screen that pages ask for.
func (b *Browser) media(scheme string) []*emulation.MediaFeature {
	all := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
	if b.still {
		all = append(all, &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
	}
	return all
}

// Still asks pages for less motion from the next Window on.
func (b *Browser) Still() { b.still = true }

// Text is the text of the first element that a CSS selector finds.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	return ask(b, chromedp.Text(chromedp.CSS(selector)))
}

// Script is what an expression of JavaScript gives.
func Script[T any](b *Browser, expression string) T {
	b.t.Helper()
	return ask(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// CheckPage is CheckFrame and CheckRules.
func (b *Browser) CheckPage() {
	b.t.Helper()
	b.CheckFrame()
	b.CheckRules()
}

// CheckFrame fails the test when the page is wider than its window, loads anything from
// elsewhere, or moves for somebody who asked for less motion.
func (b *Browser) CheckFrame() {
	b.t.Helper()
	at := ask(b, chromedp.Location())
	if Script[bool](b, `document.documentElement.scrollWidth > document.documentElement.clientWidth`) {
		b.t.Errorf("%s: the page is wider than its window", at)
	}
	elsewhere := Script[[]string](b, `performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin))`)
	if len(elsewhere) > 0 {
		b.t.Errorf("%s: loads from elsewhere: %q", at, elsewhere)
	}
	if b.still && Script[int](b, `document.getAnimations().length`) > 0 {
		b.t.Errorf("%s: something moves although less motion was asked for", at)
	}
}

// CheckRules fails the test when the page breaks a rule of WCAG 2.2 A or AA that axe-core
// knows.
func (b *Browser) CheckRules() {
	b.t.Helper()
	at := ask(b, chromedp.Location())
	if b.axe == "" {
		path := Tool("ECOPARC_TEST_AXE", "node_modules/axe-core/axe.min.js")
		if path == "" {
			Need(b.t, "axe-core is not installed: `make tools` puts it below .tools, or set ECOPARC_TEST_AXE")
		}
		script, err := os.ReadFile(path)
		if err != nil {
			b.t.Fatal(err)
		}
		b.axe = string(script)
	}
	b.Do(chromedp.Evaluate[chromedp.Void](b.axe))
	const run = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(r =>
		r.violations.map(v => v.id + ': ' + v.help + ' at ' + v.nodes.map(n => n.target.join(' ') + ' (' + n.failureSummary + ')').slice(0, 3).join('; ')))`
	if broken := Script[[]string](b, run); len(broken) > 0 {
		b.t.Errorf("%s breaks accessibility rules:\n%s", at, strings.Join(broken, "\n"))
	}
}

// Key presses keys on whatever has the focus.
func (b *Browser) Key(keys string) {
	b.t.Helper()
	b.Do(chromedp.KeyEvent(keys))
}
