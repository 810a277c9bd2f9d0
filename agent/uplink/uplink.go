package uplink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/agent/durable"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/models/report"
)

const maxRejectedB = 1 << 20 // of windows that the collector does not take

// Uplink empties a spool into a collector.
type Uplink struct {
	client   *Client
	identity Identity
	stateDir string
	version  string
	log      *slog.Logger
	clock    func() time.Time

	backOff  BackOff
	schedule Schedule
	waits    bool // until the schedule's time, after a failure
	budget   Budget
}

// New returns an uplink for an enrolled device.
func New(c *Client, id Identity, stateDir, version string, log *slog.Logger, clock func() time.Time) *Uplink {
	return &Uplink{client: c, identity: id, stateDir: stateDir, version: version, log: log, clock: clock, schedule: Schedule{interval: time.Hour}}
}

// Every plans an upload every interval or so, from the time that was planned before a
// restart on, and later where it would take more than dayB bytes a day (0: no bound).
func (u *Uplink) Every(interval time.Duration, dayB int64) {
	u.schedule = NewSchedule(interval, LoadStatus(u.stateDir).NextUpload, u.clock())
	u.budget = NewBudget(dayB, u.clock())
}

// Identity is who it reports as.
func (u *Uplink) Identity() Identity { return u.identity }

// Due tells whether to call Flush now.
func (u *Uplink) Due() bool { return u.schedule.Due(u.clock()) }

// Identify makes it report as another device from now on, at another address perhaps.
func (u *Uplink) Identify(c *Client, id Identity) {
	u.client, u.identity, u.backOff, u.waits = c, id, BackOff{}, false
	u.schedule.NotBefore(u.clock().Add(min(firstBackOff, u.schedule.interval)))
}

// Status is what became of the last uploads, kept for `agent status`.
type Status struct {
	LastSuccess   time.Time `json:"last_success,omitzero"`
	LastError     string    `json:"last_error,omitempty"`
	InventoryHash string    `json:"inventory_sha256,omitempty"` // of the last one acknowledged
	NextUpload    time.Time `json:"next_upload,omitzero"`
	ClockAheadS   int64     `json:"clock_ahead_s,omitempty"` // of the collector's, when it answered last; below 0: behind
}

const statusName = "uplink"

// LoadStatus reads the status from a state folder; it is empty before the first
// upload.
func LoadStatus(stateDir string) Status {
	var s Status
	if durable.ReadNote(filepath.Join(stateDir, statusName), &s) != nil {
		return Status{} // a damaged status only repeats the inventory
	}
	return s
}

const longestError = 300 // bytes, of which JSON may make six times as many

// Save keeps the status in a state folder.
func (s Status) Save(stateDir string) error {
	if len(s.LastError) > longestError {
		s.LastError = strings.ToValidUTF8(s.LastError[:longestError], "") + "…"
	}
	return durable.WriteNote(filepath.Join(stateDir, statusName), s)
}

// Next builds the next report, byte for byte as it is sent (before gzip), from
// what waits in the spool. There is none when nothing waits.
func Next(device, version string, status Status, inventory report.Inventory, s *spool.Spool) (body []byte, upTo spool.Cursor, windows int, err error) {
	waiting, upTo, err := s.Peek(report.MaxWindows)
	if err != nil || len(waiting) == 0 {
		return nil, upTo, 0, err
	}
	body, err = Encode(device, version, status, inventory, s.Dropped(), waiting)
	return body, upTo, len(waiting), err
}

// Encode is the report of some windows. The inventory is in it when it is not the
// one that was acknowledged last.
func Encode(device, version string, status Status, inventory report.Inventory, dropped int64, windows []report.Window) ([]byte, error) {
	r := report.Report{Schema: report.Schema, Device: device, Agent: version, DroppedWindows: dropped, Windows: windows}
	if hash(inventory) != status.InventoryHash {
		r.Inventory = &inventory
	}
	return json.Marshal(r)
}

