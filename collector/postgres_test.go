package main

import (
	"os"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/storetest"
)

// Administration works from any machine that reaches the data base.
func TestCommandsWorkOnPostgreSQL(t *testing.T) {
	place := storetest.StartPostgres(t).Place(t)
	t.Setenv("ECOPARC_STORE", place.URL)
	if _, err := program(); err != nil { // built here, before the folder changes
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if out := works(t, "site", "add", "Lycée Jean Moulin", "--organisation", "Région", "--kind", "lycee"); !strings.Contains(out, "Site 1: Lycée Jean Moulin") {
		t.Errorf("adding a site prints %q", out)
	}
	if out := works(t, "token", "create", "--site", "1"); !strings.Contains(out, "Token 1") {
		t.Errorf("making a token prints %q", out)
	}
	works(t, "user", "add", "zoe", "--role", "auditor", "--everything")
	works(t, "device", "list")
	for command, want := range map[string]string{"site list": "Lycée Jean Moulin", "token list": "valid", "audit": "token create"} {
		if out := works(t, strings.Fields(command)...); !strings.Contains(out, want) {
			t.Errorf("%s prints\n%s; want %q in it", command, out, want)
		}
	}
	fails(t, []string{"pg_dump"}, "backup", "backup.sqlite")
	fails(t, []string{"pg_restore"}, "restore", "backup.sqlite")
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("a folder was made: %v, %v", left, err)
	}
	t.Setenv("ECOPARC_STORE", "postgres://collector:geheim@127.0.0.1:1/ecoparc")
	exit, _, told := run(t, "site", "list")
	if exit != 1 || !strings.Contains(told, "does not answer") || strings.Contains(told, "geheim") {
		t.Errorf("without a server: %d %s", exit, told)
	}
}
