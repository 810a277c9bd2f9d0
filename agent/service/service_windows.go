package service

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kardianos/service"

	"github.com/ecoparc/ecoparc/agent/private"
)

// system makes the service run as LocalService, which may do next to nothing, and
// come back a minute after a crash.
func system(c *service.Config) {
	c.UserName = `NT AUTHORITY\LocalService`
	c.Option = service.KeyValue{"DelayedAutoStart": true, "OnFailure": "restart", "OnFailureDelayDuration": "1m", "OnFailureResetPeriod": 86400}
}

func supported(service.Service) error { return nil }

func install(s service.Service) (string, error) {
	if err := CloseFolders(); err != nil {
		return "", explain(err)
	}
	if err := s.Install(); err != nil {
		return "", explain(err)
	}
	return "The service is installed, and starts with the machine. Next: `ecoparc-agent configure --collector URL --token TOKEN`, then `ecoparc-agent service start`.", nil
}

// CloseFolders makes the folders of configuration and state, where pupils neither
// read nor write.
func CloseFolders() error {
	outer := private.Home()
	for _, f := range []struct {
		path  string
		write bool
	}{{outer, false}, {filepath.Join(outer, "agent"), true}} {
		if err := os.MkdirAll(f.path, 0o700); err != nil {
			return fmt.Errorf("cannot make folder: %w", err)
		}
		if err := private.Lock(f.path, f.write); err != nil {
			return err
		}
	}
	return nil
}

func uninstall(s service.Service) (string, error) {
	_ = s.Stop() // it may not be running
	if err := s.Uninstall(); err != nil {
		return "", explain(err)
	}
	return `The service is uninstalled. ProgramData\Ecoparc is left, for whoever installs it again.`, nil
}
