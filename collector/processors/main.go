// Command processors writes models/data/processors/tdp.csv from codecarbon's
// cpu_power.csv: `make processors FROM=cpu_power.csv`.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/ecoparc/ecoparc/models/power"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: processors cpu_power.csv models/data/processors/tdp.csv")
		os.Exit(2)
	}
	if err := convert(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "processors:", err)
		os.Exit(1)
	}
}

func convert(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	list, err := power.ReadProcessors(f)
	if list == nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s, left out: %v\n", from, err)
	}
	var table bytes.Buffer
	if err := power.WriteProcessors(&table, list); err != nil {
		return err
	}
	return os.WriteFile(to, table.Bytes(), 0o644)
}
