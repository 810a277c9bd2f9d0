package store_test

import (
	"database/sql"
	"testing"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
)

func TestInTxUndoesWhatFails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		err := store.InTx(t.Context(), s.Write, func(tx *sql.Tx) error {
			if _, err := tx.Exec("INSERT INTO organisations (name, simulated) VALUES (?, ?)", "x", true); err != nil {
				return err
			}
			return sql.ErrConnDone
		})
		if err != sql.ErrConnDone {
			t.Error(err)
		}
	})
}
