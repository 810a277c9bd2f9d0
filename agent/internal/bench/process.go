package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// candidate is a program that runs while it is measured.
type candidate struct {
	name          string
	cmd           *exec.Cmd
	before, after usage
}

// usage is what a process used since its start, as the kernel counts it.
type usage struct {
	cpu       time.Duration
	switches  int64 // times a thread began to run again after waiting
	residentB int64
	privateB  int64 // of that, what is not the program's own file
	writtenB  int64
}

func launch(name string, cmd *exec.Cmd, env ...string) (*candidate, error) {
	cmd.Env = append(os.Environ(), env...)
	return &candidate{name: name, cmd: cmd}, cmd.Start()
}

func (c *candidate) stop() {
	_ = c.cmd.Process.Kill() // it may have ended
	_ = c.cmd.Wait()
}

// read adds up the threads: the kernel counts their processor time in nanoseconds, and
// the process' own in hundredths of a second only.
func (c *candidate) read() (u usage) {
	proc := filepath.Join("/proc", strconv.Itoa(c.cmd.Process.Pid))
	tasks, _ := filepath.Glob(proc + "/task/*")
	for _, task := range tasks {
		text, _ := os.ReadFile(task + "/schedstat")
		var ns int64
		fmt.Sscan(string(text), &ns)
		u.cpu += time.Duration(ns)
		u.switches += field(task+"/status", "voluntary_ctxt_switches:")
	}
	u.residentB = field(proc+"/status", "VmRSS:") << 10
	u.privateB = field(proc+"/status", "RssAnon:") << 10
	u.writtenB = field(proc+"/io", "write_bytes:")
	return u
}

// field is a number behind its name in one of the kernel's texts.
func field(path, name string) (n int64) {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name); ok {
			fmt.Sscan(rest, &n)
			return n
		}
	}
	return 0
}

func sizeB(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// table is the section of docs/benchmarks.md.
func table(all []*candidate, took time.Duration, sentB, reports int64) string {
	var b strings.Builder
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Fprintf(&b, "## Agent\n\n`make bench-agent` measures it anew: %s, all side by side, each sampling every 15 s. The machine's load at the end was %s; on a busy one\nevery figure is higher. node_exporter is scraped every 15 s; Telegraf reads processor, memory, network and disks, and sends every minute.\n\n",
		took, strings.Join(strings.Fields(string(load))[:1], ""))
	shown := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return c.name == keeping || c.name == sending })
	b.WriteString("| | budget |")
	for _, c := range shown {
		fmt.Fprintf(&b, " %s |", c.name)
	}
	b.WriteString("\n| --- | --- |" + strings.Repeat(" --- |", len(shown)) + "\n")
	row := func(title, budget string, value func(c *candidate) string) {
		fmt.Fprintf(&b, "| %s | %s |", title, budget)
		for _, c := range shown {
			fmt.Fprintf(&b, " %s |", value(c))
		}
		b.WriteString("\n")
	}
	row("processor, of one core", "0.02 %", func(c *candidate) string {
		return fmt.Sprintf("%.3f %%", 100*float64(c.after.cpu-c.before.cpu)/float64(took))
	})
	row("resident memory", "16 MiB", func(c *candidate) string {
		return fmt.Sprintf("%.1f MiB, %.1f of it its own", float64(c.after.residentB)/(1<<20), float64(c.after.privateB)/(1<<20))
	})
	row("wake-ups of its threads, a minute", "6", func(c *candidate) string {
		return fmt.Sprintf("%.1f", float64(c.after.switches-c.before.switches)/took.Minutes())
	})
	row("program", "8 MiB", func(c *candidate) string { return fmt.Sprintf("%.1f MiB", float64(sizeB(c.cmd.Path))/(1<<20)) })
	return b.String() + day(all, took, sentB, reports)
}

// day counts what a day of windows and reports costs.
func day(all []*candidate, took time.Duration, sentB, reports int64) string {
	if reports == 0 {
		return ""
	}
	of := map[string]*candidate{}
	for _, c := range all {
		of[c.name] = c
	}
	written := func(name string) float64 { return float64(of[name].after.writtenB - of[name].before.writtenB) }
	woken := func(name string) float64 { return float64(of[name].after.switches - of[name].before.switches) }
	windows, sent := took.Minutes(), float64(reports)
	wakesByWindow, wakesByReport := max(0, woken(keeping)-woken(agentName))/windows, max(0, woken(sending)-woken(keeping))/sent
	windowB := written(keeping) / windows
	reportB := max(0, written(sending)-written(keeping)) / sent
	wireB := float64(sentB) / sent
	writtenMiB := func(hours, reports float64) float64 { return (hours*4*windowB + reports*reportB) / (1 << 20) }
	const dailyB = 40 << 10 // upload_daily_kib
	allDay := min(24, dailyB/wireB)
	var b strings.Builder
	fmt.Fprintf(&b, `
| a day | budget | of a device that is on for 8 hours | that never sleeps | of that |
| --- | --- | --- | --- | --- |
| reports | | 8 | %.0f | |
| written to the disk | 1 MiB | %.2f MiB | %.2f MiB | each window %.1f KiB, each report %.1f KiB |
| sent and received | 40 KiB | %.0f KiB | %.0f KiB by its bound | each report of four windows %.1f KiB, with all of TLS |

`, allDay, writtenMiB(8, 8), writtenMiB(24, allDay), windowB/1024, reportB/1024, 8*wireB/1024, allDay*wireB/1024, wireB/1024)
	fmt.Fprintf(&b, "A thread's wake-up is each time it begins to run after waiting. The agent's are of minutes with next to no windows and reports: of them four are samples, and two of the\nwatchman thread of every program of Go. A window adds %.1f, a report %.1f, so that with all of them it is %.1f a minute for a device that reports by the hour, and %.1f for one that never sleeps.\n\nWhat is sent by a device that never sleeps is not measured over a day: it is what `upload_daily_kib` lets through in the long run. The first day after a start takes up to\nhalf as much and a report more, and a backlog or a filter's long certificates take what they take.\n",
		wakesByWindow, wakesByReport, woken(agentName)/windows+wakesByWindow/15+wakesByReport/60, woken(agentName)/windows+wakesByWindow/15+wakesByReport*allDay/(24*60))
	return b.String()
}
