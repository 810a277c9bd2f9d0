package telemetry

import (
	"strings"
	"time"

	"github.com/influxdata/influxdb-client-go/v2/api/write"

	"github.com/ecoparc/ecoparc/collector/points"
)

// points are the points of one window.
func (e *Entry) points() []*write.Point {
	all := []*write.Point{e.point(points.Window, nil, points.OfWindow(&e.Window))}
	for i := range e.Window.Energy {
		r := &e.Window.Energy[i]
		tags := map[string]string{points.Source: tag(r.Source), points.Boundary: string(r.Boundary)}
		all = append(all, e.point(points.Energy, tags, points.OfReading(r)))
	}
	return all
}

func (e *Entry) point(measurement string, tags map[string]string, fields []points.Field) *write.Point {
	p := write.NewPoint(measurement, tags, nil, e.Window.Start)
	for _, f := range fields {
		p.AddField(f.Name, *f.Value)
	}
	p.AddTag(points.Device, tag(e.Device)).AddTag("organisation", tag(e.Organisation)).AddTag("site", tag(e.Site))
	p.AddTag("category", tag(e.Category)).AddTag("population", tag(e.Population))
	return p.SortTags().SortFields()
}

// tag is a text as a tag value. The client escapes spaces, commas and equal
// signs, but not a backslash: one at the end would swallow the next tag.
func tag(text string) string { return strings.ReplaceAll(text, `\`, "/") }

// probe is a point that a bucket takes unless the bucket itself is at fault.
func probe(refusedWindows int64, now time.Time) *write.Point {
	return write.NewPoint("ecoparc_feeder", nil, map[string]any{"refused_windows": refusedWindows}, now)
}
