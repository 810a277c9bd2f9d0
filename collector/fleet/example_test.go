package fleet_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// A list of purchases is brought in twice: the second time it changes nothing. Later
// one of the devices leaves.
func ExampleFleet_Import() {
	ctx := context.Background()
	s, end := storetest.Temporary(ctx)
	defer end()
	l := ledger.Open(s, time.UTC, false)
	defer l.Close()
	r, now := registry.Open(s), time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	ctx = audit.As(ctx, "zoe", now)
	owner, err := r.AddOrganisation(ctx, "Département", false)
	if err != nil {
		log.Fatal(err)
	}
	sites, err := r.AddSites(ctx, owner.ID, []registry.Site{{Name: "Collège", Kind: registry.College}})
	if err != nil {
		log.Fatal(err)
	}
	list, err := purchase.Read(strings.NewReader("Nom;Type;Date d'achat\nSALLE-12;Portable;01/09/2024\nSALLE-13;Portable;01/09/2024\n"), purchase.Options{})
	if err != nil {
		log.Fatal(err)
	}

	f := fleet.Open(s, time.UTC, func() time.Time { return now })
	for range 2 {
		changes, err := f.Import(ctx, list.Entries, fleet.ImportOptions{Organisation: owner.ID, Site: sites[0].ID, Population: equipment.Shared, Source: "achats.csv"})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(fleet.Summary(changes))
	}
	gone, err := f.Retire(ctx, []string{"SALLE-12"}, calendar.Date(2026, 11, 20), "reuse")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(gone[0].Label, "left for", gone[0].Purchase.RetiredTo)
	// Output:
	// 2 added, 0 changed, 0 unchanged
	// 0 added, 0 changed, 2 unchanged
	// SALLE-12 left for reuse
}
