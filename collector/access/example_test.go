package access_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/storetest"
)

// A program asks with a key of a person's: it may do what the key says of what the
// role gives, until the key is revoked.
func ExampleAccess_AddKey() {
	ctx := context.Background()
	s, end := storetest.Temporary(ctx)
	defer end()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	a := access.Open(s, func() time.Time { return now })
	zoe := access.Stranger{Issuer: "https://id.region.example", Subject: "42", Name: "zoe"} // who signs in at a provider
	if _, err := a.SignInFrom(ctx, zoe, access.Grant{Role: access.ITManager, Reach: reach.Reach{Everything: true}}); err != nil {
		log.Fatal(err)
	}
	text, key, err := a.AddKey(ctx, "zoe", "inventory", []access.Scope{access.ReadDevices}, 30*24*time.Hour)
	if err != nil {
		log.Fatal(err)
	}

	p, err := a.OfKey(ctx, text)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Name, p.Role, "reads devices:", p.May(access.ReadDevices), "retires them:", p.May(access.ChangeDevices))
	if err := a.RevokeKey(ctx, "zoe", key.ID); err != nil {
		log.Fatal(err)
	}
	_, err = a.OfKey(ctx, text)
	fmt.Println("revoked:", err)
	// Output:
	// zoe it_manager reads devices: true retires them: false
	// revoked: sign in on the pages, or send a key, or a user name and password
}

// What a role gives is asked scope by scope.
func ExamplePerson_May() {
	for _, role := range []access.Role{access.CouncilViewer, access.Procurement} {
		p := access.Person{Name: "zoe", Role: role}
		fmt.Println(role, "reads figures:", p.May(access.ReadFigures), "prices:", p.May(access.ReadPurchases))
	}
	// Output:
	// council_viewer reads figures: true prices: false
	// procurement reads figures: true prices: true
}
