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
	Intake  benchIntakeCmd  `cmd:"" help:"How many devices reporting hourly this machine takes, on the disk of --data, and what limits it."`
	Pages   benchPagesCmd   `cmd:"" help:"How long the pages and the API of a large council take, on the disk of --data."`
	Storage benchStorageCmd `cmd:"" help:"How many bytes a day of a device takes on the disk, beside InfluxDB."`
	Serve   benchServeCmd   `cmd:"" hidden:"" help:"A server under load; the benchmark starts it."`
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
	child, err := childOf()
	if err != nil {
		return err
	}
	figures, err := bench.Run(ctx, bench.Options{
		Dir: cmp.Or(c.Data, "."), Devices: b.Devices, Known: b.Known, Duration: time.Duration(b.Seconds) * time.Second,
		Rounds: b.Rounds, Workers: b.Workers, Influxd: b.Influxd, Profile: b.Profile,
		Child: child, Tell: func(line string) { fmt.Fprintln(os.Stderr, line) },
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

// childOf starts this program as a server under load.
func childOf() (func(ctx context.Context, args ...string) *exec.Cmd, error) {
	program, err := os.Executable()
	return func(ctx context.Context, args ...string) *exec.Cmd {
		return exec.CommandContext(ctx, program, append([]string{"bench", "serve", "--"}, args...)...)
	}, err
}

type benchPagesCmd struct {
	JSON     bool   `help:"Print one JSON object on one line instead of the text." name:"json"`
	Devices  int    `help:"Devices of the council." default:"100000"`
	Sites    int    `help:"Its sites." default:"500"`
	Years    int    `help:"School years that it has been measured." default:"3"`
	Requests int    `help:"Requests for each kind of page." default:"100"`
	Growth   bool   `help:"Measure a council of a tenth, too." default:"true" negatable:""`
	Only     string `help:"Measure the kinds of requests with this in their name." placeholder:"TEXT"`
	Markdown string `help:"Write the figures into their section of this Markdown file too." placeholder:"FILE" type:"path"`
}

func (b *benchPagesCmd) Validate() error {
	if b.Sites < 1 || b.Devices < b.Sites || b.Years < 1 || b.Years > 10 || b.Requests < 1 {
		return fmt.Errorf("--sites and --requests must be at least 1, --devices at least as many as sites, --years 1 to 10")
	}
	return nil
}

func (b *benchPagesCmd) Run(ctx context.Context, c *cli) error {
	child, err := childOf()
	if err != nil {
		return err
	}
	o := bench.PagesOptions{Size: bench.Size{Devices: b.Devices, Sites: b.Sites, Years: b.Years}, Requests: b.Requests, Growth: b.Growth, Only: b.Only}
	o.Dir, o.Child, o.Tell = cmp.Or(c.Data, "."), child, func(line string) { fmt.Fprintln(os.Stderr, line) }
	pages, err := bench.RunPages(ctx, o)
	if err != nil {
		return fmt.Errorf("cannot measure pages: %w", err)
	}
	if b.Markdown != "" {
		if err := pages.WriteMarkdown(b.Markdown); err != nil {
			return err
		}
	}
	if b.JSON {
		return json.NewEncoder(os.Stdout).Encode(pages)
	}
	return pages.WriteText(os.Stdout)
}

type benchServeCmd struct {
	Args []string `arg:""`
}

func (s *benchServeCmd) Run(ctx context.Context) error {
	return bench.Serve(ctx, s.Args, os.Stdin, os.Stdout)
}

type benchStorageCmd struct {
	JSON    bool   `help:"Print one JSON object on one line instead of the text." name:"json"`
	Devices int    `help:"Devices that report." default:"1000"`
	Days    int    `help:"Days that they report, 32 windows each." default:"7"`
	Influxd string `help:"Measure InfluxDB 1.8 beside it: its program, influxd." placeholder:"PATH" type:"existingfile"`
}

func (b *benchStorageCmd) Validate() error {
	if b.Devices < 1 || b.Days < 1 || b.Days > bench.MostDays {
		return fmt.Errorf("--devices must be at least 1, --days 1 to %d", bench.MostDays)
	}
	return nil
}

func (b *benchStorageCmd) Run(ctx context.Context, c *cli) error {
	figures, err := bench.RunStorage(ctx, bench.StorageOptions{
		Dir: cmp.Or(c.Data, "."), Devices: b.Devices, Days: b.Days, Influxd: b.Influxd, Tell: func(line string) { fmt.Fprintln(os.Stderr, line) },
	})
	if err != nil {
		return fmt.Errorf("cannot measure storage: %w", err)
	}
	if b.JSON {
		return json.NewEncoder(os.Stdout).Encode(figures)
	}
	return figures.WriteText(os.Stdout)
}
