package registry

import (
	"context"
	"time"

	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
)

// Seen counts the devices of a site by what is known of them.
type Seen struct {
	Site                                           int64
	Devices, Reporting, Silent, Agentless, Virtual int64
}

// SilentAfter is how many school days a device with an agent may be unheard of
// before it counts as silent: two weeks of school. Holidays do not count, so a trolley
// that spent the summer in a cupboard is not silent on the first day of school.
const SilentAfter = 10

// longestHolidays bounds the search for school days, where no calendar ends them.
const longestHolidays = 120

// Silence tells since when a device of a site in a zone must be unheard of to count
// as silent.
type Silence func(zone string) time.Time

// SilenceAt is the silence at a moment: SilentAfter whole school days before today in
// the zone's calendar. Where no zone is known, only days with classes in all zones
// count: a device is then called silent late rather than wrongly.
func SilenceAt(terms *calendar.Terms, where *time.Location, now time.Time) Silence {
	today := calendar.DayOf(now, where)
	since := map[string]time.Time{}
	for _, zone := range []string{"", "A", "B", "C"} {
		day, left := today, SilentAfter
		for left > 0 && day > today-longestHolidays {
			day--
			if schoolDay(terms, zone, day) {
				left--
			}
		}
		since[zone] = day.Start(where)
	}
	return func(zone string) time.Time { return since[zone] }
}

func schoolDay(terms *calendar.Terms, zone string, day calendar.Day) bool {
	if zone != "" {
		return terms.SchoolDay(zone, day)
	}
	return terms.SchoolDay("A", day) && terms.SchoolDay("B", day) && terms.SchoolDay("C", day)
}

// State is "retired", "agentless", "silent" or "reporting".
func (d *Device) State(zone string, silence Silence) string {
	switch {
	case !d.Retired.IsZero():
		return "retired"
	case !d.HasAgent:
		return "agentless"
	case d.LastSeen.Before(silence(zone)):
		return "silent"
	}
	return "reporting"
}

// heard is SQL for: heard of since the zone's silence began. Its four arguments are
// those of silence.args.
const heard = "coalesce(last_seen, 0) >= CASE s.zone WHEN 'A' THEN CAST(? AS bigint) WHEN 'B' THEN ? WHEN 'C' THEN ? ELSE ? END"

func (s Silence) args() []any {
	return []any{s("A").Unix(), s("B").Unix(), s("C").Unix(), s("").Unix()}
}

// SeenBySite counts the devices in service of each site of an organisation.
func (r *Registry) SeenBySite(ctx context.Context, organisation int64, silence Silence) (map[int64]Seen, error) {
	return r.seen(ctx, "s.organisation = ?", []any{organisation}, silence)
}

// Seen counts the devices in service of one site.
func (r *Registry) Seen(ctx context.Context, site int64, silence Silence) (Seen, error) {
	all, err := r.seen(ctx, "s.id = ?", []any{site}, silence)
	return all[site], err
}

// SeenWithin counts the devices in service of each site within reach (reach.Of): of an
// organisation, or of all that are real where that is 0.
func (r *Registry) SeenWithin(ctx context.Context, organisation int64, silence Silence) (map[int64]Seen, error) {
	within, values := reach.Of(ctx).Condition("s.id")
	if organisation != 0 {
		return r.seen(ctx, within+" AND s.organisation = ?", append(values, organisation), silence)
	}
	return r.seen(ctx, within+" AND s.organisation IN (SELECT id FROM organisations WHERE simulated = 0)", values, silence)
}

// seen counts the devices in service of the sites that a condition in SQL picks.
func (r *Registry) seen(ctx context.Context, condition string, values []any, silence Silence) (map[int64]Seen, error) {
	all := map[int64]Seen{}
	err := store.Each(ctx, r.store.Read, "count devices", `SELECT site, count(*) FILTER (WHERE physical), count(*) FILTER (WHERE physical AND agent AND heard), count(*) FILTER (WHERE physical AND agent AND NOT heard),
			count(*) FILTER (WHERE physical AND NOT agent), count(*) FILTER (WHERE NOT physical)
		FROM (SELECT site, category <> 'virtual' AS physical, secret_sha256 IS NOT NULL AS agent, `+heard+` AS heard
			FROM devices JOIN sites s ON s.id = site WHERE retired IS NULL AND `+condition+`) device GROUP BY site`,
		append(silence.args(), values...), func(scan store.Scan) error {
			var s Seen
			err := scan(&s.Site, &s.Devices, &s.Reporting, &s.Silent, &s.Agentless, &s.Virtual)
			all[s.Site] = s
			return err
		})
	return all, err
}
