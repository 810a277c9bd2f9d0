package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ecoparc/ecoparc/agent/durable"
	"github.com/ecoparc/ecoparc/agent/hardware"
	"github.com/ecoparc/ecoparc/agent/private"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/agent/window"
	"github.com/ecoparc/ecoparc/models/report"
)

// Enrol makes this machine a device of a collector and keeps its identity in the
// state folder.
func Enrol(ctx context.Context, c Config, collector, token, label string) (device string, err error) {
	if id, err := uplink.LoadIdentity(c.StateDir); err == nil {
		return "", fmt.Errorf("this device is enrolled already, as %s at %s; delete %q to enrol it anew", id.Device, id.Collector, filepath.Join(c.StateDir, "identity.json"))
	} else if !uplink.None(err) {
		return "", err
	}
	if c.Collector != "" && c.Collector != collector {
		return "", fmt.Errorf("the configuration says that this device reports to %s: `ecoparc-agent configure` changes that", c.Collector)
	}
	id, err := enrol(ctx, c, collector, token, label)
	return id.Device, err
}

// enrol asks for a new identity and keeps it, in place of one there may be.
func enrol(ctx context.Context, c Config, collector, token, label string) (uplink.Identity, error) {
	if err := uplink.CheckAddress(collector, c.InsecureHTTP); err != nil {
		return uplink.Identity{}, err
	}
	machine := c.machine()
	client, err := uplink.NewClient(collector, c.CAFile, c.Proxy, machine.Clock)
	if err != nil {
		return uplink.Identity{}, err
	}
	// Before a use of the token is spent: a disk that is full would take one at each try.
	if err := private.MakeFolder(c.StateDir); err != nil {
		return uplink.Identity{}, fmt.Errorf("cannot make state folder: %w", err)
	}
	if err := durable.Try(c.StateDir); err != nil {
		return uplink.Identity{}, fmt.Errorf("cannot write to the state folder: %w", err)
	}
	answer, err := client.Enrol(ctx, report.EnrolRequest{Token: token, Label: label, Inventory: c.inventory(ctx, machine.Meters())})
	if err != nil {
		return uplink.Identity{}, err
	}
	since := machine.Clock()
	if told := client.Told(); !told.IsZero() && told.Before(since) {
		since = told // a clock that is ahead now is set some day
	}
	marks := hardware.Take(machine.Cards())
	id := uplink.Identity{
		Collector: collector, Device: answer.Device, Secret: answer.Secret, Since: since.UTC().Truncate(time.Second),
		Hardware: &marks, Token: uplink.TokenHash(token),
	}
	if err := id.Save(c.StateDir); err != nil {
		return id, err
	}
	c.noteTry(nil)
	return id, nil
}

// noteTry keeps how the last try to enrol went, for whoever asks for the status.
func (c Config) noteTry(err error) {
	status, last := uplink.LoadStatus(c.StateDir), ""
	if err != nil {
		last = err.Error()
	}
	if status.LastError != last {
		status.LastError = last
		_ = status.Save(c.StateDir) // it only tells
	}
}

// lookAgain is how often an agent that has no identity looks, at least, whether somebody
// has enrolled the device or configured another token meanwhile.
const lookAgain = 2 * time.Minute

// identity is who this device is. Without one the agent enrols, as often as it takes;
// without a token as well, an agent that is a service waits for somebody to act, so
// that it may be installed first and enrolled whenever that is.
func (r *Runner) identity(ctx context.Context) (uplink.Identity, error) {
	var backOff uplink.BackOff
	for told := false; ; {
		id, err := uplink.LoadIdentity(r.config.StateDir)
		if err == nil {
			err = r.own(id)
		}
		if !uplink.None(err) && !errors.Is(err, ErrCopied) {
			return id, err
		}
		copied := errors.Is(err, ErrCopied)
		wait := lookAgain
		switch {
		case r.config.Token != "":
			if id, err = enrol(ctx, r.config, r.config.Collector, r.config.Token, r.config.Label); err == nil {
				r.log.Info("device enrolled", "device", id.Device, "collector", id.Collector)
				if copied { // the other machine sends what it measured
					return id, os.RemoveAll(r.config.spoolDir())
				}
				return id, nil
			}
			r.config.noteTry(err)
			wait = backOff.After(err)
			if !window.Plausible(r.machine.Clock(), time.Time{}) {
				wait = min(wait, lookAgain) // no certificate is valid yet; once the clock is set it is
			}
			r.log.Warn("cannot enrol yet", "error", err, "next_try", time.Now().Add(wait).Format(time.TimeOnly))
		case !r.config.AwaitEnrolment:
			return uplink.Identity{}, err
		case !told:
			told = true
			r.log.Warn("waiting for a token in the configuration, or for `ecoparc-agent enrol`", "reason", err)
		}
		changed, err := r.await(ctx, wait)
		if err != nil {
			return uplink.Identity{}, err
		}
		if changed {
			backOff = uplink.BackOff{}
		}
	}
}

