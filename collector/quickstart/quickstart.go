// Package quickstart shows Ecoparc on this very machine within a minute: a
// collector on the embedded store, an administrator, a site, and an agent that is
// enrolled over HTTP with a real token, all in one process. Nothing of it is a
// short cut: the agent is the same code as the program of that name.
package quickstart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/service"
	"github.com/ecoparc/ecoparc/collector/simulate"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// Options say how to start.
type Options struct {
	DataDir string
	Listen  string
	Demo    *simulate.Plan // a simulated region to add; nil: none
	Version string
	Out     io.Writer
	Log     *slog.Logger
}

const (
	organisation  = "Mon établissement"
	siteName      = "Cette machine"
	administrator = "admin"
	barWidth      = 40 // of the progress bar
)

// DemoRegion is the region that --demo adds: 30 schools and about 6,000 devices.
func DemoRegion() *simulate.Plan {
	return &simulate.Plan{Name: "Région Démonstration", Seed: 2026, Colleges: 20, Lycees: 10, Years: 2}
}

// Run runs collector and agent until ctx ends.
func Run(ctx context.Context, o Options) error {
	c := config.Default()
	c.DataDir, c.Listen = o.DataDir, o.Listen
	c, err := c.Check()
	if err != nil {
		return err
	}
	s, err := service.Open(ctx, c, o.Log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() {
		defer stop() // a collector that fails stops the rest
		served <- s.Run(ctx)
	}()
	err = start(ctx, s, o)
	if err != nil {
		stop()
	}
	return errors.Join(err, <-served)
}

// start prepares everything and runs the agent until ctx ends.
func start(ctx context.Context, s *service.Service, o Options) error {
	address := "http://" + s.Address()
	fmt.Fprintf(o.Out, "Ecoparc is starting; its data is in %s.\n", o.DataDir)
	if err := addAdministrator(ctx, s, o.Out); err != nil {
		return err
	}
	agent := agentConfig(o.DataDir)
	if err := enrol(ctx, s, agent, address); err != nil {
		return err
	}
	var agentErr error
	var wait sync.WaitGroup
	wait.Go(func() { agentErr = runner.Run(ctx, agent, o.Version, true, o.Log) })
	if o.Demo != nil {
		if err := addDemo(ctx, s, *o.Demo, o.Out); err != nil {
			return err
		}
	}
	fmt.Fprintf(o.Out, "\n  Dashboard  %s\n\n", address)
	fmt.Fprintln(o.Out, "Within half a minute it shows real figures of this machine. Stop with Ctrl-C; everything is kept.")
	fmt.Fprintln(o.Out, "Next: a site for your school (`collector site add`), a token for its devices (`collector token create`),")
	fmt.Fprintln(o.Out, "and on each device `ecoparc-agent enrol --collector URL --token TOKEN`, then `ecoparc-agent run`: at an address with https,")
	fmt.Fprintln(o.Out, "or on this very machine with --insecure-http.")
	wait.Wait()
	return agentErr
}

// addAdministrator makes the first user and prints its password this once.
func addAdministrator(ctx context.Context, s *service.Service, out io.Writer) error {
	empty, err := s.Access.Empty(ctx)
	if err != nil || !empty {
		return err
	}
	password := access.NewPassword()
	if err := s.Access.AddUser(ctx, administrator, access.Grant{Role: access.Administrator, Reach: reach.Reach{Everything: true}}, password); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n  User       %s\n  Password   %s   (shown this once; `collector user password %s` sets another)\n", administrator, password, administrator)
	return nil
}

// agentConfig is an agent that shows something soon: samples every five seconds,
// windows and uploads every minute.
func agentConfig(dataDir string) runner.Config {
	c := runner.DefaultConfig()
	c.StateDir, c.InsecureHTTP = filepath.Join(dataDir, "agent"), true
	c.SampleInterval, c.Window, c.UploadInterval, c.UploadDailyKiB = 5*time.Second, time.Minute, time.Minute, 0
	return c
}

// enrol makes the site and enrols this machine with a token of its own, unless it
// is enrolled already. The address may have changed since.
func enrol(ctx context.Context, s *service.Service, agent runner.Config, address string) error {
	id, err := uplink.LoadIdentity(agent.StateDir)
	if err == nil {
		if _, err := s.Registry.Authenticate(ctx, id.Device, id.Secret); err == nil {
			id.Collector = address
			return id.Save(agent.StateDir)
		}
		if err := os.RemoveAll(agent.StateDir); err != nil { // of a ledger that is gone
			return fmt.Errorf("cannot forget the old identity: %w", err)
		}
	} else if !uplink.None(err) {
		return err
	}
	owner, err := s.Registry.AddOrganisation(ctx, organisation, false)
	if err != nil {
		return err
	}
	sites, err := s.Registry.AddSites(ctx, owner.ID, []registry.Site{{Name: siteName, Kind: registry.Other}})
	if err != nil {
		return err
	}
	token, _, err := s.Registry.CreateToken(ctx, sites[0].ID, equipment.Administration, 1, 10*time.Minute, time.Now())
	if err != nil {
		return err
	}
	_, err = runner.Enrol(ctx, agent, address, token, "")
	return err
}

// addDemo adds the simulated region with a progress bar.
func addDemo(ctx context.Context, s *service.Service, plan simulate.Plan, out io.Writer) error {
	begin := time.Now()
	tell := func(done, all int) {
		full := barWidth * done / all
		fmt.Fprintf(out, "\rSimulating a region [%s%s] %d of %d devices", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, all)
		if done == all {
			fmt.Fprintf(out, ", %.0f s\n", time.Since(begin).Seconds())
		}
	}
	plan.Now, plan.Where = begin, s.Location()
	if err := simulate.Region(ctx, s.Registry, s.Ledger, plan, tell); err != nil {
		return err
	}
	return s.Calibrate(ctx) // its metered devices teach the others now, not at the next turn of the job
}
