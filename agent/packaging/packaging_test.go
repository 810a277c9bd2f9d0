//go:build linux

package packaging_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/private"
)

// tools are the programs that the build needs; `make tools` installs them.
var tools = []string{"nfpm", "cyclonedx-gomod", "wixl", "msibuild", "msiinfo", "faketime", "setarch", "dpkg", "rpm"}

// built is a folder of packages for one kind of Linux and of Windows.
func built(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds packages")
	}
	path := os.Getenv("PATH") + ":" + filepath.Join(root(t), ".tools", "bin")
	t.Setenv("PATH", path)
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s: run `make tools`", tool)
		}
	}
	dir := t.TempDir()
	build(t, dir, version, "linux/amd64 windows/amd64")
	return dir
}

func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

const version = "v1.2.3" // of what is built

func build(t *testing.T, dir, version, architectures string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "./build", dir)
	c.Env = append(os.Environ(), "ARCHITECTURES="+architectures, "VERSION="+version, "SOURCE_DATE_EPOCH=1764000000")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
}

// one is the only file of a folder with that ending.
func one(t testing.TB, dir, ending string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"+ending))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d files end in %s (%v); want one", len(found), ending, err)
	}
	return found[0]
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestPackages looks at what `make packages` makes: that two builds are one, what an
// installer lets pupils touch, and that a package which comes and goes leaves only
// what the guide says.
func TestPackages(t *testing.T) {
	dir := built(t)
	t.Run("two builds give the same bytes", func(t *testing.T) {
		again := t.TempDir()
		build(t, again, version, "linux/amd64 windows/amd64")
		first, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(again, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		if string(first) != string(second) || strings.Count(string(first), "\n") != 7 {
			t.Errorf("sums:\n%s\nand\n%s\nwant the same, of 7 files", first, second)
		}
		check := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "SHA256SUMS")
		check.Dir = dir
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("pupils write nowhere on Windows", func(t *testing.T) { testMSI(t, one(t, dir, ".msi")) })
	t.Run("nobody but root writes on Linux", func(t *testing.T) {
		for line := range strings.Lines(run(t, "dpkg", "--contents", one(t, dir, "amd64.deb"))) {
			testMode(t, line)
		}
		for line := range strings.Lines(run(t, "rpm", "-qplv", one(t, dir, ".rpm"))) {
			testMode(t, line)
		}
	})
	newer := t.TempDir()
	build(t, newer, "v1.3.0", "linux/amd64")
	c := agenttest.StartProgram(t)
	for kind, ending := range map[string]string{"deb": "amd64.deb", "rpm": ".rpm"} {
		t.Run(kind+" installed, enrolled, upgraded, removed", func(t *testing.T) {
			testInstall(t, kind, one(t, dir, ending), one(t, newer, ending), c)
		})
	}
}

func testMode(t *testing.T, line string) {
	t.Helper()
	fields := strings.Fields(line)
	if mode := fields[0]; mode[5] == 'w' || mode[8] == 'w' || !strings.Contains(line, "root") {
		t.Errorf("others may write: %s", line)
	}
	if strings.Contains(line, "/etc/ecoparc-agent") && fields[0][7:] != "---" {
		t.Errorf("others may read what may hold a token: %s", line)
	}
}

// table reads a table of an installer: a map for each row.
func table(t testing.TB, msi, name string) (rows []map[string]string) {
	t.Helper()
	lines := strings.Split(strings.ReplaceAll(run(t, "msiinfo", "export", msi, name), "\r", ""), "\n")
	if len(lines) < 4 {
		t.Fatalf("table %s: %q", name, lines)
	}
	titles := strings.Split(lines[0], "\t")
	for _, line := range lines[3:] {
		if line == "" {
			continue
		}
		row := map[string]string{}
		for i, value := range strings.Split(line, "\t") {
			row[titles[i]] = value
		}
		rows = append(rows, row)
	}
	return rows
}

// testMSI goes through the folders that the installer makes. One is safe below
// Program Files, where only administrators write, or else with an access list of
// its own that lets no crowd in.
func testMSI(t *testing.T, msi string) {
	files := ""
	for _, row := range table(t, msi, "File") {
		files += row["FileName"] + " "
	}
	for _, terms := range []string{"LICENSE.txt", "THIRD-PARTY.txt"} {
		if !strings.Contains(files, terms) {
			t.Errorf("among its files, %sis no %s", files, terms)
		}
	}
	parent, locked := map[string]string{}, map[string]string{}
	for _, row := range table(t, msi, "Directory") {
		parent[row["Directory"]] = row["Directory_Parent"]
	}
	for _, row := range table(t, msi, "MsiLockPermissionsEx") {
		if row["Table"] != "CreateFolder" || row["Condition"] != "" {
			t.Errorf("an access list that may not hold: %v", row)
		}
		locked[row["LockObject"]] = row["SDDLText"]
	}
	below := func(directory, above string) bool {
		for ; directory != ""; directory = parent[directory] {
			if directory == above {
				return true
			}
		}
		return false
	}
	folders := 0
	for _, row := range table(t, msi, "Component") {
		folder := row["Directory_"]
		folders++
		if below(folder, "ProgramFiles64Folder") {
			continue
		}
		list, ok := locked[folder]
		if who := private.LetsIn(list); !ok || who != "" || !strings.HasPrefix(list, "D:P") {
			t.Errorf("folder %s lets in %q: access list %q", folder, who, list)
		}
	}
	if folders != 3 || locked["Config"] != private.SDDL(false) || locked["State"] != private.SDDL(true) {
		t.Errorf("%d folders, locked %v; want 3, and the lists of `ecoparc-agent service install`", folders, locked)
	}
	for _, row := range table(t, msi, "ServiceInstall") {
		if row["StartName"] != `NT AUTHORITY\LocalService` {
			t.Errorf("the service runs as %q; want LocalService", row["StartName"])
		}
	}
	for _, row := range table(t, msi, "ServiceControl") {
		const stops = 2
		if event, _ := strconv.Atoi(row["Event"]); event&stops != 0 && row["Wait"] != "1" {
			t.Errorf("an upgrade does not wait for the service's end (%v): its program is in use then", row)
		}
	}
	properties := map[string]string{}
	for _, row := range table(t, msi, "Property") {
		properties[row["Property"]] = row["Value"]
	}
	if properties["MsiHiddenProperties"] != "TOKEN" || properties["ALLUSERS"] != "1" || properties["ProductVersion"] != "1.2.3" {
		t.Errorf("properties %v; want the token hidden from logs, for the whole machine, version 1.2.3", properties)
	}
	types, order := map[string]int{}, map[string]int{}
	for _, row := range table(t, msi, "CustomAction") {
		types[row["Action"]], _ = strconv.Atoi(row["Type"])
	}
	for _, row := range table(t, msi, "InstallExecuteSequence") {
		order[row["Action"]], _ = strconv.Atoi(row["Sequence"])
	}
	const runsFile, runsFromFolder, mayFail, deferred, system, hidden = 18, 34, 64, 1024, 2048, 8192
	if got := types["Configure"] &^ hidden; got != runsFile+deferred+system {
		t.Errorf("the configuration is written by an action of type %d", got)
	}
	if got := types["Recover"]; got != runsFromFolder+mayFail+deferred+system || order["Recover"] < order["InstallServices"] {
		t.Errorf("what restarts the service after a crash is set by an action of type %d at %d; want it after the service is made", got, order["Recover"])
	}
	if order["Configure"] < order["InstallFiles"] || order["Configure"] < order["CreateFolders"] || order["Configure"] > order["StartServices"] {
		t.Errorf("order %v; want the configuration after the files and before the service's start", order)
	}
}
