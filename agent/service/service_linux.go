package service

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strings"

	"github.com/kardianos/service"

	"github.com/ecoparc/ecoparc/agent/packaging"
)

const (
	packagedUnit = "/usr/lib/systemd/system/ecoparc-agent.service"
	meterRights  = "/etc/tmpfiles.d/ecoparc-agent.conf"
	configDir    = "/etc/ecoparc-agent"
)

// system gives the service the packages' unit, with this program and its arguments.
func system(c *service.Config) {
	c.Option = service.KeyValue{"SystemdScript": ""}
	program, err := os.Executable()
	if err != nil {
		return // install says so
	}
	c.Option["SystemdScript"] = unit(program, c.Arguments)
}

func unit(program string, arguments []string) string {
	line := "ExecStart=" + quote(program)
	for _, a := range arguments {
		line += " " + quote(a)
	}
	return strings.Replace(packaging.Unit, "ExecStart="+packaging.Program+" run --await-enrolment", line, 1)
}

// quote writes a word for systemd, for which % and $ mean something.
func quote(word string) string {
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(word)
	if strings.ContainsAny(word, " \t'\"") {
		return `"` + word + `"`
	}
	return word
}

func supported(s service.Service) error {
	if s.Platform() != "linux-systemd" {
		return fmt.Errorf("this system starts services by %s, not by systemd: have it run `ecoparc-agent run --await-enrolment` as an account of its own", s.Platform())
	}
	return nil
}

func install(s service.Service) (string, error) {
	if _, err := os.Stat(packagedUnit); err == nil {
		return "", fmt.Errorf("a package has installed the service already (%s): run `ecoparc-agent service start`", packagedUnit)
	}
	if os.Geteuid() != 0 {
		return "", explain(fs.ErrPermission)
	}
	if err := makeAccount(); err != nil {
		return "", err
	}
	if err := os.WriteFile(meterRights, []byte(packaging.MeterRights), 0o644); err != nil {
		return "", fmt.Errorf("cannot let the service read energy counters: %w", err)
	}
	if err := s.Install(); err != nil {
		return "", explain(err)
	}
	return "The service is installed, and starts with the machine. Next: `ecoparc-agent configure --collector URL --token TOKEN`, then `ecoparc-agent service start`.", nil
}

// makeAccount makes the service's account and its configuration folder.
func makeAccount() error {
	account, err := user.Lookup(Name)
	if unknown := user.UnknownUserError(""); errors.As(err, &unknown) {
		out, failed := exec.Command("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/var/lib/ecoparc-agent", "--shell", "/usr/sbin/nologin", Name).CombinedOutput()
		if failed != nil {
			return fmt.Errorf("cannot make the service's account: %w: %s", failed, out)
		}
		account, err = user.Lookup(Name)
	}
	if err != nil {
		return fmt.Errorf("cannot find the service's account: %w", err)
	}
	if err := os.MkdirAll(configDir, 0o750); err != nil {
		return err
	}
	var gid int
	if _, err := fmt.Sscan(account.Gid, &gid); err != nil {
		return fmt.Errorf("group %q of the service's account is not a number", account.Gid)
	}
	return os.Chown(configDir, 0, gid)
}

func uninstall(s service.Service) (string, error) {
	if _, err := os.Stat(packagedUnit); err == nil {
		return "", errors.New("a package has installed the service: remove the package")
	}
	_ = s.Stop() // it may not be running
	if err := s.Uninstall(); err != nil {
		return "", explain(err)
	}
	if err := os.Remove(meterRights); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return "The service is uninstalled. /etc/ecoparc-agent, /var/lib/ecoparc-agent and the account ecoparc-agent are left, for whoever installs it again.", nil
}
