package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Decode reads one report and checks it against the limits. now is the
// collector's clock. The error is a *Problem that names the field and the
// reason. It is meant for bytes whose size is already bounded.
func Decode(body []byte, now time.Time) (*Report, error) {
	r := new(Report)
	if !decodeFast(body, r) {
		r = new(Report)
		if err := decodeStrict(body, r); err != nil {
			return nil, err
		}
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
		return explain(body, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem("", "one JSON object is expected, more follows at byte %d", d.InputOffset())
	}
	return nil
}

// explain turns what encoding/json says into the field and the reason. The
// field is empty when the text is not one JSON object at all. Of a value of the
// wrong type, encoding/json does not tell in which window it stands; the byte does.
func explain(body []byte, err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var badTime *time.ParseError
	switch {
	case errors.As(err, &wrongType):
		where := ""
		if wrongType.Offset > 0 {
			where = fmt.Sprintf(" (at byte %d)", wrongType.Offset)
		}
		return problem(wrongType.Field, "%s is not %s%s", wrongType.Value, kindOf(wrongType.Type), where)
	case errors.As(err, &badTime):
		return problem("windows.start", "%q is not a time like 2026-11-23T08:15:00Z", strings.Trim(badTime.Value, `"`))
	case errors.As(err, &syntax):
		return problem("", "malformed JSON at byte %d%s: %v", syntax.Offset, lastKey(body[:min(int(syntax.Offset), len(body))]), syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return problem("", "malformed JSON: it ends too early")
	case strings.Contains(err.Error(), "Time.UnmarshalJSON"): // has no type of its own
		return problem("windows.start", "is not a text with a time like 2026-11-23T08:15:00Z")
	}
	if _, quoted, ok := strings.Cut(err.Error(), "unknown field "); ok {
		name, err := strconv.Unquote(quoted)
		if err != nil || name == "" {
			name = quoted
		}
		return problem(name, "unknown field; the fields are in /api/v1/report.schema.json")
	}
	return problem("", "malformed JSON: %v", err)
}

var key = regexp.MustCompile(`"([a-z_]{1,40})"\s*:`)

// lastKey names the last field before a mistake, such as NaN for a number.
func lastKey(before []byte) string {
	const enough = 200 // a key and its value
	found := key.FindAllSubmatch(before[max(0, len(before)-enough):], -1)
	if len(found) == 0 {
		return ""
	}
	return fmt.Sprintf(", at or after %q", found[len(found)-1][1])
}

func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return "a whole number in range"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "a list"
	case reflect.Array:
		return fmt.Sprintf("a list of %d whole numbers", t.Len())
	}
	return "an object with fields"
}

// UnmarshalJSON insists on the right number of classes: encoding/json would
// drop those too many and make up those that are missing.
func (l *Loads) UnmarshalJSON(text []byte) error {
	classes := make([]int64, 0, LoadBins+1)
	err := json.Unmarshal(text, &classes)
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		wrongType.Offset = 0 // it counts from the start of the list
		return wrongType
	case err != nil || classes == nil: // null leaves things as they are, as everywhere in JSON for Go
		return err
	case len(classes) != LoadBins:
		return &json.UnmarshalTypeError{Value: fmt.Sprintf("a list of %d", len(classes)), Type: reflect.TypeOf(*l)}
	}
	copy(l[:], classes)
	return nil
}

// maxReasonB bounds an answer and a line of the log, whatever was sent.
const maxReasonB = 400

func problem(field, format string, args ...any) error {
	return &Problem{Field: shortened(field, maxText), Reason: shortened(fmt.Sprintf(format, args...), maxReasonB)}
}

func shortened(s string, maxB int) string {
	if len(s) <= maxB {
		return s
	}
	return strings.ToValidUTF8(s[:maxB], "") + "…"
}
