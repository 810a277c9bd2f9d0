package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/service"
	"github.com/ecoparc/ecoparc/models/report"
)

// The kinds of child: the real collector, and the server that only decodes.
const (
	kindCollector = "collector"
	kindDecode    = "decode"
)

// Serve is a child's whole life: it serves on a free port of loopback, writes the
// address to out, and ends when in ends, as it does when its parent dies.
//
// Its arguments are "collector", data folder, certificate, key and profile, or
// "decode", certificate and key; of these all files may be empty.
func Serve(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, in) // until the parent closes it, in whatever way
		cancel()
	}()
	switch {
	case len(args) == 5 && args[0] == kindCollector:
		return serveCollector(ctx, args[1], args[2], args[3], args[4], out)
	case len(args) == 3 && args[0] == kindDecode:
		return serveDecoding(ctx, args[1], args[2], out)
	}
	return fmt.Errorf("the benchmark starts no child %q", args)
}

func serveCollector(ctx context.Context, dir, certFile, keyFile, profile string, out io.Writer) error {
	c := config.Default()
	c.Listen, c.DataDir, c.TLS = "127.0.0.1:0", dir, config.TLS{CertFile: certFile, KeyFile: keyFile}
	c.DeviceReportsPerHour, c.SiteReportsPerHour = 0, 0 // few devices send what many would
	c, err := c.Check()
	if err != nil {
		return err
	}
	s, err := service.Open(ctx, c, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	if profile != "" {
		to, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer to.Close()
		if err := pprof.StartCPUProfile(to); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	fmt.Fprintln(out, s.Address())
	return s.Run(ctx)
}

// serveDecoding serves the peer: the same server, which decodes and checks a report
// as intake does, and keeps nothing.
func serveDecoding(ctx context.Context, certFile, keyFile string, out io.Writer) error {
	certificate, err := service.Certificate(certFile, keyFile)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/reports", decodeOnly)
	server := service.NewServer(mux, certificate, slog.New(slog.DiscardHandler))
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintln(out, listener.Addr())
	if certificate != nil {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func decodeOnly(w http.ResponseWriter, r *http.Request) {
	body := make([]byte, 0, max(r.ContentLength, 0)+1)
	buffer := bytes.NewBuffer(body)
	if _, err := buffer.ReadFrom(io.LimitReader(r.Body, report.MaxBodyB)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	rep, err := report.Decode(buffer.Bytes(), time.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(report.Ack{New: len(rep.Windows)}) // a client that is gone needs no answer
}

// child is a running child process.
type child struct {
	address string
	process *exec.Cmd
	input   io.Closer
	trouble *bytes.Buffer
	once    sync.Once
}

// childStart is how long a child may take until it listens, and to end.
const childStart = time.Minute

// start starts a child; stop ends it.
func (m *measurement) start(ctx context.Context, args ...string) (*child, error) {
	c := &child{process: m.Child(ctx, args...), trouble: new(bytes.Buffer)}
	c.process.Stderr = c.trouble
	c.process.WaitDelay = time.Second
	input, err := c.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", args[0], err)
	}
	c.input = input
	m.children = append(m.children, c)
	slow := time.AfterFunc(childStart, func() { _ = c.process.Process.Kill() })
	defer slow.Stop()
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("%s did not start: %w\n%s", args[0], err, c.trouble.String())
	}
	c.address = strings.TrimSpace(line)
	return c, nil
}

func (c *child) stop() {
	c.once.Do(func() {
		slow := time.AfterFunc(childStart, func() { _ = c.process.Process.Kill() })
		defer slow.Stop()
		_ = c.input.Close()
		_ = c.process.Wait() // what it did wrong has shown as errors of the load
	})
}

func (c *child) cpuSeconds() float64 { return cpuSecondsOf(c.process.Process.Pid) }

func (c *child) peakMiB() float64 { return peakMiBOf(c.process.Process.Pid) }
