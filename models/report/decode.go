package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Decode reads one report and checks it against the limits. now is the
// collector's clock. The error is a *Problem that names the field and the
// reason. It is meant for bytes whose size is already bounded.
func Decode(body []byte, now time.Time) (*Report, error) {
	r := new(Report)
	if err := decodeStrict(body, r); err != nil {
		return nil, err
	}
	if err := r.Validate(now); err != nil {
		return nil, err
	}
	return r, nil
}

// DecodeEnrol reads one enrolment request and checks it.
func DecodeEnrol(body []byte) (*EnrolRequest, error) {
	r := new(EnrolRequest)
	if err := decodeStrict(body, r); err != nil {
		return nil, err
	}
	switch {
	case r.Token == "" || len(r.Token) > maxText:
		return nil, problem("token", "must be an enrolment token, as `collector token create` prints it")
	case !isText(r.Label):
		return nil, problem("label", "must be at most %d bytes of printable text", maxText)
	}
	if err := r.Inventory.validate("inventory"); err != nil {
		return nil, err
	}
	return r, nil
}

func decodeStrict(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return explain(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem("", "one JSON object is expected, more follows at byte %d", d.InputOffset())
	}
	return nil
}

var unknownField = regexp.MustCompile(`unknown field "([^"]*)"`)

// explain turns what encoding/json says into the field and the reason.
func explain(err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var badTime *time.ParseError
	switch {
	case errors.As(err, &wrongType):
		return problem(wrongType.Field, "%s is not a %s in range (at byte %d)", wrongType.Value, kindOf(wrongType), wrongType.Offset)
	case errors.As(err, &badTime):
		return problem("start", "%q is not a time like 2026-11-23T08:15:00Z", strings.Trim(badTime.Value, `"`))
	case errors.As(err, &syntax):
		return problem("", "malformed JSON at byte %d: %v", syntax.Offset, syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return problem("", "malformed JSON: it ends too early")
	}
	if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
		return problem(m[1], "unknown field; the fields are in /api/v1/report.schema.json")
	}
	return problem("", "malformed JSON: %v", err)
}

func kindOf(e *json.UnmarshalTypeError) string {
	if strings.HasPrefix(e.Type.String(), "int") {
		return "whole number"
	}
	return e.Type.Kind().String()
}

func problem(field, format string, args ...any) error {
	return &Problem{Field: field, Reason: fmt.Sprintf(format, args...)}
}
