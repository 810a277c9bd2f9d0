package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/report"
)

// program is the collector as it ships, built once for all tests of this package.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ecoparc-collector-*")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "collector")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// built is the folder of the program, removed at the end.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(built)
	os.Exit(code)
}

func command(t *testing.T, ctx context.Context, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(ctx, path, args...)
}

// run runs a command to its end as an administrator would.
func run(t *testing.T, args ...string) (exit int, out, errors string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := command(t, t.Context(), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// works runs a command that must succeed and returns what it prints.
func works(t *testing.T, args ...string) string {
	t.Helper()
	exit, out, stderr := run(t, args...)
	if exit != 0 {
		t.Fatalf("collector %s: exit %d: %s", strings.Join(args, " "), exit, stderr)
	}
	return out
}

// fails runs a command that must fail with a sentence that holds the parts.
func fails(t *testing.T, parts []string, args ...string) {
	t.Helper()
	exit, out, stderr := run(t, args...)
	if exit == 0 || exit == 2 || strings.Contains(stderr, "goroutine ") {
		t.Errorf("collector %s: exit %d, or a panic: %s%s", strings.Join(args, " "), exit, out, stderr)
	}
	for _, part := range parts {
		if !strings.Contains(stderr, part) {
			t.Errorf("collector %s says\n%swhere %q is missing", strings.Join(args, " "), stderr, part)
		}
	}
}

// server is a running collector.
type server struct {
	url string
	cmd *exec.Cmd
}

// serve starts `collector run` on a data folder and waits until it is ready.
func serve(t *testing.T, data string) *server {
	t.Helper()
	cmd := command(t, context.Background(), "--data", data, "run")
	cmd.Env = append(os.Environ(), "ECOPARC_LISTEN=127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address := make(chan string, 1)
	go func() {
		defer close(address)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if m := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	at, ok := <-address
	if !ok {
		t.Fatal("the collector ended before it listened")
	}
	return &server{"http://" + at, cmd}
}

// stop asks the collector to end, as a service manager does, and returns its exit code.
func (s *server) stop(t *testing.T, signal syscall.Signal) int {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return s.cmd.ProcessState.ExitCode()
}

// post sends JSON and returns the status and the answer.
func (s *server) post(path, authorization string, body any) (int, []byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(http.MethodPost, s.url+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", authorization)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

// enrol enrols a device with a token; the second value is the answer's status.
func (s *server) enrol(t *testing.T, token string) (report.EnrolResponse, int, string) {
	t.Helper()
	status, text, err := s.post("/api/v1/enrol", "", report.EnrolRequest{Token: token, Inventory: report.Inventory{Category: "laptop", Meters: []report.Meter{}}})
	if err != nil {
		t.Fatal(err)
	}
	var id report.EnrolResponse
	if status == http.StatusCreated {
		if err := json.Unmarshal(text, &id); err != nil {
			t.Fatal(err)
		}
	}
	return id, status, string(text)
}

// report sends the nth hour of a device's windows.
func (s *server) report(id report.EnrolResponse, n int) (ack report.Ack, status int, err error) {
	start := time.Now().Add(-390 * 24 * time.Hour).UTC().Truncate(time.Hour).Add(time.Duration(n) * time.Hour)
	var windows []report.Window
	for i := range 4 {
		windows = append(windows, report.Window{Start: start.Add(time.Duration(i) * report.WindowLength), SpanS: 900, SuspendedMs: 900_000})
	}
	status, text, err := s.post("/api/v1/reports", "Bearer "+id.Device+"."+id.Secret, report.Report{Schema: report.Schema, Device: id.Device, Agent: "test", Windows: windows})
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(text, &ack)
	}
	return ack, status, err
}

// prepared is a running collector with a site, and a token for some devices of it.
func prepared(t *testing.T, data string, uses int) (s *server, token string) {
	t.Helper()
	s = serve(t, data)
	works(t, "--data", data, "site", "add", "Lycée Jean Moulin", "--organisation", "Région", "--kind", "lycee", "--pupils", "900")
	out := works(t, "--data", data, "token", "create", "--site", "1", "--uses", fmt.Sprint(uses))
	return s, regexp.MustCompile(`ecoparc-\S+`).FindString(out)
}

func TestAdministratorsDay(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, token := prepared(t, data, 2)
	if out := works(t, "--data", data, "site", "list"); !strings.Contains(out, "Lycée Jean Moulin") || !strings.Contains(out, "900") {
		t.Errorf("site list prints %q", out)
	}
	id, _, _ := s.enrol(t, token)
	if ack, _, err := s.report(id, 0); err != nil || ack.New != 4 {
		t.Fatalf("the first report: %+v, %v", ack, err)
	}
	if out := works(t, "--data", data, "token", "list"); !strings.Contains(out, "1 of 2") || !strings.Contains(out, "valid") || strings.Contains(out, token) {
		t.Errorf("token list prints %q", out)
	}
	works(t, "--data", data, "token", "revoke", "1")
	if _, status, text := s.enrol(t, token); status != http.StatusForbidden || !strings.Contains(text, "revoked") {
		t.Errorf("enrolling with a revoked token: %d %s", status, text)
	}
	password := regexp.MustCompile(`once: (\S+)`).FindStringSubmatch(works(t, "--data", data, "user", "add", "zoé", "--role", "auditor", "--everything"))[1]
	if status := s.organisations(t, "zoé", password); status != http.StatusOK {
		t.Errorf("the new user gets %d", status)
	}

	backup := filepath.Join(t.TempDir(), "ecoparc.sqlite")
	works(t, "--data", data, "backup", backup)
	fails(t, []string{"the file exists"}, "--data", data, "backup", backup)
	if exit := s.stop(t, syscall.SIGTERM); exit != 0 {
		t.Errorf("asked to stop, the collector exits with %d", exit)
	}
	s = serve(t, filepath.Dir(backup))
	if ack, _, err := s.report(id, 0); err != nil || ack.Repeat != 4 {
		t.Errorf("the backup does not know what was reported: %+v, %v", ack, err)
	}
	if status := s.organisations(t, "zoé", password); status != http.StatusOK {
		t.Errorf("the backup does not know the user: %d", status)
	}
	if exit := s.stop(t, syscall.SIGINT); exit != 0 {
		t.Errorf("after Ctrl-C the collector exits with %d", exit)
	}
}

func (s *server) organisations(t *testing.T, name, password string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+"/api/v1/organisations", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(name, password)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestMistakesOfAdministratorsAreToldInASentence(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	serve(t, data)
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in := func(args ...string) []string { return append([]string{"--data", data}, args...) }
	for _, c := range []struct {
		parts []string
		args  []string
	}{
		{[]string{"line 2", `"lissten"`, "listen"}, []string{"-c", file("ecoparc.yaml", "time_zone: Europe/Paris\nlissten: 127.0.0.1:1\n"), "run"}},
		{[]string{"line 1: time_zone", "Mars/Olympus", "Europe/Paris"}, []string{"-c", file("ecoparc.yaml", "time_zone: Mars/Olympus\n"), "run"}},
		{[]string{"no configuration file", "docs/configuration.md"}, []string{"-c", "nowhere.yaml", "run"}},
		{[]string{"no collector data", "nowhere"}, []string{"--data", "nowhere", "site", "list"}},
		{[]string{"there is no site 9"}, in("token", "create", "--site", "9")},
		{[]string{"population", "everybody", "shared"}, in("token", "create", "--site", "1", "--population", "everybody")},
		{[]string{"there is no token 7"}, in("token", "revoke", "7")},
		{[]string{"kind", `"school"`, "college, lycee, other"}, in("site", "add", "A", "--organisation", "B", "--kind", "school")},
		{[]string{"role", "king", "council_viewer"}, in("user", "add", "zoé", "--role", "king")},
		{[]string{"nothing is imported", "line 3", "line 4", "pupils"}, in("site", "import", "--organisation", "B", file("sites.csv", "name,kind,pupils\nA,lycee,1\nB,school,1\nC,lycee,many\n"))},
		{[]string{"unexpected argument"}, []string{"dance"}},
		{[]string{"reads no configuration", "collector run"}, []string{"-c", "nowhere.yaml", "quickstart"}},
		{[]string{"--valid", `"a week" is not a length of time like 12h or 90d`}, in("token", "create", "--site", "1", "--valid", "a week")},
		{[]string{`there is no site "99"`}, in("user", "add", "zoé", "--role", "it_manager", "--site", "99")},
		{[]string{`there is no organisation "Regoin"`}, in("user", "add", "zoé", "--role", "it_manager", "--organisation", "Regoin")},
		{[]string{"no mail server", "docs/configuration.md"}, in("report", "send", "--organisation", "Regoin", "--to", "a@b.example")},
	} {
		fails(t, c.parts, c.args...)
	}
	if out := works(t, in("site", "list")...); strings.Count(out, "\n") != 1 {
		t.Errorf("after commands that failed there are sites:\n%s", out)
	}
	works(t, in("organisation", "add", "Région")...)
	works(t, in("site", "add", "A", "--organisation", "Région", "--kind", "lycee")...)
	fails(t, []string{`month is "10/2026"`, "as in 20"}, in("report", "write", "--organisation", "Région", "--month", "10/2026", "r.txt")...)
	until := time.Now().Add(30 * 24 * time.Hour)
	if out := works(t, in("token", "create", "--site", "1", "--valid", "30d")...); !strings.Contains(out, until.Format(time.DateOnly)) && !strings.Contains(out, until.Add(time.Hour).Format(time.DateOnly)) {
		t.Errorf("a token of 30 days is\n%s", out)
	}
	if out := works(t, "version"); !strings.HasPrefix(out, "ecoparc-collector ") {
		t.Errorf("version prints %q", out)
	}
}

func TestFolderInUseNamesItsUser(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data)
	fails(t, []string{data, "in use by another collector", fmt.Sprintf("(pid %d)", s.cmd.Process.Pid), "data_dir"}, "--data", data, "run")
	s.stop(t, syscall.SIGKILL)
	serve(t, data) // the lock of a process that was killed does not stay
}

func TestPortInUseIsSaid(t *testing.T) {
	s := serve(t, filepath.Join(t.TempDir(), "data"))
	t.Setenv("ECOPARC_LISTEN", strings.TrimPrefix(s.url, "http://"))
	fails(t, []string{"cannot listen on", "another program"}, "--data", filepath.Join(t.TempDir(), "other"), "run")
}

func TestEverythingAcknowledgedSurvivesKills(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s, token := prepared(t, data, 1)
	id, _, _ := s.enrol(t, token)
	acknowledged := 0
	rounds, enough := 5, 25
	if n, err := strconv.Atoi(os.Getenv("ECOPARC_SOAK")); err == nil { // make soak
		rounds, enough = n, 5
	}
	for range rounds {
		took := make(chan struct{}, 1000)
		var wait sync.WaitGroup
		wait.Go(func() {
			defer close(took)
			for {
				ack, status, err := s.report(id, acknowledged)
				if err != nil || status != http.StatusOK || ack.New+ack.Repeat != 4 {
					return // it was killed
				}
				acknowledged++
				took <- struct{}{}
			}
		})
		for range enough {
			<-took
		}
		s.stop(t, syscall.SIGKILL)
		wait.Wait()
		s = serve(t, data)
	}
	for n := range acknowledged {
		if ack, _, err := s.report(id, n); err != nil || ack.Repeat != 4 {
			t.Errorf("report %d was acknowledged and is gone: %+v, %v", n, ack, err)
		}
	}
	works(t, "--data", data, "verify")
}

func TestEveryFactorIsListedInEachForm(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own.yaml")
	const row = "rows:\n  - {key: embodied.laptop, value: 150, low: 130, high: 175, unit: kgCO2e, interval: supplier's, source: ecodiag, page: annexe 3, verified: yes}\n"
	if err := os.WriteFile(own, []byte(row), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ECOPARC_FACTORS_FILE", own)
	n := len(factor.Default().Rows) + 1
	if out := works(t, "factors"); strings.Count(out, "\n") != n+1 || !strings.Contains(out, "embodied.laptop") {
		t.Errorf("as text it is\n%s", out)
	}
	rows, err := csv.NewReader(strings.NewReader(works(t, "factors", "--csv"))).ReadAll()
	if err != nil || len(rows) != n+1 || rows[0][0] != "key" || rows[0][10] != "override" {
		t.Errorf("as CSV it has %d rows, %v", len(rows), err)
	}
	var all []factor.Row
	if err := json.Unmarshal([]byte(works(t, "factors", "--json")), &all); err != nil || len(all) != n {
		t.Fatalf("as JSON it has %d rows, %v", len(all), err)
	}
	overrides := 0
	for _, r := range all {
		if r.Source.Licence == "" {
			t.Errorf("%s has no licence", r.Key)
		}
		if r.Override {
			overrides++
		}
	}
	if overrides != 1 {
		t.Errorf("%d rows are overrides, want 1", overrides)
	}
}
