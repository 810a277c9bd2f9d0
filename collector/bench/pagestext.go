package bench

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the figures for a person.
func (p *Pages) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d processors; %s.\n\n", p.Machine.CPU, p.Machine.Processors, p.Size)
	fmt.Fprintf(&b, "  %-43s %8s %8s %8s %8s %8s %8s %7s\n", "", "p50 ms", "p95 ms", "max ms", "cold ms", "kB", "elements", "growth")
	for _, r := range p.Routes {
		fmt.Fprintf(&b, "  %-43s %8.1f %8.1f %8.1f %8.0f %8.1f %8s %7s\n", r.Name, r.P50Ms, r.P95Ms, r.MaxMs, r.ColdMs, r.PageKB, r.elements(), r.growth())
	}
	fmt.Fprintln(&b)
	for _, row := range p.rows() {
		fmt.Fprintf(&b, "  %-78s %12s\n", row[0], row[1])
	}
	fmt.Fprintf(&b, "\n%s\n", p.notes())
	if p.Example != "" {
		fmt.Fprintf(&b, "\nFirst error: %s\n", p.Example)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMarkdown puts the figures into their section of a file.
func (p *Pages) WriteMarkdown(path string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Pages\n\n`collector bench pages --devices %d --sites %d --years %d` measures them anew. %s, %d processors, SQLite; %s.\n%s\n\n",
		p.Devices, p.Sites, p.Years, p.Machine.CPU, p.Machine.Processors, p.Size, p.notes())
	fmt.Fprint(&b, "| request | p50 ms | p95 ms | longest ms | first after a start, ms | kB sent | elements | times a tenth of the council |\n| --- | --: | --: | --: | --: | --: | --: | --: |\n")
	for _, r := range p.Routes {
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.1f | %.0f | %.1f | %s | %s |\n", r.Name, r.P50Ms, r.P95Ms, r.MaxMs, r.ColdMs, r.PageKB, r.elements(), r.growth())
	}
	fmt.Fprint(&b, "\n| what | measured |\n| --- | --: |\n")
	for _, row := range p.rows() {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	return pagesSection.write(path, b.String())
}

func (s Size) String() string {
	return fmt.Sprintf("a council of %d devices and %d sites with %d school years", s.Devices, s.Sites, s.Years)
}

func (r RouteTimes) elements() string {
	if r.Elements == 0 {
		return "–"
	}
	return fmt.Sprint(r.Elements)
}

func (r RouteTimes) growth() string {
	if r.Growth == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f", r.Growth)
}

func (p *Pages) rows() [][2]string {
	return [][2]string{
		{"95 of 100 requests of the slowest kind are answered within", fmt.Sprintf("%.0f ms", p.Worst.P95Ms)},
		{"the slowest first request after a start", fmt.Sprintf("%.0f ms", p.Worst.ColdMs)},
		{"the largest answer, compressed", fmt.Sprintf("%.0f kB", p.Worst.PageKB)},
		{"the most elements of a page (EcoIndex A: up to about 400, with a few requests)", fmt.Sprint(p.Worst.Elements)},
		{"ready after the start of the program", fmt.Sprintf("%.2f s", p.ReadyS)},
		{"all overviews of all school years computed anew", fmt.Sprintf("%.1f s", p.FirstS)},
		{"devices and years computed", fmt.Sprintf("%.0f/s", p.DevicesPerS)},
		{"memory resident after it, and at most", fmt.Sprintf("%.0f / %.0f MiB", p.ResidentMiB, p.PeakMiB)},
		{"the store's file", fmt.Sprintf("%.0f MiB", p.StoreMiB)},
		{"errors", fmt.Sprint(p.Errors)},
	}
}

// notes say how it was measured, and what it leaves out.
func (p *Pages) notes() string {
	text := fmt.Sprintf("Requests go over loopback, one after the other, signed in; sites and devices are drawn from %d sites. A start finds the file in the system's memory.\n"+
		"Days and windows of single devices are in the ledger for these sites only; all others have the sums that pages read.", min(asked, p.Sites))
	if p.Machine.Load1 > 0.5 {
		text += fmt.Sprintf("\nOther programs were running (load %.1f before the start).", p.Machine.Load1)
	}
	return text
}
