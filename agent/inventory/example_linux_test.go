package inventory_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing/fstest"

	"github.com/ecoparc/ecoparc/agent/inventory"
	"github.com/ecoparc/ecoparc/agent/meter"
)

// What the firmware and the kernel say of a tablet. Its serial number is hashed under
// a key, if at all.
func ExampleTake() {
	root, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	if err := os.CopyFS(root, fstest.MapFS{
		"sys/class/dmi/id/sys_vendor":     {Data: []byte("Microsoft Corporation\n")},
		"sys/class/dmi/id/product_name":   {Data: []byte("Surface Go 2\n")},
		"sys/class/dmi/id/product_serial": {Data: []byte("012345678953\n")},
		"sys/class/dmi/id/chassis_type":   {Data: []byte("30\n")},
		"proc/meminfo":                    {Data: []byte("MemTotal: 8000000 kB\n")},
	}); err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	v := inventory.Take(ctx, root, meter.Discover(root)) // "/" on a real machine
	fmt.Printf("%s, %s %s, %d MiB, %q\n", v.Category, v.Maker, v.Model, v.MemoryMiB, v.SerialHash)
	inventory.HashSerial(ctx, root, []byte("the organisation's key"), &v)
	fmt.Println("hashed:", v.SerialHash != "")
	// Output:
	// tablet, Microsoft Corporation Surface Go 2, 7812 MiB, ""
	// hashed: true
}
