package data_test

import (
	"bufio"
	"fmt"
	"log"
	"strings"

	"github.com/ecoparc/ecoparc/models/data"
)

// A number stands in its file with its bounds, its unit and its source. Package factor
// is how programs read them.
func Example() {
	file, err := data.Files.Open("lifetime.yaml")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.Contains(lines.Text(), "lifetime.tablet,") {
			fmt.Println(strings.TrimSpace(lines.Text()))
		}
	}
	// Output:
	// - {key: lifetime.tablet, value: 3, low: 2, high: 3, unit: years, interval: range of published values, source: ademe-impactco2-2025, page: "tablette", verified: yes}
}
