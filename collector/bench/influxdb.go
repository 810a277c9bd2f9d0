package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// influxDB is a real InfluxDB 1.8 with its data beside the collector's.
type influxDB struct {
	address string
	process *exec.Cmd
	exited  chan struct{}
}

const influxConfiguration = `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "%[1]s/meta"
[data]
  dir = "%[1]s/data"
  wal-dir = "%[1]s/wal"
  query-log-enabled = false
  max-series-per-database = 0
%[3]s[http]
  bind-address = "%[2]s"
  log-enabled = false
[monitor]
  store-enabled = false
[logging]
  level = "warn"
`

// startInfluxDB starts one. Its write-ahead log waits for the disk before it
// answers, which is its default.
func startInfluxDB(ctx context.Context, program, dir, options string) (*influxDB, error) {
	dir = filepath.Join(dir, "influxdb")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "influxdb.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, influxConfiguration, filepath.ToSlash(dir), address, options), 0o600); err != nil {
		return nil, err
	}
	i := &influxDB{address: address, process: exec.CommandContext(ctx, program, "run", "-config", file), exited: make(chan struct{})}
	if err := i.process.Start(); err != nil {
		return nil, fmt.Errorf("cannot start InfluxDB: %w", err)
	}
	go func() {
		defer close(i.exited)
		_ = i.process.Wait() // it is missed by the load
	}()
	if err := i.createDatabase(ctx); err != nil {
		i.stop()
		return nil, err
	}
	return i, nil
}

func (i *influxDB) createDatabase(ctx context.Context) error {
	deadline := time.Now().Add(childStart)
	for {
		answer, err := http.PostForm("http://"+i.address+"/query", url.Values{"q": {"CREATE DATABASE bench"}})
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(answer.Status)
		}
		select {
		case <-i.exited:
			return fmt.Errorf("InfluxDB ended at once; is %s InfluxDB 1.8?", i.process.Path)
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("InfluxDB does not answer: %w", err)
		}
		if sleep(ctx, 50*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (i *influxDB) stop() {
	slow := time.AfterFunc(childStart, func() { _ = i.process.Process.Kill() })
	defer slow.Stop()
	_ = i.process.Process.Signal(os.Interrupt) // fails only when it has ended
	<-i.exited
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
