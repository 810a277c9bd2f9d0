package api

import (
	"context"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
)

// Administration is all that the command line administers, over HTTP: the same
// functions, each act signed in the audit log with the person who asked.
type Administration struct {
	*API
	Registry *registry.Registry
	Fleet    *fleet.Fleet
	Access   *access.Access
	Store    *store.Store
	Devices  Devices
	Verifier *Verifier
	// Health tells how the collector does.
	Health func(context.Context) (Health, error)
	Clock  func() time.Time
	Where  *time.Location
}

// Routes are the administration's.
func (a *Administration) Routes() []gate.Route {
	return slices.Concat(a.placeRoutes(), a.tokenRoutes(), a.actRoutes(), a.importRoutes(), a.peopleRoutes(), a.watchRoutes())
}
