package browsertest

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Weight is what a page costs its reader's machine and the network.
type Weight struct {
	Elements int     // of the document; what is inside a drawing is one with it
	Requests int     // with the page's own
	KB       float64 // of 1024 bytes, as sent: compressed, with headers
}

// MostKB and MostRequests are a page's budget with all that it loads.
const (
	MostKB       = 60
	MostRequests = 8
)

// Fresh opens an address as a browser does that has never been there: it loads
// everything.
func (b *Browser) Fresh(address string) {
	b.t.Helper()
	cache := func(off bool) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: off})
			return err
		})
	}
	b.Do(cache(true), chromedp.Navigate(address), cache(false))
}

// Attach puts a text as a file into the file field that a CSS selector finds.
func (b *Browser) Attach(selector, name, text string) {
	b.t.Helper()
	Script[bool](b, fmt.Sprintf(`(() => {
		const files = new DataTransfer();
		files.items.add(new File([%q], %q, {type: 'text/csv'}));
		document.querySelector(%q).files = files.files;
		return true;
	})()`, text, name, selector))
}

// Weigh measures the page that was opened last, by Fresh.
func (b *Browser) Weigh() Weight {
	b.t.Helper()
	return Script[Weight](b, `(() => {
		const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter(e => !e.name.startsWith('data:'));
		return {
			Elements: document.querySelectorAll('*').length - document.querySelectorAll('svg *').length,
			Requests: all.length,
			KB: all.reduce((sum, e) => sum + e.transferSize, 0) / 1024,
		};
	})()`)
}

// EcoIndex is the score of the collective Green IT (cnumr), from 0 to 100: where each
// number stands among those of half a million pages, the elements three times, the
// requests twice and the bytes once. The quantiles are those that the collective
// publishes with its own program (github.com/cnumr/GreenIT-Analysis).
func (w Weight) EcoIndex() float64 {
	elements := quantile([]float64{0, 47, 75, 159, 233, 298, 358, 417, 476, 537, 603, 674, 753, 843, 949, 1076, 1237, 1459, 1801, 2479, 594601}, float64(w.Elements))
	requests := quantile([]float64{0, 2, 15, 25, 34, 42, 49, 56, 63, 70, 78, 86, 95, 105, 117, 130, 147, 170, 205, 281, 3920}, float64(w.Requests))
	size := quantile([]float64{0, 1.37, 144.7, 319.53, 479.46, 631.97, 783.38, 937.91, 1098.62, 1265.47, 1448.32, 1648.27, 1876.08, 2142.06, 2465.37, 2866.31, 3401.59, 4155.73, 5400.08, 8037.54, 223212.26}, w.KB)
	return 100 - 5*(3*elements+2*requests+size)/6
}

// quantile is how many of the bounds a value is beyond, with the part of the last step.
func quantile(bounds []float64, value float64) float64 {
	for i := 1; i < len(bounds); i++ {
		if value < bounds[i] {
			return float64(i-1) + (value-bounds[i-1])/(bounds[i]-bounds[i-1])
		}
	}
	return float64(len(bounds) - 1)
}

// Grade is the letter of an EcoIndex, from A to G.
func Grade(ecoIndex float64) string {
	for _, g := range []struct {
		above float64
		name  string
	}{{80, "A"}, {70, "B"}, {55, "C"}, {40, "D"}, {25, "E"}, {10, "F"}} {
		if ecoIndex > g.above {
			return g.name
		}
	}
	return "G"
}

// CheckWeight fails the test when the page that was opened last, by Fresh, is beyond its
// budget or its EcoIndex is not A.
func (b *Browser) CheckWeight(name string) Weight {
	b.t.Helper()
	w := b.Weigh()
	if w.KB > MostKB || w.Requests > MostRequests || w.Requests < 2 || Grade(w.EcoIndex()) > "A" {
		b.t.Errorf("%s: %s", name, w)
	}
	return w
}

func (w Weight) String() string {
	return fmt.Sprintf("EcoIndex %.0f (%s): %d elements, %d requests, %.1f KB", w.EcoIndex(), Grade(w.EcoIndex()), w.Elements, w.Requests, w.KB)
}
