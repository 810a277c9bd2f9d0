package registry_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// A token of a school lets a device in, once. From then on the device is known by the
// secret that it was told.
func ExampleRegistry_Enrol() {
	ctx := context.Background()
	s, end := storetest.Temporary(ctx)
	defer end()
	r, now := registry.Open(s), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	owner, err := r.AddOrganisation(ctx, "Département", false)
	if err != nil {
		log.Fatal(err)
	}
	sites, err := r.AddSites(ctx, owner.ID, []registry.Site{{Name: "Collège Jean Moulin", Kind: registry.College, Zone: "B"}})
	if err != nil {
		log.Fatal(err)
	}
	token, _, err := r.CreateToken(ctx, sites[0].ID, equipment.Shared, 1, time.Hour, now)
	if err != nil {
		log.Fatal(err)
	}

	asks := &report.EnrolRequest{Token: token, Label: "SALLE-12", Inventory: report.Inventory{Category: "laptop"}}
	identity, err := r.Enrol(ctx, asks, now)
	if err != nil {
		log.Fatal(err)
	}
	key, err := r.Authenticate(ctx, identity.Device, identity.Secret)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("known at", sites[0].Name+":", key.Site == sites[0].ID)
	_, err = r.Enrol(ctx, asks, now)
	fmt.Println("again:", err)
	// Output:
	// known at Collège Jean Moulin: true
	// again: token: is used up; ask the administrator for a new one (`collector token create`)
}
