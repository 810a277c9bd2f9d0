// Package service is the collector as a running program: it wires the rooms
// together, serves them over HTTP and stops them in order.
package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/administration"
	"github.com/ecoparc/ecoparc/collector/answers"
	"github.com/ecoparc/ecoparc/collector/api"
	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/eco2mix"
	"github.com/ecoparc/ecoparc/collector/figures"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/jobs"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/ownuse"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/relocate"
	"github.com/ecoparc/ecoparc/collector/scenarios"
	"github.com/ecoparc/ecoparc/collector/signon"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/telemetry"
	"github.com/ecoparc/ecoparc/collector/versions"
	"github.com/ecoparc/ecoparc/dashboards"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/impact"
)

// Service is a collector that is listening.
type Service struct {
	Registry *registry.Registry
	Ledger   *ledger.Ledger
	Access   *access.Access

	config   config.Config
	store    *store.Store
	log      *slog.Logger
	listener net.Listener
	server   *http.Server
	jobs     *jobs.Jobs
	verifier *administration.Verifier
	ready    atomic.Bool
	figures  *figures.Figures
	answers  *answers.Answers
	versions *versions.Versions
	gate     *gate.Gate
	own      *ownuse.Meter
}

// Open opens the data folder and the port, and wires everything; nothing is
// served before Run.
func Open(ctx context.Context, c config.Config, log *slog.Logger) (*Service, error) {
	s := &Service{config: c, log: log}
	if err := s.open(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *Service) open(ctx context.Context) (err error) {
	if s.store, err = s.config.Place().Open(ctx); err != nil {
		return err
	}
	if err := relocate.Finished(ctx, s.store); err != nil {
		return err
	}
	certificate, err := Certificate(s.config.TLS.CertFile, s.config.TLS.KeyFile)
	if err != nil {
		return err
	}
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", s.config.Listen); err != nil {
		return fmt.Errorf("cannot listen on %s: %w; is another program there? Set listen in the configuration, or --listen of quickstart", s.config.Listen, err)
	}
	where, clock := s.config.Location(), time.Now
	s.Registry = registry.Open(s.store)
	s.Access = access.Open(s.store, clock)
	s.Ledger = ledger.Open(s.store, where, s.config.InfluxDB(), ledger.WithLog(s.log), ledger.WithOutboxLimit(s.config.Telemetry.InfluxDB.OutboxB()))
	if s.figures, err = computer(s.config, s.Registry, s.Ledger, clock); err != nil {
		return err
	}
	if s.answers, err = answers.New(ctx, s.figures, s.store, clock, s.log); err != nil {
		return err
	}

	s.own = ownuse.New(clock, ownuse.Disk(s.store, s.config.Place()))
	var feeder *telemetry.Feeder
	if s.config.InfluxDB() {
		if feeder, err = telemetry.New(s.config.Telemetry.InfluxDB, s.Ledger, s.log); err != nil {
			return err
		}
		s.figures.ReadHistory(telemetry.OpenHistory(s.config.Telemetry.InfluxDB), s.log)
	}
	var halfHours *eco2mix.Feed
	if s.config.Electricity.Eco2mix.Enabled {
		known := eco2mix.Open(s.store, s.config.Factors())
		if halfHours, err = eco2mix.New(s.config.Electricity.Eco2mix, known, clock, s.log); err != nil {
			return err
		}
		s.figures.FollowElectricity(known.Load)
	}
	if !s.config.SignIn.Local {
		s.Access.RefusePasswords()
	}
	check := func(ctx context.Context) (*ledger.Verdict, error) { return ledger.Verify(ctx, s.store.Read, where) }
	s.verifier = administration.NewVerifier(check, clock, func(err error) { s.log.Error("cannot check the ledger", "error", err) })
	acts := s.acts(clock)
	s.versions = versions.Open(s.store, s.answers, versions.Options{Method: impact.Method(s.config.Method), Territory: s.config.Electricity.Territory}, clock)
	o := dashboards.Options{
		Source: s.answers, Desk: administration.Desk{Acts: acts}, Access: s.Access, Scenarios: scenarios.Open(s.store, clock), Clock: clock, Location: where, Logger: s.log, NoPasswords: !s.config.SignIn.Local,
		SecureCookies: s.config.TLS.CertFile != "" || s.config.TLS.BehindProxy, Accessibility: s.config.Accessibility.Declared(), Monitor: s.monitor, Versions: s.versions,
	}
	printer(&o, s.config)
	if s.config.SignIn.OIDC.Configured() {
		o.SignOn = signon.New(s.config.SignIn.OIDC, s.Access, s.Registry, clock, s.log)
	}
	pages, err := dashboards.New(o)
	if err != nil {
		return err
	}
	work := jobs.Work{Ledger: s.Ledger, Access: s.Access, Feeder: feeder, HalfHours: halfHours, Calibrate: s.calibrate, Versions: s.versions.Keep, Prepare: s.figures.Prepare, PrepareEvery: figures.PrepareEvery, Clock: clock, Log: s.log}
	if s.config.Mail.Configured() {
		sender, err := newSender(s.config, s.store, pages, clock, s.log)
		if err != nil {
			return err
		}
		work.Letters = sender.Deliver
	}
	if s.store.Shared() {
		work.Shared = s.store
	}
	if s.jobs, err = jobs.Plan(work); err != nil {
		return err
	}
	counters := api.NewCounters(s.Ledger, feeder)
	counters.WatchAgents(s.Registry.AgentVersions, clock)
	counters.WatchTwins(s.Registry.CountTwins)
	counters.WatchAnswers(s.answers.Progress)
	if s.gate, err = s.routes(pages, s.answers, acts, counters, clock); err != nil {
		return err
	}
	s.server = NewServer(fromClient(s.own.Watch(s.gate), s.config.TLS.BehindProxy), certificate, s.log)
	return nil
}

