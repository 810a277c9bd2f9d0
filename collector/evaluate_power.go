package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
)

// evaluatePowerCmd reads the file that --data names: manufacturers' footprints
// with the columns of Boavizta's environmental-footprint-data.
type evaluatePowerCmd struct {
	JSON bool `name:"json" help:"Print one JSON object on one line."`
}

func (e *evaluatePowerCmd) Run(c *cli) error {
	rows, err := readPublished(c.Data)
	if err != nil {
		return err
	}
	measured := power.MeasuredOf(rows)
	if len(measured) == 0 {
		return fmt.Errorf("%s: none of its %d rows has both a category with a typical use and a yearly_tec", c.Data, len(rows))
	}
	comparison, err := power.Compare(factor.Default(), measured)
	if err != nil {
		return err
	}
	if e.JSON {
		return json.NewEncoder(os.Stdout).Encode(comparison)
	}
	return printComparison(os.Stdout, comparison)
}

// printComparison writes one line for each category or class and each candidate.
func printComparison(w io.Writer, c power.Comparison) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "category\tclass\tn\tmeasured kWh/y (quartiles)\timplied idle W\tcurve\tpredicted kWh/y\tratio\terror\t")
	for _, class := range c.Classes {
		for i, p := range class.Predictions {
			mark := ""
			if p.Candidate == class.Nearest {
				mark = "nearest"
			}
			if i == 0 {
				fmt.Fprintf(table, "%s\t%s\t%d\t%.1f (%.1f to %.1f)\t%.1f\t", class.Category, class.Class, class.N, class.Median, class.Q1, class.Q3, class.ImpliedWatts)
			} else {
				fmt.Fprint(table, "\t\t\t\t\t")
			}
			fmt.Fprintf(table, "%s\t%.1f\t%.2f\t%.2f\t%s\n", p.Candidate, p.KWh, p.Ratio, p.Error, mark)
		}
	}
	fmt.Fprintln(table, "\nall but screens\t\t\t\t\tcurve\t\t\terror\t")
	for _, p := range c.Classes[0].Predictions {
		if e, ok := c.Overall[p.Candidate]; ok {
			fmt.Fprintf(table, "\t\t\t\t\t%s\t\t\t%.2f\t\n", p.Candidate, e)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nNearest: %s. Shipped default: %s (%s).\n"+
		"error is the median over the products of |ln(predicted / measured)|, overall the mean of the categories; curves for servers alone are not compared overall.\n"+
		"The default's idle power was derived from manufacturers' medians by category, so its nearness there flatters it. With each half of the products predicted from the other half its error is %.2f.\n",
		c.Nearest, c.Default, power.DefaultCurve, c.HeldOut)
	return err
}
