package api

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
)

const (
	agentsFreshFor = 5 * time.Minute // counting a million devices takes a second
	mostVersions   = 50              // shown apart: a version is any text that an agent sends
)

// agentVersions is the metric ecoparc_agents: real devices in service by the version
// of their agent.
type agentVersions struct {
	count func(context.Context) ([]registry.AgentVersion, error) // nil: not watched
	clock func() time.Time

	mu      sync.Mutex
	counted time.Time
	lines   string
}

// WatchAgents shows the versions of agents among the metrics.
func (c *Counters) WatchAgents(count func(context.Context) ([]registry.AgentVersion, error), clock func() time.Time) {
	c.agents.count, c.agents.clock = count, clock
}

// write writes the metric. Where devices cannot be counted, it is missing, and not
// wrong.
func (a *agentVersions) write(ctx context.Context, w io.Writer) {
	if a.count == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := a.clock(); a.counted.IsZero() || now.Sub(a.counted) >= agentsFreshFor {
		versions, err := a.count(ctx)
		if err != nil {
			return
		}
		a.counted, a.lines = now, agentLines(versions)
	}
	io.WriteString(w, a.lines)
}

// agentLines are the metric's lines; the rarest versions are counted together.
func agentLines(versions []registry.AgentVersion) string {
	var b strings.Builder
	var others int64
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	for i, v := range versions {
		if i >= mostVersions {
			others += v.Devices
			continue
		}
		fmt.Fprintf(&b, "ecoparc_agents{version=\"%s\"} %d\n", escape.Replace(v.Version), v.Devices)
	}
	if others > 0 {
		fmt.Fprintf(&b, "ecoparc_agents{version=\"other\"} %d\n", others)
	}
	return b.String()
}
