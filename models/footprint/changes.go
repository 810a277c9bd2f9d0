package footprint

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/data"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// Change is what came with a version of the formulas.
type Change struct {
	Version int          `json:"version"`
	Day     calendar.Day `json:"day"`
	Name    string       `json:"change"` // pages have a sentence for each
	// Categories are those whose figures it moved, none for all; Factors are how the
	// keys of its factors begin.
	Categories []equipment.Category `json:"categories,omitempty"`
	Factors    []string             `json:"factors,omitempty"`
}

// changesFile is where the rows are.
const changesFile = "changes/model.csv"

// Changes lists what changed with each version of the formulas, the latest first.
func Changes() ([]Change, error) {
	text, err := data.Files.ReadFile(changesFile)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", changesFile, err)
	}
	var all []Change
	for i, row := range rows[1:] {
		c := Change{Name: row[2], Factors: strings.Fields(row[4])}
		if c.Version, err = strconv.Atoi(row[0]); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", changesFile, i+2, err)
		}
		if c.Day, err = calendar.ParseDay(row[1]); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", changesFile, i+2, err)
		}
		for _, name := range strings.Fields(row[3]) {
			c.Categories = append(c.Categories, equipment.Category(name))
		}
		all = append([]Change{c}, all...)
	}
	return all, nil
}
