package points

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"

	"github.com/ecoparc/ecoparc/models/report"
)

// ErrTooMany says that a text holds more windows than one report may.
var ErrTooMany = fmt.Errorf("more than %d windows in one request; send them in several", report.MaxWindows)

// Problem says what is wrong with a line, and what is allowed.
type Problem struct {
	Line   int // from 1
	Reason string
	// Syntax tells a line that is not line protocol of these measurements from one
	// whose numbers cannot be.
	Syntax bool
}

func (p *Problem) Error() string { return fmt.Sprintf("line %d: %s", p.Line, p.Reason) }

// precisions are the units of timestamps, by their names in InfluxDB 2 and 1.
var precisions = map[string]lineprotocol.Precision{
	"": lineprotocol.Nanosecond, "ns": lineprotocol.Nanosecond, "n": lineprotocol.Nanosecond,
	"us": lineprotocol.Microsecond, "u": lineprotocol.Microsecond, "ms": lineprotocol.Millisecond, "s": lineprotocol.Second,
}

// Precision is the unit of timestamps with this name; an empty one is ns.
func Precision(name string) (lineprotocol.Precision, error) {
	p, known := precisions[name]
	if !known {
		return 0, fmt.Errorf("precision is %q; allowed are ns, us, ms and s", name)
	}
	return p, nil
}

// Decode reads the windows of one device from line protocol and checks them as those
// of a report. now is the collector's clock. Readings of meters stand in the same
// text as their window, before or after it: a window that was filed is complete, and
// what came later could not be added to it. Tags other than device, source and
// boundary are not looked at, and not kept.
//
// The error is ErrTooMany, or a *Problem of the first line that is wrong. Decode is
// meant for texts whose size is already bounded.
func Decode(text []byte, precision lineprotocol.Precision, device string, now time.Time) ([]report.Window, error) {
	d := decoding{device: device, precision: precision, at: map[int64]int{}}
	number := 0
	for line := range bytes.SplitSeq(text, []byte{'\n'}) {
		number++
		if err := d.line(number, line); err != nil {
			return nil, err
		}
	}
	return d.checked(now)
}

// decoding is a text that is half read.
type decoding struct {
	device    string
	precision lineprotocol.Precision
	windows   []report.Window
	lines     []int         // of each window
	at        map[int64]int // the window that starts at a second
	readings  []reading
}

// reading is a reading that may stand before its window.
type reading struct {
	report.Reading
	start int64
	line  int
}

// line reads one line. A line break within a text in quotes ends the line too: no
// field here is a text.
func (d *decoding) line(number int, line []byte) error {
	decoder := lineprotocol.NewDecoderWithBytes(line)
	if !decoder.Next() {
		return nil // empty, or a comment
	}
	measurement, err := decoder.Measurement()
	if err != nil {
		return malformed(number, err)
	}
	switch string(measurement) {
	case Window:
		if len(d.windows) == report.MaxWindows {
			return ErrTooMany
		}
		var w report.Window
		at, err := d.point(decoder, OfWindow(&w), nil)
		if err != nil {
			return malformed(number, err)
		}
		if other, twice := d.at[at.Unix()]; twice {
			return &Problem{number, fmt.Sprintf("the window of %s stands in line %d already", at.Format(time.RFC3339), d.lines[other]), true}
		}
		d.at[at.Unix()] = len(d.windows)
		w.Start = at
		d.windows, d.lines = append(d.windows, w), append(d.lines, number)
	case Energy:
		r := reading{line: number}
		tags := map[string]string{}
		at, err := d.point(decoder, OfReading(&r.Reading), tags)
		if err != nil {
			return malformed(number, err)
		}
		r.Source, r.Boundary, r.start = tags[Source], report.Boundary(tags[Boundary]), at.Unix()
		d.readings = append(d.readings, r)
	default:
		return &Problem{number, fmt.Sprintf("the measurement %.64q is not known; %s and %s are", measurement, Window, Energy), true}
	}
	return nil
}

func malformed(line int, err error) error {
	var syntax *lineprotocol.DecodeError
	if errors.As(err, &syntax) {
		return &Problem{line, fmt.Sprintf("is not line protocol, at column %d: %.200s", syntax.Column, syntax.Err), true}
	}
	return &Problem{line, err.Error(), true}
}

