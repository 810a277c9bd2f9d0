// Package ownuse measures what the collector itself uses: processor, memory, disk, and
// the bytes that it takes and sends, by kind of page. It keeps sums and no address of
// anybody.
package ownuse

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// Meter measures a running collector.
type Meter struct {
	clock func() time.Time
	since time.Time
	data  func(context.Context) (int64, error) // how many bytes the data take

	requests, received, sent atomic.Int64

	mu    sync.Mutex
	pages map[string]*weights // by pattern: there are as many as routes
}

// New returns a meter that begins now. data tells how many bytes the data take.
func New(clock func() time.Time, data func(context.Context) (int64, error)) *Meter {
	return &Meter{clock: clock, since: clock(), data: data, pages: map[string]*weights{}}
}

// remembered is how many of the last answers of a page its weight is known from.
const remembered = 32

// weights are the sizes of the last answers of one kind of page.
type weights struct {
	answers int64
	last    [remembered]int64
}

func (w *weights) add(sizeB int64) {
	w.last[w.answers%remembered] = sizeB
	w.answers++
}

func (w *weights) of(page string) view.PageWeight {
	known := w.last[:min(w.answers, remembered)]
	var sum int64
	for _, b := range known {
		sum += b
	}
	return view.PageWeight{Page: page, Answers: w.answers, MeanB: sum / int64(len(known)), MostB: slices.Max(known)}
}

// Watch counts what goes through a handler.
func (m *Meter) Watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted := &counting{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(counted, r)
		m.requests.Add(1)
		m.received.Add(max(r.ContentLength, 0))
		m.sent.Add(counted.sentB)
		page, ok := strings.CutPrefix(r.Pattern, "GET ") // the mux has set it
		if ok && counted.status == http.StatusOK && !strings.HasPrefix(page, "/api/") && strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			m.note(strings.TrimSuffix(page, "{$}"), counted.sentB)
		}
	})
}

func (m *Meter) note(page string, sizeB int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pages[page] == nil {
		m.pages[page] = &weights{}
	}
	m.pages[page].add(sizeB)
}

// counting counts the bytes of an answer.
type counting struct {
	http.ResponseWriter
	status int
	sentB  int64
}

func (c *counting) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counting) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.sentB += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Now is what was used until now.
func (m *Meter) Now(ctx context.Context) (view.OwnUse, error) {
	now := m.clock()
	u := view.OwnUse{
		Since: m.since, UpMs: now.Sub(m.since).Milliseconds(), Processors: runtime.NumCPU(),
		Requests: m.requests.Load(), ReceivedB: m.received.Load(), SentB: m.sent.Load(),
	}
	self, err := process.NewProcessWithContext(ctx, int32(os.Getpid()))
	if err != nil {
		return u, fmt.Errorf("cannot find the collector's own process: %w", err)
	}
	times, err := self.TimesWithContext(ctx)
	if err != nil {
		return u, fmt.Errorf("cannot read the collector's own processor time: %w", err)
	}
	u.CPUMs = int64(1000 * (times.User + times.System))
	memory, err := self.MemoryInfoWithContext(ctx)
	if err != nil {
		return u, fmt.Errorf("cannot read the collector's own memory: %w", err)
	}
	u.MemoryB = int64(memory.RSS)
	if u.DiskB, err = m.data(ctx); err != nil {
		return u, fmt.Errorf("cannot tell how much disk the data take: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for page, w := range m.pages {
		u.Pages = append(u.Pages, w.of(page))
	}
	slices.SortFunc(u.Pages, func(a, b view.PageWeight) int {
		return cmp.Or(cmp.Compare(b.MeanB, a.MeanB), cmp.Compare(a.Page, b.Page))
	})
	return u, nil
}
