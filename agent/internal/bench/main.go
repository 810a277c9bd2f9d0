// Command bench measures what the agent costs a machine, side by side with other
// agents, and writes the figures into their section of docs/benchmarks.md.
//
// All run at the same time, each sampling every 15 s, for as long as it is told. What
// happens by the quarter hour or by the hour (a window kept, a report of four sent) is
// measured with further agents that live fifteen times as fast, and counted for a day.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/agent/uplink"
)

type options struct {
	Agent, NodeExporter, Telegraf string
	For                           time.Duration
	Markdown                      string
}

func main() {
	var o options
	flag.StringVar(&o.Agent, "agent", "", "the agent's program, as it ships")
	flag.StringVar(&o.NodeExporter, "node-exporter", "", "node_exporter, where there is one")
	flag.StringVar(&o.Telegraf, "telegraf", "", "Telegraf, where there is one")
	flag.DurationVar(&o.For, "for", 10*time.Minute, "how long to measure")
	flag.StringVar(&o.Markdown, "markdown", "", "file whose section is written anew")
	flag.Parse()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (o *options) run() error {
	dir, err := os.MkdirTemp("", "ecoparc-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	collector, err := listen(filepath.Join(dir, "ca.pem"))
	if err != nil {
		return err
	}
	defer collector.Close()
	candidates, err := o.start(dir, collector)
	defer func() {
		for _, c := range candidates {
			c.stop()
		}
	}()
	if err != nil {
		return err
	}
	time.Sleep(time.Minute) // what a start costs, and the first report, is not what a day costs
	for _, c := range candidates {
		c.before = c.read()
	}
	sentBefore, reportsBefore := collector.counts()
	time.Sleep(o.For)
	for _, c := range candidates {
		c.after = c.read()
	}
	sent, reports := collector.counts()
	markdown := table(candidates, o.For, sent-sentBefore, reports-reportsBefore)
	fmt.Print(markdown)
	if o.Markdown == "" {
		return nil
	}
	return replace(o.Markdown, markdown)
}

// Two further agents tell what a window and what a report costs: the one keeps a window
// each minute, the other sends them too.
const (
	agentName = "Ecoparc agent"

	keeping = "keeping"
	sending = "sending"
)

// start starts all candidates.
func (o *options) start(dir string, c *collector) ([]*candidate, error) {
	var all []*candidate
	add := func(c *candidate, err error) error {
		if err == nil {
			all = append(all, c)
		}
		return err
	}
	agent := func(name string, first time.Duration, env ...string) error {
		state := filepath.Join(dir, name)
		env = append(env, "ECOPARC_AGENT_STATE_DIR="+state, "ECOPARC_AGENT_CA_FILE="+filepath.Join(dir, "ca.pem"), "ECOPARC_AGENT_UPLOAD_DAILY_KIB=0")
		enrol := exec.Command(o.Agent, "enrol", "--collector", c.url, "--token", "t")
		enrol.Env = append(os.Environ(), env...)
		if out, err := enrol.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot enrol: %w: %s", err, out)
		}
		if err := (uplink.Status{NextUpload: time.Now().Add(first)}).Save(state); err != nil {
			return err
		}
		return add(launch(name, exec.Command(o.Agent, "run"), env...))
	}
	const later = 20 * time.Hour
	if err := errors.Join(
		agent(agentName, later),
		agent(keeping, later, "ECOPARC_AGENT_WINDOW=1m"),
		agent(sending, 20*time.Second, "ECOPARC_AGENT_WINDOW=1m", "ECOPARC_AGENT_UPLOAD_INTERVAL=4m"),
	); err != nil {
		return all, err
	}
	if o.NodeExporter != "" {
		const address = "127.0.0.1:8109"
		if err := add(launch("node_exporter", exec.Command(o.NodeExporter, "--web.listen-address="+address))); err != nil {
			return all, err
		}
		go scrape("http://" + address + "/metrics")
	}
	if o.Telegraf != "" {
		config := filepath.Join(dir, "telegraf.conf")
		if err := os.WriteFile(config, []byte(telegrafConfig(c.plain)), 0o600); err != nil {
			return all, err
		}
		if err := add(launch("Telegraf", exec.Command(o.Telegraf, "--config", config))); err != nil {
			return all, err
		}
	}
	return all, nil
}

func telegrafConfig(url string) string {
	return fmt.Sprintf(`[agent]
  interval = "15s"
  flush_interval = "60s"
[[inputs.cpu]]
[[inputs.mem]]
[[inputs.net]]
[[inputs.diskio]]
[[outputs.influxdb_v2]]
  urls = [%q]
  bucket = "b"
  organization = "o"
  token = "t"
`, url)
}

// replace puts a section into a file in place of the old one.
func replace(path, section string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const begin, end = "<!-- begin agent: written by make bench-agent -->", "<!-- end agent -->"
	rest := regexp.MustCompile(`(?s)`+begin+`.*`+end+`\n*`).ReplaceAllString(string(old), "")
	return os.WriteFile(path, []byte(strings.TrimRight(rest, "\n")+"\n\n"+begin+"\n"+section+end+"\n"), 0o644)
}
