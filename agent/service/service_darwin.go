package service

import (
	"errors"
	"os"

	"github.com/kardianos/service"
)

// system runs the agent as root: powermetrics, the only meter of a Mac on mains
// power, needs it.
func system(c *service.Config) {
	c.Option = service.KeyValue{"RunAtLoad": true, "KeepAlive": true}
}

func supported(service.Service) error { return nil }

func install(s service.Service) (string, error) {
	if err := s.Install(); err != nil {
		return "", explain(err)
	}
	return "The service is installed, and starts with the machine. Next: `agent configure --collector URL --token TOKEN`, then `agent service start`.", nil
}

func uninstall(s service.Service) (string, error) {
	_ = s.Stop() // it may not be running
	if err := s.Uninstall(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", explain(err)
	}
	return "The service is uninstalled. /etc/ecoparc-agent and /var/lib/ecoparc-agent are left, for whoever installs it again.", nil
}

// failed has nothing to do: launchd sees the program's end.
func failed(service.Service, error) {}