// await waits, until the configuration changes or somebody has enrolled the device at
// most.
func (r *Runner) await(ctx context.Context, wait time.Duration) (changed bool, err error) {
	before := r.config
	for wait > 0 && !changed {
		step := min(wait, lookAgain, r.config.UploadInterval)
		if !pause(ctx, step) {
			return false, ctx.Err()
		}
		wait -= step
		r.reload()
		id, err := uplink.LoadIdentity(r.config.StateDir)
		changed = r.config != before || err == nil && r.own(id) == nil
	}
	return changed, nil
}

// ErrCopied says that the state folder came with the copy of another machine's disk.
var ErrCopied = errors.New("this identity was made on another machine, of whose disk this is a copy: delete the state folder's content and enrol")

// own refuses an identity of other hardware. One of before there were marks is this
// machine's.
func (r *Runner) own(id uplink.Identity) error {
	if id.Hardware == nil {
		marks := hardware.Take(r.machine.Cards())
		id.Hardware = &marks
		return id.Save(r.config.StateDir)
	}
	if !id.Hardware.Same(r.machine.Cards()) {
		return ErrCopied
	}
	return nil
}

// readmit looks for another way in after the collector refused the device: an
// identity that was put in place of the old one, as after a new key, or a token in
// the configuration that this identity was not made with. All without a restart.
func (r *Runner) readmit(ctx context.Context, refused uplink.Identity) error {
	r.reload()
	id, err := uplink.LoadIdentity(r.config.StateDir)
	if err != nil && !uplink.None(err) {
		return err
	}
	if err != nil || id.Device == refused.Device && id.Secret == refused.Secret {
		if r.config.Token == "" || uplink.TokenHash(r.config.Token) == refused.Token {
			return nil // nothing new: asked again in about an hour
		}
		if id, err = enrol(ctx, r.config, r.config.Collector, r.config.Token, r.config.Label); err != nil {
			return err
		}
		r.log.Info("device enrolled anew", "device", id.Device, "collector", id.Collector, "before", refused.Device)
	}
	return r.reportAs(id)
}

// client speaks to the collector of a device.
func (r *Runner) client(id uplink.Identity) (*uplink.Client, error) {
	address := r.config.address(id)
	if address != id.Collector {
		if err := uplink.CheckAddress(address, r.config.InsecureHTTP); err != nil {
			return nil, err
		}
	}
	return uplink.NewClient(address, r.config.CAFile, r.config.Proxy, r.machine.Clock)
}

// address is where a device reports: where the configuration says, which an administrator
// changes when the collector moves, or else where it enrolled.
func (c Config) address(id uplink.Identity) string { return cmp.Or(c.Collector, id.Collector) }

// reportAs goes on as a device, at its address.
func (r *Runner) reportAs(id uplink.Identity) error {
	client, err := r.client(id)
	if err == nil {
		r.uplink.Identify(client, id)
	}
	return err
}

// follow looks, after an upload that failed, whether the configuration says another way
// meanwhile: another address, proxy or authority.
func (r *Runner) follow() error {
	before := r.config
	if r.reload(); r.config == before {
		return nil
	}
	r.log.Info("the configuration has changed", "collector", r.config.Collector)
	return r.reportAs(r.uplink.Identity())
}

// reload reads the configuration again, as far as it says where and how to enrol. A
// file that is wrong now is told and changes nothing.
func (r *Runner) reload() {
	if r.config.Path == "" && !r.config.AwaitEnrolment {
		return // it came from elsewhere
	}
	c, err := LoadConfig(r.config.Path)
	if err != nil {
		r.log.Warn("the configuration is wrong now; what was read before stays", "error", err)
		return
	}
	r.config.Path, r.config.Collector, r.config.Token, r.config.Label = c.Path, c.Collector, c.Token, c.Label
	r.config.InsecureHTTP, r.config.CAFile, r.config.Proxy = c.InsecureHTTP, c.CAFile, c.Proxy
}

// pause waits; false: ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
