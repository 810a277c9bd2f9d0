package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/ecoparc/ecoparc/collector/store"
)

// What fails leaves nothing behind, and a second collector on the same folder is
// refused.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	add := func(name string, then error) error {
		return store.InTx(ctx, s.Write, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO organisations (name) VALUES (?)", name); err != nil {
				return err
			}
			return then
		})
	}
	fmt.Println(add("Département", nil), "/", add("Région", errors.New("on second thoughts")))
	var names string
	if err := s.Read.QueryRowContext(ctx, "SELECT group_concat(name) FROM organisations").Scan(&names); err != nil {
		log.Fatal(err)
	}
	fmt.Println(names)

	_, err = store.Open(ctx, dir)
	fmt.Println("a second one is refused:", err != nil)
	// Output:
	// <nil> / on second thoughts
	// Département
	// a second one is refused: true
}
