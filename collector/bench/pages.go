package bench

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	random "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/dashboards"
)

// Size is how large a council is.
type Size struct {
	Devices int `json:"devices"`
	Sites   int `json:"sites"`
	Years   int `json:"school_years"`
}

// PagesOptions say of what council the pages are measured.
type PagesOptions struct {
	Size
	Dir      string // a folder on the disk to measure; a temporary folder in it is used
	Requests int    // of each page
	Growth   bool   // measure a tenth of the council, too
	Only     string // kinds of requests with this in their name; empty: all

	// Child and Tell are as in Options.
	Child func(ctx context.Context, args ...string) *exec.Cmd
	Tell  func(line string)
}

// Pages are what the pages and the API of a council were measured to take.
type Pages struct {
	Size
	Routes []RouteTimes `json:"routes"`
	Worst  struct {     // of all routes
		P95Ms  float64 `json:"p95_ms"`
		ColdMs float64 `json:"cold_ms"`
		PageKB float64 `json:"page_kb"`
		// Elements are those of a page.
		Elements int `json:"elements"`
	} `json:"worst"`
	// FirstS is how long it took to compute and keep all overviews, with nothing kept,
	// and how many devices a second that is: as after a change of factors.
	FirstS      float64 `json:"recompute_s"`
	DevicesPerS float64 `json:"recompute_devices_per_s"`
	ReadyS      float64 `json:"ready_s"` // from the start of the program to /readyz; median
	ResidentMiB float64 `json:"resident_mib"`
	PeakMiB     float64 `json:"peak_mib"`
	StoreMiB    float64 `json:"store_mib"`

	Tenth   *Pages  `json:"tenth,omitempty"`
	Errors  int     `json:"errors"`
	Machine Machine `json:"-"`
	Example string  `json:"first_error,omitempty"`
}

// RouteTimes are the times of one kind of request, from sending it to the last byte of
// its answer.
type RouteTimes struct {
	Name   string  `json:"route"`
	P50Ms  float64 `json:"p50_ms"`
	P95Ms  float64 `json:"p95_ms"`
	MaxMs  float64 `json:"max_ms"`
	ColdMs float64 `json:"cold_ms"` // the first request after a start
	PageKB float64 `json:"page_kb"` // as sent, compressed; the largest
	// Elements is how many a page has, what is inside a drawing being one with it, as
	// EcoIndex counts; the most. 0 of what is no page.
	Elements int `json:"elements,omitempty"`
	// Growth is how many times the median of a tenth of the council it takes.
	Growth float64 `json:"growth,omitempty"`
}

// computePatience is how long computing all overviews may take.
const computePatience = 30 * time.Minute

// RunPages measures. It needs some minutes for a million devices.
func RunPages(ctx context.Context, o PagesOptions) (*Pages, error) {
	whole, err := measurePages(ctx, o)
	if err != nil || !o.Growth {
		return whole, err
	}
	o.Devices, o.Sites = max(1, o.Devices/10), max(1, o.Sites/10)
	if whole.Tenth, err = measurePages(ctx, o); err != nil {
		return nil, err
	}
	for i, small := range whole.Tenth.Routes {
		if small.P50Ms > 0 {
			whole.Routes[i].Growth = whole.Routes[i].P50Ms / small.P50Ms
		}
	}
	whole.Errors += whole.Tenth.Errors
	return whole, nil
}

