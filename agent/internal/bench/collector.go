package main

import (
	"compress/gzip"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// collector acknowledges what it is sent, and counts what passes over the wire.
type collector struct {
	*httptest.Server
	url, plain string
	other      *httptest.Server
	bytes      atomic.Int64
	reports    atomic.Int64
}

func listen(caFile string) (*collector, error) {
	c := new(collector)
	c.Server = httptest.NewUnstartedServer(c)
	c.Listener = counting{c.Listener, &c.bytes}
	c.StartTLS()
	c.other = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	c.url, c.plain = c.URL, c.other.URL
	return c, os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate().Raw}), 0o600)
}

func (c *collector) counts() (bytes, reports int64) { return c.bytes.Load(), c.reports.Load() }

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/api/v1/enrol" {
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(report.EnrolResponse{Device: "d-0123456789abcdefghijklmnop", Secret: "s-0123456789abcdefghijklmnopqrstuvwxyz"})
		return
	}
	body, err := gzip.NewReader(r.Body)
	var got report.Report
	if err == nil {
		err = json.NewDecoder(body).Decode(&got)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.reports.Add(1)
	json.NewEncoder(w).Encode(report.Ack{New: len(got.Windows)})
}

// counting counts the bytes of all connections, both ways.
type counting struct {
	net.Listener
	bytes *atomic.Int64
}

func (l counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return countingConn{conn, l.bytes}, err
}

type countingConn struct {
	net.Conn
	bytes *atomic.Int64
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (c countingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.bytes.Add(int64(n))
	return n, err
}

// scrape asks a page every 15 s, as Prometheus would.
func scrape(url string) {
	for ; ; time.Sleep(15 * time.Second) {
		if res, err := http.Get(url); err == nil {
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
	}
}
