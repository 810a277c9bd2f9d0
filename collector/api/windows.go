package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ecoparc/ecoparc/models/report"
)

// mostWindowTime is how long a stretch of windows one answer holds.
const mostWindowTime = 31 * 24 * time.Hour

// windows answers GET /api/v1/devices/{id}/windows?from=&to=: the windows of a device
// that start in [from, to), a day of them where to is left out.
func (a *API) windows(r *http.Request) (any, error) {
	from, err := instant(r, "from", time.Time{})
	if err != nil {
		return nil, err
	}
	to, err := instant(r, "to", from.Add(24*time.Hour))
	if err != nil {
		return nil, err
	}
	switch {
	case from.IsZero():
		return nil, &report.Problem{Field: "from", Reason: "is missing; a time like 2026-11-23T08:15:00Z is expected"}
	case !from.Before(to):
		return nil, &report.Problem{Field: "to", Reason: "is not after from"}
	case to.Sub(from) > mostWindowTime:
		return nil, &report.Problem{Field: "to", Reason: fmt.Sprintf("is %s after from; at most %d days are answered at once", to.Sub(from), mostWindowTime/(24*time.Hour))}
	}
	return a.source.Windows(r.Context(), r.PathValue("id"), from, to)
}

// instant is a time of the query in RFC 3339.
func instant(r *http.Request, name string, otherwise time.Time) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 2000 || at.Year() > 2200 {
		return at, &report.Problem{Field: name, Reason: fmt.Sprintf("is %.40q; a time like 2026-11-23T08:15:00Z is expected", text)}
	}
	return at, nil
}
