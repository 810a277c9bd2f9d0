package command_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/ecoparc/ecoparc/agent/command"
)

// A program of one command. What it cannot read it says in a sentence, and exits
// with 1.
func Example() {
	var every time.Duration
	program := &command.Program{
		Name: "meter", About: "Meter reads what a machine draws.",
		Commands: []command.Command{{
			Name: "watch", Help: "Print the power.",
			Flags: func(f *flag.FlagSet) { f.DurationVar(&every, "every", time.Minute, "How often, a `DURATION`.") },
			Run: func(context.Context, string) error {
				fmt.Println("watching every", every)
				return nil
			},
		}},
	}
	for _, line := range [][]string{{"watch", "--every", "15s"}, {"wacth"}} {
		fmt.Println("exit", program.Run(context.Background(), line, os.Stdout, os.Stdout))
	}
	// Output:
	// watching every 15s
	// exit 0
	// meter: error: "wacth" is no command; there are watch; `meter --help` tells more
	// exit 1
}
