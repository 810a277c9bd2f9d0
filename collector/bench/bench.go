// Package bench measures how many reports a second this machine takes in, beside
// peers that stand for what is possible: a server that only decodes the same
// reports and keeps nothing, and, on request, a real InfluxDB that is sent the same
// windows.
//
// The collector is the real one, wired by the service, with its data on the disk
// that is asked about, in a process of its own. The load comes from this process, on
// the same processors, over loopback. Phases take turns, so that what else the
// machine does meanwhile falls on all of them: compare ratios before rates.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// Options say what to measure.
type Options struct {
	Dir      string        // a folder on the disk to measure; a temporary folder in it is used
	Devices  int           // that report, in turn
	Known    int           // that the collector knows; at least Devices
	Duration time.Duration // of each kind of load, in Rounds phases
	Rounds   int
	Workers  int    // connections at once
	Influxd  string // the program of InfluxDB 1.8; empty: without
	Profile  string // file for a CPU profile of the collector under keep-alive load; empty: none

	// Child is this program, made to call Serve with the given arguments.
	Child func(ctx context.Context, args ...string) *exec.Cmd
	// Tell is told in a line what is being done.
	Tell func(line string)
}

// Figures are what was measured. Rates are reports a second and, like ratios,
// medians over the rounds; a ratio is taken within a round.
type Figures struct {
	ReportsPerS       float64 `json:"reports_per_s"`
	DecodeOnlyPerS    float64 `json:"decode_only_reports_per_s"`
	Ratio             float64 `json:"ratio"`
	TLSPerS           float64 `json:"tls_new_connection_reports_per_s"`
	TLSDecodeOnlyPerS float64 `json:"tls_decode_only_reports_per_s"`
	TLSRatio          float64 `json:"tls_ratio"`
	P99Ms             float64 `json:"p99_ms"` // of the collector, the worse of both kinds of connections
	Errors            int     `json:"errors"` // of every phase and server: answers that were not a success, connections that failed

	// Under load a report is acknowledged when it is in the journal. Posted is how fast
	// the journal goes to the sums when nothing else is asked; sustained is what can go on
	// for ever: reports by the time until they were acknowledged and posted.
	PostedPerS       float64 `json:"posted_reports_per_s"`
	SustainedPerS    float64 `json:"sustained_reports_per_s"`
	TLSSustainedPerS float64 `json:"tls_sustained_reports_per_s"`

	InfluxDBPerS  float64 `json:"influxdb_reports_per_s,omitempty"`
	InfluxDBRatio float64 `json:"influxdb_ratio,omitempty"`

	Machine Machine `json:"-"`
	Store   Store   `json:"-"`
	Work    Work    `json:"-"`
}

// Work is what the figures were measured with.
type Work struct {
	Devices, Known, Workers int
	Duration                time.Duration
	FirstError              string
}

// Store is what is known of the collector's store and process.
type Store struct {
	FsyncMs       float64 // median wait for the disk after a small write
	PeakMiB       float64 // the most memory that the collector held; 0: not known
	CollectorBusy float64 // processors that the collector kept busy under keep-alive load
	LoadBusy      float64 // processors that the load itself kept busy meanwhile
	OthersBusy    float64 // processors that other programs kept busy meanwhile

	// Processor time of a report. It depends less than rates do on what else runs.
	PerReport, DecodeOnlyPerReport       time.Duration
	TLSPerReport, TLSDecodeOnlyPerReport time.Duration
}

// windowsPerReport: an agent reports once an hour.
const windowsPerReport = 4

// Run measures. It needs a minute or two, and says through o.Tell what it does.
func Run(ctx context.Context, o Options) (Figures, error) {
	o.Known = max(o.Known, o.Devices)
	dir, err := os.MkdirTemp(o.Dir, "ecoparc-bench-")
	if err != nil {
		return Figures{}, fmt.Errorf("cannot make a folder to measure in: %w", err)
	}
	defer os.RemoveAll(dir)
	m := &measurement{Options: o, dir: dir}
	defer m.stop()
	if err := m.prepare(ctx); err != nil {
		return Figures{}, err
	}
	if err := m.keepAlive(ctx); err != nil {
		return Figures{}, err
	}
	if err := m.newConnections(ctx); err != nil {
		return Figures{}, err
	}
	return m.figures, ctx.Err()
}

// measurement is a run of all phases.
type measurement struct {
	Options
	dir         string
	certificate certificate
	fleet       *fleet
	children    []interface{ stop() }
	figures     Figures
}

func (m *measurement) stop() {
	for _, c := range slices.Backward(m.children) {
		c.stop()
	}
	m.children = nil
}

func (m *measurement) data() string { return filepath.Join(m.dir, "data") }

func (m *measurement) prepare(ctx context.Context) (err error) {
	m.figures.Work = Work{Devices: m.Devices, Known: m.Known, Workers: m.Workers, Duration: m.Duration}
	m.figures.Machine = describe(ctx)
	if m.figures.Store.FsyncMs, err = fsyncMs(m.dir); err != nil {
		return err
	}
	if m.certificate, err = newCertificate(m.dir); err != nil {
		return err
	}
	m.Tell(fmt.Sprintf("making %d devices known", m.Known))
	m.fleet, err = enrol(ctx, m.data(), m.Devices, m.Known)
	return err
}

