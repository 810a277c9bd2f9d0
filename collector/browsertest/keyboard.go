package browsertest

import (
	"fmt"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// mostSteps is how often the tabulator key is pressed at most on the way to something.
const mostSteps = 600

// Reach moves the focus to the first element that a CSS selector finds, with the
// tabulator key alone, as somebody does who uses no mouse. It fails the test when the
// element cannot be reached, or when the focus cannot be seen there.
func (b *Browser) Reach(selector string) {
	b.t.Helper()
	if !Script[bool](b, fmt.Sprintf(`!!document.querySelector(%q)`, selector)) {
		b.t.Fatalf("%s: there is no %s", b.Address(), selector)
	}
	for range mostSteps {
		b.Key(kb.Tab)
		if Script[bool](b, fmt.Sprintf(`document.activeElement === document.querySelector(%q)`, selector)) {
			if !Script[bool](b, `(s => s.outlineStyle !== 'none' && s.outlineWidth !== '0px')(getComputedStyle(document.activeElement))`) {
				b.t.Errorf("%s: the focus on %s cannot be seen", b.Address(), selector)
			}
			return
		}
	}
	b.t.Fatalf("%s: the tabulator key does not reach %s", b.Address(), selector)
}

// Fill types a text into a field that the tabulator key reaches, in place of what stands
// there; in a choice it picks what begins so.
func (b *Browser) Fill(selector, text string) {
	b.t.Helper()
	b.Reach(selector) // which marks what stands in a line, so that typing replaces it
	b.Key(text)
}

// Follow reaches an element, presses the return key and waits for the page that comes.
func (b *Browser) Follow(selector string) {
	b.t.Helper()
	b.Reach(selector)
	before := Script[float64](b, `performance.timeOrigin`)
	b.Key(kb.Enter)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if Script[bool](b, fmt.Sprintf(`performance.timeOrigin !== %f && document.readyState === 'complete'`, before)) {
			return
		}
	}
	b.t.Fatalf("%s: nothing comes after the return key on %s", b.Address(), selector)
}

// Address is that of the page that is open.
func (b *Browser) Address() string { return Script[string](b, `location.href`) }
