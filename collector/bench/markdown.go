package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// section is a part of docs/benchmarks.md that a benchmark writes; the rest of the file
// is left alone.
type section struct{ name, command string }

var (
	intakeSection = section{"intake", "make bench-collector"}
	pagesSection  = section{"pages", "collector bench pages"}
)

func (s section) begin() string { return "<!-- begin " + s.name + ": written by " + s.command + " -->" }
func (s section) end() string   { return "<!-- end " + s.name + " -->" }

// WriteMarkdown puts the figures into their section of a file, which is made when it
// is missing.
func (f Figures) WriteMarkdown(path string) error { return intakeSection.write(path, f.markdown()) }

func (s section) write(path, markdown string) error {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot read benchmarks: %w", err)
	}
	if len(text) == 0 {
		text = []byte("# Benchmarks\n")
	}
	changed, err := s.in(string(text), markdown)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		return fmt.Errorf("cannot write benchmarks: %w", err)
	}
	return nil
}

// in replaces the section of a text, or adds it to its end.
func (s section) in(text, markdown string) (string, error) {
	markdown = s.begin() + "\n" + markdown + s.end() + "\n"
	before, rest, found := strings.Cut(text, s.begin())
	if !found {
		return strings.TrimRight(text, "\n") + "\n\n" + markdown, nil
	}
	_, after, found := strings.Cut(rest, s.end()+"\n")
	if !found {
		return "", fmt.Errorf("the section that begins with %q has no end %q", s.begin(), s.end())
	}
	return before + markdown + after, nil
}

func (f Figures) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Intake\n\n`make bench-collector` measures it anew. %s, %d processors, SQLite; a small write is safe on the disk after %.1f ms (median).\n",
		f.Machine.CPU, f.Machine.Processors, f.Store.FsyncMs)
	fmt.Fprintf(&b, "One report of %d windows a request, %d devices in turn, %d known, %d connections at once, %.0f s of each kind in turns, medians; collector, peers\nand load test share the processors.",
		windowsPerReport, f.Work.Devices, f.Work.Known, f.Work.Workers, f.Work.Duration.Seconds())
	if f.Machine.Load1 > 0.5 {
		fmt.Fprintf(&b, " Other programs were running (load %.1f before the start): trust the ratios more than the rates.", f.Machine.Load1)
	}
	fmt.Fprint(&b, "\n\n| what | measured |\n| --- | --: |\n")
	for _, row := range f.rows() {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	fmt.Fprintf(&b, "\nThat is %d devices that report hourly. %s\n", f.Hourly(), f.Limit())
	return b.String()
}
