package api

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
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

// userList is a part of a list of people.
type userList struct {
	Users []userRecord `json:"users"`
	Next  int64        `json:"next,omitempty"` // `after` of the next page; not there at the end
}

// grant is what a person is given.
type grant struct {
	Role          access.Role `json:"role"`
	Everything    bool        `json:"everything,omitempty"`
	Organisations []int64     `json:"organisations,omitempty"`
	Sites         []int64     `json:"sites,omitempty"`
}

func (g grant) given() access.Grant {
	return access.Grant{Role: g.Role, Reach: reach.Reach{Everything: g.Everything, Organisations: g.Organisations, Sites: g.Sites}}
}

// newUser is a person to add.
type newUser struct {
	Name string `json:"name"`
	grant
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

// keyList is a part of a list of keys.
type keyList struct {
	Keys []keyRecord `json:"keys"`
	Next int64       `json:"next,omitempty"` // `after` of the next page; not there at the end
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
		operation("GET "+users, openapi.Operation{Summary: "List people with their roles and reach", Query: paged(openapi.Parameter{Name: "find", What: "part of the name"}), Answers: ok("The people", userList{})}, a.users),
		operation("POST "+users, openapi.Operation{Summary: "Add a person with a random password, which is shown this once", Body: newUser{}, Answers: made("The password", userPassword{}), Refusals: acting}, a.addUser),
		operation("PATCH "+user, openapi.Operation{Summary: "Give a person another role and reach, and close the sessions", Body: grant{}, Answers: ok("The person", userRecord{}), Refusals: acting}, a.editUser),
		operation("DELETE "+user, openapi.Operation{Summary: "Remove a person, with the keys", Answers: done("Removed"), Refusals: []int{http.StatusConflict}}, a.removeUser),
		operation("POST "+user+"/password", openapi.Operation{Summary: "Give a person another random password, which is shown this once", Answers: ok("The password", userPassword{}), Refusals: []int{http.StatusConflict}}, a.newPassword),
		operation("GET "+user+"/keys", openapi.Operation{Summary: "List the keys of a person, the latest first", Query: paged(), Answers: ok("The keys", keyList{})}, a.keys),
		operation("POST "+user+"/keys", openapi.Operation{Summary: "Make a key with which a program asks as a person; its text is shown this once", Body: newKey{}, Answers: made("The key", keyText{}), Refusals: acting}, a.addKey),
		operation("DELETE "+user+"/keys/{key}", openapi.Operation{Summary: "Make a key useless from now on", Answers: done("Revoked")}, a.revokeKey),
	}
}

func (a *Administration) users(r *http.Request) (answer, error) {
	after, limit, err := page(r)
	if err != nil {
		return answer{}, err
	}
	people, err := a.Access.UserPage(r.Context(), access.UserFilter{Find: r.URL.Query().Get("find"), After: after, Limit: limit + 1})
	if err != nil {
		return answer{}, err
	}
	people, next := cut(people, limit, func(p *access.Person) int64 { return p.ID })
	body := userList{Users: []userRecord{}, Next: next}
	for _, p := range people {
		body.Users = append(body.Users, userOf(p))
	}
	return found(body, nil)
}

func userOf(p access.Person) userRecord {
	return userRecord{p.Name, p.Role, p.Reach.Everything, p.Reach.Organisations, p.Reach.Sites, p.Provider}
}

func (a *Administration) addUser(r *http.Request) (answer, error) {
	var body newUser
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	password, err := a.AddUser(r.Context(), body.Name, body.given())
	if err != nil {
		return answer{}, err
	}
	return created("/api/v1/users/"+url.PathEscape(body.Name)+"/keys", userPassword{body.Name, password})
}

func (a *Administration) editUser(r *http.Request) (answer, error) {
	var body grant
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	if err := a.SetGrant(r.Context(), r.PathValue("id"), body.given()); err != nil {
		return answer{}, err
	}
	p, err := a.Access.User(r.Context(), r.PathValue("id"))
	return found(userOf(p), err)
}

func (a *Administration) removeUser(r *http.Request) (answer, error) {
	return answer{}, a.RemoveUser(r.Context(), r.PathValue("id"))
}

func (a *Administration) newPassword(r *http.Request) (answer, error) {
	password, err := a.NewPassword(r.Context(), r.PathValue("id"))
	return found(userPassword{r.PathValue("id"), password}, err)
}

func keyOf(k access.Key, now time.Time) keyRecord {
	return keyRecord{k.ID, k.Name, k.Scopes, k.Created, k.Expires, k.State(now)}
}

func (a *Administration) keys(r *http.Request) (answer, error) {
	after, limit, err := page(r)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Access.KeyPage(r.Context(), r.PathValue("id"), after, limit+1)
	if err != nil {
		return answer{}, err
	}
	all, next := cut(all, limit, func(k *access.Key) int64 { return k.ID })
	body := keyList{Keys: []keyRecord{}, Next: next}
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
	person := r.PathValue("id")
	text, k, err := a.AddKey(r.Context(), person, body.Name, body.Scopes, body.ValidDays)
	if err != nil {
		return answer{}, err
	}
	return created("/api/v1/users/"+url.PathEscape(person)+"/keys", keyText{keyOf(k, a.Clock()), text})
}

func (a *Administration) revokeKey(r *http.Request) (answer, error) {
	id, err := strconv.ParseInt(r.PathValue("key"), 10, 64)
	if err != nil {
		return answer{}, registry.ErrNotFound
	}
	return answer{}, a.Access.RevokeKey(r.Context(), r.PathValue("id"), id)
}
