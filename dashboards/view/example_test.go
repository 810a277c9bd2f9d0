package view_test

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

// A list that a page shows and one that the API gives are the same rows: found without
// regard to case and accents, ordered, and cut into parts.
func ExampleListSites() {
	sites := []view.SiteRow{
		{ID: 7, Name: "Lycée François-Villon", Coverage: view.Coverage{Devices: 420}},
		{ID: 8, Name: "Collège Jean Moulin", Coverage: view.Coverage{Devices: 130}},
		{ID: 9, Name: "Lycée Jean Moulin", Coverage: view.Coverage{Devices: 510}},
	}
	rows, part := view.ListSites(sites, view.List{Find: "LYCEE", Sort: "devices"}, 50)
	for _, row := range rows {
		fmt.Println(row.Name, row.Coverage.Devices)
	}
	text, err := json.Marshal(part)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	// Output:
	// Lycée Jean Moulin 510
	// Lycée François-Villon 420
	// {"found":2,"page":1,"pages":1}
}

// A form takes a number as people type it in French or English.
func ExampleNumberOf() {
	for _, text := range []string{"1 234,5", "1234.5", "many"} {
		v, ok := view.NumberOf(text)
		fmt.Println(v, ok)
	}
	// Output:
	// 1234.5 true
	// 1234.5 true
	// 0 false
}
