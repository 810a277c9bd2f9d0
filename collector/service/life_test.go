package service

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/ecoparc/ecoparc/collector/config"
)

// open opens a service on a free port of loopback; change changes its
// configuration first.
func open(t *testing.T, change func(*config.Config)) (*Service, error) {
	t.Helper()
	c := config.Default()
	c.DataDir, c.Listen = t.TempDir(), "127.0.0.1:0"
	if change != nil {
		change(&c)
	}
	c, err := c.Check()
	if err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), c, slog.New(slog.DiscardHandler))
}

// running runs a service until stop, which gives what Run returned.
func running(t *testing.T, change func(*config.Config)) (s *Service, stop func() error) {
	t.Helper()
	s, err := open(t, change)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	var ran error
	go func() {
		defer close(ended)
		ran = s.Run(ctx)
	}()
	stop = func() error {
		cancel()
		<-ended
		return ran
	}
	t.Cleanup(func() { stop() })
	return s, stop
}

// ask asks a service for a path, also while it does not listen.
func ask(s *Service, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.server.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestReadyOnlyWhileItRuns(t *testing.T) {
	s, err := open(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(s, "/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "starting or stopping") {
		t.Errorf("before it runs: %d %s", w.Code, w.Body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	get(t, http.DefaultClient, "http://"+s.Address()+"/healthz", http.StatusOK) // it serves
	for ask(s, "/readyz").Code != http.StatusOK && t.Context().Err() == nil {
		time.Sleep(time.Millisecond) // the request above may come before Run is there
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v", err)
	}
	if w := ask(s, "/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "starting or stopping") {
		t.Errorf("after it stopped: %d %s", w.Code, w.Body)
	}
	if _, err := net.Dial("tcp", s.Address()); err == nil {
		t.Error("it still listens after it stopped")
	}
}

// get asks over a real connection and gives the answer's header and body.
func get(t *testing.T, client *http.Client, address string, status int) (http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		t.Fatalf("%s: %s, %v: %s", address, answer.Status, err, body)
	}
	return answer.Header, string(body)
}

// Everything is there under one address: pages, API, intake and health.
func TestEveryRoomIsServed(t *testing.T) {
	s, _ := running(t, nil)
	for path, status := range map[string]int{
		"/sign-in": 200, "/healthz": 200, "/metrics": 200, "/api/v1/report.schema.json": 200,
		"/api/v1/organisations": 401, "/api/v1/reports": 405, "/api/v1/enrol": 405,
	} {
		get(t, http.DefaultClient, "http://"+s.Address()+path, status)
	}
}

func TestPortInUseIsSaidAndTheDataFolderLetGo(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	on := func(address string) func(*config.Config) {
		return func(c *config.Config) { c.DataDir, c.Listen = dir, address }
	}
	_, err = open(t, on(taken.Addr().String()))
	if err == nil || !strings.Contains(err.Error(), "cannot listen on "+taken.Addr().String()) || !strings.Contains(err.Error(), "another program") {
		t.Errorf("the error is %v", err)
	}
	_, stop := running(t, on("127.0.0.1:0")) // the folder is free for one that can listen
	_, err = open(t, on("127.0.0.1:0"))
	if err == nil || !strings.Contains(err.Error(), "in use by another collector") {
		t.Errorf("a second collector on the folder: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	_, stop = running(t, on("127.0.0.1:0"))
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A request whose body is still on its way when the collector is told to stop is
// taken in and answered; Run returns after that.
func TestRequestUnderWayAtStopIsAnswered(t *testing.T) {
	s, stop := running(t, nil)
	conn, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"token": "ecoparc-none", "inventory": {"category": "laptop", "meters": []}}`
	fmt.Fprintf(conn, "POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	hundred := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	if _, err := io.ReadFull(conn, hundred); err != nil || !bytes.Contains(hundred, []byte("100 Continue")) {
		t.Fatalf("the collector does not wait for the body: %q, %v", hundred, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	for s.ready.Load() {
		time.Sleep(time.Millisecond)
	}
	for { // until it takes no new connection
		again, err := net.Dial("tcp", s.Address())
		if err != nil {
			break
		}
		again.Close()
	}
	select {
	case err := <-ended:
		t.Fatalf("Run returned %v with a request under way", err)
	default:
	}
	fmt.Fprint(conn, body)
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 403 ")) || !bytes.Contains(answer, []byte("not a token of this collector")) {
		t.Errorf("answered %q, %v", answer, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// signIn sends the form of the sign-in page and gives the session's cookie.
func signIn(t *testing.T, client *http.Client, address string) *http.Cookie {
	t.Helper()
	form := url.Values{"name": {"zoe"}, "password": {"twelve letters"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	for _, c := range answer.Cookies() {
		if c.Name == "ecoparc_session" && c.Value != "" && answer.StatusCode == http.StatusSeeOther {
			return c
		}
	}
	t.Fatalf("signed in with %s and the cookies %v", answer.Status, answer.Cookies())
	return nil
}

// addZoe adds a person. The hash of the password is cheaper than AddUser's, so that
// tests do not spend their time on it.
func addZoe(t *testing.T, s *Service) {
	t.Helper()
	salt, b64 := []byte("sixteen bytes or more"), base64.RawStdEncoding.EncodeToString
	hash := fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=1$%s$%s", b64(salt), b64(argon2.IDKey([]byte("twelve letters"), salt, 1, 64, 1, 32)))
	if _, err := s.store.Write.Exec("INSERT INTO users (name, role, everything, password) VALUES ('zoe', 'auditor', 1, ?)", hash); err != nil {
		t.Fatal(err)
	}
}

// A session's cookie goes over TLS alone wherever there is TLS; on loopback without
// it, the browser would not send it back.
func TestCookieIsSecureBehindProxyAndNotOnLoopback(t *testing.T) {
	for _, behindProxy := range []bool{true, false} {
		s, _ := running(t, func(c *config.Config) { c.TLS.BehindProxy = behindProxy })
		addZoe(t, s)
		c := signIn(t, &http.Client{Transport: http.DefaultTransport}, "http://"+s.Address())
		if c.Secure != behindProxy || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("behind a proxy %v: the cookie is %v", behindProxy, c)
		}
	}
}
