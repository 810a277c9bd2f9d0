package main

import (
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/answers"
)

func TestRecomputeTellsHowFarItIs(t *testing.T) {
	for terminal, want := range map[bool]string{
		false: "Région, 2026-27: 4 sites in 8.0 s\n",
		true: "\rRégion, 2026-27 [..............................] 0/4 sites, 0/s " +
			"\rRégion, 2026-27 [###############...............] 2/4 sites, 0/s " +
			"\rRégion, 2026-27 [##############################] 4/4 sites, 0/s \n",
	} {
		var out strings.Builder
		now := time.Unix(0, 0)
		told := &stepTeller{out: &out, terminal: terminal, clock: func() time.Time { return now }}
		for _, sites := range []int{0, 2, 4} {
			told.tell(answers.Step{Organisation: "Région", Devices: 100, SchoolYear: 2026, Sites: sites, AllSites: 4})
			now = now.Add(4 * time.Second)
		}
		if out.String() != want || told.devices != 100 {
			t.Errorf("on a terminal %v: %q, want %q; %d devices", terminal, out.String(), want, told.devices)
		}
	}
}
