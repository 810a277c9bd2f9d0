package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/ecoparc/ecoparc/collector/store"
)

const (
	administrator = "administrator"
	collector     = "collector" // owns the data bases, and has no other right
	password      = "a password: with/special@characters"
	template      = "ecoparc_template"
	startTimeout  = 60 * time.Second
)

// Postgres is a PostgreSQL server. It ends with the test that started it.
type Postgres struct {
	address string // of its administrator
}

// StartPostgres starts a server: it listens in its own folder only, and does not wait
// for the disk.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	programs := findPrograms(t)
	dir, err := os.MkdirTemp("", "ecoparc-postgres-*") // a test's own folder is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	user := unprivileged(t, dir)
	program := func(ctx context.Context, name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir, cmd.SysProcAttr = dir, user
		cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+dir)
		return cmd
	}
	secret, data := filepath.Join(dir, "password"), filepath.Join(dir, "data")
	if err := os.WriteFile(secret, []byte(password), 0o644); err != nil {
		t.Fatal(err)
	}
	// Texts are sorted as in French by default: a query that relies on the order of bytes
	// must say so.
	out, err := program(t.Context(), filepath.Join(programs, "initdb"), "--pgdata", data, "--username", administrator, "--pwfile", secret, "--auth", "md5",
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "fr-FR", "--no-sync", "--no-instructions").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p := &Postgres{address: address(administrator, "postgres", dir)}
	args := []string{filepath.Join(programs, "postgres"), "-D", data}
	for _, setting := range []string{
		"listen_addresses=", "unix_socket_directories=" + dir, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
		"shared_buffers=32MB", "max_connections=60", "deadlock_timeout=50ms", "password_encryption=md5",
	} {
		args = append(args, "-c", setting)
	}
	// The shell ends the server when this program is gone, however it went: then its
	// input ends.
	server := program(context.WithoutCancel(t.Context()), "/bin/sh", append([]string{"-c", `"$@" & read -r _; kill -QUIT $!; wait`, "sh"}, args...)...)
	p.start(t, server)
	p.admin(t, `CREATE ROLE `+collector+` LOGIN PASSWORD '`+password+`'`)
	p.makeTemplate(t)
	return p
}

// start starts the server, waits until it answers, and stops it with the test.
func (p *Postgres) start(t testing.TB, server *exec.Cmd) {
	t.Helper()
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	running, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = running.Close()
		<-ended
	})
	db := connect(t, p.address)
	defer db.Close()
	deadline := time.After(startTimeout)
	for {
		err := db.PingContext(t.Context())
		if err == nil {
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("PostgreSQL has ended: %v\n%s", err, log.String())
		case <-deadline:
			t.Fatalf("PostgreSQL does not answer: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func address(user, database, dir string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + database, RawQuery: url.Values{"host": {dir}}.Encode()}
	return u.String()
}

// As is the address of a data base of the server, as its collector's user.
func (p *Postgres) As(t testing.TB, database string) string {
	t.Helper()
	u, err := url.Parse(p.address)
	if err != nil {
		t.Fatal(err)
	}
	return address(collector, database, u.Query().Get("host"))
}

// makeTemplate makes a data base with the schema, which is quicker copied than made.
func (p *Postgres) makeTemplate(t testing.TB) {
	t.Helper()
	p.admin(t, "CREATE DATABASE "+template+" OWNER "+collector)
	s, err := store.Place{URL: p.As(t, template)}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Place is a new data base with the schema and no rows. It ends with the test.
func (p *Postgres) Place(t testing.TB) store.Place {
	t.Helper()
	return store.Place{URL: p.database(t, template)}
}

// Empty is the address of a new data base without a schema.
func (p *Postgres) Empty(t testing.TB) string {
	t.Helper()
	return p.database(t, "template1")
}

func (p *Postgres) database(t testing.TB, from string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	p.admin(t, "CREATE DATABASE "+name+" OWNER "+collector+" TEMPLATE "+from)
	t.Cleanup(func() { p.admin(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return p.As(t, name)
}

// Admin runs statements as the server's administrator, in a data base of As.
func (p *Postgres) Admin(t testing.TB, place, statements string) {
	t.Helper()
	u, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	execute(t, address(administrator, strings.TrimPrefix(u.Path, "/"), u.Query().Get("host")), statements)
}

func (p *Postgres) admin(t testing.TB, statement string) {
	t.Helper()
	execute(t, p.address, statement)
}

func execute(t testing.TB, address, statement string) {
	t.Helper()
	db := connect(t, address)
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startTimeout) // also in a cleanup
	defer cancel()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		t.Fatalf("%s: %v", strings.ReplaceAll(statement, password, "..."), err)
	}
}

func connect(t testing.TB, address string) *sql.DB {
	t.Helper()
	c, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	return stdlib.OpenDB(*c)
}

// findPrograms is the folder of PostgreSQL's programs.
func findPrograms(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("ECOPARC_TEST_POSTGRES_BIN"); dir != "" {
		return dir
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	const why = "PostgreSQL is not installed: apt-get install postgresql (make tools does), or set ECOPARC_TEST_POSTGRES_BIN"
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}
