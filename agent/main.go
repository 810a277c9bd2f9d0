// Command agent measures how a school device is used and what energy it takes,
// and reports that to an Ecoparc collector. It sends no personal data: `agent
// show` prints what it sends, byte for byte.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/ecoparc/ecoparc/agent/runner"
	"github.com/ecoparc/ecoparc/agent/service"
	"github.com/ecoparc/ecoparc/models/report"
)

// version is set when a release is built.
var version = "dev"

type cli struct {
	Config   string `help:"Configuration file." placeholder:"FILE" type:"path"`
	StateDir string `help:"Folder for identity, spool and status." placeholder:"DIR" type:"path"`

	Enrol     enrolCmd     `cmd:"" help:"Make this machine a device of a collector."`
	Configure configureCmd `cmd:"" help:"Write into the configuration where the service enrols by itself."`
	Run       runCmd       `cmd:"" help:"Measure and report until stopped."`
	Service   serviceCmd   `cmd:"" help:"Make the agent a service of this machine, or control it."`
	Show      showCmd      `cmd:"" help:"Print the exact next report, and what each field is for."`
	Status    statusCmd    `cmd:"" help:"Tell how the agent is doing."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

func (c *cli) load() (runner.Config, error) {
	config, err := runner.LoadConfig(c.Config)
	if c.StateDir != "" {
		config.StateDir = c.StateDir
	}
	return config, err
}

func main() {
	var c cli
	parser := kong.Parse(&c, kong.Name("agent"), kong.Description("Ecoparc's agent: measures use and energy of this machine, and nothing about people."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser.BindTo(ctx, (*context.Context)(nil))
	if err := parser.Run(&c); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		stop()
		os.Exit(1)
	}
}

type enrolCmd struct {
	Collector string `help:"Address of the collector, as https://ecoparc.example.fr." required:"" placeholder:"URL"`
	Token     string `help:"Enrolment token of the site." required:"" placeholder:"TOKEN"`
	Label     string `help:"Inventory label of the device, chosen by you; never a person's name." placeholder:"TEXT"`
}

func (e *enrolCmd) Run(ctx context.Context, c *cli) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	device, err := runner.Enrol(ctx, config, e.Collector, e.Token, e.Label)
	if err != nil {
		return err
	}
	fmt.Printf("Enrolled as %s. Next: `agent run`. It is heard of within minutes; its use follows about every %s.\n", device, config.UploadInterval)
	return nil
}

type configureCmd struct {
	Collector string `help:"Address of the collector, as https://ecoparc.example.fr." required:"" placeholder:"URL"`
	Token     string `help:"Enrolment token of the site." required:"" placeholder:"TOKEN"`
	Label     string `help:"Inventory label of the device, chosen by you; never a person's name." placeholder:"TEXT"`
}

func (e *configureCmd) Run(c *cli) error {
	path := c.Config
	if path == "" {
		path = runner.DefaultConfigPath()
	}
	if err := runner.Configure(path, e.Collector, e.Token, e.Label); err != nil {
		return err
	}
	fmt.Printf("%s says where to enrol. A running service enrols within minutes; `agent status` tells.\n", path)
	return nil
}

type runCmd struct {
	AwaitEnrolment bool `help:"Without an enrolment, wait for one instead of giving up, as a service should."`
}

func (r *runCmd) Run(ctx context.Context, c *cli) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	config.AwaitEnrolment = r.AwaitEnrolment
	return service.Run(ctx, func(ctx context.Context, log *slog.Logger) error {
		return runner.Run(ctx, config, version, false, log)
	})
}

type serviceCmd struct {
	Action string `arg:"" enum:"install,start,stop,status,uninstall" help:"install, start, stop, status or uninstall."`
}

func (s *serviceCmd) Run(c *cli) error {
	answer, err := service.Control(s.Action, c.Config)
	if err != nil {
		return err
	}
	fmt.Println(answer)
	return nil
}

type showCmd struct {
	Raw bool `help:"Print the bytes of the report alone."`
}

func (s *showCmd) Run(ctx context.Context, c *cli) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	body, example, err := runner.NextReport(ctx, config, version)
	if err != nil {
		return err
	}
	if s.Raw {
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

type statusCmd struct{}

func (*statusCmd) Run(c *cli) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	s, err := runner.ReadStatus(config)
	if err != nil {
		return err
	}
	fmt.Printf("State folder   %s\n", s.StateDir)
	if s.Enrolled {
		fmt.Printf("Enrolled       as %s at %s\n", s.Identity.Device, s.Identity.Collector)
	}
	fmt.Printf("Spool          %s waiting, %d KiB", windows(s.Waiting), (s.SpoolB+1023)/1024)
	if s.Waiting > 0 {
		fmt.Printf(", the oldest from %s", s.Oldest.Local().Format(time.DateTime))
	}
	fmt.Println()
	if s.Dropped > 0 {
		fmt.Printf("Dropped        %s: the spool was full\n", windows(s.Dropped))
	}
	if s.LastSuccess.IsZero() {
		fmt.Println("Last upload    none yet")
	} else {
		fmt.Printf("Last upload    %s\n", s.LastSuccess.Local().Format(time.DateTime))
	}
	if s.LastError != "" {
		fmt.Printf("Last error     %s\n", s.LastError)
	}
	for _, m := range s.Meters {
		fmt.Printf("Meter          %s, which sees %s: %s", m.Source, m.Boundary.Sees(), m.Status)
		if m.Reason != "" {
			fmt.Printf(" (%s)", m.Reason)
		}
		fmt.Println()
	}
	if !s.Enrolled {
		return fmt.Errorf("this device is not enrolled: run `agent enrol --collector URL --token TOKEN`")
	}
	return nil
}

func windows(n int64) string {
	if n == 1 {
		return "1 window"
	}
	return fmt.Sprintf("%d windows", n)
}

type versionCmd struct{}

func (*versionCmd) Run() error {
	fmt.Println("ecoparc-agent", version)
	return nil
}