func measurePages(ctx context.Context, o PagesOptions) (*Pages, error) {
	dir, err := os.MkdirTemp(o.Dir, "ecoparc-bench-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a folder to measure in: %w", err)
	}
	defer os.RemoveAll(dir)
	m := &measurement{Options: Options{Child: o.Child, Tell: o.Tell}, dir: dir}
	defer m.stop()
	b := &browsing{measurement: m, pages: &Pages{Size: o.Size, Machine: describe(ctx)}, random: random.New(random.NewPCG(3, 4))}
	c, err := config.Default().Check()
	if err != nil {
		return nil, err
	}
	if b.council, err = build(ctx, m.data(), o.Size, c.Location(), o.Tell); err != nil {
		return nil, fmt.Errorf("cannot make a council: %w", err)
	}
	if info, err := os.Stat(filepath.Join(m.data(), "ecoparc.sqlite")); err == nil {
		b.pages.StoreMiB = float64(info.Size()) / (1 << 20)
	}
	if err := b.computeAll(ctx); err != nil {
		return nil, err
	}
	if err := b.browse(ctx, o.Requests, o.Only); err != nil {
		return nil, err
	}
	return b.pages, ctx.Err()
}

// browsing is somebody who looks at pages.
type browsing struct {
	*measurement
	council *council
	pages   *Pages
	random  *random.Rand
	server  *child
	ready   []float64
}

// restart starts the collector and waits until it is ready.
func (b *browsing) restart(ctx context.Context) (err error) {
	b.stop()
	begin := time.Now()
	if b.server, err = b.start(ctx, kindCollector, b.data(), "", "", ""); err != nil {
		return err
	}
	for time.Since(begin) < childStart {
		answer, err := http.Get("http://" + b.server.address + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				b.ready = append(b.ready, time.Since(begin).Seconds())
				return nil
			}
		}
		sleep(ctx, 5*time.Millisecond)
	}
	return errors.New("the collector was not ready within a minute")
}

// computeAll lets a collector that has kept nothing compute all overviews.
func (b *browsing) computeAll(ctx context.Context) error {
	b.Tell("computing all overviews")
	if err := b.restart(ctx); err != nil {
		return err
	}
	begin := time.Now()
	if _, _, _, err := b.get(ctx, fmt.Sprint("/organisations/", b.council.organisation)); err != nil {
		return err
	}
	for time.Since(begin) < computePatience {
		_, body, _, err := b.get(ctx, "/metrics")
		if err != nil {
			return err
		}
		if strings.Contains(body, "\necoparc_recompute_answers_left 0\n") {
			b.pages.FirstS = time.Since(begin).Seconds()
			b.pages.DevicesPerS = float64(b.pages.Devices) * float64(b.pages.Years) / b.pages.FirstS
			return nil
		}
		sleep(ctx, 100*time.Millisecond)
	}
	return fmt.Errorf("the overviews were not computed within %v", computePatience)
}

