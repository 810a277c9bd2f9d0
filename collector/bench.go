package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/ecoparc/ecoparc/collector/bench"
)

type benchCmd struct {
	Intake benchIntakeCmd `cmd:"" help:"How many devices reporting hourly this machine takes, on the disk of --data, and what limits it."`
	Serve  benchServeCmd  `cmd:"" hidden:"" help:"A server under load; the benchmark starts it."`
}

type benchIntakeCmd struct {
	JSON     bool   `help:"Print one JSON object on one line instead of the text." name:"json"`
	Seconds  int    `help:"How long each kind of load lasts." default:"10"`
	Devices  int    `help:"Devices that report, in turn." default:"5000"`
	Known    int    `help:"Devices that the collector knows, if more than those that report." placeholder:"N"`
	Rounds   int    `help:"Phases that each kind of load is cut into; figures are medians of them." default:"3"`
	Workers  int    `help:"Connections at once." default:"128"`
	Influxd  string `help:"Measure InfluxDB 1.8 beside it: its program, influxd." placeholder:"PATH" type:"existingfile"`
	Profile  string `help:"Write a CPU profile of the collector under load that keeps connections open." placeholder:"FILE" type:"path"`
	Markdown string `help:"Write the figures into their section of this Markdown file too." placeholder:"FILE" type:"path"`
}

func (b *benchIntakeCmd) Validate() error {
	if b.Seconds < 1 || b.Devices < 1 || b.Known < 0 || b.Rounds < 1 || b.Workers < 1 {
		return fmt.Errorf("--seconds, --devices, --rounds and --workers must be at least 1")
	}
	return nil
}

func (b *benchIntakeCmd) Run(ctx context.Context, c *cli) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	figures, err := bench.Run(ctx, bench.Options{
		Dir: cmp.Or(c.Data, "."), Devices: b.Devices, Known: b.Known, Duration: time.Duration(b.Seconds) * time.Second,
		Rounds: b.Rounds, Workers: b.Workers, Influxd: b.Influxd, Profile: b.Profile,
		Child: func(ctx context.Context, args ...string) *exec.Cmd {
			return exec.CommandContext(ctx, program, append([]string{"bench", "serve", "--"}, args...)...)
		},
		Tell: func(line string) { fmt.Fprintln(os.Stderr, line) },
	})
	if err != nil {
		return fmt.Errorf("cannot measure intake: %w", err)
	}
	if b.Markdown != "" {
		if err := figures.WriteMarkdown(b.Markdown); err != nil {
			return err
		}
	}
	if b.JSON {
		return json.NewEncoder(os.Stdout).Encode(figures)
	}
	return figures.WriteText(os.Stdout)
}

type benchServeCmd struct {
	Args []string `arg:""`
}

func (s *benchServeCmd) Run(ctx context.Context) error {
	return bench.Serve(ctx, s.Args, os.Stdin, os.Stdout)
}
