package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/answers"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
)

func TestRecomputeBesideARunningCollector(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	fails(t, []string{"no collector data"}, "recompute", "--data", data)
	s, err := store.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if out := works(t, "recompute", "--data", data); !strings.Contains(out, "Nothing is kept") {
		t.Errorf("without large organisations it says %q", out)
	}
	r := registry.Open(s)
	owner, err := r.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := r.AddSites(t.Context(), owner.ID, []registry.Site{{Name: "Lycée", Kind: registry.Lycee, Pupils: 900}})
	if err != nil {
		t.Fatal(err)
	}
	devices := make([]registry.NewDevice, answers.Few+1)
	for i := range devices {
		devices[i] = registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: time.Now().AddDate(-1, 0, 0)}
	}
	if _, err := r.AddDevices(t.Context(), devices); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	server := serve(t, data)
	exit, out, told := run(t, "recompute", "--data", data)
	if exit != 0 || !strings.HasPrefix(out, "1 overviews computed anew") || !strings.Contains(told, ": 1 sites in ") {
		t.Errorf("%d, %q, %q", exit, out, told)
	}
	server.stop(t, syscall.SIGTERM)
}

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
