package outline_test

import (
	"fmt"
	"log"

	"github.com/ecoparc/ecoparc/dashboards/outline"
)

// Which outlines may a map of two schools show, one in Lyon and one in Vienne?
func ExampleFrance() {
	var schools outline.Box
	for _, p := range []outline.Point{{Longitude: 4.84, Latitude: 45.76}, {Longitude: 4.87, Latitude: 45.53}} {
		schools = schools.Include(p)
	}
	rings, err := outline.France()
	if err != nil {
		log.Fatal(err)
	}
	for _, ring := range rings {
		if ring.Around.Meets(schools) {
			fmt.Println(ring.Department)
		}
	}
	// Output:
	// 01
	// 38
	// 69
}
