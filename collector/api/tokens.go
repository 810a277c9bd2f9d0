package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/administration"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// tokenRecord is an enrolment token without its text.
type tokenRecord struct {
	ID         int64                `json:"id"`
	Site       int64                `json:"site"`
	SiteName   string               `json:"site_name"`
	Population equipment.Population `json:"population"`
	Created    time.Time            `json:"created"`
	Expires    time.Time            `json:"expires"`
	Uses       int64                `json:"uses"`
	MaxUses    int64                `json:"max_uses"`
	State      string               `json:"state"` // "valid", "revoked", "expired", "used up"
}

// tokenPage is a part of a list of tokens.
type tokenPage struct {
	Tokens []tokenRecord `json:"tokens"`
	Next   int64         `json:"next,omitempty"` // `after` of the next page; not there at the end
}

// tokenText is a token with its text, which is shown once.
type tokenText struct {
	ID    int64  `json:"id"`
	Token string `json:"token"`
}

// tokenRoutes administer enrolment tokens.
func (a *Administration) tokenRoutes() []gate.Route {
	const tag = "enrolment tokens"
	return []gate.Route{
		a.operation("GET /api/v1/tokens", access.ManageTokens, gate.Nothing,
			openapi.Operation{Summary: "List tokens, the latest first", Tag: tag, Query: paged(openapi.Parameter{Name: "site", What: "of this site only", Of: int64(0)}), Answers: ok("A page of tokens", tokenPage{})}, a.tokens),
		a.operation("POST /api/v1/sites/{id}/tokens", access.ManageTokens, gate.Site,
			openapi.Operation{Summary: "Make a token with which devices of a site enrol; its text is shown this once", Tag: tag, Body: administration.NewToken{}, Answers: made("The token", tokenText{}), Refusals: acting}, a.makeToken),
		a.operation("DELETE /api/v1/tokens/{id}", access.ManageTokens, gate.Token,
			openapi.Operation{Summary: "Make a token useless from now on; devices that enrolled with it stay", Tag: tag, Answers: done("Revoked")}, a.revokeToken),
	}
}

func (a *Administration) tokens(r *http.Request) (answer, error) {
	site, err := whole(r, "site", 0)
	if err != nil {
		return answer{}, err
	}
	after, limit, err := page(r)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Registry.Tokens(r.Context(), site, after, limit+1)
	if err != nil {
		return answer{}, err
	}
	all, next := cut(all, limit, func(t *registry.Token) int64 { return t.ID })
	body := tokenPage{Tokens: []tokenRecord{}, Next: next}
	for _, t := range all {
		body.Tokens = append(body.Tokens, tokenRecord{t.ID, t.Site, t.SiteName, t.Population, t.Created, t.Expires, t.Uses, t.MaxUses, t.State(a.Clock())})
	}
	return found(body, nil)
}

func (a *Administration) makeToken(r *http.Request) (answer, error) {
	site, err := number(r, "id")
	if err != nil {
		return answer{}, err
	}
	body := administration.UsualToken()
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	text, id, err := a.AddToken(r.Context(), site, body)
	if err != nil {
		return answer{}, err
	}
	return created(fmt.Sprint("/api/v1/tokens/", id), tokenText{id, text})
}

func (a *Administration) revokeToken(r *http.Request) (answer, error) {
	id, err := number(r, "id")
	if err != nil {
		return answer{}, err
	}
	return answer{}, a.Registry.RevokeToken(r.Context(), id, a.Clock())
}
