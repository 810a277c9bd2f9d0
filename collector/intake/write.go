package intake

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/ecoparc/ecoparc/collector/points"
	"github.com/ecoparc/ecoparc/models/report"
)

// write takes line protocol in, as InfluxDB does, so that Telegraf or a client of
// InfluxDB can be the agent: the same windows as in reports, within the same limits,
// all of a request or none. The device is the one that the token belongs to; bucket
// and organisation are not looked at.
func (in *Intake) write(w http.ResponseWriter, r *http.Request) {
	if err := in.takeLines(w, r); err != nil {
		p := in.refuse(w, r, err)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(p.status)
		json.NewEncoder(w).Encode(influxProblem{influxCode(p.status), p.body.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// influxProblem is the body of InfluxDB's answers that are not a success: its clients
// show the message.
type influxProblem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// influxCode is InfluxDB's word for a status.
func influxCode(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "unauthorized"
	case http.StatusMethodNotAllowed:
		return "method not allowed"
	case http.StatusRequestEntityTooLarge:
		return "request too large"
	case http.StatusUnprocessableEntity:
		return "unprocessable entity"
	case http.StatusTooManyRequests:
		return "too many requests"
	case http.StatusServiceUnavailable:
		return "unavailable"
	}
	return "invalid"
}

func (in *Intake) takeLines(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return fail(http.StatusMethodNotAllowed, "method", "is "+r.Method+"; line protocol comes by POST")
	}
	name, secret, ok := influxCredentials(r)
	if !ok {
		return fail(http.StatusUnauthorized, "Authorization", "must be \"Token DEVICE.SECRET\", as given at enrolment")
	}
	device, err := in.admit(r.Context(), name, secret)
	if err != nil {
		return err
	}
	precision, err := points.Precision(r.URL.Query().Get("precision"))
	if err != nil {
		return fail(http.StatusBadRequest, "", err.Error())
	}
	body, err := readBody(r)
	if err != nil {
		return err
	}
	defer body.release()
	now := in.clock()
	windows, err := points.Decode(body.Bytes(), precision, name, now)
	if err != nil {
		return in.clockWentBack(r.Context(), now, refusedLines(err), func(at time.Time) error {
			_, err := points.Decode(body.Bytes(), precision, name, at)
			return err
		})
	}
	_, err = in.file(r.Context(), device, secret, &report.Report{Schema: report.Schema, Device: name, Agent: program(r), Windows: windows}, now)
	return err
}

// influxCredentials are the device's name and secret in any of the ways in which
// clients of InfluxDB send a token, or a user and a password.
func influxCredentials(r *http.Request) (name, secret string, ok bool) {
	if token, is := strings.CutPrefix(r.Header.Get("Authorization"), "Token "); is {
		if name, secret, ok = strings.Cut(token, "."); !ok {
			name, secret, ok = strings.Cut(token, ":") // USER:PASSWORD, as with InfluxDB 1.8
		}
		return name, secret, ok
	}
	if name, secret, ok = r.BasicAuth(); ok {
		return name, secret, ok
	}
	return credentials(r)
}

// refusedLines is the answer to lines that are wrong. Too many of them are answered
// so that Telegraf sends them again in two parts.
func refusedLines(err error) error {
	status := http.StatusUnprocessableEntity
	var wrong *points.Problem
	switch {
	case errors.Is(err, points.ErrTooMany):
		status = http.StatusRequestEntityTooLarge
	case errors.As(err, &wrong) && wrong.Syntax:
		status = http.StatusBadRequest
	}
	return &problem{status: status, body: report.Problem{Reason: err.Error()}}
}

// longestProgram is enough for a name and a version.
const longestProgram = 40

// program is what sends, as in Telegraf/1.37.2: it stands where agents tell their
// version.
func program(r *http.Request) string {
	first, _, _ := strings.Cut(r.UserAgent(), " ")
	for i, c := range first {
		if i >= longestProgram || !unicode.IsPrint(c) || c == unicode.ReplacementChar {
			first = ""
			break
		}
	}
	if first == "" {
		return "line protocol"
	}
	return first
}
