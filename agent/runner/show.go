package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/agent/usage"
	"github.com/ecoparc/ecoparc/agent/window"
	"github.com/ecoparc/ecoparc/models/report"
)

// NotEnrolled stands for the identity of a device that has none yet.
const NotEnrolled = "not-enrolled"

// NextReport is the next report, byte for byte as it will be sent (before gzip).
// When nothing waits it measures for a moment and builds an example instead.
func NextReport(ctx context.Context, c Config, version string) (body []byte, example bool, err error) {
	device := NotEnrolled
	id, err := uplink.LoadIdentity(c.StateDir)
	if err == nil {
		device = id.Device
	} else if !uplink.None(err) {
		return nil, false, err
	}
	found := meter.Discover(root)
	inv, status := c.inventory(ctx, found), uplink.LoadStatus(c.StateDir)
	s, err := spool.OpenRead(c.spoolDir())
	if err != nil {
		return nil, false, err
	}
	defer s.Close()
	body, _, waiting, err := uplink.Next(device, version, status, inv, s, report.MaxWindows)
	if err != nil || waiting > 0 {
		return body, false, err
	}
	windows, err := measure(ctx, found)
	if err != nil {
		return nil, true, err
	}
	body, err = uplink.Encode(device, version, status, inv, s.Dropped(), windows)
	return body, true, err
}

// measure makes a window of a few seconds.
func measure(ctx context.Context, found *meter.Found) ([]report.Window, error) {
	sampler := usage.NewSampler()
	b := window.New(report.WindowLength)
	for i := range 2 {
		if i > 0 {
			select {
			case <-time.After(3 * time.Second):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		c, err := sampler.Read(ctx)
		if err != nil {
			return nil, err
		}
		energy, _ := found.ReadAll(c.Awake) // meters that cannot be read are in the inventory
		b.Add(c, energy)
	}
	b.Flush()
	return b.Take(), nil
}

// Status is what `ecoparc-agent status` tells.
type Status struct {
	Enrolled    bool
	Copied      bool            // the identity is another machine's, of whose disk this is a copy
	Identity    uplink.Identity // without its secret
	StateDir    string
	Waiting     int64     // windows in the spool
	Oldest      time.Time // start of the oldest one
	SpoolB      int64
	Dropped     int64
	PutAside    int64 // windows that the collector did not take
	LastSuccess time.Time
	LastError   string // of the last upload, or try to enrol; empty: it went well
	NextUpload  time.Time
	ClockAhead  time.Duration // of the collector's, when it answered last; 0: by minutes at most
	ClockWrong  bool          // by years: nothing is measured
	Meters      []report.Meter
}

// ReadStatus reads the state folder; an agent may be running on it.
func ReadStatus(c Config) (Status, error) {
	st := Status{StateDir: c.StateDir, Meters: meter.Discover(root).Looked}
	id, err := uplink.LoadIdentity(c.StateDir)
	if err != nil && !uplink.None(err) {
		return st, err
	}
	st.Enrolled, st.Identity = err == nil, uplink.Identity{Collector: c.address(id), Device: id.Device}
	machine := c.machine()
	st.ClockWrong = !window.Plausible(machine.Clock(), id.Since)
	st.Copied = id.Hardware != nil && !id.Hardware.Same(machine.Cards())
	up := uplink.LoadStatus(c.StateDir)
	st.PutAside = uplink.PutAside(c.StateDir)
	st.LastSuccess, st.LastError, st.NextUpload, st.ClockAhead = up.LastSuccess, up.LastError, up.NextUpload, time.Duration(up.ClockAheadS)*time.Second
	s, err := spool.OpenRead(c.spoolDir())
	if err != nil {
		return st, err
	}
	defer s.Close()
	st.SpoolB, st.Dropped = s.SizeB(), s.Dropped()
	if st.Waiting, err = s.Waiting(); err != nil {
		return st, err
	}
	first, _, err := s.Peek(1)
	if err != nil {
		return st, fmt.Errorf("cannot read the spool: %w", err)
	}
	if len(first) > 0 {
		st.Oldest = first[0].Start
	}
	return st, nil
}
