package reach_test

import (
	"context"
	"fmt"

	"github.com/ecoparc/ecoparc/collector/reach"
)

// Who reaches one school of organisation 1 sees it, and not the organisation as a
// whole. Lists ask for the same in SQL.
func Example() {
	ctx := reach.With(context.Background(), reach.Reach{Sites: []int64{7}}) // the gate does
	seen := reach.Of(ctx)
	fmt.Println("site 7:", seen.Contains(reach.Place{Organisation: 1, Site: 7}))
	fmt.Println("site 8:", seen.Contains(reach.Place{Organisation: 1, Site: 8}))
	fmt.Println("organisation 1:", seen.Contains(reach.Place{Organisation: 1}))
	sql, values := seen.Condition("d.site")
	fmt.Println(sql, values)
	// Output:
	// site 7: true
	// site 8: false
	// organisation 1: false
	// (d.site IN (?)) [7]
}
