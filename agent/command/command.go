// Package command reads the command line of a program that has a few commands: flags
// for all of them, flags of each, and help that tells both. It is the standard
// library's flag with that added; packages that find commands by reflection make the
// linker keep every method of everything, which was a fifth of the agent.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Program is a program and its commands.
type Program struct {
	Name, About string
	// Flags adds the flags that every command takes. In the help of a flag the word
	// in backquotes stands for its value.
	Flags    func(*flag.FlagSet)
	Commands []Command
}

// Command is one thing that the program does.
type Command struct {
	Name, Help string
	Flags      func(*flag.FlagSet) // its own; nil: none
	Required   []string            // flags that must be given
	Argument   *Argument           // what follows; nil: nothing does
	Run        func(ctx context.Context, argument string) error
}

// Argument is one word that must follow a command.
type Argument struct {
	Name, Help string
	Allowed    []string
}

// errHelp says that help was asked for.
var errHelp = errors.New("help")

// Run does what a command line asks for, and gives the program's exit status. Help
// that was asked for goes to out, mistakes go to problems.
func (p *Program) Run(ctx context.Context, line []string, out, problems io.Writer) (exit int) {
	c, argument, err := p.parse(line)
	switch {
	case errors.Is(err, errHelp):
		p.help(out, c)
		return 0
	case err != nil:
		fmt.Fprintf(problems, "%s: error: %v; `%s --help` tells more\n", p.Name, err, strings.TrimSpace(p.Name+" "+nameOf(c)))
		return 1
	}
	if err := c.Run(ctx, argument); err != nil {
		fmt.Fprintf(problems, "%s: %v\n", p.Name, err)
		return 1
	}
	return 0
}

func nameOf(c *Command) string {
	if c == nil {
		return ""
	}
	return c.Name
}

// parse finds the command and sets its flags. The flags of all commands may stand
// before its name, too.
func (p *Program) parse(line []string) (c *Command, argument string, err error) {
	line, err = rest(p.flags(nil), line)
	if err != nil {
		return nil, "", err
	}
	if len(line) == 0 {
		return nil, "", fmt.Errorf("a command is expected: %s", p.names())
	}
	i := slices.IndexFunc(p.Commands, func(c Command) bool { return c.Name == line[0] })
	switch {
	case i < 0 && line[0] == "help":
		return nil, "", errHelp
	case i < 0:
		return nil, "", fmt.Errorf("%q is no command; there are %s", line[0], p.names())
	}
	c = &p.Commands[i]
	set := p.flags(c)
	var words []string
	for line = line[1:]; ; line = line[1:] { // flags may follow an argument
		if line, err = rest(set, line); err != nil {
			return c, "", err
		}
		if len(line) == 0 {
			break
		}
		words = append(words, line[0])
	}
	given := map[string]bool{}
	set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, name := range c.Required {
		if !given[name] {
			return c, "", fmt.Errorf("--%s is missing", name)
		}
	}
	return c, strings.Join(words, " "), c.Argument.check(words)
}

func (a *Argument) check(words []string) error {
	switch {
	case a == nil && len(words) > 0:
		return fmt.Errorf("%q is not expected", words[0])
	case a == nil:
		return nil
	case len(words) != 1 || !slices.Contains(a.Allowed, words[0]):
		return fmt.Errorf("%s is one of %s", a.Name, strings.Join(a.Allowed, ", "))
	}
	return nil
}

// rest sets flags up to the first word that is none, and gives what is left.
func rest(set *flag.FlagSet, line []string) ([]string, error) {
	err := set.Parse(line)
	if errors.Is(err, flag.ErrHelp) {
		return nil, errHelp
	}
	return set.Args(), err
}

// flags are those of all commands and, if there is one, of a command.
func (p *Program) flags(c *Command) *flag.FlagSet {
	set := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	set.SetOutput(io.Discard) // what is wrong is told once
	if p.Flags != nil {
		p.Flags(set)
	}
	if c != nil && c.Flags != nil {
		c.Flags(set)
	}
	return set
}

func (p *Program) names() string {
	var names []string
	for _, c := range p.Commands {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// help tells of the program, or of a command.
func (p *Program) help(to io.Writer, c *Command) {
	if c == nil {
		fmt.Fprintf(to, "%s\n\nUsage: %s [flags] COMMAND [flags]\n\nCommands:\n", p.About, p.Name)
		for _, c := range p.Commands {
			fmt.Fprintf(to, "  %-12s %s\n", c.Name, c.Help)
		}
	} else {
		argument := ""
		if c.Argument != nil {
			argument = " " + strings.ToUpper(c.Argument.Name)
		}
		fmt.Fprintf(to, "%s\n\nUsage: %s %s%s [flags]\n", c.Help, p.Name, c.Name, argument)
		if c.Argument != nil {
			fmt.Fprintf(to, "\n  %-24s %s\n", strings.ToUpper(c.Argument.Name), c.Argument.Help)
		}
	}
	fmt.Fprint(to, "\nFlags:\n")
	p.flags(c).VisitAll(func(f *flag.Flag) {
		value, help := flag.UnquoteUsage(f)
		if c != nil && slices.Contains(c.Required, f.Name) {
			help += " Required."
		}
		fmt.Fprintf(to, "  %-24s %s\n", strings.TrimSpace("--"+f.Name+" "+value), help)
	})
}
