package uplink

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/agent/durable"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/models/report"
)

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
	acked    bool     // something of the last report was acknowledged
	refused  *Refusal // and something was not taken; nil: all was
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

// Status is what became of the last uploads, kept for `ecoparc-agent status`.
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

// Next builds the next report, byte for byte as it is sent (before gzip), from the
// oldest windows of the spool, at most so many. There is none when nothing waits.
func Next(device, version string, status Status, inventory report.Inventory, s *spool.Spool, atMost int) (body []byte, upTo spool.Cursor, windows int, err error) {
	waiting, upTo, err := s.Peek(atMost)
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
	for first := true; ; first = false {
		ready, err := u.ready(s, status)
		if err != nil || ready == 0 && !first {
			return sentB, err
		}
		if ready == 0 { // the clock may have been set meanwhile: the collector knows
			ready = report.MaxWindows
		}
		body, upTo, windows, err := Next(u.identity.Device, u.version, status, inventory, s, ready)
		if err != nil {
			return sentB, err
		}
		if windows == 0 {
			return sentB, nil
		}
		done, err := u.sendAll(ctx, status, inventory, s, windows, body)
		sentB += u.spent()
		if err != nil && ctx.Err() != nil { // the agent is stopped: nobody failed
			return sentB, err
		}
		if err != nil {
			u.failed(err)
			status.LastError, status.NextUpload, status.ClockAheadS = err.Error(), u.schedule.Next().UTC(), u.clockAheadS()
			if refusal := (*Refusal)(nil); errors.As(err, &refusal) && refusal.Unwelcome() {
				status.NextUpload = time.Time{} // whoever mends that and restarts the agent sees it soon
			}
			return sentB, errors.Join(err, status.Save(u.stateDir))
		}
		if done < windows {
			if _, upTo, err = s.Peek(done); err != nil {
				return sentB, err
			}
		}
		if err := s.Ack(upTo); err != nil {
			return sentB, err
		}
		u.backOff, u.waits = BackOff{}, false
		status.NextUpload, status.ClockAheadS = u.schedule.Next().UTC(), u.clockAheadS()
		if u.acked {
			status.LastSuccess, status.LastError, status.InventoryHash = u.clock().UTC(), "", hash(inventory)
		} else if u.refused != nil {
			status.LastError = u.refused.Error()
		}
		if err := status.Save(u.stateDir); err != nil || done < windows {
			return sentB, err
		}
	}
}

// ready is how many of the oldest windows the collector's clock has reached, as far as
// is known.
func (u *Uplink) ready(s *spool.Spool, status Status) (int, error) {
	if status.ClockAheadS <= 0 {
		return report.MaxWindows, nil
	}
	waiting, _, err := s.Peek(report.MaxWindows)
	n := u.reached(waiting, u.clock().Add(-time.Duration(status.ClockAheadS)*time.Second))
	if n == len(waiting) {
		n = report.MaxWindows
	}
	return n, err
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
