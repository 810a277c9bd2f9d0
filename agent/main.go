// Command agent measures how a school device is used and what energy it takes,
// and reports that to an Ecoparc collector. It sends no personal data: `agent
// show` prints what it sends, byte for byte.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/ecoparc/ecoparc/agent/command"
	"github.com/ecoparc/ecoparc/agent/private"
	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/agent/service"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

// version is set when a release is built.
var version = "dev"

// cli are the flags that every command takes.
type cli struct{ config, stateDir string }

func (c *cli) flags(f *flag.FlagSet) {
	f.Func("config", "Configuration `FILE`.", absolute(&c.config))
	f.Func("state-dir", "Folder (`DIR`) for identity, spool and status.", absolute(&c.stateDir))
}

// absolute takes a path that means the same from any folder, as a service's.
func absolute(to *string) func(string) error {
	return func(path string) (err error) {
		if path == "" {
			return nil // as if it was not given
		}
		*to, err = filepath.Abs(path)
		return err
	}
}

func (c *cli) load() (runner.Config, error) {
	config, err := runner.LoadConfig(c.config)
	if c.stateDir != "" {
		config.StateDir = c.stateDir
	}
	return config, err
}

func main() {
	runtime.GOMAXPROCS(1) // it does one small thing at a time: more threads only wake each other, and the machine
	c := new(cli)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	commands := c.commands()
	for i, one := range commands {
		if one.Name != "run" { // as a service, of an account of its own
			commands[i].Run = func(ctx context.Context, argument string) error { return advised(one.Run(ctx, argument)) }
		}
	}
	exit := (&command.Program{
		Name: "ecoparc-agent", About: "Ecoparc's agent: measures use and energy of this machine, and nothing about people.",
		Flags: c.flags, Commands: commands,
	}).Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(exit)
}

// advised adds to what may not be done by whoever asks who may.
func advised(err error) error {
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		return fmt.Errorf("%w; it takes an administrator: %s", err, map[bool]string{false: "sudo", true: "a prompt opened as administrator"}[runtime.GOOS == "windows"])
	}
	return err
}

func (c *cli) commands() []command.Command {
	var to enrolment
	var raw, await bool
	return []command.Command{
		{
			Name: "enrol", Help: "Make this machine a device of a collector.", Flags: to.flags, Required: []string{"collector", "token"},
			Run: func(ctx context.Context, _ string) error { return c.enrol(ctx, to) },
		},
		{
			Name: "configure", Help: "Write into the configuration where the service enrols by itself.", Flags: to.flags, Required: []string{"collector", "token"},
			Run: func(context.Context, string) error { return c.configure(to) },
		},
		{
			Name: "run", Help: "Measure and report until stopped.",
			Flags: func(f *flag.FlagSet) {
				f.BoolVar(&await, "await-enrolment", false, "Without an enrolment, wait for one instead of giving up, as a service should.")
			},
			Run: func(ctx context.Context, _ string) error { return c.run(ctx, await) },
		},
		{
			Name: "service", Help: "Make the agent a service of this machine, or control it.",
			Argument: &command.Argument{Name: "action", Help: "install, start, stop, status or uninstall.", Allowed: []string{"install", "start", "stop", "status", "uninstall"}},
			Run:      func(_ context.Context, action string) error { return c.service(action) },
		},
		{
			Name: "show", Help: "Print the exact next report, and what each field is for.",
			Flags: func(f *flag.FlagSet) { f.BoolVar(&raw, "raw", false, "Print the bytes of the report alone.") },
			Run:   func(ctx context.Context, _ string) error { return c.show(ctx, raw) },
		},
		{Name: "status", Help: "Tell how the agent is doing.", Run: func(context.Context, string) error { return c.status() }},
		{Name: "version", Help: "Print the version.", Run: func(context.Context, string) error {
			fmt.Println("ecoparc-agent", version)
			return nil
		}},
	}
}

// enrolment is where a device enrols, and as what.
type enrolment struct {
	collector, token, label string
	insecureHTTP            bool
}

func (e *enrolment) flags(f *flag.FlagSet) {
	f.StringVar(&e.collector, "collector", "", "Address of the collector (`URL`), as https://ecoparc.example.fr.")
	f.StringVar(&e.token, "token", "", "Enrolment `TOKEN` of the site; - reads it from standard input, where no list of processes shows it.")
	f.StringVar(&e.label, "label", "", "Inventory label of the device (`TEXT`), chosen by you; never a person's name.")
	f.BoolVar(&e.insecureHTTP, "insecure-http", false, "Allow plain http, to a collector on this very machine only.")
}

