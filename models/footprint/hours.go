package footprint

import (
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/report"
)

// HourFacts are the facts of one hour of a local day, as clocks show it: of the two
// hours from two to three when summer time ends, both are hour 2.
type HourFacts struct {
	Day   calendar.Day
	Hour  int // 0 to 23
	Facts Facts
}

// Energetic keeps of facts only what energy is computed from.
func (f Facts) Energetic() Facts {
	return Facts{
		OffMs: f.OffMs, SuspendedMs: f.SuspendedMs, MeteredMs: f.MeteredMs, Metered: f.Metered, PartMs: f.PartMs, Part: f.Part, LoadMs: f.LoadMs,
	}
}

// ByHour gives each hour its part of what energy is computed from. A window that spans
// several is cut at full hours, in proportion to time, as ByDay cuts at midnight: the
// hours of a day add up to that day exactly.
func ByHour(w *report.Window, where *time.Location) []HourFacts {
	facts, end := FromWindow(w).Energetic(), w.End()
	var hours []HourFacts
	var given Facts
	for at := w.Start; at.Before(end); {
		local := at.In(where)
		_, minute, second := local.Clock()
		next := at.Add(time.Hour - time.Duration(minute)*time.Minute - time.Duration(second)*time.Second)
		hour := HourFacts{Day: calendar.DayOf(at, where), Hour: local.Hour(), Facts: facts}
		if next.Before(end) || len(hours) > 0 {
			elapsedS := int64(earliest(next, end).Sub(w.Start) / time.Second)
			partFields, givenFields := hour.Facts.Fields(), given.Fields()
			for i, whole := range facts.Fields() {
				upTo := mulDiv(*whole, elapsedS, w.SpanS)
				*partFields[i] = upTo - *givenFields[i]
				*givenFields[i] = upTo
			}
		}
		hours = append(hours, hour)
		at = next
	}
	return hours
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
