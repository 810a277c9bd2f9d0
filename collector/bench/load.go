package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// target is a server under load, and what it is sent.
type target struct {
	name    string
	address string
	tls     *tls.Config // nil: without TLS
	fresh   bool        // a new connection for each report
	build   builder
	cpu     func() float64 // seconds of processor time that it has used; nil: not known
	posts   bool           // what it acknowledges is posted later
}

// builder appends the next request to a buffer.
type builder func(to []byte) []byte

// phase is what a target did for a while.
type phase struct {
	reports    int
	errors     int
	firstError error
	seconds    float64
	latencies  []time.Duration
	cpuSeconds float64 // of the target
	ownSeconds float64 // of this process
	allSeconds float64 // of all programs

	postedPerS  float64 // after the load; 0: nothing waited
	postSeconds float64 // until all was posted
}

// warmUp is how long a load runs before it is counted.
const warmUp = 500 * time.Millisecond

// patience is how long an answer may take before it counts as an error.
const patience = 10 * time.Second

// loadWith sends reports through some connections at once, each waiting for its answer
// before it sends the next.
func loadWith(ctx context.Context, t target, workers int, d time.Duration) (phase, error) {
	cpu := t.cpu
	if cpu == nil {
		cpu = func() float64 { return 0 }
	}
	from := time.Now().Add(warmUp)
	to := from.Add(d)
	var mu sync.Mutex
	var wait sync.WaitGroup
	var all phase
	for range workers {
		wait.Go(func() {
			c := client{target: t}
			defer c.close()
			var own phase
			for at := time.Now(); at.Before(to) && ctx.Err() == nil; at = time.Now() {
				err := c.send()
				if end := time.Now(); at.Before(from) || end.After(to) {
					continue
				} else if err != nil {
					own.errors++
					own.firstError = err
					continue
				} else {
					own.latencies = append(own.latencies, end.Sub(at))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all.errors += own.errors
			if all.firstError == nil {
				all.firstError = own.firstError
			}
			all.latencies = append(all.latencies, own.latencies...)
		})
	}
	sleep(ctx, time.Until(from))
	cpuBefore, ownBefore, allBefore := cpu(), ownCPUSeconds(), machineCPUSeconds()
	sleep(ctx, time.Until(to))
	all.cpuSeconds, all.ownSeconds, all.allSeconds = cpu()-cpuBefore, ownCPUSeconds()-ownBefore, machineCPUSeconds()-allBefore
	wait.Wait()
	all.reports, all.seconds = len(all.latencies), d.Seconds()
	return all, ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// once sends some reports, counted by nobody.
func once(ctx context.Context, t target, workers, reports int) error {
	var left atomic.Int64
	left.Store(int64(reports))
	failed := make(chan error, workers)
	for range workers {
		go func() {
			c := client{target: t}
			defer c.close()
			var err error
			for err == nil && ctx.Err() == nil && left.Add(-1) >= 0 {
				err = c.send()
			}
			failed <- err
		}()
	}
	var errs []error
	for range workers {
		errs = append(errs, <-failed)
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// client is one connection at a time. It is written plainly on a socket: net/http's
// client would take more of the processors than the servers that are measured.
type client struct {
	target
	conn    net.Conn
	answers *bufio.Reader
	request []byte
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// send sends one report and waits for its answer.
func (c *client) send() error {
	c.request = c.build(c.request[:0])
	err := c.exchange()
	if err != nil || c.fresh {
		c.close()
	}
	return err
}

func (c *client) exchange() error {
	if c.conn == nil {
		if err := c.dial(); err != nil {
			return err
		}
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	return c.readAnswer()
}

func (c *client) dial() error {
	conn, err := net.DialTimeout("tcp", c.address, patience)
	if err != nil {
		return err
	}
	if c.tls != nil {
		// Thousands of closed connections a second would use up the ports.
		if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
			return err
		}
		conn = tls.Client(conn, c.tls)
	}
	c.conn = conn
	if c.answers == nil {
		c.answers = bufio.NewReader(conn)
	}
	c.answers.Reset(conn)
	return nil
}

// readAnswer reads one answer of HTTP 1.1 and tells anything but a success.
func (c *client) readAnswer() error {
	status, err := c.answers.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(status) < 12 || !bytes.HasPrefix(status, []byte("HTTP/1.1 ")) {
		return fmt.Errorf("no answer of HTTP 1.1: %q", status)
	}
	good, line := status[9] == '2', string(bytes.TrimSpace(status[9:]))
	length := 0
	for {
		header, err := c.answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		if header = bytes.TrimSpace(header); len(header) == 0 {
			break
		}
		const name = "content-length:"
		if len(header) > len(name) && bytes.EqualFold(header[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(header[len(name):]))); err != nil {
				return fmt.Errorf("no answer of HTTP 1.1: %w", err)
			}
		}
	}
	if good {
		_, err = c.answers.Discard(length)
		return err
	}
	text, err := io.ReadAll(io.LimitReader(c.answers, int64(min(length, 1000))))
	return errors.Join(fmt.Errorf("answers %s: %s", line, bytes.TrimSpace(text)), err)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	values = slices.Sorted(slices.Values(values))
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}

func (p phase) rate() float64 { return float64(p.reports) / p.seconds }

func medianRate(all []phase) float64 {
	var rates []float64
	for _, p := range all {
		rates = append(rates, p.rate())
	}
	return median(rates)
}

// medianRatio is the median of what the rounds say: a load of the machine's own
// falls on neighbouring phases alike.
func medianRatio(all, peer []phase) float64 {
	var ratios []float64
	for i := range all {
		ratios = append(ratios, all[i].rate()/peer[i].rate())
	}
	return median(ratios)
}

// medianSustained is the rate at which reports are acknowledged and posted too: of each
// round all reports, by the time until the last was in the sums.
func medianSustained(all []phase) float64 {
	var rates []float64
	for _, p := range all {
		rates = append(rates, float64(p.reports)/(p.seconds+p.postSeconds))
	}
	return median(rates)
}

// medianPosted is how fast the journal is posted, of the rounds that left one.
func medianPosted(all []phase) float64 {
	var rates []float64
	for _, p := range all {
		if p.postedPerS > 0 {
			rates = append(rates, p.postedPerS)
		}
	}
	return median(rates)
}

func medianP99(all []phase) float64 {
	var p99 []float64
	for _, p := range all {
		p99 = append(p99, quantile(p.latencies, 0.99).Seconds()*1000)
	}
	return median(p99)
}

func quantile(all []time.Duration, q float64) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[min(int(q*float64(len(all))), len(all)-1)]
}

// cpuPerReport is how much processor time the target used for a report.
func cpuPerReport(all []phase) time.Duration {
	target, _, _ := busy(all)
	var seconds float64
	for _, p := range all {
		seconds += p.seconds
	}
	return time.Duration(target * seconds / float64(sent(all)) * float64(time.Second))
}

func sent(all []phase) (n int) {
	for _, p := range all {
		n += p.reports
	}
	return n
}

// busy is how many processors the target, this process and all other programs kept
// busy.
func busy(all []phase) (target, own, others float64) {
	var seconds float64
	for _, p := range all {
		target, own, others, seconds = target+p.cpuSeconds, own+p.ownSeconds, others+p.allSeconds, seconds+p.seconds
	}
	return target / seconds, own / seconds, max(others-target-own, 0) / seconds
}
