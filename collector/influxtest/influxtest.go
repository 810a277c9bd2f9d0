// Package influxtest starts a real InfluxDB 1.8 for a test: on a free port of
// the loopback interface, with its data in the test's own folder.
//
// The program is what ECOPARC_TEST_INFLUXD names, or .tools/bin/influxd, which
// `make test` installs. Without it a test is skipped and says so; where CI=true
// it fails instead.
package influxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
)

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 20 * time.Second
	retryPorts   = 3
)

// Server is an InfluxDB. It ends with the test.
type Server struct {
	URL string // as http://127.0.0.1:43211

	t       testing.TB
	program string
	dir     string
	process *exec.Cmd
	exited  chan struct{} // closed when the process has ended
}

// Start starts an InfluxDB and waits until it answers.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, program: find(t), dir: t.TempDir()}
	t.Cleanup(s.Stop)
	var err error
	for range retryPorts { // another program may take a free port before InfluxDB does
		s.configure()
		if err = s.start(); err == nil {
			return s
		}
	}
	t.Fatal(err)
	return nil
}

// Start starts it again after Stop: same port, same data.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// Stop stops it, and does nothing when it is stopped already.
func (s *Server) Stop() {
	s.t.Helper()
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGTERM) // fails only when it has ended
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
		s.t.Errorf("influxd did not stop within %s and is killed", stopTimeout)
		_ = s.process.Process.Kill()
		<-s.exited
	}
	s.process = nil
}

// CreateDatabase creates a database, which is a bucket of the same name.
func (s *Server) CreateDatabase(name string) {
	s.t.Helper()
	s.statement(fmt.Sprintf("CREATE DATABASE %q", name))
}

// Drop deletes a database and what is in it.
func (s *Server) Drop(name string) {
	s.t.Helper()
	s.statement(fmt.Sprintf("DROP DATABASE %q", name))
}

// CreateDatabaseKeeping creates a database that refuses points older than kept.
func (s *Server) CreateDatabaseKeeping(name string, kept time.Duration) {
	s.t.Helper()
	s.statement(fmt.Sprintf("CREATE DATABASE %q WITH DURATION %s SHARD DURATION 1h", name, kept))
}

// Write writes line protocol with timestamps in seconds to a bucket, which is a
// database or DATABASE/RETENTION_POLICY.
func (s *Server) Write(bucket, lines string) {
	s.t.Helper()
	answer, err := http.Post(s.URL+"/api/v2/write?precision=s&bucket="+url.QueryEscape(bucket), "text/plain", strings.NewReader(lines))
	if err != nil {
		s.t.Fatal(err)
	}
	s.expect(answer, http.StatusNoContent)
}

// Query runs a Flux query and returns its records: column name to value.
func (s *Server) Query(flux string) []map[string]any {
	s.t.Helper()
	client := influxdb2.NewClient(s.URL, "")
	defer client.Close()
	result, err := client.QueryAPI("").Query(context.Background(), flux)
	if err != nil {
		s.t.Fatalf("InfluxDB does not answer the query %q: %v", flux, err)
	}
	defer result.Close()
	var records []map[string]any
	for result.Next() {
		records = append(records, result.Record().Values())
	}
	if err := result.Err(); err != nil {
		s.t.Fatalf("InfluxDB ends its answer to the query %q: %v", flux, err)
	}
	return records
}

func (s *Server) statement(influxQL string) {
	s.t.Helper()
	answer, err := http.PostForm(s.URL+"/query", url.Values{"q": {influxQL}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.expect(answer, http.StatusOK)
}

func (s *Server) expect(answer *http.Response, status int) {
	s.t.Helper()
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != status || bytes.Contains(body, []byte(`"error"`)) {
		s.t.Fatalf("InfluxDB answered %s: %s", answer.Status, body)
	}
}

const configuration = `reporting-disabled = true
bind-address = "127.0.0.1:%[3]d"
[meta]
  dir = "%[1]s/meta"
[data]
  dir = "%[1]s/data"
  wal-dir = "%[1]s/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:%[2]d"
  flux-enabled = true
  log-enabled = false
[monitor]
  store-enabled = false
[logging]
  level = "warn"
`

// configure chooses two ports and writes them down.
func (s *Server) configure() {
	s.t.Helper()
	port, backupPort := freePort(s.t), freePort(s.t)
	s.URL = fmt.Sprintf("http://127.0.0.1:%d", port)
	text := fmt.Sprintf(configuration, filepath.ToSlash(s.dir), port, backupPort)
	if err := os.WriteFile(s.configFile(), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) configFile() string { return filepath.Join(s.dir, "influxdb.conf") }

func (s *Server) start() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "influxd.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own copy
	process := exec.Command(s.program, "run", "-config", s.configFile())
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		return fmt.Errorf("cannot start influxd: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = process.Wait() // how it ended is in its log
	}()
	s.process, s.exited = process, exited

	deadline := time.After(startTimeout)
	for {
		if answer, err := http.Get(s.URL + "/ping"); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusNoContent {
				return nil
			}
		}
		select {
		case <-exited:
			s.process = nil
			return errors.New("influxd ended at once:\n" + s.log())
		case <-deadline:
			s.Stop()
			return fmt.Errorf("influxd does not answer %s/ping within %s:\n%s", s.URL, startTimeout, s.log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) log() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "influxd.log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// freePort is a port that nobody listens on, and that no system gives to a program
// that asks for any port: it is free again when a stopped InfluxDB starts anew.
func freePort(t testing.TB) int {
	t.Helper()
	const lowest, span = 15_000, 15_000 // below what Linux (32768), Windows and macOS (49152) give away
	for {
		port := lowest + rand.IntN(span)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		return port
	}
}

// find is the path of influxd.
func find(t testing.TB) string {
	t.Helper()
	if named := os.Getenv("ECOPARC_TEST_INFLUXD"); named != "" {
		return named
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if program := filepath.Join(dir, ".tools", "bin", "influxd"); isFile(program) {
			return program
		}
		if isFile(filepath.Join(dir, "go.mod")) || dir == filepath.Dir(dir) {
			break
		}
	}
	const reason = "no InfluxDB to test with: `make tools` installs one, or ECOPARC_TEST_INFLUXD names one (1.8)"
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