func hash(inventory report.Inventory) string {
	text, _ := json.Marshal(inventory) // a plain struct: never fails
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Flush sends what waits, report after report, until the spool is empty, and
// returns how many bytes that took. Within the time that the collector or the
// back-off asks to wait it does nothing.
func (u *Uplink) Flush(ctx context.Context, s *spool.Spool, inventory report.Inventory) (sentB int64, err error) {
	if u.clock().Before(u.Waits()) {
		return 0, nil
	}
	u.schedule.Done(u.clock())
	status := LoadStatus(u.stateDir)
	for {
		body, upTo, windows, err := Next(u.identity.Device, u.version, status, inventory, s)
		if err != nil {
			return sentB, err
		}
		if windows == 0 {
			return sentB, nil
		}
		err = u.sendAll(ctx, status, inventory, s, windows, body)
		sentB += u.spent()
		if err != nil {
			u.failed(err)
			status.LastError, status.NextUpload, status.ClockAheadS = err.Error(), u.schedule.Next().UTC(), u.clockAheadS()
			if refusal := (*Refusal)(nil); errors.As(err, &refusal) && refusal.Unwelcome() {
				status.NextUpload = time.Time{} // whoever mends that and restarts the agent sees it soon
			}
			return sentB, errors.Join(err, status.Save(u.stateDir))
		}
		if err := s.Ack(upTo); err != nil {
			return sentB, err
		}
		u.backOff, u.waits = BackOff{}, false
		status = Status{LastSuccess: u.clock().UTC(), InventoryHash: hash(inventory), NextUpload: u.schedule.Next().UTC(), ClockAheadS: u.clockAheadS()}
		if err := status.Save(u.stateDir); err != nil {
			return sentB, err
		}
	}
}

// clockAheadS is how far this machine's clock is ahead of the collector's, as far as
// somebody should know: where it is further than answers take, by hours or years.
func (u *Uplink) clockAheadS() int64 {
	ahead := u.clock().Sub(u.client.Told())
	if u.client.Told().IsZero() || ahead.Abs() < report.MaxAhead/2 {
		return 0
	}
	return int64(ahead / time.Second)
}

// spent puts the next upload off until there are bytes left for it, and tells how many
// were sent.
func (u *Uplink) spent() (sentB int64) {
	sentB, receivedB := u.client.wire.take()
	u.budget.Spend(u.clock(), sentB+receivedB)
	u.schedule.PutOff(u.clock(), u.budget.Free())
	return sentB
}

// sendAll sends a report. When the collector does not take its windows, those are put
// aside that lie in its future, as of a clock that was wrong; what is left is sent
// again, and then in halves, down to the window at fault.
func (u *Uplink) sendAll(ctx context.Context, status Status, inventory report.Inventory, s *spool.Spool, n int, body []byte) error {
	ack, err := u.client.send(ctx, u.identity, n, body)
	var refusal *Refusal
	if err == nil {
		u.log.Info("report acknowledged", "new", ack.New, "repeat", ack.Repeat)
		return nil
	}
	if !errors.As(err, &refusal) || !refusal.aboutWindows() {
		return err
	}
	windows, _, err := s.Peek(n)
	if err != nil {
		return err
	}
	part := &part{u, status, inventory, s.Dropped()}
	past, err := u.putFutureAside(windows, refusal)
	switch {
	case err != nil || len(past) == 0:
		return err
	case len(past) == len(windows):
		return part.bisect(ctx, past, refusal)
	}
	return part.send(ctx, past)
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
}

func (p *part) send(ctx context.Context, windows []report.Window) error {
	body, err := Encode(p.identity.Device, p.version, p.status, p.inventory, p.dropped, windows)
	if err != nil {
		return err
	}
	_, err = p.client.send(ctx, p.identity, len(windows), body)
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.aboutWindows() {
		return p.bisect(ctx, windows, refusal)
	}
	return err
}

// bisect sends the halves of what was refused.
func (p *part) bisect(ctx context.Context, windows []report.Window, why *Refusal) error {
	if len(windows) == 1 {
		return p.putAside(why, windows...)
	}
	half := len(windows) / 2
	if err := p.send(ctx, windows[:half]); err != nil {
		return err
	}
	return p.send(ctx, windows[half:])
}

// putAside keeps windows that the collector does not take, for whoever looks for the
// reason. The file is bounded.
func (u *Uplink) putAside(why *Refusal, windows ...report.Window) error {
	if len(windows) == 0 {
		return nil
	}
	u.log.Error("the collector does not take windows; they are put aside", "windows", len(windows), "first", windows[0].Start, "reason", why.Problem.Error())
	path := filepath.Join(u.stateDir, "rejected.jsonl")
	all, _ := os.ReadFile(path)
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

// failed plans the next try.
func (u *Uplink) failed(err error) {
	wait := u.backOff.After(err)
	u.waits = true
	u.schedule.NotBefore(u.clock().Add(wait))
	u.schedule.PutOff(u.clock(), u.budget.Free())
	u.log.Warn("upload failed", "error", err, "next_try", u.schedule.Next().Format(time.TimeOnly), "failures", u.backOff.failures)
}

// Waits tells until when Flush does nothing; zero: it works.
func (u *Uplink) Waits() time.Time {
	if !u.waits {
		return time.Time{}
	}
	return u.schedule.Next()
}
