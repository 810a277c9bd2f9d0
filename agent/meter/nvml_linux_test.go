//go:build nvml && (amd64 || arm64)

package meter

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
)

// fakeNVML stands for NVIDIA's library: two cards, one that counts 30 J more at each
// reading and one that tells 25 W.
const fakeNVML = `
#include <stdint.h>
static uint64_t mj = 5000000;
int nvmlInit_v2(void) { return INIT; }
int nvmlDeviceGetCount_v2(uint32_t *n) { *n = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(uint32_t rank, void **card) { *card = (void *)(uintptr_t)(rank + 1); return 0; }
int nvmlDeviceGetTotalEnergyConsumption(void *card, uint64_t *to) { if ((uintptr_t)card != 1) return 3; *to = mj; mj += 30000; return 0; }
int nvmlDeviceGetPowerUsage(void *card, uint32_t *mw) { *mw = 25000; return 0; }
`

func buildNVML(t *testing.T, init string) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("NOT RUN: NVIDIA's library; needs a C compiler: apt-get install gcc libc6-dev")
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "nvml.c"), filepath.Join(dir, "libnvidia-ml.so.1")
	agenttest.Write(t, source, fakeNVML, false)
	if out, err := exec.Command(gcc, "-shared", "-fPIC", "-DINIT="+init, "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return library
}

func withCard(t *testing.T, control string) (root string) {
	root = t.TempDir()
	dir := filepath.Join(root, "sys/bus/pci/devices/0000:01:00.0")
	agenttest.Write(t, filepath.Join(dir, "vendor"), "0x10de\n", false)
	agenttest.Write(t, filepath.Join(dir, "class"), "0x030000\n", false)
	agenttest.Write(t, filepath.Join(dir, "power/control"), control+"\n", false)
	return root
}

func TestGraphicsCardsOfNVIDIA(t *testing.T) {
	library := buildNVML(t, "0")
	f := new(Found)
	f.findNVML(withCard(t, "on"), library)
	if got := sources(f); got != "nvml-0:read nvml-1:read" {
		t.Fatalf("found %s", got)
	}
	if _, err := f.ReadAll(time.Minute); err != nil {
		t.Fatal(err)
	}
	all, err := f.ReadAll(time.Minute + 2*time.Second)
	if err != nil || len(all) != 2 || all[0].EnergyUJ != 30e6 || all[1].EnergyUJ != 50e6 {
		t.Errorf("counted %+v, %v; want 30 J and 25 W for 2 s", all, err)
	}
}

func TestGraphicsCardsThatAreNotAsked(t *testing.T) {
	library := buildNVML(t, "0")
	for _, c := range []struct{ what, root, library, want string }{
		{"no card", t.TempDir(), library, ""},
		{"a card that sleeps", withCard(t, "auto"), library, "nvml:none"},
		{"no library", withCard(t, "on"), filepath.Join(t.TempDir(), "none.so"), "nvml:none"},
		{"another library", withCard(t, "on"), "libc.so.6", "nvml:unreadable"},
		{"no permission", withCard(t, "on"), buildNVML(t, "4"), "nvml:denied"},
	} {
		f := new(Found)
		f.findNVML(c.root, c.library)
		if got := sources(f); got != c.want {
			t.Errorf("%s: %q; want %q", c.what, got, c.want)
		}
	}
}
