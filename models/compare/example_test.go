package compare_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/compare"
)

// Two schools with the same figure for one pupil, in kgCO2e: of the small one it may
// be chance, of the large one it is not.
func Example() {
	var schools []compare.School
	for i, perPupil := range []float64{17, 22, 19, 21, 18, 23, 20, 20, 19, 21} {
		schools = append(schools, compare.School{PerPupil: perPupil, Pupils: float64(300 + 50*i)})
	}
	funnel, ok := compare.New(schools)
	fmt.Printf("funnel: %t, around %.1f kgCO2e\n", ok, funnel.Target)
	for _, pupils := range []float64{40, 1200} {
		low, high := funnel.Limits(pupils, compare.Limit95)
		fmt.Printf("%4.0f pupils: %.1f to %.1f by chance, 24.0 lies %s\n", pupils, low, high,
			funnel.Place(compare.School{PerPupil: 24, Pupils: pupils}))
	}
	// Output:
	// funnel: true, around 20.1 kgCO2e
	//   40 pupils: 8.7 to 31.6 by chance, 24.0 lies within
	// 1200 pupils: 18.0 to 22.2 by chance, 24.0 lies far_above
}
