package api

import (
	"net/http"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/administration"
	"github.com/ecoparc/ecoparc/collector/audit"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/report"
)

// actPage is a part of the audit log.
type actPage struct {
	Acts []audit.Act `json:"acts"`
	Next int64       `json:"next,omitempty"` // `after` of the next page, of earlier acts; not there at the end
}

// agentVersion is how many devices in service carry an agent of a version.
type agentVersion struct {
	Version string `json:"version"` // empty: has not reported yet
	Devices int64  `json:"devices"`
}

type agentList struct {
	Agents []agentVersion `json:"agents"`
}

// watchRoutes tell how the fleet and the collector do, and who did what.
func (a *Administration) watchRoutes() []gate.Route {
	const tag = "watching"
	ofActs := []openapi.Parameter{
		{Name: "since", What: "acts since this moment only, as 2026-11-23T09:00:00Z", Of: time.Time{}},
		{Name: "who", What: "acts of this person only"},
		{Name: "what", What: "acts that begin like this only, as device"},
	}
	return []gate.Route{
		a.operation("GET /api/v1/audit", access.ReadAudit, gate.Fleet,
			openapi.Operation{Summary: "Who administered what, the latest first", Tag: tag, Query: paged(ofActs...), Answers: ok("A page of acts", actPage{})}, a.acts),
		a.operation("GET /api/v1/duties", access.ChangeDevices, gate.Nothing,
			openapi.Operation{Summary: "What there is to do today: silent devices by site, sites without devices, tokens that end", Tag: tag,
				Query: []openapi.Parameter{{Name: "organisation", What: "of this organisation only; of all that are real without it", Of: int64(0)}}, Answers: ok("The duties", view.Duties{})}, a.duties),
		a.operation("GET /api/v1/agents", access.ReadDevices, gate.Fleet,
			openapi.Operation{Summary: "Count the agents of devices in service by version", Tag: tag, Answers: ok("The versions", agentList{})}, a.agents),
		a.operation("GET /api/v1/health", access.ReadAudit, gate.Fleet,
			openapi.Operation{Summary: "How the collector does", Tag: tag, Answers: ok("Its health", administration.Health{})}, func(r *http.Request) (answer, error) { return found(a.Health(r.Context())) }),
		a.operation("GET /api/v1/verification", access.ReadAudit, gate.Fleet,
			openapi.Operation{Summary: "How far the check of all sums is, or what the last one found", Tag: tag, Answers: ok("The check", administration.Verification{})},
			func(*http.Request) (answer, error) { return found(a.Verifier.State(), nil) }),
		a.operation("POST /api/v1/verification", access.ReadAudit, gate.Fleet,
			openapi.Operation{Summary: "Compute all sums anew, beside everything else, and say what differs", Tag: tag, Answers: []openapi.Answer{{Status: http.StatusAccepted, What: "It has begun", Body: administration.Verification{}}}, Refusals: []int{http.StatusConflict}},
			func(*http.Request) (answer, error) {
				err := a.Verifier.Begin()
				return answer{http.StatusAccepted, "/api/v1/verification", a.Verifier.State()}, err
			}),
	}
}

func (a *Administration) acts(r *http.Request) (answer, error) {
	since := time.Time{}
	if text := r.URL.Query().Get("since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return answer{}, &report.Problem{Field: "since", Reason: "must be a moment as 2026-11-23T09:00:00Z"}
		}
	}
	before, limit, err := page(r)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	all, err := audit.Acts(r.Context(), a.Store.Read, audit.Filter{Since: since, Who: q.Get("who"), What: q.Get("what"), Before: before, Limit: limit + 1})
	if err != nil {
		return answer{}, err
	}
	all, next := cut(all, limit, func(act *audit.Act) int64 { return act.ID })
	return found(actPage{append([]audit.Act{}, all...), next}, nil)
}

func (a *Administration) duties(r *http.Request) (answer, error) {
	organisation, err := whole(r, "organisation", 0)
	if err != nil {
		return answer{}, err
	}
	d, err := administration.Desk{Acts: a.Acts}.Duties(r.Context(), organisation)
	return found(d, err)
}

func (a *Administration) agents(r *http.Request) (answer, error) {
	versions, err := a.Registry.AgentVersions(r.Context())
	body := agentList{Agents: []agentVersion{}}
	for _, v := range versions {
		body.Agents = append(body.Agents, agentVersion(v))
	}
	return found(body, err)
}