// point reads tags, fields and time of a point.
func (d *decoding) point(decoder *lineprotocol.Decoder, fields []Field, tags map[string]string) (time.Time, error) {
	if err := d.tags(decoder, tags); err != nil {
		return time.Time{}, err
	}
	if err := readFields(decoder, fields); err != nil {
		return time.Time{}, err
	}
	at, err := decoder.Time(d.precision, time.Time{})
	switch {
	case err != nil:
		return time.Time{}, err
	case at.IsZero():
		return time.Time{}, errors.New("has no timestamp; it is the start of the window")
	case at.Nanosecond() != 0:
		return time.Time{}, fmt.Errorf("the timestamp %s is not a whole second; is precision right?", at.UTC().Format(time.RFC3339Nano))
	}
	return at.UTC(), nil
}

// tags reads the tags into those that are asked for.
func (d *decoding) tags(decoder *lineprotocol.Decoder, into map[string]string) error {
	named := false
	for {
		key, value, err := decoder.NextTag()
		if err != nil || key == nil {
			return err
		}
		switch name := string(key); name {
		case Device:
			if named || string(value) != d.device {
				return errors.New("the tag device is not the device that the token belongs to; leave it out")
			}
			named = true
		case Source, Boundary:
			if into == nil {
				continue
			}
			if _, twice := into[name]; twice {
				return fmt.Errorf("the tag %s stands twice", name)
			}
			into[name] = string(value)
		}
	}
}

func readFields(decoder *lineprotocol.Decoder, fields []Field) error {
	seen := make([]bool, len(fields))
	for {
		key, value, err := decoder.NextField()
		if err != nil || key == nil {
			return err
		}
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == string(key) })
		if i < 0 {
			return fmt.Errorf("the field %.64q is not known; allowed are %s", key, names(fields))
		}
		if seen[i] {
			return fmt.Errorf("the field %s stands twice", key)
		}
		seen[i] = true
		if *fields[i].Value, err = whole(value); err != nil {
			return fmt.Errorf("the field %s %w", key, err)
		}
	}
}

func names(fields []Field) string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Name)
	}
	return strings.Join(all, ", ")
}

// mostExact is the largest number up to which a float holds every whole one.
const mostExact = 1 << 53

// whole is a value as a whole number. Clients that know one kind of number only send
// floats.
func whole(v lineprotocol.Value) (int64, error) {
	switch v.Kind() {
	case lineprotocol.Int:
		return v.IntV(), nil
	case lineprotocol.Uint:
		if v.UintV() <= math.MaxInt64 {
			return int64(v.UintV()), nil
		}
	case lineprotocol.Float:
		if f := v.FloatV(); f == math.Trunc(f) && math.Abs(f) <= mostExact {
			return int64(f), nil
		}
	}
	return 0, fmt.Errorf("is %.40s; a whole number is expected", v)
}

// checked puts the readings into their windows and checks all as one report.
func (d *decoding) checked(now time.Time) ([]report.Window, error) {
	readingLines := make([][]int, len(d.windows))
	for _, r := range d.readings {
		i, there := d.at[r.start]
		if !there {
			return nil, &Problem{r.line, fmt.Sprintf("there is no %s of %s in this request, whose energy this is", Window, time.Unix(r.start, 0).UTC().Format(time.RFC3339)), true}
		}
		d.windows[i].Energy = append(d.windows[i].Energy, r.Reading)
		readingLines[i] = append(readingLines[i], r.line)
	}
	if len(d.windows) == 0 {
		return nil, &Problem{1, "no point is in this request", true}
	}
	r := report.Report{Schema: report.Schema, Device: d.device, Windows: d.windows}
	err := r.Validate(now)
	var wrong *report.Problem
	if errors.As(err, &wrong) {
		return nil, d.problem(wrong, readingLines)
	}
	return d.windows, err
}

// place is where a report's problem is: windows[3].load_ms[1], windows[3].energy[0].source.
var place = regexp.MustCompile(`^windows\[(\d+)\]\.(?:energy\[(\d+)\]\.)?(.*)$`)

// loadClass is a load class in a report.
var loadClass = regexp.MustCompile(`^load_ms\[(\d)\]$`)

// problem tells a report's problem by its line and by the name of its field there.
func (d *decoding) problem(p *report.Problem, readings [][]int) error {
	at := place.FindStringSubmatch(p.Field)
	if at == nil {
		return &Problem{1, p.Error(), false}
	}
	i, _ := strconv.Atoi(at[1])
	line := d.lines[i]
	if at[2] != "" {
		j, _ := strconv.Atoi(at[2])
		line = readings[i][j]
	}
	return &Problem{line, loadClass.ReplaceAllString(at[3], "load${1}_ms") + ": " + p.Reason, false}
}
