package service

import (
	"errors"
	"fmt"
	"os"
	"os/user"

	"github.com/kardianos/service"

	"github.com/ecoparc/ecoparc/agent/packaging"
)

const (
	account   = "daemon" // of the system's own, for services without rights
	stateDir  = "/var/lib/ecoparc-agent"
	configDir = "/etc/ecoparc-agent"
)

// system runs the agent as an account without rights: nothing it reads needs more.
func system(c *service.Config) {
	c.UserName = account
	c.Arguments = append([]string{"--state-dir", stateDir}, c.Arguments...)
	c.Option = service.KeyValue{"LaunchdConfig": packaging.Daemon}
}

// makeFolders makes the folders of state and configuration for that account.
func makeFolders() error {
	who, err := user.Lookup(account)
	if err != nil {
		return fmt.Errorf("cannot find the service's account: %w", err)
	}
	var uid, gid int
	if _, err := fmt.Sscan(who.Uid+" "+who.Gid, &uid, &gid); err != nil {
		return fmt.Errorf("the service's account has no numbers: %w", err)
	}
	for _, f := range []struct {
		path string
		mode os.FileMode
		uid  int
	}{{stateDir, 0o700, uid}, {configDir, 0o750, 0}} {
		err := os.MkdirAll(f.path, f.mode)
		if err == nil {
			err = os.Chown(f.path, f.uid, gid)
		}
		if err != nil {
			return fmt.Errorf("cannot make the service's folder: %w", err)
		}
	}
	return nil
}

func supported(service.Service) error { return nil }

func install(s service.Service) (string, error) {
	if err := makeFolders(); err != nil {
		return "", explain(err)
	}
	if err := s.Install(); err != nil {
		return "", explain(err)
	}
	return "The service is installed, and starts with the machine. Next: `ecoparc-agent configure --collector URL --token TOKEN`, then `ecoparc-agent service start`.", nil
}

func uninstall(s service.Service) (string, error) {
	_ = s.Stop() // it may not be running
	if err := s.Uninstall(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", explain(err)
	}
	return "The service is uninstalled. /etc/ecoparc-agent and /var/lib/ecoparc-agent are left, for whoever installs it again.", nil
}
