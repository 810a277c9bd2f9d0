package spreadsheet_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/ecoparc/ecoparc/collector/spreadsheet"
)

// Two columns are known by their titles, and the one with names of people is not read.
// What is wrong is told with its line.
func ExampleRead() {
	fields := spreadsheet.Fields{{Name: "label", Titles: []string{"nom", "libelle"}}, {Name: "price", Titles: []string{"prix"}}}
	list := "Libellé;Prix;Usager\nSALLE-12;499,90 €;Zoé\nSALLE-13;cher;Max\n"
	sheet, err := spreadsheet.Read(strings.NewReader(list), fields, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("not read:", sheet.Columns.Ignored)
	mistakes := sheet.Each(func(row spreadsheet.Row) error {
		cells := spreadsheet.Cells{Row: row}
		if label, cents := cells.Text("label"), cells.Cents("price", 100_000); cells.Err() == nil {
			fmt.Println(label, cents, "cents")
		}
		return cells.Err()
	})
	fmt.Println(mistakes)
	// Output:
	// not read: [Usager]
	// SALLE-12 49990 cents
	// line 3: price is "cher"; a number from 0 to 100000 is expected
}
