package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/ecoparc/ecoparc/collector/ledger/hours"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// siteHours are the hours of a site as its windows tell them: those that must be in
// site_hours, and those that must not.
type siteHours struct {
	until    calendar.Day // windows that start earlier are gathered
	gathered *filing
	left     *filing
}

func (h *siteHours) count(d Device, w *report.Window) {
	if utcDay(w.Start.Unix()) < h.until {
		h.gathered.addHours(d, w, 1)
	} else {
		h.left.addHours(d, w, 1)
	}
}

func (c *siteCheck) beginHours(ctx context.Context, tx *sql.Tx) (err error) {
	c.hours = siteHours{gathered: newFiling(ctx, tx, nil, c.where), left: newFiling(ctx, tx, nil, c.where)}
	c.hours.until, err = gatheredUntil(ctx, tx, c.site)
	return err
}

// checkHours compares the hours of a site with its windows and with its days, a month
// after the other. Each hour holds those of the gathered windows at least, and the hours
// of a day add up to it.
func (c *siteCheck) checkHours(ctx context.Context, tx *sql.Tx, v *Verdict) error {
	whole, err := c.wholeHours(ctx, tx)
	if err != nil {
		return err
	}
	months := map[calendar.Day][]calendar.Day{}
	for _, table := range []string{"site_days", "site_hours"} {
		days, err := distinct(ctx, tx, table, "day")
		if err != nil {
			return err
		}
		for _, d := range days {
			months[d.Month()] = append(months[d.Month()], d)
		}
	}
	for _, days := range months {
		slices.Sort(days)
		if err := c.checkHoursOf(ctx, tx, v, slices.Compact(days), whole); err != nil {
			return err
		}
	}
	for k, should := range c.hours.gathered.hours { // that have no row
		c.atLeast(v, k, hours.Day{}, should)
	}
	return nil
}

func (c *siteCheck) checkHoursOf(ctx context.Context, tx *sql.Tx, v *Verdict, days []calendar.Day, whole calendar.Day) error {
	condition, args := in("day", days)
	args = append(args, c.site)
	rows, err := tx.QueryContext(ctx, "SELECT day, hours FROM site_hours WHERE "+condition+" AND site = ? ORDER BY day", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	is, damaged := map[siteDay]footprint.Facts{}, map[calendar.Day]bool{}
	for rows.Next() {
		var day int64
		var blob []byte
		if err := rows.Scan(&day, &blob); err != nil {
			return err
		}
		k := hourDay{calendar.Day(day), c.site}
		kept, err := hours.Decode(blob)
		if err != nil {
			v.add("site_hours", c.hoursSubject(k, hours.Group{}), "%v", err)
			damaged[k.day] = true
		} else {
			v.SiteHours++
			c.atLeast(v, k, kept, c.hours.gathered.hours[k])
			addHoursUp(is, k, kept)
		}
		delete(c.hours.gathered.hours, k)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil { // the next question needs the connection
		return err
	}
	for _, day := range days {
		k := hourDay{day, c.site}
		addHoursUp(is, k, c.hours.left.hours[k])
	}
	should, err := querySums(ctx, tx, "SELECT day, site, product, population, "+factColumns+" FROM site_days WHERE "+condition+" AND site = ?", scanSite, args...)
	if err != nil {
		return err
	}
	for k := range should {
		if _, there := is[k]; !there {
			is[k] = footprint.Facts{}
		}
	}
	for k, sum := range is {
		if k.day >= whole && !damaged[k.day] {
			v.compare("site_hours", k.String(), "its day tells", sum, should[k].Energetic())
		}
	}
	return nil
}

func addHoursUp(sums map[siteDay]footprint.Facts, k hourDay, day hours.Day) {
	for g, all := range day {
		of := siteDay{k.day, k.site, g.Product, g.Population}
		sum := sums[of]
		for hour := range all {
			sum.Add(all[hour])
		}
		sums[of] = sum
	}
}

// wholeHours is the first day from which on hours add up to days. Of the simulated past
// before its windows, days may be all there is.
func (c *siteCheck) wholeHours(ctx context.Context, tx *sql.Tx) (whole calendar.Day, err error) {
	for _, d := range c.devices {
		if d.simulated {
			whole = max(whole, d.firstWhole(c.where))
		}
	}
	kept, err := queryAll(ctx, tx, "SELECT whole_from FROM hours_until WHERE site = ?", []any{c.site}, func(rows *sql.Rows) (day int64, err error) {
		return day, rows.Scan(&day)
	})
	if err != nil || len(kept) == 0 {
		return whole, err
	}
	return max(whole, calendar.Day(kept[0])), nil
}

func (c *siteCheck) hoursSubject(k hourDay, g hours.Group) string {
	if g == (hours.Group{}) {
		return fmt.Sprintf("site %d, %s", k.site, k.day)
	}
	return siteDay{k.day, k.site, g.Product, g.Population}.String()
}

// atLeast tells hours that hold less than the windows that were gathered into them.
func (c *siteCheck) atLeast(v *Verdict, k hourDay, is, should hours.Day) {
	for _, g := range should.Groups() {
		for hour := range should[g] {
			var kept footprint.Facts
			if is[g] != nil {
				kept = is[g][hour]
			}
			isFields := kept.Fields()
			for i, least := range should[g][hour].Fields() {
				if n := *isFields[i]; n < *least {
					v.add("site_hours", c.hoursSubject(k, g), "%s of hour %d is %d, and the windows that are left of it alone add up to %d", footprint.FactNames[i], hour, n, *least)
				}
			}
		}
	}
}
