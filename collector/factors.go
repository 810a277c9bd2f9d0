package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
)

type factorsCmd struct {
	JSON bool `name:"json" help:"As JSON." xor:"form"`
	CSV  bool `name:"csv" help:"As CSV." xor:"form"`
}

func (f *factorsCmd) Run(c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	rows := loaded.Factors().Rows
	switch {
	case f.JSON:
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(rows)
	case f.CSV:
		return writeFactors(rows)
	}
	t := table("FACTOR", "REGION", "FROM", "TO", "VALUE", "LOW", "HIGH", "UNIT", "VERIFIED", "OWN", "SOURCE")
	for _, r := range rows {
		t.row(r.Key, r.Region, day(r.From.Time), day(r.To.Time), r.Value, r.Low, r.High, r.Unit, yes(bool(r.Verified)), yes(r.Override), r.Source.Publisher+", "+r.Page)
	}
	return t.Flush()
}

func writeFactors(rows []factor.Row) error {
	out := csv.NewWriter(os.Stdout)
	out.Write([]string{"key", "region", "from", "to", "value", "low", "high", "unit", "interval", "verified", "override", "title", "publisher", "year", "page", "url", "licence", "note"})
	for _, r := range rows {
		out.Write([]string{
			r.Key, r.Region, day(r.From.Time), day(r.To.Time), number(r.Value), number(r.Low), number(r.High), r.Unit, r.Interval, yes(bool(r.Verified)), yes(r.Override),
			r.Source.Title, r.Source.Publisher, strconv.Itoa(r.Source.Year), r.Page, r.Source.URL, r.Source.Licence, r.Note,
		})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("cannot write the factors: %w", err)
	}
	return nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// day is empty for a day without limit.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
