// Package storetest runs tests on SQLite and on a real PostgreSQL, which it starts for
// them with its data in a folder of its own.
//
// A suite whose tests open their store with Open runs on SQLite, and a second time on
// PostgreSQL where it has the one test that calls Again. A single test of both calls
// Each. `ECOPARC_TEST_STORE=postgres go test -run NAME ./collector/registry` runs one
// test of a suite on PostgreSQL.
//
// PostgreSQL's programs are those of Debian's package, or in the folder that
// ECOPARC_TEST_POSTGRES_BIN names. Without them a test is skipped and says so; where
// CI=true it fails instead.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/store"
)

// The environment of a test program that runs on PostgreSQL: "postgres" for a server of
// each test's own, or the address of one.
const variable = "ECOPARC_TEST_STORE"

// Open opens an empty store, which ends with the test.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return open(t, Place(t))
}

// Place is where an empty store will be.
func Place(t testing.TB) store.Place {
	t.Helper()
	switch address := os.Getenv(variable); address {
	case "":
		return store.Place{Dir: t.TempDir()}
	case "postgres":
		return StartPostgres(t).Place(t)
	default:
		return (&Postgres{address: address}).Place(t)
	}
}

func open(t testing.TB, p store.Place) *store.Store {
	t.Helper()
	s, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // some tests have closed it
	return s
}

// Temporary opens an empty store for an example, which has no test that the store could
// end with: it ends with the function.
func Temporary(ctx context.Context) (s *store.Store, end func()) {
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	if s, err = store.Open(ctx, dir); err != nil {
		log.Fatal(err)
	}
	return s, func() {
		if err := errors.Join(s.Close(), os.RemoveAll(dir)); err != nil {
			log.Fatal(err)
		}
	}
}

// OnlySQLite skips a test of what only SQLite has when it runs on PostgreSQL.
func OnlySQLite(t testing.TB, what string) {
	t.Helper()
	if os.Getenv(variable) != "" {
		t.Skipf("only SQLite has %s", what)
	}
}

// Each runs a test on both.
func Each(t *testing.T, test func(*testing.T, *store.Store)) {
	t.Run("SQLite", func(t *testing.T) { test(t, open(t, store.Place{Dir: t.TempDir()})) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, open(t, StartPostgres(t).Place(t))) })
}

var (
	outcome = regexp.MustCompile(`(?m)^\s*--- (PASS|FAIL|SKIP): `)
	noisy   = regexp.MustCompile(`(?m)^(=== .*|\s*--- PASS: .*|PASS)\n`)
)

// Again runs all tests of this test program but the one that calls it on PostgreSQL,
// in a process of its own.
func Again(t *testing.T) {
	if os.Getenv(variable) != "" {
		t.Skip("these are on PostgreSQL already")
	}
	if testing.Short() {
		t.Skip("not in a short run")
	}
	server := StartPostgres(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	args := []string{"-test.v", "-test.run", "^Test", "-test.skip", "^" + t.Name() + "$"}
	if flag.Lookup("rapid.checks") != nil { // each check copies a data base, and SQLite has had a hundred of them
		args = append(args, "-rapid.checks=8")
	}
	again := exec.CommandContext(ctx, program, args...)
	again.Env = append(os.Environ(), variable+"="+server.address)
	var out bytes.Buffer
	again.Stdout, again.Stderr = &out, &out
	err = again.Run()
	count := map[string]int{}
	for _, found := range outcome.FindAllStringSubmatch(out.String(), -1) {
		count[found[1]]++
	}
	summary := fmt.Sprintf("on PostgreSQL %d passed, %d failed, %d were skipped", count["PASS"], count["FAIL"], count["SKIP"])
	switch {
	case err != nil:
		t.Errorf("%s (%v):\n%s", summary, err, noisy.ReplaceAllString(out.String(), ""))
	case count["PASS"] == 0:
		t.Errorf("%s: nothing was tested\n%s", summary, out.String())
	default:
		t.Log(strings.TrimSpace(summary))
	}
}
