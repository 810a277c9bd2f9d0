package uplink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/agent/durable"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/models/report"
)

const (
	maxRejectedB = 1 << 20 // of windows that the collector does not take
	// How many windows are given up in one upload of which none is taken. The collector is
	// more likely at fault, and will be mended.
	mostRefused = 8
)

// errEnough says that so many are.
var errEnough = errors.New("the collector takes no window")

// sendAll sends a report, and tells with how many of its windows it is done. When the
// collector does not take them, those wait that its clock has not reached yet, and those
// are put aside that no clock has: one was wrong, and has been set. What is left is sent
// again, and then in halves, down to the window at fault.
func (u *Uplink) sendAll(ctx context.Context, status Status, inventory report.Inventory, s *spool.Spool, n int, body []byte) (done int, err error) {
	u.acked, u.refused = false, nil
	var refusal *Refusal
	if err := u.send(ctx, n, body); err == nil {
		return n, nil
	} else if !errors.As(err, &refusal) || !refusal.aboutWindows() {
		return 0, err
	}
	windows, _, err := s.Peek(n)
	if err != nil {
		return 0, err
	}
	if told := u.client.Told(); !told.IsZero() {
		windows = windows[:u.reached(windows, told)]
	}
	u.refused = refusal
	part := &part{Uplink: u, status: status, inventory: inventory, dropped: s.Dropped()}
	past, err := u.putFutureAside(windows, refusal)
	switch {
	case err != nil || len(past) == 0:
	case len(past) == n:
		err = part.bisect(ctx, past, refusal)
	default:
		err = part.send(ctx, past)
	}
	if errors.Is(err, errEnough) {
		return 1 + slices.IndexFunc(windows, func(w report.Window) bool { return w.Start.Equal(part.last) }), nil
	}
	return len(windows), err
}

func (u *Uplink) send(ctx context.Context, windows int, body []byte) error {
	ack, err := u.client.send(ctx, u.identity, windows, body)
	if err == nil {
		u.acked = true
		u.log.Info("report acknowledged", "new", ack.New, "repeat", ack.Repeat)
	}
	return err
}

// mostAhead is how far ahead of its collector's a clock may be for windows to wait.
const mostAhead = 24 * time.Hour

// reached is how many windows come before the first that must wait at a time of the
// collector's: this machine's clock is ahead, and says that the window is over, and the
// collector's will say so soon.
func (u *Uplink) reached(windows []report.Window, now time.Time) int {
	for i, w := range windows {
		if end := w.End(); end.After(now.Add(report.MaxAhead)) && end.Before(now.Add(mostAhead)) && !end.After(u.clock().Add(report.MaxAhead)) {
			return i
		}
	}
	return len(windows)
}

// putFutureAside puts the windows aside that a collector refuses as long as its clock
// says what it says, and gives the others.
func (u *Uplink) putFutureAside(windows []report.Window, why *Refusal) (past []report.Window, err error) {
	latest := u.client.Told().Add(report.MaxAhead)
	var future []report.Window
	for _, w := range windows {
		if u.client.Told().IsZero() || !w.End().After(latest) {
			past = append(past, w)
		} else {
			future = append(future, w)
		}
	}
	return past, u.putAside(why, future...)
}

// part is what the reports that a refused one is sent in have in common.
type part struct {
	*Uplink
	status    Status
	inventory report.Inventory
	dropped   int64

	aside int       // how many windows are put aside
	last  time.Time // when the last one of them began
}

func (p *part) send(ctx context.Context, windows []report.Window) error {
	body, err := Encode(p.identity.Device, p.version, p.status, p.inventory, p.dropped, windows)
	if err != nil {
		return err
	}
	err = p.Uplink.send(ctx, len(windows), body)
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.aboutWindows() {
		return p.bisect(ctx, windows, refusal)
	}
	return err
}

// bisect sends the halves of what was refused.
func (p *part) bisect(ctx context.Context, windows []report.Window, why *Refusal) error {
	if len(windows) == 1 {
		if err := p.putAside(why, windows...); err != nil {
			return err
		}
		if p.aside, p.last = p.aside+1, windows[0].Start; p.aside == mostRefused && !p.acked {
			return errEnough
		}
		return nil
	}
	half := len(windows) / 2
	if err := p.send(ctx, windows[:half]); err != nil {
		return err
	}
	return p.send(ctx, windows[half:])
}

// RejectedName is the file in the state folder that keeps what was put aside.
const RejectedName = "rejected.jsonl"

// PutAside is how many windows are kept there.
func PutAside(stateDir string) int64 {
	text, _ := durable.ReadAtMost(filepath.Join(stateDir, RejectedName), maxRejectedB)
	return int64(bytes.Count(text, []byte{'\n'}))
}

// putAside keeps windows that the collector does not take, for whoever looks for the
// reason. The file is bounded.
func (u *Uplink) putAside(why *Refusal, windows ...report.Window) error {
	if len(windows) == 0 {
		return nil
	}
	u.log.Error("the collector does not take windows; they are put aside", "windows", len(windows), "first", windows[0].Start, "reason", why.Problem.Error())
	path := filepath.Join(u.stateDir, RejectedName)
	all, _ := durable.ReadAtMost(path, maxRejectedB)
	for _, w := range windows {
		line, err := json.Marshal(struct {
			Reason string        `json:"reason"`
			Window report.Window `json:"window"`
		}{why.Problem.Error(), w})
		if err != nil {
			return err
		}
		all = append(append(all, line...), '\n')
	}
	for len(all) > maxRejectedB {
		_, all, _ = bytes.Cut(all, []byte{'\n'})
	}
	return durable.Replace(path, all)
}
