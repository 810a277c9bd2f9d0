package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/agent/uplink"
)

// status tells how the agent is doing. The program fails where the device reports to
// nobody.
func (c *cli) status() error {
	config, err := c.load()
	if err != nil {
		return err
	}
	s, err := runner.ReadStatus(config)
	if err != nil {
		return err
	}
	fmt.Printf("State folder   %s\n", s.StateDir)
	if s.Enrolled && !s.Copied {
		fmt.Printf("Enrolled       as %s at %s\n", s.Identity.Device, s.Identity.Collector)
	}
	fmt.Printf("Spool          %s waiting, %d KiB", windows(s.Waiting), (s.SpoolB+1023)/1024)
	if s.Waiting > 0 {
		fmt.Printf(", the oldest from %s", s.Oldest.Local().Format(time.DateTime))
	}
	fmt.Println()
	if s.Dropped > 0 {
		fmt.Printf("Dropped        %s: the spool was full, or the disk damaged them\n", windows(s.Dropped))
	}
	if s.PutAside > 0 {
		fmt.Printf("Put aside      %s that the collector did not take; %s says why\n", windows(s.PutAside), filepath.Join(s.StateDir, uplink.RejectedName))
	}
	tellUploads(s)
	tellClock(s)
	for _, m := range s.Meters {
		fmt.Printf("Meter          %s, which sees %s: %s", m.Source, m.Boundary.Sees(), m.Status)
		if m.Reason != "" {
			fmt.Printf(" (%s)", m.Reason)
		}
		fmt.Println()
	}
	switch {
	case s.Copied && config.Token != "":
		return errors.New("this is a copy of another machine's disk, with that machine's identity: the service enrols it as a device of its own, with the token of the configuration")
	case s.Copied:
		return runner.ErrCopied
	case !s.Enrolled && config.Token != "":
		return fmt.Errorf("this device is not enrolled yet: the service does that by itself at %s, with the token of the configuration, and tries again until it succeeds", config.Collector)
	case !s.Enrolled:
		return uplink.ErrNotEnrolled
	}
	return nil
}

func tellUploads(s runner.Status) {
	if s.LastSuccess.IsZero() {
		fmt.Println("Last upload    none yet")
	} else {
		fmt.Printf("Last upload    %s\n", s.LastSuccess.Local().Format(time.DateTime))
	}
	if s.LastError != "" {
		fmt.Printf("Last error     %s\n", s.LastError)
	}
	if uplink.Unknown(s.LastError) {
		fmt.Println("What helps     a new token of the site, by `ecoparc-agent configure`: within about an hour the service enrols anew with it; within minutes where it is restarted")
	}
	if s.NextUpload.After(time.Now()) {
		fmt.Printf("Next upload    %s\n", s.NextUpload.Local().Format(time.DateTime))
	}
}

func tellClock(s runner.Status) {
	switch ahead := s.ClockAhead; {
	case s.ClockWrong:
		fmt.Println("Clock          wrong by years: nothing is measured until it is set")
	case ahead > 0:
		fmt.Printf("Clock          %s ahead of the collector's: it does not take what seems to be in the future; set it\n", span(ahead))
	case ahead < 0:
		fmt.Printf("Clock          %s behind the collector's: set it\n", span(-ahead))
	}
}

func windows(n int64) string {
	if n == 1 {
		return "1 window"
	}
	return fmt.Sprintf("%d windows", n)
}

// span writes a duration without what is zero, as 1h for an hour.
func span(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