// get asks for a path, and says how long it took and how many bytes came.
func (b *browsing) get(ctx context.Context, path string) (took time.Duration, body string, bytes int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.server.address+path, nil)
	if err != nil {
		return 0, "", 0, err
	}
	r.AddCookie(&http.Cookie{Name: dashboards.SessionCookie, Value: b.council.session})
	r.Header.Set("Accept-Encoding", "gzip")
	begin := time.Now()
	answer, err := (&http.Client{Timeout: computePatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		return 0, "", 0, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	took = time.Since(begin)
	if err != nil {
		return 0, "", 0, err
	}
	if answer.StatusCode != http.StatusOK {
		return took, "", len(raw), fmt.Errorf("%s: %s", path, answer.Status)
	}
	text := io.Reader(strings.NewReader(string(raw)))
	if answer.Header.Get("Content-Encoding") == "gzip" {
		if text, err = gzip.NewReader(text); err != nil {
			return took, "", len(raw), err
		}
	}
	plain, err := io.ReadAll(text)
	return took, string(plain), len(raw), err
}

// route is a kind of request; path is one of its kind.
type route struct {
	name string
	path func() string
}

func (b *browsing) routes() []route {
	owner := b.council.organisation
	site := func() int64 { return b.council.sites[b.random.IntN(len(b.council.sites))] }
	device := func() string { return b.council.devices[b.random.IntN(len(b.council.devices))] }
	number := func() int { return 1 + b.random.IntN(max(1, b.pages.Sites/100)) }
	last := time.Now().AddDate(0, -8, 0).Year() - 1 // the school year before this one
	of := func(path string) func() string {
		return func() string { return fmt.Sprintf("/organisations/%d%s", owner, path) }
	}
	// Lists of administration show simulated devices only where their organisation is asked for.
	office := func(path string) func() string {
		return func() string { return fmt.Sprintf("/administration%s&organisation=%d", path, owner) }
	}
	// A search on pages is for what a few of many have.
	found := func(name string) string { return url.QueryEscape(name + strconv.Itoa(b.random.IntN(10))) }
	all := []route{
		{"/", func() string { return "/" }},
		{"/organisations/{id}", of("")},
		{"/organisations/{id}/schools", of("/schools")},
		{"/organisations/{id}/schools?kind&size", of("/schools?kind=lycee&size=medium")},
		{"/organisations/{id}/schools?sort&page", func() string { return of(fmt.Sprintf("/schools?sort=name&page=%d", number()))() }},
		{"/organisations/{id}/schools?find", func() string { return of("/schools?find=" + found("etablissement 0"))() }},
		{"/organisations/{id}/schools?file=csv", of("/schools?file=list.csv")},
		{"/organisations/{id}/scenario", func() string {
			return of(fmt.Sprintf("/scenario?longer=%d&reconditioned=50&night=100", 1+b.random.IntN(3)))()
		}},
		{"/organisations/{id}/report", of("/report")},
		{"/organisations/{id}/models", of("/models")},
		{"/organisations/{id}/models/{model}", func() string {
			return of(fmt.Sprint("/models/", b.council.products[b.random.IntN(len(b.council.products))]))()
		}},
		{"/organisations/{id}/procurement", of("/procurement")},
		{"/organisations/{id}/procurement?policy", func() string {
			return of(fmt.Sprintf("/procurement?longer=%d&reconditioned=30&budget=%d", b.random.IntN(4), 50_000*(1+b.random.IntN(20))))()
		}},
		{"/organisations/{id}/procurement/tender", of("/procurement/tender")},
		{"/organisations/{id}/quality", of("/quality")},
		{"/sites/{id}", func() string { return fmt.Sprint("/sites/", site()) }},
		{"/sites/{id}/devices?sort", func() string { return fmt.Sprintf("/sites/%d/devices?sort=age", site()) }},
		{"/sites/{id}/scenario", func() string { return fmt.Sprintf("/sites/%d/scenario?longer=1", site()) }},
		{"/devices/{id}", func() string { return "/devices/" + device() }},
		{"/sources", func() string { return "/sources" }},
		{"/sources/power", func() string { return "/sources/power" }},
		{"/monitor", func() string { return "/monitor" }},
		{"/administration", func() string { return "/administration" }},
		{"/administration/sites", office("/sites?")},
		{"/administration/sites?find", func() string { return office("/sites?find=" + found("tablissement 0"))() }},
		{"/administration/devices", office("/devices?")},
		{"/administration/devices?find", func() string { return office("/devices?find=" + found("pc-0123"))() }},
		{"/administration/devices?find=nothing", office("/devices?find=nowhere")},
		{"/administration/devices?state", office("/devices?state=silent")},
		{"/api/v1/organisations", func() string { return "/api/v1/organisations" }},
		{"/api/v1/organisations/{id}", func() string { return fmt.Sprint("/api/v1/organisations/", owner) }},
		{"/api/v1/organisations/{id}?page", func() string { return fmt.Sprintf("/api/v1/organisations/%d?page=%d", owner, number()) }},
		{"/api/v1/organisations/{id}/procurement", func() string { return fmt.Sprintf("/api/v1/organisations/%d/procurement", owner) }},
		{"/api/v1/sites/{id}", func() string { return fmt.Sprint("/api/v1/sites/", site()) }},
		{"/api/v1/devices/{id}", func() string { return "/api/v1/devices/" + device() }},
		{"/api/v1/devices?site", func() string { return fmt.Sprint("/api/v1/devices?site=", site()) }},
		{"/api/v1/devices?organisation", func() string { return fmt.Sprint("/api/v1/devices?organisation=", owner) }},
		{"/api/v1/devices?state=silent", func() string { return fmt.Sprintf("/api/v1/devices?organisation=%d&state=silent", owner) }},
		{"/api/v1/devices?category=server", func() string { return fmt.Sprintf("/api/v1/devices?organisation=%d&category=server", owner) }},
		{"/api/v1/factors", func() string { return "/api/v1/factors" }},
	}
	if b.pages.Years > 1 {
		all = append(all,
			route{"/organisations/{id}?year", func() string { return fmt.Sprintf("/organisations/%d?year=%d", owner, last) }},
			route{"/sites/{id}?year", func() string { return fmt.Sprintf("/sites/%d?year=%d", site(), last) }})
	}
	return all
}

// browse asks for each kind of page: first once after a start, then many times.
func (b *browsing) browse(ctx context.Context, requests int, only string) error {
	routes := slices.DeleteFunc(b.routes(), func(r route) bool { return !strings.Contains(r.name, only) })
	b.Tell("asking for each page once after a start")
	for _, r := range routes {
		if err := b.restart(ctx); err != nil {
			return err
		}
		t := RouteTimes{Name: r.name}
		took, body, bytes, err := b.get(ctx, r.path())
		b.wrong(err)
		t.Elements = elementsOf(body)
		t.ColdMs, t.PageKB = took.Seconds()*1000, float64(bytes)/1000
		b.pages.Routes = append(b.pages.Routes, t)
	}
	b.Tell(fmt.Sprintf("asking for each page %d times", requests))
	for i, r := range routes {
		t := &b.pages.Routes[i]
		var all []time.Duration
		for range requests {
			took, body, bytes, err := b.get(ctx, r.path())
			if b.wrong(err) {
				continue
			}
			all = append(all, took)
			t.Elements = max(t.Elements, elementsOf(body))
			t.PageKB = max(t.PageKB, float64(bytes)/1000)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(all) == 0 {
			continue
		}
		ms := func(q float64) float64 { return math.Round(quantile(all, q).Seconds()*1e5) / 100 }
		t.P50Ms, t.P95Ms, t.MaxMs = ms(0.5), ms(0.95), ms(1)
		w := &b.pages.Worst
		w.P95Ms, w.ColdMs, w.PageKB, w.Elements = max(w.P95Ms, t.P95Ms), max(w.ColdMs, t.ColdMs), max(w.PageKB, t.PageKB), max(w.Elements, t.Elements)
	}
	slices.Sort(b.ready)
	b.pages.ReadyS = b.ready[len(b.ready)/2]
	b.pages.ResidentMiB, b.pages.PeakMiB = residentMiBOf(b.server.process.Process.Pid), b.server.peakMiB()
	return nil
}

// elementsOf counts the elements of a page, a drawing as one; 0 of what is no page.
func elementsOf(body string) (n int) {
	if !strings.HasPrefix(strings.TrimSpace(body), "<!doctype html>") {
		return 0
	}
	drawings := 0 // that are open
	for z := html.NewTokenizer(strings.NewReader(body)); ; {
		kind := z.Next()
		name, _ := z.TagName()
		drawing := string(name) == "svg"
		switch kind {
		case html.ErrorToken:
			return n
		case html.StartTagToken, html.SelfClosingTagToken:
			if drawings == 0 {
				n++
			}
			if drawing && kind == html.StartTagToken {
				drawings++
			}
		case html.EndTagToken:
			if drawing {
				drawings--
			}
		}
	}
}

// wrong counts an error.
func (b *browsing) wrong(err error) bool {
	if err == nil {
		return false
	}
	if b.pages.Errors++; b.pages.Example == "" {
		b.pages.Example = err.Error()
	}
	return true
}
