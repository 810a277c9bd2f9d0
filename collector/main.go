// Command collector takes the reports of Ecoparc's agents in, keeps them, and
// shows what a school fleet costs the planet beside the reference equipment of a
// pupil. `collector quickstart` shows this machine within a minute.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // Windows and small containers have no time zones

	"github.com/alecthomas/kong"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/config"
	"github.com/ecoparc/ecoparc/collector/purchase"
	"github.com/ecoparc/ecoparc/collector/quickstart"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/repair"
	"github.com/ecoparc/ecoparc/collector/service"
	"github.com/ecoparc/ecoparc/collector/store"
)

// version is set when a release is built.
var version = "dev"

type cli struct {
	Config string `short:"c" help:"Configuration file (ecoparc.yaml)." placeholder:"FILE" type:"path"`
	Data   string `help:"Data folder, instead of the configuration's folder or data base; for evaluate, the file to judge by." placeholder:"PATH" type:"path"`

	Quickstart   quickstartCmd   `cmd:"" help:"Show this very machine within a minute."`
	Run          runCmd          `cmd:"" help:"Run the collector."`
	Token        tokenCmd        `cmd:"" help:"Enrolment tokens."`
	Organisation organisationCmd `cmd:"" help:"Councils and other owners of schools."`
	Site         siteCmd         `cmd:"" help:"Schools and other places with devices."`
	Device       deviceCmd       `cmd:"" help:"Devices: purchases, retirement, transfer, silent ones."`
	User         userCmd         `cmd:"" help:"People who may sign in."`
	Report       reportCmd       `cmd:"" help:"The monthly report of an organisation: by e-mail, and as a file."`
	Audit        auditCmd        `cmd:"" help:"Print who administered what, the latest first."`
	Factors      factorsCmd      `cmd:"" help:"List every factor with its interval, source and licence."`
	Backup       backupCmd       `cmd:"" help:"Copy the data to a file while the collector runs."`
	Estimate     estimateCmd     `cmd:"" help:"Print the footprint of devices that you describe, with intervals and sources."`
	Restore      restoreCmd      `cmd:"" help:"Make an empty data folder from a backup."`
	Verify       verifyCmd       `cmd:"" help:"Compute all sums anew and say what differs, also while the collector runs."`
	Recompute    recomputeCmd    `cmd:"" help:"Compute the overviews of all large organisations anew, also while the collector runs."`
	Migrate      migrateCmd      `cmd:"" help:"Carry all data from a data folder to PostgreSQL, while no collector runs."`
	Evaluate     evaluateCmd     `cmd:"" help:"Judge the models by what was published or measured."`
	Bench        benchCmd        `cmd:"" help:"Measure what this machine can take."`
	Version      versionCmd      `cmd:"" help:"Print the version."`
}

func main() {
	var c cli
	parser := kong.Parse(&c, kong.Name("collector"), kong.Description("Ecoparc's collector: the footprint of a school fleet."), kong.ShortUsageOnError(), kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(span)),
		kong.Vars{"fields": strings.Join(purchase.Fields(), ", "), "repair_fields": strings.Join(repair.Fields(), ", "), "parts": strings.Join(repair.Parts(), ", "), "site_fields": strings.Join(registry.SiteFields(), ", "), "roles": access.RoleNames()})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser.BindTo(asOperator(ctx), (*context.Context)(nil))
	if err := parser.Run(&c); err != nil {
		fmt.Fprintln(os.Stderr, "collector:", err)
		stop()
		os.Exit(1)
	}
}

func (c *cli) load() (config.Config, error) {
	loaded, err := config.Load(c.Config)
	if c.Data != "" {
		loaded.DataDir, loaded.Store = c.Data, config.SQLite
	}
	return loaded, err
}

// span reads a flag that is a length of time: as Go writes one, or in days.
func span(d *kong.DecodeContext, into reflect.Value) error {
	var text string
	if err := d.Scan.PopValueInto("duration", &text); err != nil {
		return err
	}
	length, err := time.ParseDuration(text)
	if number, days := strings.CutSuffix(text, "d"); days {
		var n int64
		n, err = strconv.ParseInt(number, 10, 16)
		length = time.Duration(n) * 24 * time.Hour
	}
	if err != nil {
		return fmt.Errorf("%q is not a length of time like 12h or 90d", text)
	}
	into.SetInt(int64(length))
	return nil
}

// withStore opens the data beside a collector that may be running, for a short
// command.
func (c *cli) withStore(ctx context.Context, work func(*store.Store) error) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	s, err := loaded.Place().OpenShared(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	return work(s)
}

type runCmd struct{}

func (*runCmd) Run(ctx context.Context, c *cli) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	s, err := service.Open(ctx, loaded, slog.Default())
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

type quickstartCmd struct {
	Demo   bool   `help:"Add a simulated region of 30 schools, marked as simulated."`
	Listen string `help:"Address of the dashboard." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Debug  bool   `help:"Print the log."`
}

func (q *quickstartCmd) Run(ctx context.Context, c *cli) error {
	if c.Config != "" {
		return errors.New("quickstart reads no configuration: leave -c away, or start `collector run -c FILE`")
	}
	data := c.Data
	if data == "" {
		data = config.Default().DataDir
	}
	level := slog.LevelWarn
	if q.Debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	o := quickstart.Options{DataDir: data, Listen: q.Listen, Version: version, Out: os.Stdout, Log: log}
	if q.Demo {
		o.Demo = quickstart.DemoRegion()
	}
	return quickstart.Run(ctx, o)
}

type versionCmd struct{}

func (*versionCmd) Run() error {
	fmt.Println("ecoparc-collector", version)
	return nil
}
