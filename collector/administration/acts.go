// Package administration is what administrators do, once for all who ask: the API says
// it in JSON, and the pages in forms. Its rules are those of the rooms below it
// (registry, fleet, access) and a few of its own: how long a token may live, what a key
// may be given.
//
// What a person may do, and about what, the gate has decided before.
package administration

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/fleet"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// Devices lists devices: registry.List with the school calendar of the moment.
type Devices func(ctx context.Context, f registry.Filter) ([]registry.Listed, error)

// Health is how the collector does.
type Health struct {
	Ready         bool      `json:"ready"`
	Reason        string    `json:"reason,omitempty"` // why it is not ready
	LatestReport  time.Time `json:"latest_report,omitzero"`
	OutboxWindows int64     `json:"outbox_windows"` // that wait for the time series data base
	// The disk of the data folder; not there where the data are on another machine.
	DiskB     int64 `json:"disk_bytes,omitempty"`
	DiskFreeB int64 `json:"disk_free_bytes,omitempty"`
}

// Acts are the acts of administrators.
type Acts struct {
	Registry *registry.Registry
	Fleet    *fleet.Fleet
	Access   *access.Access
	Store    *store.Store
	Devices  Devices
	Silence  func() registry.Silence // of the moment
	Verifier *Verifier
	// Health tells how the collector does.
	Health func(context.Context) (Health, error)
	Clock  func() time.Time
	Where  *time.Location
}

// NewToken is an enrolment token to make.
type NewToken struct {
	Population equipment.Population `json:"population,omitempty"` // empty is shared
	MaxUses    int64                `json:"max_uses,omitempty"`   // 0 is 1
	ValidHours int64                `json:"valid_hours,omitempty"`
}

const (
	usualTokenHours = 7 * 24
	mostTokenHours  = 2 * 366 * 24
)

// UsualToken is a token about which nothing is said.
func UsualToken() NewToken { return NewToken{equipment.Shared, 1, usualTokenHours} }

// AddToken makes an enrolment token of a site. Its text is returned this once.
func (a *Acts) AddToken(ctx context.Context, site int64, t NewToken) (text string, id int64, err error) {
	if t.ValidHours < 1 || t.ValidHours > mostTokenHours {
		return "", 0, &report.Problem{Field: "valid_hours", Reason: fmt.Sprintf("is %d; 1 to %d are allowed", t.ValidHours, mostTokenHours)}
	}
	if t.MaxUses < 1 {
		return "", 0, &report.Problem{Field: "max_uses", Reason: fmt.Sprintf("is %d; at least 1 is expected", t.MaxUses)}
	}
	return a.Registry.CreateToken(ctx, site, t.Population, t.MaxUses, time.Duration(t.ValidHours)*time.Hour, a.Clock())
}

// Retire takes a device out of service on a day, today where it is nil.
func (a *Acts) Retire(ctx context.Context, device string, on *calendar.Day, to string) error {
	day := calendar.DayOf(a.Clock(), a.Where)
	if on != nil {
		day = *on
	}
	_, err := a.Fleet.Retire(ctx, []string{device}, day, to)
	return err
}

// Repair records a repair that cost some euros; today's where it has no day.
func (a *Acts) Repair(ctx context.Context, device string, r registry.Repair, costEUR float64) error {
	if r.On == 0 {
		r.On = calendar.DayOf(a.Clock(), a.Where)
	}
	if !(math.Abs(costEUR) < 1e9) {
		return &report.Problem{Field: "cost", Reason: "must be a number of euros"}
	}
	r.CostCents = int64(math.Round(100 * costEUR))
	return a.Fleet.Repair(ctx, device, r)
}

// Record is a device as it stands in lists.
func (a *Acts) Record(ctx context.Context, name string) (registry.Listed, error) {
	d, err := a.Registry.Device(ctx, name)
	if err != nil {
		return registry.Listed{}, err
	}
	listed, err := a.Devices(ctx, registry.Filter{Site: d.Site, State: "all", After: d.ID - 1, Limit: 1})
	if err != nil {
		return registry.Listed{}, err
	}
	at := slices.IndexFunc(listed, func(l registry.Listed) bool { return l.ID == d.ID })
	if at < 0 {
		return registry.Listed{}, registry.NoDevice(name)
	}
	return listed[at], nil
}

