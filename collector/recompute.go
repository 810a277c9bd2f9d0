package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/answers"
	"github.com/ecoparc/ecoparc/collector/service"
	"github.com/ecoparc/ecoparc/collector/store"
)

type recomputeCmd struct{}

func (*recomputeCmd) Run(ctx context.Context, c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(s *store.Store) error {
		begin, told := time.Now(), &stepTeller{out: os.Stderr, terminal: isTerminal(os.Stderr), clock: time.Now}
		n, err := service.Recompute(ctx, loaded, s, told.tell)
		if err != nil {
			return err
		}
		if n == 0 {
			fmt.Printf("Nothing is kept: no organisation has more than %d devices, and their figures are computed when they are asked for.\n", answers.Few)
			return nil
		}
		fmt.Printf("%d overviews computed anew in %.1f s, %.0f devices a second.\n", n, time.Since(begin).Seconds(), float64(told.devices)/time.Since(begin).Seconds())
		return nil
	})
}

// isTerminal says that a file is a terminal, or something like it.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// stepTeller tells how far computing is: on a terminal as a bar that moves, elsewhere
// in a line for each overview.
type stepTeller struct {
	out      io.Writer
	terminal bool
	clock    func() time.Time

	begin   time.Time // of the overview
	told    time.Time
	devices int64 // of the overviews that are done
}

// tellEvery is how often the bar moves.
const tellEvery = 200 * time.Millisecond

func (t *stepTeller) tell(s answers.Step) {
	now := t.clock()
	if s.Sites == 0 {
		t.begin, t.told = now, time.Time{}
	}
	done := s.Sites == s.AllSites
	if done {
		t.devices += s.Devices
	}
	name := fmt.Sprintf("%s, %d-%02d", s.Organisation, s.SchoolYear, (s.SchoolYear+1)%100)
	seconds := max(now.Sub(t.begin).Seconds(), 1e-3)
	switch {
	case t.terminal && (done || now.Sub(t.told) >= tellEvery):
		t.told = now
		const width = 30
		full := width * s.Sites / max(s.AllSites, 1)
		fmt.Fprintf(t.out, "\r%s [%s%s] %d/%d sites, %.0f/s ", name, strings.Repeat("#", full), strings.Repeat(".", width-full), s.Sites, s.AllSites, float64(s.Sites)/seconds)
		if done {
			fmt.Fprintln(t.out)
		}
	case done && !t.terminal:
		fmt.Fprintf(t.out, "%s: %d sites in %.1f s\n", name, s.AllSites, seconds)
	}
}
