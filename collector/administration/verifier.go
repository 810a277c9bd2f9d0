package administration

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
)

// Verification is a check of all sums of the ledger (ledger.Verify).
type Verification struct {
	State    string    `json:"state"` // "never", "running", "finished" or "failed"
	Began    time.Time `json:"began,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Devices  int64     `json:"devices"`
	Windows  int64     `json:"windows"`
	Found    int64     `json:"found"`              // how much is wrong
	Findings []string  `json:"findings,omitempty"` // the first of it
}

// Verifier runs checks in the background, one at a time, until it is closed.
type Verifier struct {
	check  func(context.Context) (*ledger.Verdict, error)
	clock  func() time.Time
	failed func(error)

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu   sync.Mutex
	last Verification
}

// NewVerifier returns a verifier that has checked nothing yet. What made a check fail
// is told to failed.
func NewVerifier(check func(context.Context) (*ledger.Verdict, error), clock func() time.Time, failed func(error)) *Verifier {
	v := &Verifier{check: check, clock: clock, failed: failed, last: Verification{State: "never"}}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	return v
}

// State is how far the check is, or what the last one found.
func (v *Verifier) State() Verification {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last
}

// Begin begins a check; it is refused while one runs.
func (v *Verifier) Begin() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last.State == "running" || v.ctx.Err() != nil {
		return registry.Refuse("a check runs already, or the collector stops")
	}
	v.last = Verification{State: "running", Began: v.clock()}
	v.work.Go(v.run)
	return nil
}

func (v *Verifier) run() {
	verdict, err := v.check(v.ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		v.failed(err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last.State, v.last.Ended = "failed", v.clock()
	if err != nil {
		return
	}
	v.last.State, v.last.Devices, v.last.Windows, v.last.Found = "finished", verdict.Devices, verdict.Windows, verdict.Found
	for _, f := range verdict.Findings {
		v.last.Findings = append(v.last.Findings, f.String())
	}
}

// Close ends a check that runs, and waits for it.
func (v *Verifier) Close() {
	v.cancel()
	v.work.Wait()
}