// AddUser adds a person with a random password, which is returned this once.
func (a *Acts) AddUser(ctx context.Context, name string, g access.Grant) (password string, err error) {
	if err := a.checkGrant(ctx, g); err != nil {
		return "", err
	}
	if err := access.CheckName(name); err != nil {
		return "", &report.Problem{Field: "name", Reason: err.Error()}
	}
	switch _, err := a.Access.User(ctx, name); {
	case err == nil:
		return "", registry.Refuse("there is a person called %q already", name)
	case !errors.Is(err, access.ErrNoUser):
		return "", err
	}
	password = access.NewPassword()
	return password, a.Access.AddUser(ctx, name, g, password)
}

// SetGrant gives a person another role and reach. Nobody changes one's own: there would
// be nobody left to take it back.
func (a *Acts) SetGrant(ctx context.Context, name string, g access.Grant) error {
	if err := a.checkGrant(ctx, g); err != nil {
		return err
	}
	p, err := a.Access.User(ctx, name)
	if err != nil {
		return err
	}
	if p.Provider != "" {
		return registry.Refuse("%s signs in at %s; the roles there decide", p.Name, p.Provider)
	}
	if err := notOneself(ctx, name); err != nil {
		return err
	}
	return a.Access.SetGrant(ctx, name, g)
}

// RemoveUser removes a person, with the keys; nobody removes oneself.
func (a *Acts) RemoveUser(ctx context.Context, name string) error {
	if err := notOneself(ctx, name); err != nil {
		return err
	}
	return a.Access.RemoveUser(ctx, name)
}

func notOneself(ctx context.Context, name string) error {
	if view.UserOf(ctx).Name == name {
		return registry.Refuse("this is yourself: ask another administrator, or use the command line")
	}
	return nil
}

// checkGrant says what is wrong with a role and a reach.
func (a *Acts) checkGrant(ctx context.Context, g access.Grant) error {
	if err := g.Check(); err != nil {
		return &report.Problem{Field: "role", Reason: err.Error()}
	}
	for _, id := range g.Reach.Organisations {
		if _, err := a.Registry.Organisation(ctx, id); err != nil {
			return notThere("organisations", err)
		}
	}
	for _, id := range g.Reach.Sites {
		if _, err := a.Registry.Site(ctx, id); err != nil {
			return notThere("sites", err)
		}
	}
	return nil
}

// notThere says that a field names what does not exist.
func notThere(field string, err error) error {
	if errors.Is(err, registry.ErrNotFound) {
		return &report.Problem{Field: field, Reason: err.Error()}
	}
	return err
}

// NewPassword gives a person another random password, which is returned this once.
func (a *Acts) NewPassword(ctx context.Context, name string) (password string, err error) {
	p, err := a.Access.User(ctx, name)
	if err != nil {
		return "", err
	}
	if p.Provider != "" {
		return "", registry.Refuse("%s signs in at %s and has no password here", p.Name, p.Provider)
	}
	password = access.NewPassword()
	return password, a.Access.SetPassword(ctx, p.Name, password)
}

// AddKey makes a key of a person for some days. Its text is returned this once.
func (a *Acts) AddKey(ctx context.Context, person, name string, scopes []access.Scope, validDays int64) (text string, k access.Key, err error) {
	p, err := a.Access.User(ctx, person)
	if err != nil {
		return "", k, err
	}
	const day = 24 * time.Hour
	if most := int64(access.MaxKeyLife / day); validDays < 1 || validDays > most {
		return "", k, &report.Problem{Field: "valid_days", Reason: fmt.Sprintf("is %d; 1 to %d are allowed", validDays, most)}
	}
	if err := access.CheckName(name); err != nil {
		return "", k, &report.Problem{Field: "name", Reason: err.Error()}
	}
	for _, s := range scopes {
		if !p.May(s) || s == access.Public || s == access.SignedIn {
			return "", k, &report.Problem{Field: "scopes", Reason: fmt.Sprintf("holds %q, which the role %s does not give", s, p.Role)}
		}
	}
	return a.Access.AddKey(ctx, p.Name, name, scopes, time.Duration(validDays)*day)
}