// read reads the token where it is not on the command line, and looks whether it is one.
func (e *enrolment) read(from io.Reader) error {
	if e.token == "-" {
		if err := e.readToken(from); err != nil {
			return err
		}
	}
	if err := uplink.CheckToken(e.token); err != nil {
		return fmt.Errorf("the token %w", err)
	}
	return nil
}

func (e *enrolment) readToken(from io.Reader) error {
	const longest, byteOrderMark = 4096, "\ufeff"
	text, err := io.ReadAll(io.LimitReader(from, longest))
	if e.token = strings.TrimSpace(strings.TrimPrefix(string(text), byteOrderMark)); err == nil && e.token == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return fmt.Errorf("cannot read the token from standard input: %w", err)
	}
	return nil
}

func (c *cli) enrol(ctx context.Context, e enrolment) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	if err := e.read(os.Stdin); err != nil {
		return err
	}
	config.InsecureHTTP = config.InsecureHTTP || e.insecureHTTP
	device, err := runner.Enrol(ctx, config, e.collector, e.token, e.label)
	if err != nil {
		return err
	}
	fmt.Printf("Enrolled as %s. A service that waits goes on by itself within minutes; without one: `ecoparc-agent run`. Its use is reported about every %s.\n", device, span(config.UploadInterval))
	return nil
}

func (c *cli) configure(e enrolment) error {
	path := c.config
	if path == "" {
		path = runner.DefaultConfigPath()
	}
	if err := e.read(os.Stdin); err != nil {
		return err
	}
	changed, err := runner.Configure(path, e.collector, e.token, e.label, e.insecureHTTP)
	if err != nil {
		return err
	}
	if !changed {
		fmt.Printf("Nothing to change: %s says so already.\n", path)
		return nil
	}
	fmt.Printf("%s says where to enrol. A running service enrols within minutes; `ecoparc-agent status` tells.\n", path)
	return nil
}

func (c *cli) run(ctx context.Context, await bool) error {
	return service.Run(ctx, await, func(ctx context.Context, log *slog.Logger) error {
		config, err := c.load() // in here, where a service manager that has no standard error hears of mistakes
		if err != nil {
			return err
		}
		if account := private.OfAnother(config.StateDir); account != "" {
			return fmt.Errorf("state folder %q is the account %s's, which could not read what root makes in it: start the service, or run this as that account", config.StateDir, account)
		}
		config.AwaitEnrolment = await
		config.Machine = &runner.Machine{Tidy: collectSeldom()}
		return runner.Run(ctx, config, version, false, log)
	})
}

// collectSeldom has garbage collected when its answer is called, and at atMostB, which a
// backlog that is sent reaches. By itself Go would do it every two minutes, little as
// there is, with threads that wake each other a dozen times.
func collectSeldom() func() {
	const atMostB = 12 << 20
	debug.SetMemoryLimit(atMostB)
	debug.SetGCPercent(-1)
	return debug.FreeOSMemory
}

func (c *cli) service(action string) error {
	answer, err := service.Control(action, c.config)
	if err != nil {
		return err
	}
	fmt.Println(answer)
	return nil
}

func (c *cli) show(ctx context.Context, raw bool) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	body, example, err := runner.NextReport(ctx, config, version)
	if err != nil {
		return err
	}
	if raw {
		_, err := os.Stdout.Write(body)
		return err
	}
	fmt.Printf("%s\n\n", body)
	if example {
		fmt.Println("Nothing waits to be sent: the report above is an example, measured just now.")
	} else {
		fmt.Println("The report above is what the next upload sends, byte for byte; on the way it is compressed (gzip) and encrypted (TLS).")
	}
	fmt.Print("What each field is for:\n\n")
	return explain(body)
}

// explain prints the purpose of the fields that a report holds.
func explain(body []byte) error {
	var document any
	if err := json.Unmarshal(body, &document); err != nil {
		return err
	}
	present := map[string]bool{}
	notePaths(document, "", present)
	for _, f := range report.FieldHelps() {
		if present[f.Path] {
			fmt.Printf("  %-34s %s\n", f.Path, f.Help)
		}
	}
	return nil
}

// notePaths notes the paths of all fields below a value, as windows[].start.
func notePaths(value any, path string, present map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, child := range v {
			at := strings.TrimPrefix(path+"."+name, ".")
			present[at] = true
			notePaths(child, at, present)
		}
	case []any:
		for _, child := range v {
			notePaths(child, path+"[]", present)
		}
	}
}
