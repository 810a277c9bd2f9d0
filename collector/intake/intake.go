// Package intake takes reports, line protocol and enrolments in over HTTP. What is wrong with
// one is answered with a 4xx that names the field and the reason; nothing of it
// is kept, and the connection stays usable.
package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/gate"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/openapi"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/report"
)

// Registry is what intake asks of the registry.
type Registry interface {
	Remember(most int) *registry.Remembered
	SiteOfToken(ctx context.Context, token string, now time.Time) (int64, error)
	Enrol(ctx context.Context, r *report.EnrolRequest, now time.Time) (report.EnrolResponse, error)
}

// Ledger is what intake asks of the ledger.
type Ledger interface {
	Record(ctx context.Context, d ledger.Device, r *report.Report, now time.Time) (report.Ack, error)
	LatestReport(ctx context.Context) (time.Time, error)
}

// Intake serves POST /api/v1/reports, POST /api/v1/enrol and InfluxDB's POST
// /api/v2/write.
type Intake struct {
	registry Registry
	devices  *registry.Remembered
	ledger   Ledger
	// What devices and sites may send, and how often devices may enrol at a site.
	byDevice, bySite, enrolments *limiter
	clock                        func() time.Time
	log                          *slog.Logger
	count                        Counter
}

// Counter counts what intake did, for /metrics.
type Counter interface {
	Windows(isNew, repeat int)
	Rejected(status int)
}

// New returns an intake that takes what the limits allow.
func New(r Registry, l Ledger, limits Limits, clock func() time.Time, log *slog.Logger, count Counter) *Intake {
	return &Intake{
		registry: r, devices: r.Remember(registry.MaxRemembered), ledger: l, clock: clock, log: log, count: count,
		byDevice: newLimiter(limits.DeviceReports, maxDevices), bySite: newLimiter(limits.SiteReports, maxSites), enrolments: newLimiter(limits.Enrolments, maxSites),
	}
}

// Routes are where agents send to; only the schema is for anybody.
func (in *Intake) Routes() []gate.Route {
	const tag = "reports"
	refusals := []int{http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}
	return []gate.Route{
		{Pattern: "POST /api/v1/reports", Scope: access.Agents, Handler: in.reports, Doc: openapi.Operation{
			Summary: "File a report of a device, as the published schema has it (gzip is welcome)", Tag: tag, Body: report.Report{}, Refusals: refusals,
			Answers: []openapi.Answer{{Status: http.StatusOK, What: "What was new, and what was known already", Body: report.Ack{}}},
		}},
		{Pattern: "/api/v1/reports", Scope: access.Agents, Handler: in.wrongMethod},
		{Pattern: "POST /api/v1/enrol", Scope: access.Agents, Handler: in.enrol, Doc: openapi.Operation{
			Summary: "Let a device in with an enrolment token, instead of a secret", Tag: tag, Body: report.EnrolRequest{}, Who: openapi.Anybody, Refusals: append([]int{http.StatusForbidden, http.StatusTooManyRequests}, refusals...),
			Answers: []openapi.Answer{{Status: http.StatusCreated, What: "The device's name and secret", Body: report.EnrolResponse{}}},
		}},
		{Pattern: "/api/v1/enrol", Scope: access.Agents, Handler: in.wrongMethod},
		{Pattern: "/api/v2/write", Scope: access.Agents, Handler: in.write, Doc: openapi.Operation{ // as InfluxDB 2 has it
			Summary: "File windows in line protocol, as InfluxDB takes it; the token is DEVICE.SECRET", Tag: tag, Text: "text/plain", Refusals: refusals, Problem: influxProblem{},
			Query: []openapi.Parameter{
				{Name: "precision", What: "of timestamps: ns, us, ms or s; ns without it"},
				// What clients of InfluxDB send besides.
				{Name: "bucket", What: "is not looked at"}, {Name: "org", What: "is not looked at"}, {Name: "orgID", What: "is not looked at"}, {Name: "consistency", What: "is not looked at"},
			},
			Answers: []openapi.Answer{{Status: http.StatusNoContent, What: "Filed"}},
		}},
		{Pattern: "/write", Scope: access.Agents, Handler: in.write}, // and InfluxDB 1
		{Pattern: "GET /api/v1/report.schema.json", Scope: access.Public, Doc: openapi.Operation{
			Summary: "The JSON Schema of a report", Tag: tag, Answers: []openapi.Answer{{Status: http.StatusOK, What: "The schema", Body: map[string]any{}, Media: "application/schema+json"}},
		}, Handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/schema+json")
			w.Write(report.SchemaJSON)
		}},
	}
}

// problem is an answer that is not a success.
type problem struct {
	status     int
	retryAfter string
	body       report.Problem
}

func (p *problem) Error() string { return p.body.Error() }

func fail(status int, field, reason string) error {
	return &problem{status: status, body: report.Problem{Field: field, Reason: reason}}
}

func (in *Intake) wrongMethod(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", http.MethodPost)
	in.answer(w, r, 0, nil, fail(http.StatusMethodNotAllowed, "method", "is "+r.Method+"; reports and enrolments come by POST"))
}

