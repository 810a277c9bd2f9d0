package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/report"
)

// userRecord is a person with what it may do.
type userRecord struct {
	Name          string      `json:"name"`
	Role          access.Role `json:"role"`
	Everything    bool        `json:"everything"`
	Organisations []int64     `json:"organisations,omitempty"`
	Sites         []int64     `json:"sites,omitempty"`
	Provider      string      `json:"provider,omitempty"` // of single sign-on; empty: a local account
}

// userList are all people: they are few.
type userList struct {
	Users []userRecord `json:"users"`
}

// newUser is a person to add.
type newUser struct {
	Name          string      `json:"name"`
	Role          access.Role `json:"role"`
	Everything    bool        `json:"everything,omitempty"`
	Organisations []int64     `json:"organisations,omitempty"`
	Sites         []int64     `json:"sites,omitempty"`
}

// userPassword is a random password, which is shown once.
type userPassword struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// keyRecord is a key of a person without its text.
type keyRecord struct {
	ID      int64          `json:"id"`
	Name    string         `json:"name"`
	Scopes  []access.Scope `json:"scopes"`
	Created time.Time      `json:"created"`
	Expires time.Time      `json:"expires"`
	State   string         `json:"state"` // "valid", "revoked", "expired"
}

type keyList struct {
	Keys []keyRecord `json:"keys"`
}

// newKey is a key to make.
type newKey struct {
	Name      string         `json:"name"`
	Scopes    []access.Scope `json:"scopes,omitempty"` // none: those that read
	ValidDays int64          `json:"valid_days"`
}

// keyText is a key with its text, which is shown once.
type keyText struct {
	keyRecord
	Key string `json:"key"`
}

// peopleRoutes administer people and their keys.
func (a *Administration) peopleRoutes() []gate.Route {
	const tag = "people"
	const users, user = "/api/v1/users", "/api/v1/users/{id}"
	operation := func(pattern string, doc openapi.Operation, do func(*http.Request) (answer, error)) gate.Route {
		doc.Tag = tag
		return a.operation(pattern, access.ManageUsers, gate.Fleet, doc, do)
	}
	return []gate.Route{
		operation("GET "+users, openapi.Operation{Summary: "List people with their roles and reach", Answers: ok("The people", userList{})}, a.users),
		operation("POST "+users, openapi.Operation{Summary: "Add a person with a random password, which is shown this once", Body: newUser{}, Answers: made("The password", userPassword{}), Refusals: acting}, a.addUser),
		operation("DELETE "+user, openapi.Operation{Summary: "Remove a person, with the keys", Answers: done("Removed")}, a.removeUser),
		operation("POST "+user+"/password", openapi.Operation{Summary: "Give a person another random password, which is shown this once", Answers: ok("The password", userPassword{}), Refusals: []int{http.StatusConflict}}, a.newPassword),
		operation("GET "+user+"/keys", openapi.Operation{Summary: "List the keys of a person", Answers: ok("The keys", keyList{})}, a.keys),
		operation("POST "+user+"/keys", openapi.Operation{Summary: "Make a key with which a program asks as a person; its text is shown this once", Body: newKey{}, Answers: made("The key", keyText{}), Refusals: acting}, a.addKey),
		operation("DELETE "+user+"/keys/{key}", openapi.Operation{Summary: "Make a key useless from now on", Answers: done("Revoked")}, a.revokeKey),
	}
}

func (a *Administration) users(r *http.Request) (answer, error) {
	people, err := a.Access.Users(r.Context())
	if err != nil {
		return answer{}, err
	}
	body := userList{Users: []userRecord{}}
	for _, p := range people {
		body.Users = append(body.Users, userRecord{p.Name, p.Role, p.Reach.Everything, p.Reach.Organisations, p.Reach.Sites, p.Provider})
	}
	return found(body, nil)
}

// person finds a person, so that what is wrong with the rest can be told apart.
func (a *Administration) person(r *http.Request, name string) (access.Person, error) {
	people, err := a.Access.Users(r.Context())
	if err != nil {
		return access.Person{}, err
	}
	for _, p := range people {
		if p.Name == name {
			return p, nil
		}
	}
	return access.Person{}, access.ErrNoUser
}

