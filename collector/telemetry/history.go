package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"
	"github.com/influxdata/influxdb-client-go/v2/api/query"

	"github.com/ecoparc/ecoparc/collector/points"
	"github.com/ecoparc/ecoparc/models/report"
)

// Limits on one look into the past: a person waits for it.
const (
	queryTimeout   = 5 * time.Second
	mostRows       = 50_000 // a month of windows of a minute
	largestAnswerB = 32 << 20
)

// History reads windows back from InfluxDB, with Flux.
type History struct {
	bucket string
	query  func(ctx context.Context, flux string) (*api.QueryTableResult, error)
}

// OpenHistory returns the history in a bucket. It connects when it is asked.
func OpenHistory(c Config) *History {
	client := influxdb2.NewClientWithOptions(c.URL, c.Token, influxdb2.DefaultOptions().SetHTTPClient(&http.Client{
		Timeout:   queryTimeout,
		Transport: bounded{http.DefaultTransport.(*http.Transport).Clone()},
	}).SetApplicationName("ecoparc"))
	return &History{bucket: c.Bucket, query: client.QueryAPI(c.org()).Query}
}

// bounded reads so much of an answer and no more.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, largestAnswerB)
	}
	return answer, err
}

// windowsQuery asks for the windows and the readings of a device. A device that moved
// has several series: of two points of one moment the latter stands.
const windowsQuery = `device = %[1]s
points = (measurement) => from(bucket: %[2]s) |> range(start: %[3]s, stop: %[4]s)
	|> filter(fn: (r) => r._measurement == measurement and r.device == device) |> group()
points(measurement: "` + points.Window + `")
	|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> sort(columns: ["_time"]) |> limit(n: %[5]d) |> yield(name: "windows")
points(measurement: "` + points.Energy + `")
	|> pivot(rowKey: ["_time", "source", "boundary"], columnKey: ["_field"], valueColumn: "_value") |> sort(columns: ["_time", "source"]) |> limit(n: %[5]d) |> yield(name: "energy")`

// Windows are the windows of a device that start in [from, to), oldest first. It
// fails when InfluxDB does not answer within a few seconds, or holds more of them
// than anybody looks at.
func (h *History) Windows(ctx context.Context, device string, from, to time.Time) ([]report.Window, error) {
	last := to.Add(-time.Nanosecond) // the end belongs to a range of InfluxDB 1.8, and not to one of 2
	flux := fmt.Sprintf(windowsQuery, fluxString(tag(device)), fluxString(h.bucket), from.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339Nano), mostRows+1)
	result, err := h.query(ctx, flux)
	if err != nil {
		return nil, fmt.Errorf("cannot read windows from InfluxDB: %w", err)
	}
	defer result.Close()
	var windows []report.Window
	readings := map[int64][]report.Reading{} // which may come before the windows
	for rows := 0; result.Next(); rows++ {
		if rows == mostRows {
			return nil, errors.New("InfluxDB holds too many windows of this time; ask for less of it")
		}
		record := result.Record()
		start := record.Time().UTC()
		if record.Result() == "windows" {
			w := report.Window{Start: start}
			set(points.OfWindow(&w), record)
			windows = append(windows, w)
			continue
		}
		var r report.Reading
		set(points.OfReading(&r), record)
		r.Source, _ = record.ValueByKey(points.Source).(string)
		boundary, _ := record.ValueByKey(points.Boundary).(string)
		r.Boundary = report.Boundary(boundary)
		readings[start.Unix()] = append(readings[start.Unix()], r)
	}
	if err := result.Err(); err != nil {
		return nil, fmt.Errorf("cannot read windows from InfluxDB to the end: %w", err)
	}
	for i := range windows {
		windows[i].Energy = readings[windows[i].Start.Unix()]
	}
	return windows, nil
}

// set sets fields from a record; one that it does not have stays 0.
func set(fields []points.Field, record *query.FluxRecord) {
	for _, f := range fields {
		if n, is := record.ValueByKey(f.Name).(int64); is {
			*f.Value = n
		}
	}
}

// fluxString is a text as a string in Flux. All but letters, digits and a few signs
// are written as bytes: no text can end the string, or have a part of it computed.
func fluxString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '/', c == ' ':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
