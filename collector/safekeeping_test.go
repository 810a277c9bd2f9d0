package main

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestVerifyBackupAndRestoreOfARunningCollector(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, token := prepared(t, data, 1)
	id, _, _ := s.enrol(t, token)
	for n := range 3 {
		if ack, _, err := s.report(id, n); err != nil || ack.New != 4 {
			t.Fatalf("report %d: %+v, %v", n, ack, err)
		}
	}
	sound := regexp.MustCompile(`Computed anew: [12] days of 1 devices from 12 windows; [12] days of sites, .*\n.*not kept: 0 days of devices\.\nDifferences: 0\n`)
	if out := works(t, "--data", data, "verify"); !sound.MatchString(out) {
		t.Errorf("verify prints\n%s", out)
	}
	backup := filepath.Join(t.TempDir(), "backup.sqlite")
	works(t, "--data", data, "backup", backup)
	if out := works(t, "verify", backup); !sound.MatchString(out) {
		t.Errorf("of the backup verify prints\n%s", out)
	}
	if ack, _, err := s.report(id, 3); err != nil || ack.New != 4 {
		t.Fatalf("after the backup: %+v, %v", ack, err)
	}
	fails(t, []string{"in use by another collector (pid "}, "--data", data, "restore", backup)
	s.stop(t, syscall.SIGKILL)
	fails(t, []string{"not empty", "ecoparc.sqlite"}, "--data", data, "restore", backup)

	again := filepath.Join(t.TempDir(), "again")
	if out := works(t, "--data", again, "restore", backup); !sound.MatchString(out) || !strings.Contains(out, "Restored to "+again) {
		t.Errorf("restore prints\n%s", out)
	}
	s = serve(t, again)
	// What was in the backup is a repeat; what came after it counts, once.
	for n, isNew := range []int{0, 0, 0, 4, 4} {
		if ack, _, err := s.report(id, n); err != nil || ack.New != isNew || ack.New+ack.Repeat != 4 {
			t.Errorf("after the restore report %d is %+v, %v; want %d new", n, ack, err, isNew)
		}
	}
	if ack, _, err := s.report(id, 4); err != nil || ack.Repeat != 4 {
		t.Errorf("sent again it is %+v, %v", ack, err)
	}
	works(t, "--data", again, "verify")
}

func TestVerifyTellsWhatDiffersAndRepairsSums(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, token := prepared(t, data, 1)
	id, _, _ := s.enrol(t, token)
	if ack, _, err := s.report(id, 0); err != nil || ack.New != 4 {
		t.Fatalf("the report: %+v, %v", ack, err)
	}
	db, err := sql.Open("sqlite", filepath.Join(data, "ecoparc.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE site_days SET off_ms = 3"); err != nil {
		t.Fatal(err)
	}
	exit, out, stderr := run(t, "--data", data, "verify")
	if exit != 1 || !strings.Contains(out, "site_days: site 1, ") || !strings.Contains(out, "off_ms is 3, and its devices add up to 0") || !strings.Contains(stderr, "not right: 2 differences") {
		t.Errorf("verify exits with %d and prints\n%s%s", exit, out, stderr)
	}
	if out := works(t, "--data", data, "verify", "--repair"); !strings.Contains(out, "written anew: 1\n") || !strings.Contains(out, "Differences: 0") {
		t.Errorf("the repair prints\n%s", out)
	}
	if _, err := db.Exec("UPDATE device_days SET off_ms = 3"); err != nil {
		t.Fatal(err)
	}
	// Of a wrong day of a device no sum is made that hides it.
	fails(t, []string{"not right"}, "--data", data, "verify", "--repair")
	fails(t, []string{"a backup stays as it is"}, "verify", "--repair", filepath.Join(data, "ecoparc.sqlite"))
	fails(t, []string{"there is no file"}, "--data", t.TempDir(), "verify")
	fails(t, []string{"there is no file"}, "--data", filepath.Join(t.TempDir(), "new"), "restore", "nowhere.sqlite")
}

func TestDeviceIsExportedAndErased(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, token := prepared(t, data, 2)
	id, _, _ := s.enrol(t, token)
	if ack, _, err := s.report(id, 0); err != nil || ack.New != 4 {
		t.Fatalf("the report: %+v, %v", ack, err)
	}
	var kept struct {
		Site    string
		Device  map[string]any
		Windows []any
	}
	if err := json.Unmarshal([]byte(works(t, "--data", data, "device", "export", id.Device)), &kept); err != nil || kept.Site != "Lycée Jean Moulin" || kept.Device["name"] != id.Device || len(kept.Windows) != 4 {
		t.Errorf("the export is %+v, %v", kept, err)
	}
	file := filepath.Join(t.TempDir(), "device.json")
	works(t, "--data", data, "device", "export", id.Device, "--to", file)
	if text, err := os.ReadFile(file); err != nil || !json.Valid(text) {
		t.Errorf("the file is %s, %v", text, err)
	}
	fails(t, []string{"cannot export to", "exists"}, "--data", data, "device", "export", id.Device, "--to", file)
	fails(t, []string{"cannot be undone", "--yes"}, "--data", data, "device", "erase", id.Device)
	if out := works(t, "--data", data, "device", "erase", id.Device, "--yes"); !strings.Contains(out, "4 windows") {
		t.Errorf("erase prints\n%s", out)
	}
	fails(t, []string{"there is no device"}, "--data", data, "device", "erase", id.Device, "--yes")
	fails(t, []string{"there is no device"}, "--data", data, "device", "export", id.Device)
	works(t, "--data", data, "verify")
	// The collector that runs beside does not know it any more, and knows the next one.
	if _, status, err := s.report(id, 1); err != nil || status != http.StatusUnauthorized {
		t.Errorf("the erased device is answered %d, %v", status, err)
	}
	other, _, _ := s.enrol(t, token)
	if ack, _, err := s.report(other, 0); err != nil || ack.New != 4 {
		t.Errorf("the next device: %+v, %v", ack, err)
	}
	works(t, "--data", data, "verify")
}
