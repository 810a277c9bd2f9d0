package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ecoparc/ecoparc"

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	CgoFiles                           []string
	Module                             *struct{ Path, Version string }
	Standard                           bool
}

// list asks the go tool about packages.
func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	return listFor(t, runtime.GOOS, args...)
}

// listFor asks it about them on an operating system.
func listFor(t *testing.T, system string, args ...string) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports,CgoFiles,Module,Standard"}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS="+system)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// house is the top-level folder of a package of ours, empty for any other.
func house(importPath string) string {
	rest, ours := strings.CutPrefix(importPath, module+"/")
	if !ours {
		return ""
	}
	top, _, _ := strings.Cut(rest, "/")
	return top
}

// allowed says what each folder may import of the others.
var allowed = map[string][]string{
	"models":     {},
	"agent":      {"models"},
	"dashboards": {"models"},
	"collector":  {"models", "dashboards"},
}

func TestImportsRunOneWay(t *testing.T) {
	for _, p := range list(t, "./...") {
		from := house(p.ImportPath)
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			to := house(imported)
			quickstart := p.ImportPath == module+"/collector/quickstart" && to == "agent"
			if to != "" && to != from && !slices.Contains(allowed[from], to) && !quickstart {
				t.Errorf("%s imports %s: %s may import only %v", p.ImportPath, imported, from, allowed[from])
			}
		}
	}
}

func TestModelsTouchNeitherNetworkNorDisk(t *testing.T) {
	for _, p := range list(t, "./models/...") {
		for _, imported := range p.Imports {
			if slices.Contains([]string{"net", "net/http", "os", "os/exec", "database/sql"}, imported) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

func TestShippedProgramsNeedNoCgo(t *testing.T) {
	for _, p := range list(t, "-deps", "./agent", "./collector") {
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s has files for cgo even without it: %v", p.ImportPath, p.CgoFiles)
		}
		if p.ImportPath == "runtime/cgo" {
			t.Error("runtime/cgo is linked in")
		}
	}
}

// Each further module on ten thousand devices is one more to watch for holes: this
// list grows on purpose only.
func TestAgentStaysThin(t *testing.T) {
	modules := []string{
		"github.com/go-co-op/gocron/v2", "github.com/gofrs/flock", "github.com/google/uuid", "github.com/jonboulle/clockwork",
		"github.com/kardianos/service", "github.com/robfig/cron/v3", "golang.org/x/sys", "gopkg.in/yaml.v3",
	}
	for system, more := range map[string][]string{
		"linux":   {"github.com/shirou/gopsutil/v3", "github.com/tklauser/go-sysconf", "github.com/tklauser/numcpus"},
		"windows": {"github.com/shirou/gopsutil/v3", "github.com/go-ole/go-ole", "github.com/yusufpapurcu/wmi"}, // the last two are gopsutil's
		"darwin":  {"github.com/ebitengine/purego"},
	} {
		for _, p := range listFor(t, system, "-deps", "./agent") {
			if p.Module != nil && p.Module.Path != module && !slices.Contains(modules, p.Module.Path) && !slices.Contains(more, p.Module.Path) {
				t.Errorf("the agent needs a new module for %s: %s", system, p.Module.Path)
			}
			if slices.Contains([]string{"database/sql", "html/template", "net/http/pprof", "plugin"}, p.ImportPath) {
				t.Errorf("the agent needs %s for %s", p.ImportPath, system)
			}
		}
	}
}

// TestAgentStartsProgramsOnlyAsItBecomesAService: what can start a program is
// named here. gopsutil does so for facts that the agent never asks for, which
// a test of the running agent watches (agent/runner).
func TestAgentStartsProgramsOnlyAsItBecomesAService(t *testing.T) {
	const gopsutil, service = "github.com/shirou/gopsutil/v3/internal/common", "github.com/kardianos/service"
	for system, known := range map[string][]string{
		"linux":   {gopsutil, service, module + "/agent/service"}, // systemctl, and useradd
		"windows": {gopsutil},
		"darwin":  {service}, // launchctl
	} {
		for _, p := range listFor(t, system, "-deps", "./agent") {
			if slices.Contains(p.Imports, "os/exec") && !slices.Contains(known, p.ImportPath) {
				t.Errorf("%s can start programs for %s; only %v may", p.ImportPath, system, known)
			}
		}
	}
}

// TestAgentStaysSmall builds the agent as it ships: it goes over the network to ten
// thousand devices.
func TestAgentStaysSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./agent")
	build.Dir = ".."
	build.Env = append(build.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	const mostB = 8 << 20
	if info.Size() > mostB {
		t.Errorf("the agent has %d bytes; at most %d are allowed. A package that calls methods by computed names keeps all of them", info.Size(), mostB)
	}
}

func TestCodeLivesInTheFourFolders(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		top, _, _ := strings.Cut(filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator))), "/")
		if d.IsDir() && strings.HasPrefix(top, ".") && top != ".." {
			return fs.SkipDir // tools and git
		}
		if strings.HasSuffix(path, ".go") && allowed[top] == nil {
			t.Errorf("%s is outside of agent, collector, models and dashboards", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever passes a program on passes the licences of all that is in it on.
func TestEveryModuleThatShipsIsListedWithItsLicence(t *testing.T) {
	text, err := os.ReadFile("../THIRD-PARTY.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		listed[strings.TrimSuffix(line, "\n")] = true
	}
	looked := 0
	for _, system := range []string{"linux", "windows", "darwin"} {
		for _, p := range listFor(t, system, "-deps", "./agent", "./collector") {
			if p.Module == nil || p.Module.Path == module {
				continue
			}
			looked++
			if name := p.Module.Path + " " + p.Module.Version; !listed[name] {
				t.Errorf("THIRD-PARTY.txt lacks %s; `make licences` writes it", name)
				listed[name] = true // told once
			}
		}
	}
	if looked < 100 {
		t.Errorf("%d packages of others were looked at", looked)
	}
}
