// Package service makes the agent a service of the operating system: a systemd unit
// on Linux, a Windows service, a launch daemon on macOS. Packages install the same
// service; this is for machines without one.
package service

import (
	"errors"
	"fmt"

	"github.com/kardianos/service"
)

// Name is the service's name, and that of its account on Linux.
const Name = "ecoparc-agent"

// Actions are what Control does.
const (
	Install   = "install"
	Start     = "start"
	Stop      = "stop"
	Status    = "status"
	Uninstall = "uninstall"
)

// Control installs, starts, stops, describes or uninstalls the service. The answer is
// one sentence. An empty configPath is the machine's own configuration.
func Control(action, configPath string) (string, error) {
	s, err := service.New(controlled{}, config(configPath))
	if err != nil {
		return "", fmt.Errorf("this system has no service manager that is known here: %w", err)
	}
	if err := supported(s); err != nil {
		return "", err
	}
	switch action {
	case Install:
		return install(s)
	case Uninstall:
		return uninstall(s)
	case Start:
		return "The service runs.", explain(s.Start())
	case Stop:
		return "The service is stopped until the next boot.", explain(s.Stop())
	default:
		return status(s)
	}
}

func status(s service.Service) (string, error) {
	st, err := s.Status()
	switch {
	case errors.Is(err, service.ErrNotInstalled):
		return "", errors.New("the service is not installed: run `ecoparc-agent service install`")
	case err != nil:
		return "", explain(err)
	case st == service.StatusRunning:
		return "The service runs.", nil
	default:
		return "", errors.New("the service is installed and stopped: run `ecoparc-agent service start`")
	}
}

// explain adds what helps most often.
func explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w (services need an administrator: sudo, or a prompt opened as administrator)", err)
}

// config is the service as its manager knows it.
func config(configPath string) *service.Config {
	arguments := []string{"run", "--await-enrolment"}
	if configPath != "" {
		arguments = append([]string{"--config", configPath}, arguments...)
	}
	c := &service.Config{
		Name: Name, DisplayName: "Ecoparc agent", Arguments: arguments,
		Description: "Measures use and energy of this machine, and nothing about people.",
	}
	system(c)
	return c
}

// controlled is a service as who controls it needs it: Run runs it.
type controlled struct{}

func (controlled) Start(service.Service) error { return nil }
func (controlled) Stop(service.Service) error  { return nil }
