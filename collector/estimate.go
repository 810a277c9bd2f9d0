package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/describe"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
)

// estimateCmd prints the footprint of devices that are described, without any data
// of a collector.
type estimateCmd struct {
	YAML bool `name:"yaml" help:"Read devices as YAML from standard input." xor:"input"`
	CSV  bool `name:"csv" help:"Read devices as CSV from standard input." xor:"input"`

	Format        string `help:"text, json or csv." enum:"text,json,csv" default:"text"`
	Method        string `help:"Where embodied impacts come from: ademe, maker, or both side by side." enum:"ademe,maker,both" default:"ademe"`
	Territory     string `help:"Whose electricity: FR, FR-974...; the configuration's when not said." placeholder:"CODE"`
	Profile       string `help:"Reference equipment to compare with: collegien or lyceen." default:"collegien"`
	KeepOrReplace bool   `help:"Tell whether to keep, repair or replace each device."`
	Day           string `help:"Day of the estimate; today when not said." placeholder:"YYYY-MM-DD"`

	Device describe.Record `embed:""`
}

// Help is shown under the flags' list.
func (*estimateCmd) Help() string {
	return `A figure comes with its interval, how it is known, and every factor it rests on.
Factors and territory are those of the configuration (-c), if there is one.

Examples:

  collector estimate --category laptop --bought 2022 --count 30

  collector estimate --category desktop --cpu "Intel Core i5-9500" --hours-per-day 6 \
      --at-rest off --method both --keep-or-replace --bought 2019-09-01

  collector estimate --csv --format csv < inventory.csv > footprint.csv

Columns of CSV and keys of YAML are the flags of a device with underscores
(memory_gib), and territory. See docs/estimate.md.`
}

func (e *estimateCmd) Run(c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	day := calendar.DayOf(time.Now(), loaded.Location())
	if e.Day != "" {
		if day, err = calendar.ParseDay(e.Day); err != nil {
			return fmt.Errorf("--day: %w", err)
		}
	}
	o := estimate.Options{Day: day, Methods: impact.Methods, Territory: loaded.Electricity.Territory, Profile: e.Profile, KeepOrReplace: e.KeepOrReplace}
	if e.Method != "both" {
		o.Methods = []impact.Method{impact.Method(e.Method)}
	}
	if e.Territory != "" {
		o.Territory = strings.ToUpper(e.Territory)
		if _, err := grid.TerritoryOf(o.Territory); err != nil {
			return fmt.Errorf("--territory: %w", err)
		}
	}
	devices, err := e.devices(os.Stdin, day)
	if err != nil {
		return err
	}
	estimator, err := estimate.New(loaded.Factors(), o)
	if err != nil {
		return err
	}
	a := answer{ModelVersion: footprint.Version, FactorsVersion: loaded.Factors().Version}
	if a.Results, err = estimateAll(estimator, devices); err != nil {
		return err
	}
	a.Factors = estimate.Rows(a.Results)
	for _, m := range o.Methods {
		a.Totals = append(a.Totals, estimate.Sum(m, a.Results))
	}
	return e.print(os.Stdout, &a)
}

// devices are those of the flags or of standard input, never both.
func (e *estimateCmd) devices(stdin *os.File, day calendar.Day) ([]describe.Described, error) {
	fromStdin := e.YAML || e.CSV
	if e.Device.Empty() && !fromStdin {
		info, err := stdin.Stat()
		if err != nil || info.Mode()&os.ModeCharDevice != 0 {
			return nil, errors.New("which device? Describe one, as --category laptop --bought 2022, or give a list with --csv or --yaml on standard input")
		}
		return describe.Read(stdin, day)
	}
	switch {
	case fromStdin && !e.Device.Empty():
		return nil, errors.New("a device is described by flags and others on standard input; give either")
	case e.YAML:
		return describe.ReadYAML(stdin, day)
	case e.CSV:
		return describe.ReadCSV(stdin, day)
	}
	d, err := e.Device.Description(day)
	if err != nil {
		return nil, asFlags(err)
	}
	return []describe.Described{{Description: d}}, nil
}

// asFlags names fields as their flags are.
func asFlags(err error) error {
	var p estimate.Problem
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range all.Unwrap() {
			errs = append(errs, asFlags(e))
		}
		return errors.Join(errs...)
	}
	if errors.As(err, &p) {
		return fmt.Errorf("--%s: %s", strings.ReplaceAll(p.Field, "_", "-"), p.Text)
	}
	return err
}

// estimateAll estimates each device; what is wrong with any is told, with its line.
func estimateAll(e *estimate.Estimator, devices []describe.Described) ([]estimate.Result, error) {
	results := make([]estimate.Result, len(devices))
	var errs []error
	for i, d := range devices {
		var err error
		if results[i], err = e.Estimate(d.Description); err != nil && d.Line > 0 {
			err = fmt.Errorf("line %d: %w", d.Line, err)
		}
		errs = append(errs, err)
	}
	return results, errors.Join(errs...)
}

// answer is everything that is printed.
type answer struct {
	ModelVersion   int               `json:"model_version"`
	FactorsVersion string            `json:"factors_version"`
	Results        []estimate.Result `json:"results"`
	// Totals are one for each method; they are not to be added.
	Totals []estimate.Total `json:"totals"`
	// Factors are the rows of the keys that the results name.
	Factors []*factor.Row `json:"factors"`
}

// print writes the whole answer or nothing.
func (e *estimateCmd) print(w io.Writer, a *answer) error {
	var out bytes.Buffer
	var err error
	switch e.Format {
	case "json":
		j := json.NewEncoder(&out)
		j.SetIndent("", "  ")
		err = j.Encode(a)
	case "csv":
		err = writeEstimates(&out, a.Results)
	default:
		err = showEstimates(&out, a)
	}
	if err != nil {
		return fmt.Errorf("cannot write the estimate: %w", err)
	}
	_, err = out.WriteTo(w)
	return err
}
