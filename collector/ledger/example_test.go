package ledger_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
)

// A data folder, or a backup, is checked beside the collector that uses it.
func ExampleVerify() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, dir) // what a collector does when it starts
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	beside, err := store.OpenToRead(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer beside.Close()
	verdict, err := ledger.Verify(ctx, beside, time.UTC)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("windows:", verdict.Windows, "differences:", verdict.Found)
	// Output: windows: 0 differences: 0
}
