package audit_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
)

func TestActWithoutItsTransactionLeavesNoLine(t *testing.T) {
	s := storetest.Open(t)
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ctx := audit.As(t.Context(), "zoé", at)
	write := func(ctx context.Context, what string, fails error) {
		t.Helper()
		err := store.InTx(ctx, s.Write, func(tx *sql.Tx) error {
			return errors.Join(audit.Write(ctx, tx, what, "site 1", "more"), fails)
		})
		if !errors.Is(err, fails) {
			t.Fatal(err)
		}
	}
	write(ctx, "first", nil)
	write(ctx, "undone", errors.New("the act failed"))
	write(t.Context(), "by itself", nil)
	acts, err := audit.Acts(ctx, s.Read, audit.Filter{Limit: 10})
	if err != nil || len(acts) != 2 {
		t.Fatalf("acts: %+v, %v", acts, err)
	}
	if want := (audit.Act{ID: 1, At: at, Who: "zoé", What: "first", Object: "site 1", Details: "more"}); acts[1] != want {
		t.Errorf("the first is %+v, want %+v", acts[1], want)
	}
	if acts[0].Who != "collector" || acts[0].At.Before(at.AddDate(-5, 0, 0)) {
		t.Errorf("the program's own is %+v", acts[0])
	}
	if since, err := audit.Acts(ctx, s.Read, audit.Filter{Since: at.AddDate(100, 0, 0), Limit: 10}); err != nil || len(since) != 0 {
		t.Errorf("in a hundred years: %+v, %v", since, err)
	}
	if one, err := audit.Acts(ctx, s.Read, audit.Filter{Limit: 1}); err != nil || len(one) != 1 || one[0].What != "by itself" {
		t.Errorf("the latest: %+v, %v", one, err)
	}
}

func Example() {
	s, end := storetest.Temporary(context.Background())
	defer end()
	ctx := audit.As(context.Background(), "zoé", time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	err := store.InTx(ctx, s.Write, func(tx *sql.Tx) error {
		return audit.Write(ctx, tx, "device retire", "d-example", "to recycling") // beside the act itself
	})
	acts, _ := audit.Acts(ctx, s.Read, audit.Filter{Limit: 10})
	fmt.Println(acts[0].Who, acts[0].What, acts[0].Object, acts[0].Details, err)
	// Output: zoé device retire d-example to recycling <nil>
}

func TestActsArePickedByWhoAndWhat(t *testing.T) {
	s := storetest.Open(t)
	for _, act := range [][2]string{{"zoé", "device retire"}, {"max", "device merge"}, {"zoé", "site add"}, {"zoé", "device return"}} {
		ctx := audit.As(t.Context(), act[0], time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		err := store.InTx(ctx, s.Write, func(tx *sql.Tx) error { return audit.Write(ctx, tx, act[1], "x", "") })
		if err != nil {
			t.Fatal(err)
		}
	}
	for filter, want := range map[audit.Filter]string{
		{}: "device return, site add, device merge, device retire, ", {Who: "zoé"}: "device return, site add, device retire, ", {What: "device"}: "device return, device merge, device retire, ",
		{What: "device re", Who: "zoé", Limit: 1}: "device return, ", {What: "dev%"}: "", {Who: "zo"}: "", {Before: 3, What: "device"}: "device merge, device retire, ",
	} {
		acts, err := audit.Acts(t.Context(), s.Read, filter)
		got := ""
		for _, a := range acts {
			got += a.What + ", "
		}
		if err != nil || got != want {
			t.Errorf("%+v: %q, %v; want %q", filter, got, err, want)
		}
	}
}

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }
