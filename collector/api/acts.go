package api

import (
	"net/http"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/report"
)

// retirement says when a device left, and where to.
type retirement struct {
	On *calendar.Day `json:"on,omitempty"` // today without it
	To string        `json:"to"`           // "reuse", "recycling" or "lost"
}

// transfer names the site that a device goes to.
type transfer struct {
	Site int64 `json:"site"`
}

// merger names the device that goes on as the one in the path.
type merger struct {
	Old string `json:"old"`
}

// repairDone is what was done to a part of a device. Of a day and a part there is one.
type repairDone struct {
	On      *calendar.Day    `json:"on,omitempty"`       // today without it
	Part    lifespan.Part    `json:"part"`               // "battery", "ssd", "memory", "screen", "keyboard", "mainboard", "power_supply", "fan", "other" or "none"
	Outcome registry.Outcome `json:"outcome"`            // "repaired" or "not_repairable"
	DoneBy  string           `json:"done_by,omitempty"`  // "in_house", "sent_out" or "warranty"
	CostEUR float64          `json:"cost_eur,omitempty"` // 0: not known, or nothing under warranty
}

// repairsDone are the repairs of a device, oldest first.
type repairsDone struct {
	Repairs []repairDone `json:"repairs"`
}

// newSecret is the secret of a device's agent, which is shown once.
type newSecret struct {
	Device string `json:"device"`
	Secret string `json:"secret"`
}

// erasure is what was erased of a device.
type erasure struct {
	Days    int64 `json:"days"`
	Windows int64 `json:"windows"`
}

// actRoutes administer single devices.
func (a *Administration) actRoutes() []gate.Route {
	const tag = "devices"
	const device = "/api/v1/devices/{id}"
	conflict := []int{http.StatusConflict}
	act := func(path, summary string, body any, do func(*http.Request) (answer, error)) gate.Route {
		refusals := acting
		if body == nil {
			refusals = conflict
		}
		return a.operation("POST "+device+path, access.ChangeDevices, gate.Device, openapi.Operation{Summary: summary, Tag: tag, Body: body, Answers: ok("The device", deviceRecord{}), Refusals: refusals}, do)
	}
	return []gate.Route{
		a.operation("GET "+device+"/record", access.ReadDevices, gate.Device,
			openapi.Operation{Summary: "What is known of a device", Tag: tag, Answers: ok("The device", deviceRecord{})}, func(r *http.Request) (answer, error) { return a.record(r, r.PathValue("id")) }),
		act("/retire", "Take a device out of service; its past stays", retirement{}, a.retire),
		act("/return", "Take a retirement back", nil, func(r *http.Request) (answer, error) {
			return a.acted(r, a.Fleet.Return(r.Context(), []string{r.PathValue("id")}))
		}),
		act("/transfer", "Move a device to another site of its organisation, with its past", transfer{}, a.transfer),
		act("/merge", "Let a device that was set up anew go on from what it was, whose name is gone afterwards", merger{}, a.merge),
		a.operation("GET "+device+"/repairs", access.ReadDevices, gate.Device,
			openapi.Operation{Summary: "What was repaired of a device", Tag: tag, Answers: ok("The repairs", repairsDone{})}, a.repairs),
		a.operation("POST "+device+"/repairs", access.ChangeDevices, gate.Device,
			openapi.Operation{Summary: "Record a repair; another one of the same day and part replaces it", Tag: tag, Body: repairDone{}, Answers: ok("The repairs", repairsDone{}), Refusals: acting}, a.repair),
		a.operation("DELETE "+device+"/repairs/{day}/{part}", access.ChangeDevices, gate.Device,
			openapi.Operation{Summary: "Take a repair back", Tag: tag, Answers: ok("The repairs", repairsDone{}), Refusals: []int{http.StatusBadRequest, http.StatusConflict}}, a.forgetRepair),
		act("/apart", "Say that two machines that reported as this device are apart now: one of them was enrolled anew", nil, func(r *http.Request) (answer, error) {
			return a.acted(r, a.Fleet.Apart(r.Context(), r.PathValue("id")))
		}),
		a.operation("POST "+device+"/rotate-key", access.ChangeDevices, gate.Device,
			openapi.Operation{Summary: "Replace the secret of a device's agent; the new one is shown this once", Tag: tag, Answers: ok("The secret", newSecret{}), Refusals: conflict}, a.rotateKey),
		a.operation("GET "+device+"/export", access.ChangeDevices, gate.Device,
			openapi.Operation{Summary: "All that is kept of a device", Tag: tag, Answers: ok("The data", ledger.Kept{})}, a.export),
		a.operation("DELETE "+device, access.ChangeDevices, gate.Device,
			openapi.Operation{Summary: "Forget a device for good; the totals of its site stay", Tag: tag, Answers: ok("What was erased", erasure{}), Refusals: conflict}, a.erase),
	}
}

func (a *Administration) retire(r *http.Request) (answer, error) {
	var body retirement
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	return a.acted(r, a.Acts.Retire(r.Context(), r.PathValue("id"), body.On, body.To))
}

func (a *Administration) transfer(r *http.Request) (answer, error) {
	var body transfer
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	_, err := a.Fleet.Transfer(r.Context(), r.PathValue("id"), body.Site)
	return a.acted(r, err)
}

func (a *Administration) merge(r *http.Request) (answer, error) {
	var body merger
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	_, err := a.Fleet.Merge(r.Context(), body.Old, r.PathValue("id"))
	return a.acted(r, err)
}

func (a *Administration) repair(r *http.Request) (answer, error) {
	var body repairDone
	if err := read(r, &body); err != nil {
		return answer{}, err
	}
	done := registry.Repair{Part: body.Part, Outcome: body.Outcome, DoneBy: body.DoneBy}
	if body.On != nil {
		done.On = *body.On
	}
	if err := a.Acts.Repair(r.Context(), r.PathValue("id"), done, body.CostEUR); err != nil {
		return answer{}, err
	}
	return a.repairs(r)
}

func (a *Administration) forgetRepair(r *http.Request) (answer, error) {
	day, err := calendar.ParseDay(r.PathValue("day"))
	if err != nil {
		return answer{}, &report.Problem{Field: "day", Reason: err.Error()}
	}
	if err := a.Fleet.ForgetRepair(r.Context(), r.PathValue("id"), day, lifespan.Part(r.PathValue("part"))); err != nil {
		return answer{}, err
	}
	return a.repairs(r)
}

func (a *Administration) repairs(r *http.Request) (answer, error) {
	d, err := a.Registry.Device(r.Context(), r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	done, err := a.Registry.Repairs(r.Context(), d.ID)
	all := repairsDone{[]repairDone{}}
	for _, one := range done {
		all.Repairs = append(all.Repairs, repairDone{&one.On, one.Part, one.Outcome, one.DoneBy, float64(one.CostCents) / 100})
	}
	return found(all, err)
}

func (a *Administration) rotateKey(r *http.Request) (answer, error) {
	d, secret, err := a.Fleet.RotateKey(r.Context(), r.PathValue("id"))
	return found(newSecret{d.Name, secret}, err)
}

func (a *Administration) export(r *http.Request) (answer, error) {
	return found(ledger.Export(r.Context(), a.Store, r.PathValue("id"), a.Clock()))
}

func (a *Administration) erase(r *http.Request) (answer, error) {
	erased, err := ledger.Erase(r.Context(), a.Store, a.Where, r.PathValue("id"), a.Clock())
	return found(erasure{erased.Days, erased.Windows}, err)
}

// acted answers with the device that is named in the path, after an act on it.
func (a *Administration) acted(r *http.Request, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return a.record(r, r.PathValue("id"))
}

// record is a device as it stands in lists.
func (a *Administration) record(r *http.Request, name string) (answer, error) {
	d, err := a.Record(r.Context(), name)
	return found(rowOf(&d), err)
}