func (a *Administration) addUser(r *http.Request) (answer, error) {
	var body newUser
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	grant := access.Grant{Role: body.Role, Reach: reach.Reach{Everything: body.Everything, Organisations: body.Organisations, Sites: body.Sites}}
	if err := grant.Check(); err != nil {
		return answer{}, &report.Problem{Field: "role", Reason: err.Error()}
	}
	if err := access.CheckName(body.Name); err != nil {
		return answer{}, &report.Problem{Field: "name", Reason: err.Error()}
	}
	for _, id := range body.Organisations {
		if _, err := a.Registry.Organisation(r.Context(), id); err != nil {
			return answer{}, notThere("organisations", err)
		}
	}
	for _, id := range body.Sites {
		if _, err := a.Registry.Site(r.Context(), id); err != nil {
			return answer{}, notThere("sites", err)
		}
	}
	switch _, err := a.person(r, body.Name); {
	case err == nil:
		return answer{}, registry.Refuse("there is a person called %q already", body.Name)
	case !errors.Is(err, access.ErrNoUser):
		return answer{}, err
	}
	password := access.NewPassword()
	if err := a.Access.AddUser(r.Context(), body.Name, grant, password); err != nil {
		return answer{}, err
	}
	return created("/api/v1/users/"+url.PathEscape(body.Name)+"/keys", userPassword{body.Name, password})
}

// notThere says that a body names what does not exist.
func notThere(field string, err error) error {
	if errors.Is(err, registry.ErrNotFound) {
		return &report.Problem{Field: field, Reason: err.Error()}
	}
	return err
}

func (a *Administration) removeUser(r *http.Request) (answer, error) {
	return answer{}, a.Access.RemoveUser(r.Context(), r.PathValue("id"))
}

func (a *Administration) newPassword(r *http.Request) (answer, error) {
	p, err := a.person(r, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if p.Provider != "" {
		return answer{}, registry.Refuse("%s signs in at %s and has no password here", p.Name, p.Provider)
	}
	password := access.NewPassword()
	return found(userPassword{p.Name, password}, a.Access.SetPassword(r.Context(), p.Name, password))
}

func keyOf(k access.Key, now time.Time) keyRecord {
	return keyRecord{k.ID, k.Name, k.Scopes, k.Created, k.Expires, k.State(now)}
}

func (a *Administration) keys(r *http.Request) (answer, error) {
	all, err := a.Access.Keys(r.Context(), r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	body := keyList{Keys: []keyRecord{}}
	for _, k := range all {
		body.Keys = append(body.Keys, keyOf(k, a.Clock()))
	}
	return found(body, nil)
}

func (a *Administration) addKey(r *http.Request) (answer, error) {
	var body newKey
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	p, err := a.person(r, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	const day = 24 * time.Hour
	if most := int64(access.MaxKeyLife / day); body.ValidDays < 1 || body.ValidDays > most {
		return answer{}, &report.Problem{Field: "valid_days", Reason: fmt.Sprintf("is %d; 1 to %d are allowed", body.ValidDays, most)}
	}
	if err := access.CheckName(body.Name); err != nil {
		return answer{}, &report.Problem{Field: "name", Reason: err.Error()}
	}
	for _, s := range body.Scopes {
		if p.Narrowed = nil; !p.May(s) || s == access.Public || s == access.SignedIn {
			return answer{}, &report.Problem{Field: "scopes", Reason: fmt.Sprintf("holds %q, which the role %s does not give", s, p.Role)}
		}
	}
	text, k, err := a.Access.AddKey(r.Context(), p.Name, body.Name, body.Scopes, time.Duration(body.ValidDays)*day)
	if err != nil {
		return answer{}, err
	}
	return created("/api/v1/users/"+url.PathEscape(p.Name)+"/keys", keyText{keyOf(k, a.Clock()), text})
}

func (a *Administration) revokeKey(r *http.Request) (answer, error) {
	id, err := strconv.ParseInt(r.PathValue("key"), 10, 64)
	if err != nil {
		return answer{}, registry.ErrNotFound
	}
	return answer{}, a.Access.RevokeKey(r.Context(), r.PathValue("id"), id)
}
