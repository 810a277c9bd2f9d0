package sheet_test

import (
	"bytes"
	"fmt"
	"log"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/sheet"
)

// A French spreadsheet reckons with what stands in a column of numbers. A name that
// looks like a formula stays a text: in CSV an apostrophe says so.
func ExampleCSV() {
	table := sheet.Sheet{
		Name: "Écoles", Columns: []string{"École", "kgCO2e"},
		Rows: slices.Values([][]sheet.Cell{
			{sheet.Text("Collège Jean Moulin"), sheet.Number(22.5)},
			{sheet.Text("=1+1"), sheet.Number(20)},
		}),
	}
	var file bytes.Buffer
	if err := sheet.CSV(&file, table, sheet.Local{Separator: ';', Point: ","}); err != nil {
		log.Fatal(err)
	}
	text, marked := strings.CutPrefix(file.String(), "\ufeff")
	fmt.Println("marked as UTF-8:", marked)
	fmt.Print(strings.ReplaceAll(text, "\r\n", "\n"))
	// Output:
	// marked as UTF-8: true
	// École;kgCO2e
	// Collège Jean Moulin;22,5
	// '=1+1;20
}
