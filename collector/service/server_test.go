package service

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// A client that stops in the middle of its header or body, or sends nothing more,
// is cut off. The limits are shortened here; that there are some is checked first.
func TestStuckClientIsCutOff(t *testing.T) {
	taken := make(chan error, 1)
	server := NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		taken <- err
	}), nil, slog.New(slog.DiscardHandler))
	for name, limit := range map[string]*time.Duration{
		"header": &server.ReadHeaderTimeout, "request": &server.ReadTimeout, "answer": &server.WriteTimeout, "idle": &server.IdleTimeout,
	} {
		if *limit <= 0 || *limit > 2*time.Minute {
			t.Errorf("the limit of the %s is %s", name, *limit)
		}
		*limit = 100 * time.Millisecond
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()
	for name, begin := range map[string]string{
		"nothing": "", "half a header": "POST / HTTP/1.1\r\nHost: x\r\n", "half a body": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, begin)
			if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, conn)
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				t.Error("the connection stays open")
			}
		})
	}
	if err := <-taken; err == nil {
		t.Error("half a body was taken for a whole one")
	}
}