// keepAlive measures with connections that stay open.
func (m *measurement) keepAlive(ctx context.Context) error {
	collector, err := m.start(ctx, kindCollector, m.data(), "", "", m.Profile)
	if err != nil {
		return err
	}
	decode, err := m.start(ctx, kindDecode, "", "")
	if err != nil {
		return err
	}
	peers := []target{{name: "the collector", address: collector.address, build: m.fleet.report, cpu: collector.cpuSeconds, posts: true}, {name: "decoding only", address: decode.address, build: m.fleet.report, cpu: decode.cpuSeconds}}
	if m.Influxd != "" {
		influxDB, err := startInfluxDB(ctx, m.Influxd, m.dir, "")
		if err != nil {
			return err
		}
		m.children = append(m.children, influxDB)
		peers = append(peers, target{name: "InfluxDB", address: influxDB.address, build: m.fleet.lines})
	}
	all, err := m.takeTurns(ctx, "connections that stay open", peers)
	if err != nil {
		return err
	}
	f := &m.figures
	f.ReportsPerS, f.DecodeOnlyPerS, f.Ratio = medianRate(all[0]), medianRate(all[1]), medianRatio(all[0], all[1])
	f.PostedPerS, f.SustainedPerS = medianPosted(all[0]), medianSustained(all[0])
	f.P99Ms = medianP99(all[0])
	f.Store.PerReport, f.Store.DecodeOnlyPerReport = cpuPerReport(all[0]), cpuPerReport(all[1])
	f.Store.CollectorBusy, f.Store.LoadBusy, f.Store.OthersBusy = busy(all[0])
	if m.Influxd != "" {
		f.InfluxDBPerS, f.InfluxDBRatio = medianRate(all[2]), medianRatio(all[0], all[2])
	}
	f.Store.PeakMiB = collector.peakMiB()
	m.stop()
	return nil
}

// newConnections measures with a new TLS 1.3 connection for each report, as agents
// open them.
func (m *measurement) newConnections(ctx context.Context) error {
	collector, err := m.start(ctx, kindCollector, m.data(), m.certificate.certFile, m.certificate.keyFile, "")
	if err != nil {
		return err
	}
	decode, err := m.start(ctx, kindDecode, m.certificate.certFile, m.certificate.keyFile)
	if err != nil {
		return err
	}
	trust := m.certificate.client()
	peers := []target{
		{name: "the collector", address: collector.address, tls: trust, fresh: true, build: m.fleet.report, cpu: collector.cpuSeconds, posts: true},
		{name: "decoding only", address: decode.address, tls: trust, fresh: true, build: m.fleet.report, cpu: decode.cpuSeconds},
	}
	all, err := m.takeTurns(ctx, "a new TLS 1.3 connection for each report", peers)
	if err != nil {
		return err
	}
	f := &m.figures
	f.TLSPerS, f.TLSDecodeOnlyPerS, f.TLSRatio = medianRate(all[0]), medianRate(all[1]), medianRatio(all[0], all[1])
	f.TLSSustainedPerS = medianSustained(all[0])
	f.Store.TLSPerReport, f.Store.TLSDecodeOnlyPerReport = cpuPerReport(all[0]), cpuPerReport(all[1])
	f.P99Ms = max(f.P99Ms, medianP99(all[0]))
	f.Store.PeakMiB = max(f.Store.PeakMiB, collector.peakMiB())
	m.stop()
	return nil
}

// takeTurns loads each peer in turn, in all rounds; the first index of what it
// returns is the peer.
func (m *measurement) takeTurns(ctx context.Context, how string, peers []target) ([][]phase, error) {
	// A collector that has run for an hour has heard of each device.
	m.Tell("every device reports once")
	first := peers[0]
	first.fresh = false
	if err := once(ctx, first, m.Workers, m.Devices); err != nil {
		return nil, fmt.Errorf("%s does not take the first reports: %w", first.name, err)
	}
	if _, err := waitPosted(ctx, first.address, first.tls); err != nil {
		return nil, err
	}
	all := make([][]phase, len(peers))
	for round := range m.Rounds {
		for i, p := range peers {
			m.Tell(fmt.Sprintf("round %d of %d, %s: %s", round+1, m.Rounds, how, p.name))
			d := m.Duration / time.Duration(m.Rounds)
			done, err := loadWith(ctx, p, m.Workers, d)
			// A disk that others use may stop for longer than a short phase lasts.
			for err == nil && done.reports == 0 && done.errors == 0 && d < patience {
				d *= 4
				done, err = loadWith(ctx, p, m.Workers, d)
			}
			if err != nil {
				return nil, err
			}
			m.figures.Errors += done.errors
			if done.firstError != nil && m.figures.Work.FirstError == "" {
				m.figures.Work.FirstError = fmt.Sprintf("%s: %v", p.name, done.firstError)
			}
			if done.reports == 0 {
				return nil, errors.New(p.name + " took no report: " + fmt.Sprint(done.firstError))
			}
			if p.posts { // before the next one is measured, which it would slow down
				begin := time.Now()
				if done.postedPerS, err = waitPosted(ctx, p.address, p.tls); err != nil {
					return nil, err
				}
				done.postSeconds = time.Since(begin).Seconds()
			}
			all[i] = append(all[i], done)
		}
	}
	return all, nil
}