func (in *Intake) reports(w http.ResponseWriter, r *http.Request) {
	ack, err := in.takeReport(r)
	in.answer(w, r, http.StatusOK, ack, err)
}

func (in *Intake) takeReport(r *http.Request) (report.Ack, error) {
	name, secret, ok := credentials(r)
	if !ok {
		return report.Ack{}, fail(http.StatusUnauthorized, "Authorization", "must be \"Bearer DEVICE.SECRET\", as given at enrolment")
	}
	device, err := in.admit(r.Context(), name, secret)
	if err != nil {
		return report.Ack{}, err
	}
	if err := checkJSON(r); err != nil {
		return report.Ack{}, err
	}
	body, err := readBody(r)
	if err != nil {
		return report.Ack{}, err
	}
	defer body.release()
	now := in.clock()
	rep, err := report.Decode(body.Bytes(), now)
	if err != nil {
		return report.Ack{}, in.clockWentBack(r.Context(), now, err, func(at time.Time) error {
			_, err := report.Decode(body.Bytes(), at)
			return err
		})
	}
	if rep.Device != name {
		return report.Ack{}, fail(http.StatusForbidden, "device", "is not the device that the secret belongs to")
	}
	return in.file(r.Context(), device, secret, rep, now)
}

// admit authenticates a device and counts its request, for itself and for its site: a
// school whose devices all went mad does not hold other schools back.
func (in *Intake) admit(ctx context.Context, name, secret string) (registry.DeviceKey, error) {
	device, err := in.authenticate(ctx, name, secret)
	if err != nil {
		return device, err
	}
	now := in.clock()
	if wait, ok := in.byDevice.take(device.ID, now); !ok {
		return device, tooMany("this device sends too many reports", in.byDevice, wait)
	}
	if wait, ok := in.bySite.take(device.Site, now); !ok {
		return device, tooMany("the devices of this site send too many reports", in.bySite, wait)
	}
	return device, nil
}

// file files a valid report of a device that was admitted with this secret.
func (in *Intake) file(ctx context.Context, device registry.DeviceKey, secret string, rep *report.Report, now time.Time) (report.Ack, error) {
	ack, err := in.ledger.Record(ctx, ledger.Device(device), rep, now)
	if errors.Is(err, ledger.ErrRetired) { // since it was remembered
		in.devices.Forget(rep.Device)
		if device, err = in.authenticate(ctx, rep.Device, secret); err == nil {
			ack, err = in.ledger.Record(ctx, ledger.Device(device), rep, now)
		}
	}
	if err != nil {
		return report.Ack{}, err
	}
	in.count.Windows(ack.New, ack.Repeat)
	return ack, nil
}

func tooMany(what string, l *limiter, wait time.Duration) error {
	return &problem{
		status: http.StatusTooManyRequests, retryAfter: strconv.Itoa(int(math.Ceil(wait.Seconds()))),
		body: report.Problem{Reason: fmt.Sprintf("%s; %d an hour are taken", what, l.perHour)},
	}
}

// clockWentBack answers for a report that is wrong now and would have been right at
// the time of an earlier one: it is the collector's clock that is wrong. The agent
// keeps such a report, and would put one aside that is wrong for good.
func (in *Intake) clockWentBack(ctx context.Context, now time.Time, wrong error, check func(at time.Time) error) error {
	latest, err := in.ledger.LatestReport(ctx)
	if err != nil || !latest.After(now) || check(latest) != nil {
		return wrong
	}
	in.log.Error("the collector's clock is behind its latest report; set it right", "clock", now, "latest_report", latest)
	return &problem{status: http.StatusServiceUnavailable, retryAfter: "600", body: report.Problem{Reason: "the collector's clock seems to have gone back; keep the report and try later"}}
}

func (in *Intake) enrol(w http.ResponseWriter, r *http.Request) {
	answer, err := in.takeEnrol(r)
	in.answer(w, r, http.StatusCreated, answer, err)
}

func (in *Intake) takeEnrol(r *http.Request) (report.EnrolResponse, error) {
	if err := checkJSON(r); err != nil {
		return report.EnrolResponse{}, err
	}
	body, err := readBody(r)
	if err != nil {
		return report.EnrolResponse{}, err
	}
	defer body.release()
	req, err := report.DecodeEnrol(body.Bytes())
	if err != nil {
		return report.EnrolResponse{}, err
	}
	answer, err := in.let(r.Context(), req)
	if p := (*report.Problem)(nil); errors.As(err, &p) {
		return report.EnrolResponse{}, &problem{status: http.StatusForbidden, body: *p}
	}
	if err == nil {
		in.log.Info("device enrolled", "device", answer.Device)
	}
	return answer, err
}

// let lets a device in. A token that opens nothing, and a site where too many enrol,
// cost no transaction.
func (in *Intake) let(ctx context.Context, req *report.EnrolRequest) (report.EnrolResponse, error) {
	now := in.clock()
	site, err := in.registry.SiteOfToken(ctx, req.Token, now)
	if err != nil {
		return report.EnrolResponse{}, err
	}
	if wait, ok := in.enrolments.take(site, now); !ok {
		return report.EnrolResponse{}, tooMany("too many devices enrol at this site", in.enrolments, wait)
	}
	return in.registry.Enrol(ctx, req, now)
}

