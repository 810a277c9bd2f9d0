package api

import (
	"slices"

	"github.com/ecoparc/ecoparc/collector/administration"
	"github.com/ecoparc/ecoparc/collector/gate"
)

// Administration is all that the command line administers, over HTTP: the same
// functions, each act signed in the audit log with the person who asked.
type Administration struct {
	*API
	*administration.Acts
}

// Routes are the administration's.
func (a *Administration) Routes() []gate.Route {
	return slices.Concat(a.placeRoutes(), a.tokenRoutes(), a.actRoutes(), a.importRoutes(), a.peopleRoutes(), a.watchRoutes())
}