// Calibrate lets metered devices teach the others of their class, real ones and
// simulated ones apart.
func (s *Service) Calibrate(ctx context.Context) error {
	return calibrateWith(ctx, s.config, s.figures, s.Registry, s.Ledger, time.Now())
}

// calibrate is Calibrate after which what was computed otherwise is computed anew; so
// it is after a start, even when nothing could be learned.
func (s *Service) calibrate(ctx context.Context) error {
	return errors.Join(s.Calibrate(ctx), s.answers.Renew(ctx))
}

// monitor is what watching costs, of what the person may see.
func (s *Service) monitor(ctx context.Context) (*view.Monitor, error) {
	own, err := s.own.Now(ctx)
	if err != nil {
		return nil, err
	}
	return view.MonitorOf(ctx, s.answers, own, s.config.Location(), time.Now())
}

// fromClient leaves the client's address alone, without its port, as the one that a
// request comes from: guesses at passwords are counted by it. Behind a proxy it is
// the last one in X-Forwarded-For, which the proxy itself has written.
func fromClient(next http.Handler, behindProxy bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			r.RemoteAddr = host
		}
		if forwarded := r.Header.Values("X-Forwarded-For"); behindProxy && len(forwarded) > 0 {
			last := forwarded[len(forwarded)-1]
			r.RemoteAddr = strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])
		}
		next.ServeHTTP(w, r)
	})
}

// Address is where the service listens, as in 127.0.0.1:8080.
func (s *Service) Address() string { return s.listener.Addr().String() }

// Location is the territory's time zone.
func (s *Service) Location() *time.Location { return s.config.Location() }

// healthy says whether the service can do its work now.
func (s *Service) healthy(ctx context.Context) error {
	if !s.ready.Load() {
		return errors.New("the collector is starting or stopping")
	}
	return s.store.Write.PingContext(ctx)
}

// Run serves until ctx ends, then finishes what was begun and closes everything.
func (s *Service) Run(ctx context.Context) error {
	defer s.close()
	computing, stop := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() { defer close(stopped); s.answers.Run(computing) }()
	defer func() { stop(); <-stopped }()
	s.jobs.Start()
	failed := make(chan error, 1)
	go func() { failed <- s.serve() }()
	s.ready.Store(true)
	s.log.Info("collector listening", "address", s.Address(), "data", s.config.Place().String())
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.ready.Store(false)
	stopping, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(err, s.server.Shutdown(stopping))
}

func (s *Service) serve() error {
	var err error
	if s.server.TLSConfig != nil {
		err = s.server.ServeTLS(s.listener, "", "")
	} else {
		err = s.server.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("cannot serve on %s: %w", s.Address(), err)
}

// close closes what was opened, in the reverse order.
func (s *Service) close() {
	var errs []error
	if s.jobs != nil {
		errs = append(errs, s.jobs.Stop())
	}
	if s.listener != nil {
		_ = s.listener.Close() // Shutdown has closed it already
	}
	if s.verifier != nil {
		s.verifier.Close()
	}
	if s.Ledger != nil {
		s.Ledger.Close()
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if err := errors.Join(errs...); err != nil {
		s.log.Error("cannot stop cleanly", "error", err)
	}
}
