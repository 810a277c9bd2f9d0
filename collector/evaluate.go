package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ecoparc/ecoparc/models/maker"
)

// evaluateCmd judges the models. Its files come by the flag --data, which is the
// program's own: a command cannot have another of that name.
type evaluateCmd struct {
	Embodied   evaluateEmbodiedCmd   `cmd:"" help:"Compare predictions of what making a product emits with what makers publish (--data FILE, as Boavizta's environmental-footprint-data)."`
	Power      evaluatePowerCmd      `cmd:"" help:"Compare power curves with makers' measured yearly consumption (--data FILE, likewise)."`
	Footprints evaluateFootprintsCmd `cmd:"" help:"Make the shipped table of makers' footprints anew from Boavizta's file (--data FILE)."`
}

// readPublished reads a CSV file with the columns of Boavizta's
// environmental-footprint-data.
func readPublished(path string) ([]maker.Published, error) {
	if path == "" {
		return nil, errors.New("which file? Give a CSV file with the columns of Boavizta's environmental-footprint-data: --data FILE")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := maker.ReadPublished(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rows, nil
}

type evaluateEmbodiedCmd struct {
	JSON bool `help:"Print one JSON object on one line instead of the table." name:"json"`
}

func (e *evaluateEmbodiedCmd) Run(c *cli) error {
	rows, err := readPublished(c.Data)
	if err != nil {
		return err
	}
	result, err := maker.Default().Evaluate(rows)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Data, err)
	}
	if result.N == 0 {
		return fmt.Errorf("%s: none of its %d rows can be judged: %v", c.Data, len(rows), result.LeftOut)
	}
	if e.JSON {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	t := table("CATEGORY", "PRODUCTS", "MEDIAN ERROR", "IN THE 90 % INTERVAL")
	line := func(name string, s maker.Score) {
		t.row(name, s.N, fmt.Sprintf("%.1f %%", s.MedianAbsPctError), fmt.Sprintf("%.1f %%", s.Coverage90))
	}
	for _, category := range slices.Sorted(maps.Keys(result.ByCategory)) {
		line(string(category), result.ByCategory[category])
	}
	line("all", result.Score)
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Printf("\n%d of these products stand in the shipped table: they were predicted by models that had seen neither them nor their near namesakes.\n", result.CrossValidated)
	for _, reason := range slices.Sorted(maps.Keys(result.LeftOut)) {
		fmt.Printf("Left out, %d rows: %s.\n", result.LeftOut[reason], reason)
	}
	return nil
}

type evaluateFootprintsCmd struct {
	To string `help:"Folder of the table." placeholder:"DIR" type:"existingdir" required:""`
}

func (e *evaluateFootprintsCmd) Run(c *cli) error {
	rows, err := readPublished(c.Data)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(e.To, "products.csv"), maker.Usable(rows), maker.WriteProducts); err != nil {
		return err
	}
	return write(filepath.Join(e.To, "left-out.txt"), rows, maker.WriteLeftOut)
}

// write makes a file of rows.
func write[T any](path string, rows T, to func(w io.Writer, rows T) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := to(f, rows); err != nil {
		f.Close()
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return f.Close()
}
