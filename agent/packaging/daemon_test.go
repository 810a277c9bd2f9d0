package packaging_test

import (
	"bytes"
	"encoding/xml"
	"os/exec"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/packaging"
)

// TestLaunchDaemonIsAPropertyList fills the gaps as `ecoparc-agent service install` does on a
// Mac, and reads the list: here as XML, and as a property list where Python is.
func TestLaunchDaemonIsAPropertyList(t *testing.T) {
	list := strings.NewReplacer(
		"{{Name | html}}", "ecoparc-agent", "{{UserName | html}}", "daemon", "{{Path | html}}", "/usr/local/bin/R&amp;D/ecoparc-agent",
		"{{range Arguments}}", "", "{{. | html}}", "run", "{{end}}", "",
	).Replace(packaging.Daemon)
	if strings.Contains(list, "{{") {
		t.Fatalf("a gap that nothing fills:\n%s", list)
	}
	var plist struct {
		Dict struct {
			Keys []string `xml:"key"`
		} `xml:"dict"`
	}
	if err := xml.Unmarshal([]byte(list), &plist); err != nil || len(plist.Dict.Keys) < 8 {
		t.Fatalf("%v, keys %v", err, plist.Dict.Keys)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	const read = `import plistlib, sys
p = plistlib.loads(sys.stdin.buffer.read())
print(p["Label"], p["ProgramArguments"], p["UserName"], oct(p["Umask"]), p["KeepAlive"], p["RunAtLoad"], p["ThrottleInterval"])`
	c := exec.CommandContext(t.Context(), python, "-c", read)
	c.Stdin = strings.NewReader(list)
	out, err := c.CombinedOutput()
	if want := "ecoparc-agent ['/usr/local/bin/R&D/ecoparc-agent', 'run'] daemon 0o77 True True 60\n"; err != nil || !bytes.Equal(out, []byte(want)) {
		t.Errorf("%v: %s; want %s", err, out, want)
	}
}