// credentials are the device's name and secret from the Authorization header.
func credentials(r *http.Request) (name, secret string, ok bool) {
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", "", false
	}
	return strings.Cut(bearer, ".")
}

func (in *Intake) authenticate(ctx context.Context, name, secret string) (registry.DeviceKey, error) {
	key, err := in.devices.Authenticate(ctx, name, secret)
	if errors.Is(err, registry.ErrNotFound) {
		return registry.DeviceKey{}, fail(http.StatusUnauthorized, "Authorization", "this collector does not know this device and secret; enrol it (again)")
	}
	return key, err
}

// answer writes an answer or a problem.
func (in *Intake) answer(w http.ResponseWriter, r *http.Request, status int, body any, err error) {
	if err != nil {
		p := in.refuse(w, r, err)
		status, body = p.status, p.body
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

const maxDrainB = 4 << 20

// refuse explains an error, counts it, and leaves the status and the body of the
// answer to the caller.
func (in *Intake) refuse(w http.ResponseWriter, r *http.Request, err error) *problem {
	p := in.explain(r, err)
	in.count.Rejected(p.status)
	if p.retryAfter != "" {
		w.Header().Set("Retry-After", p.retryAfter)
	}
	// The rest of the body is read away, within bounds, so that the
	// connection can carry the next request. Beyond them it is closed.
	if r.ContentLength <= maxDrainB {
		io.CopyN(io.Discard, r.Body, maxDrainB)
	}
	return p
}

func (in *Intake) explain(r *http.Request, err error) *problem {
	var p *problem
	var invalid *report.Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &invalid) && invalid.Field == "": // not even one JSON object
		return &problem{status: http.StatusBadRequest, body: *invalid}
	case errors.As(err, &invalid):
		return &problem{status: http.StatusUnprocessableEntity, body: *invalid}
	case errors.Is(err, ledger.ErrBusy), errors.Is(err, ledger.ErrClosed):
		return &problem{status: http.StatusServiceUnavailable, retryAfter: "60", body: report.Problem{Reason: err.Error()}}
	case errors.Is(err, store.ErrNoSpace):
		in.log.Error("cannot take reports in", "error", err)
		return &problem{status: http.StatusServiceUnavailable, retryAfter: "600", body: report.Problem{Reason: "the collector's disk is full; keep the report and try later"}}
	case r.Context().Err() != nil:
		return &problem{status: http.StatusServiceUnavailable, retryAfter: "60", body: report.Problem{Reason: "the request was cut off"}}
	}
	in.log.Error("cannot take a report in", "path", r.URL.Path, "error", err)
	return &problem{status: http.StatusServiceUnavailable, retryAfter: "300", body: report.Problem{Reason: "the collector cannot store reports now; keep them and try later"}}
}

// buffers are reused: a busy collector takes thousands of bodies a second.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// unzippers are reused: each has tables of 40 KiB.
var unzippers = sync.Pool{New: func() any { return new(gzip.Reader) }}

type body struct{ *bytes.Buffer }

func (b body) release() {
	b.Reset()
	buffers.Put(b.Buffer)
}

func checkJSON(r *http.Request) error {
	if kind := r.Header.Get("Content-Type"); kind != "" && kind != "application/json" { // as agents send it, it need not be parsed
		if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
			return fail(http.StatusUnsupportedMediaType, "Content-Type", "must be application/json")
		}
	}
	return nil
}

// readBody reads a body, gzipped or not, within its limits before and after.
func readBody(r *http.Request) (body, error) {
	tooLarge := fail(http.StatusRequestEntityTooLarge, "body", "is larger than 256 KiB as sent")
	if r.ContentLength > report.MaxBodyB {
		return body{}, tooLarge
	}
	sent := &io.LimitedReader{R: r.Body, N: report.MaxBodyB + 1}
	var from io.Reader = sent
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		unzip := unzippers.Get().(*gzip.Reader)
		defer unzippers.Put(unzip)
		if err := unzip.Reset(sent); err != nil {
			return body{}, fail(http.StatusBadRequest, "body", "is not gzip, although Content-Encoding says so")
		}
		from = unzip
	default:
		return body{}, fail(http.StatusUnsupportedMediaType, "Content-Encoding", "is not known; gzip and identity are")
	}
	b := body{buffers.Get().(*bytes.Buffer)}
	_, err := b.ReadFrom(io.LimitReader(from, report.MaxDecodedB+1))
	switch {
	case sent.N == 0:
		err = tooLarge
	case err != nil:
		err = fail(http.StatusBadRequest, "body", "cannot be read to its end: "+err.Error())
	case b.Len() > report.MaxDecodedB:
		err = fail(http.StatusRequestEntityTooLarge, "body", "is larger than 1 MiB after gunzip")
	}
	if err != nil {
		b.release()
		return body{}, err
	}
	return b, nil
}
