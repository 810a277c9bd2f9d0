package meter_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/ecoparc/ecoparc/agent/meter"
)

// A processor counts its microjoules in a file. The first reading is where counting
// begins; the second says how much it was, and of what.
func ExampleDiscover() {
	root, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	rapl := "sys/class/powercap/intel-rapl:0/"
	if err := os.CopyFS(root, fstest.MapFS{
		rapl + "name":                {Data: []byte("package-0\n")},
		rapl + "max_energy_range_uj": {Data: []byte("262143328850\n")},
		rapl + "energy_uj":           {Data: []byte("77000000\n")},
	}); err != nil {
		log.Fatal(err)
	}

	found := meter.Discover(root) // "/" on a real machine
	if _, err := found.ReadAll(time.Hour); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, rapl, "energy_uj"), []byte("302000000\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	increments, err := found.ReadAll(time.Hour + 15*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	for _, i := range increments {
		fmt.Println(i.Source, i.Boundary, i.EnergyUJ, "µJ in", i.Covered)
	}
	// Output: rapl-package-0 package 225000000 µJ in 15s
}
