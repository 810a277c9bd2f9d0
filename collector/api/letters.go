package api

import (
	"fmt"
	"net/http"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/letters"
	"github.com/ecoparc/ecoparc/collector/openapi"
)

// Letters administers who gets which monthly report by e-mail.
type Letters struct {
	*API
	Subscriptions *letters.Subscriptions
}

// subscriberList is who gets the report of an organisation.
type subscriberList struct {
	Subscribers []letters.Subscriber `json:"subscribers"`
}

// newSubscriber is a subscriber to add.
type newSubscriber struct {
	Address  string `json:"address"`
	Language string `json:"language,omitempty"` // "fr" without it
}

// Routes are those of subscriptions. An address is that of a person, so who may manage
// people manages them.
func (a *Letters) Routes() []gate.Route {
	const subscribers = "/api/v1/organisations/{id}/report/subscribers"
	operation := func(pattern string, doc openapi.Operation, do func(*http.Request) (answer, error)) gate.Route {
		doc.Tag = "monthly reports"
		return a.operation(pattern, access.ManageUsers, gate.Organisation, doc, do)
	}
	return []gate.Route{
		operation("GET "+subscribers, openapi.Operation{Summary: "List who gets the monthly report of an organisation by e-mail, with what became of the last one", Answers: ok("The subscribers", subscriberList{})}, a.list),
		operation("POST "+subscribers, openapi.Operation{Summary: "Send the monthly report of an organisation to an address from now on, the last one at once; again: change its language", Body: newSubscriber{}, Answers: made("The subscriber", letters.Subscriber{}), Refusals: acting}, a.subscribe),
		operation("DELETE "+subscribers+"/{subscriber}", openapi.Operation{Summary: "Send the monthly report to a subscriber no more, and forget the address", Answers: done("Unsubscribed")}, a.unsubscribe),
	}
}

func (a *Letters) list(r *http.Request) (answer, error) {
	id, err := number(r, "id")
	if err != nil {
		return answer{}, err
	}
	all, err := a.Subscriptions.List(r.Context(), id)
	return found(subscriberList{all}, err)
}

func (a *Letters) subscribe(r *http.Request) (answer, error) {
	id, err := number(r, "id")
	if err != nil {
		return answer{}, err
	}
	body := newSubscriber{Language: letters.Languages[0]}
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	who, err := a.Subscriptions.Subscribe(r.Context(), id, body.Address, body.Language)
	if err != nil {
		return answer{}, err
	}
	return created(fmt.Sprintf("/api/v1/organisations/%d/report/subscribers/%d", id, who.ID), who)
}

func (a *Letters) unsubscribe(r *http.Request) (answer, error) {
	id, err := number(r, "id")
	if err != nil {
		return answer{}, err
	}
	subscriber, err := number(r, "subscriber")
	if err != nil {
		return answer{}, err
	}
	return answer{}, a.Subscriptions.Unsubscribe(r.Context(), id, subscriber)
}
