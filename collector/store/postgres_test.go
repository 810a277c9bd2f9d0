package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
)

// These share one server.
func TestOnPostgreSQL(t *testing.T) {
	server := storetest.StartPostgres(t)
	for name, test := range map[string]func(*testing.T, *storetest.Postgres){
		"OneOfSeveralMakesTheSchema":        oneOfSeveralMakesTheSchema,
		"SchemaIsThatOfSQLite":              schemaIsThatOfSQLite,
		"WritersTakeTurns":                  writersTakeTurns,
		"UndoneTransactionRunsAgain":        undoneTransactionRunsAgain,
		"ReadersSeeOneMomentAndCannotWrite": readersSeeOneMoment,
		"TroubleIsSaidInASentence":          troubleIsSaid,
		"OneLeadsUntilItIsGone":             oneLeads,
		"EarlyRowsMoveToTheirPartition":     earlyRowsMove,
		"CollectorsShareAKey":               collectorsShareAKey,
		"AuditLogCannotBeChanged":           auditStays,
		"TwoOfAKeyAreToldApart":             takenKeysAreKnown,
	} {
		t.Run(name, func(t *testing.T) { test(t, server) })
	}
}

func openAt(t *testing.T, p store.Place) *store.Store {
	t.Helper()
	s, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func oneOfSeveralMakesTheSchema(t *testing.T, server *storetest.Postgres) {
	place := store.Place{URL: server.Empty(t)}
	if _, err := place.OpenShared(t.Context()); err == nil || !strings.Contains(err.Error(), "no collector data") {
		t.Errorf("a command before any collector: %v", err)
	}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := place.Open(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s := openAt(t, place)
	if n := count(t, s.Read, "SELECT count(*) FROM devices"); n != 0 {
		t.Errorf("there are %d devices", n)
	}
	if beside, err := place.OpenShared(t.Context()); err != nil {
		t.Errorf("a command beside: %v", err)
	} else if err := beside.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Write.Exec("INSERT INTO schema_version (version) VALUES (9999)"); err != nil {
		t.Fatal(err)
	}
	if _, err := place.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "newer Ecoparc (schema 9999") {
		t.Errorf("data of a newer program: %v", err)
	}
}

// notCompared are tables that only one engine has.
var notCompared = []string{"identity_changes", "keys", "schema_version", "sqlite_sequence"}

// Who changes the schema changes both.
func schemaIsThatOfSQLite(t *testing.T, server *storetest.Postgres) {
	columns := func(s *store.Store, query string) map[string]string {
		rows, err := s.Read.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		all := map[string]string{}
		for rows.Next() {
			var table, column, kind string
			var required bool
			if err := rows.Scan(&table, &column, &kind, &required); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(notCompared, table) && !strings.Contains(table, "_default") {
				all[table+"."+column] = fmt.Sprint(kind, " required ", required)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	is := columns(openAt(t, server.Place(t)), `SELECT table_name, column_name,
		CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'text' THEN 'TEXT' WHEN 'bytea' THEN 'BLOB' WHEN 'double precision' THEN 'REAL' ELSE data_type END, is_nullable = 'NO'
		FROM information_schema.columns WHERE table_schema = 'public'`)
	want := columns(open(t, t.TempDir()), `SELECT t.name, c.name, c.type, c."notnull" <> 0 OR c.pk <> 0 FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`)
	if len(want) < 50 {
		t.Errorf("SQLite has only %d columns", len(want))
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if is[name] != want[name] {
			t.Errorf("%s is %q on PostgreSQL and %q on SQLite", name, is[name], want[name])
		}
		delete(is, name)
	}
	for name := range is {
		t.Errorf("%s is on PostgreSQL only", name)
	}
}

// Two that read a number and write the next one never write the same.
func writersTakeTurns(t *testing.T, server *storetest.Postgres) {
	place := server.Place(t)
	first, second := openAt(t, place), openAt(t, place)
	const each = 20
	var all sync.WaitGroup
	for i, s := range []*store.Store{first, second, first, second} {
		all.Go(func() {
			for range each {
				err := store.InTx(t.Context(), s.Write, func(tx *sql.Tx) error {
					var n int
					if err := tx.QueryRow("SELECT count(*) FROM organisations").Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec("INSERT INTO organisations (name) VALUES (?)", fmt.Sprint(n))
					return err
				})
				if err != nil {
					t.Errorf("writer %d: %v", i, err)
					return
				}
			}
		})
	}
	all.Wait()
	if n := count(t, first.Read, "SELECT count(*) FROM organisations"); n != 4*each {
		t.Errorf("%d were written, want %d", n, 4*each)
	}
}

// Two that lock rows in opposite orders cannot both go on: one is undone and runs again.
func undoneTransactionRunsAgain(t *testing.T, server *storetest.Postgres) {
	s := openAt(t, server.Place(t))
	if _, err := s.Write.Exec("INSERT INTO organisations (id, name) VALUES (1, 'a'), (2, 'b')"); err != nil {
		t.Fatal(err)
	}
	var runs [2]int
	var all, locked sync.WaitGroup
	locked.Add(2)
	for i := range 2 {
		all.Go(func() {
			err := store.InTxBeside(t.Context(), s.Write, func(tx *sql.Tx) error {
				runs[i]++
				for n, id := range []int{1 + i, 2 - i} {
					if _, err := tx.Exec("UPDATE organisations SET simulated = organisations.simulated + 1 WHERE id = ?", id); err != nil {
						return fmt.Errorf("row %d: %w", id, err)
					}
					if n == 0 && runs[i] == 1 { // both hold one row
						locked.Done()
						locked.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := count(t, s.Read, "SELECT sum(simulated) FROM organisations"); n != 4 || runs[0]+runs[1] < 3 {
		t.Errorf("the rows add up to %d, want 4; runs %v", n, runs)
	}
}

func readersSeeOneMoment(t *testing.T, server *storetest.Postgres) {
	s := openAt(t, server.Place(t))
	if _, err := s.Read.Exec("INSERT INTO organisations (name) VALUES ('x')"); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("a reader wrote: %v", err)
	}
	err := store.InTx(t.Context(), s.Read, func(tx *sql.Tx) error {
		var before, after int
		if err := tx.QueryRow("SELECT count(*) FROM organisations").Scan(&before); err != nil {
			return err
		}
		if err := addOrganisation(t.Context(), s, "y"); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT count(*) FROM organisations").Scan(&after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("it saw %d and then %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func troubleIsSaid(t *testing.T, server *storetest.Postgres) {
	right := server.Empty(t)
	theirs := server.Empty(t)
	server.Admin(t, theirs, "REVOKE ALL ON SCHEMA public FROM public; ALTER SCHEMA public OWNER TO CURRENT_USER")
	onlyReads := server.Empty(t)
	server.Admin(t, onlyReads, "ALTER ROLE collector IN DATABASE "+onlyReads[strings.LastIndex(onlyReads, "/")+1:strings.Index(onlyReads, "?")]+" SET default_transaction_read_only = on")
	password := "a%20password%3A%20with%2Fspecial%40characters"
	if !strings.Contains(right, password) {
		t.Fatalf("the password is not in %s", right)
	}
	for name, c := range map[string]struct{ address, part string }{
		"wrong password": {strings.Replace(right, password, "geheim", 1), "password is wrong"},
		"no data base":   {server.As(t, "nowhere"), "createdb"},
		"no server":      {"postgres://collector:geheim@127.0.0.1:1/ecoparc", "does not answer"},
		"no socket":      {"postgres://collector:geheim@/ecoparc?host=/nowhere", "does not answer"},
		"no right":       {theirs, "has no right"},
		"only reads":     {onlyReads, "only reads"},
	} {
		s, err := store.Place{URL: c.address}.Open(t.Context())
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.part) || !strings.Contains(err.Error(), `as "collector"`) ||
			strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "special") {
			t.Errorf("%s: %v; want %q in it, and no password", name, err, c.part)
		}
	}
	s := openAt(t, store.Place{URL: right})
	_, err := s.Write.Exec("DO $$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END$$")
	if err = store.Explain(err); !errors.Is(err, store.ErrNoSpace) {
		t.Errorf("a full disk: %v", err)
	}
	if err := s.Backup(t.Context(), t.TempDir()+"/backup"); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("backup: %v", err)
	}
}

func oneLeads(t *testing.T, server *storetest.Postgres) {
	place := server.Place(t)
	first, second := openAt(t, place), openAt(t, place)
	lead := func(s *store.Store, want error) {
		t.Helper()
		if err := s.Lead(t.Context()); !errors.Is(err, want) {
			t.Errorf("it leads: %v; want %v", err, want)
		}
	}
	lead(first, nil)
	lead(second, store.ErrNotLeading)
	lead(first, nil)
	// Its session is lost without its knowing.
	server.Admin(t, place.URL, "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
	lead(second, nil)
	lead(first, store.ErrNotLeading)
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	lead(first, nil)
	lead(open(t, t.TempDir()), nil) // a folder has one collector only
}

func earlyRowsMove(t *testing.T, server *storetest.Postgres) {
	place := server.Place(t)
	s := openAt(t, place)
	march := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Unix() / 86_400
	for _, day := range []int64{first - 1, first, first + 30, first + 31, first + 61} {
		if _, err := s.Write.Exec("INSERT INTO device_windows (day, site, device, windows) VALUES (?, 1, 1, ?)", day, []byte{1}); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for range 2 {
		other := openAt(t, place)
		all.Go(func() {
			if err := other.EnsurePartitions(t.Context(), march, march.AddDate(0, 1, 0)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for table, want := range map[string]int{"device_windows": 5, "device_windows_default": 2, "device_windows_2026_03": 2, "device_windows_2026_04": 1, "device_months_2026_04": 0, "device_days_2026_03": 0} {
		if n := count(t, s.Read, "SELECT count(*) FROM "+table); n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
	if _, err := s.Write.Exec("INSERT INTO device_windows (day, site, device, windows) VALUES (?, 1, 1, ?)", first, []byte{1}); !store.IsTaken(err) {
		t.Errorf("a row twice: %v", err)
	}
	if err := s.EnsurePartitions(t.Context(), march, march); err != nil {
		t.Error(err)
	}
	if err := open(t, t.TempDir()).EnsurePartitions(t.Context(), march, march); err != nil {
		t.Errorf("on SQLite: %v", err)
	}
}

func collectorsShareAKey(t *testing.T, server *storetest.Postgres) {
	place := server.Place(t)
	first, err := openAt(t, place).SerialKey()
	second, errSecond := openAt(t, place).SerialKey()
	if err != nil || errSecond != nil || len(first) != 32 || !bytes.Equal(first, second) || bytes.Equal(first, make([]byte, 32)) {
		t.Errorf("the keys are %x and %x, %v, %v", first, second, err, errSecond)
	}
	other, err := openAt(t, server.Place(t)).SerialKey()
	if err != nil || bytes.Equal(other, first) {
		t.Errorf("another data base's key is %x, %v", other, err)
	}
}

func auditStays(t *testing.T, server *storetest.Postgres) {
	s := openAt(t, server.Place(t))
	if _, err := s.Write.Exec("INSERT INTO audit (id, at, who, what, object, details) VALUES (1, 1, 'a', 'b', 'c', 'd')"); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"UPDATE audit SET who = 'z'", "DELETE FROM audit", "TRUNCATE audit",
		"INSERT INTO audit (id, at, who, what, object, details) VALUES (1, 1, 'z', 'b', 'c', 'd') ON CONFLICT (id) DO UPDATE SET who = excluded.who"} {
		if _, err := s.Write.Exec(query); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", query, err)
		}
	}
	if n := count(t, s.Read, "SELECT count(*) FROM audit WHERE who = 'a'"); n != 1 {
		t.Error("the log was changed")
	}
}

func takenKeysAreKnown(t *testing.T, server *storetest.Postgres) {
	for _, s := range []*store.Store{openAt(t, server.Place(t)), open(t, t.TempDir())} {
		twice := func(query string) error {
			_, _ = s.Write.ExecContext(context.WithoutCancel(t.Context()), query)
			_, err := s.Write.Exec(query)
			return err
		}
		if err := twice("INSERT INTO organisations (name) VALUES ('x')"); !store.IsTaken(err) {
			t.Errorf("a name twice: %v", err)
		}
		if err := twice("INSERT INTO grid_half_hours (territory, start, g_per_kwh_direct) VALUES ('FR', 1800, 1)"); !store.IsTaken(err) {
			t.Errorf("a row twice: %v", err)
		}
		if err := twice("INSERT INTO sites (organisation, name, kind) VALUES (99, 'x', 'other')"); err == nil || store.IsTaken(err) {
			t.Errorf("no such organisation: %v", err)
		}
	}
}
