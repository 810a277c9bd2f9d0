package command

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
)

// program notes what it was asked to do.
func program(did *string) *Program {
	var config, to string
	var loud bool
	return &Program{
		Name: "agent", About: "Measures.", Flags: func(f *flag.FlagSet) { f.StringVar(&config, "config", config, "Configuration `FILE`.") },
		Commands: []Command{
			{
				Name: "enrol", Help: "Make a device.", Required: []string{"to"},
				Flags: func(f *flag.FlagSet) {
					f.StringVar(&to, "to", "", "Address, a `URL`.")
					f.BoolVar(&loud, "loud", false, "Say more.")
				},
				Run: func(context.Context, string) error {
					*did = fmt.Sprintf("enrol %s %s %t", config, to, loud)
					return nil
				},
			},
			{
				Name: "service", Help: "Be a service.", Argument: &Argument{"action", "start or stop.", []string{"start", "stop"}},
				Run: func(_ context.Context, action string) error {
					*did = "service " + config + " " + action
					return errors.New("it failed")
				},
			},
		},
	}
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		line      string
		exit      int
		did       string
		out, errs string // what is in them
	}{
		{"enrol --to u", 0, "enrol  u false", "", ""},
		{"--config f enrol --to u --loud", 0, "enrol f u true", "", ""},
		{"enrol --to=u --config f", 0, "enrol f u false", "", ""},
		{"service --config f start", 1, "service f start", "", "agent: it failed\n"},
		{"service start --config f", 1, "service f start", "", "agent: it failed\n"},
		{"", 1, "", "", "agent: error: a command is expected: enrol, service; `agent --help` tells more\n"},
		{"dance", 1, "", "", `agent: error: "dance" is no command; there are enrol, service`},
		{"enrol", 1, "", "", "agent: error: --to is missing; `agent enrol --help` tells more\n"},
		{"enrol --to u --dance", 1, "", "", "agent: error: flag provided but not defined: -dance"},
		{"--dance", 1, "", "", "agent: error: "},
		{"enrol --to u now", 1, "", "", `agent: error: "now" is not expected`},
		{"service", 1, "", "", "action is one of start, stop"},
		{"service start stop", 1, "", "", "action is one of start, stop"},
		{"service dance", 1, "", "", "action is one of start, stop"},
		{"--help", 0, "", "  service      Be a service.", ""},
		{"help", 0, "", "  --config FILE            Configuration FILE.", ""},
		{"enrol --help", 0, "", "  --to URL                 Address, a URL. Required.", ""},
		{"service -h", 0, "", "Usage: agent service ACTION [flags]", ""},
	} {
		var did string
		var out, errs bytes.Buffer
		exit := program(&did).Run(t.Context(), strings.Fields(c.line), &out, &errs)
		if exit != c.exit || did != c.did || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.errs) || (c.errs == "") != (errs.Len() == 0) {
			t.Errorf("agent %s: status %d, did %q, said %q and %q", c.line, exit, did, &out, &errs)
		}
		if strings.Count(errs.String(), "\n") > 1 {
			t.Errorf("agent %s: more than one line: %q", c.line, &errs)
		}
	}
}
