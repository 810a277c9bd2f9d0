package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger/pack"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// checkedDevice is what must be known of a device to count its days anew.
type checkedDevice struct {
	Device
	name      string
	simulated bool
	purged    bool
	purgedEnd int64 // of its latest purged window
	first     int64 // start of its first window that is kept; 0: there is none
}

// sums computes every sum anew.
func (v *Verdict) sums(ctx context.Context, tx *sql.Tx, where *time.Location) error {
	var at *siteCheck // the site that is being counted
	leave := func() error {
		if at == nil {
			return nil
		}
		at.leftOver(v)
		return at.checkHours(ctx, tx, v)
	}
	r := recount{ctx: ctx, tx: tx, tell: func(row sumRow) error {
		if row.to.name == addSiteDays.name {
			if row.is != (footprint.Facts{}) {
				v.SiteDays++
			}
		} else {
			v.Months++
		}
		v.compare(row.to.name, row.subject, row.lower+" add up to", row.is, row.should)
		return nil
	}}
	r.day = func(site int64, day calendar.Day, facts map[int64]footprint.Facts) (err error) {
		if at == nil || at.site != site {
			if err := leave(); err != nil {
				return err
			}
			if at, err = newSiteCheck(ctx, tx, site, where, v); err != nil {
				return err
			}
		}
		at.day(v, day, facts)
		return nil
	}
	if err := r.all(); err != nil {
		return err
	}
	return leave()
}

// siteCheck compares the days of a site's devices with what their windows add up to.
type siteCheck struct {
	site    int64
	where   *time.Location
	devices map[int64]*checkedDevice
	anew    map[deviceDay]*footprint.Facts
	hours   siteHours
}

func newSiteCheck(ctx context.Context, tx *sql.Tx, site int64, where *time.Location, v *Verdict) (*siteCheck, error) {
	c := &siteCheck{site: site, where: where, devices: map[int64]*checkedDevice{}, anew: map[deviceDay]*footprint.Facts{}}
	devices, err := queryAll(ctx, tx, `SELECT d.id, d.site, coalesce(d.product, 0), d.population, d.name, o.simulated FROM devices d JOIN sites s ON s.id = d.site JOIN organisations o ON o.id = s.organisation
		WHERE d.site = ?`, []any{site}, func(rows *sql.Rows) (*checkedDevice, error) {
		d := new(checkedDevice)
		return d, rows.Scan(&d.ID, &d.Site, &d.Product, &d.Population, &d.name, &d.simulated)
	})
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		c.devices[d.ID] = d
	}
	if err := c.beginHours(ctx, tx); err != nil {
		return nil, err
	}
	v.Devices += int64(len(devices))
	if err := c.readPurged(ctx, tx, v); err != nil {
		return nil, err
	}
	return c, c.readWindows(ctx, tx, v)
}

// readPurged finds until when purged windows of the site's devices ended.
func (c *siteCheck) readPurged(ctx context.Context, tx *sql.Tx, v *Verdict) error {
	for _, t := range []struct{ table, column string }{{"device_starts", "starts"}, {"forgotten_starts", "until"}} {
		months, err := distinct(ctx, tx, t.table, "month")
		if err != nil {
			return err
		}
		condition, args := in("month", months)
		rows, err := tx.QueryContext(ctx, "SELECT device, "+t.column+" FROM "+t.table+" WHERE "+condition+" AND site = ?", append(args, c.site)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var device, end int64
			var blob []byte
			if t.column == "until" {
				err = rows.Scan(&device, &end)
			} else if err = rows.Scan(&device, &blob); err == nil {
				starts, broken := pack.DecodeStarts(blob)
				if broken != nil {
					v.add(t.table, fmt.Sprintf("device %d", device), "%v", broken)
				}
				end = starts.End
			}
			if err != nil {
				return err
			}
			if d := c.devices[device]; d != nil {
				d.purged, d.purgedEnd = true, max(d.purgedEnd, end)
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// readWindows adds the windows of the site's devices up, day by day.
func (c *siteCheck) readWindows(ctx context.Context, tx *sql.Tx, v *Verdict) error {
	days, err := distinct(ctx, tx, "device_windows", "day")
	if err != nil {
		return err
	}
	for _, day := range days {
		packs, err := queryAll(ctx, tx, "SELECT device, windows FROM device_windows WHERE day = ? AND site = ?", []any{int64(day), c.site}, func(rows *sql.Rows) (r packRow, err error) {
			r.day, r.site = day, c.site
			return r, rows.Scan(&r.device, &r.blob)
		})
		if err != nil {
			return err
		}
		var windows []report.Window
		for _, r := range packs {
			windows, err = unpack(windows[:0], r.packKey, r.blob)
			if err != nil {
				v.add("device_windows", c.subject(r.device, day), "%v", err)
				continue
			}
			v.Windows += int64(len(windows))
			c.addWindows(v, r, windows)
		}
	}
	return nil
}

func (c *siteCheck) addWindows(v *Verdict, r packRow, windows []report.Window) {
	for i := range windows {
		start := windows[i].Start.Unix()
		if utcDay(start) != r.day || i > 0 && !windows[i-1].Start.Before(windows[i].Start) {
			v.add("device_windows", c.subject(r.device, r.day), "the window of %s is not in its place", windows[i].Start.Format(time.RFC3339))
		}
		if d := c.devices[r.device]; d != nil && (d.first == 0 || start < d.first) {
			d.first = start
		}
		if d := c.devices[r.device]; d != nil {
			c.hours.count(d.Device, &windows[i])
		}
		for _, part := range footprint.ByDay(&windows[i], c.where) {
			sum(c.anew, deviceDay{part.Day, r.place}, part.Facts)
		}
	}
}

// day compares a day of the site's devices.
func (c *siteCheck) day(v *Verdict, day calendar.Day, facts map[int64]footprint.Facts) {
	for device, is := range facts {
		k := deviceDay{day, place{c.site, device}}
		var should footprint.Facts
		if anew := c.anew[k]; anew != nil {
			should = *anew
			delete(c.anew, k)
		}
		d := c.devices[device]
		if d == nil {
			continue // an orphan
		}
		if day >= d.firstWhole(c.where) {
			v.DaysAnew++
			v.compare("device_days", c.subject(device, day), "its windows add up to", is, should)
			continue
		}
		v.DaysOlder++
		isFields := is.Fields()
		for i, least := range should.Fields() {
			if n := *isFields[i]; n < *least {
				v.add("device_days", c.subject(device, day), "%s is %d, and the windows that are left of it alone add up to %d", footprint.FactNames[i], n, *least)
			}
		}
	}
}

// leftOver tells the days that windows tell of and that have no row.
func (c *siteCheck) leftOver(v *Verdict) {
	for k, should := range c.anew {
		v.compare("device_days", c.subject(k.device, k.day), "its windows add up to", footprint.Facts{}, *should)
	}
}

func (c *siteCheck) subject(device int64, day calendar.Day) string {
	name := fmt.Sprint("number ", device)
	if d := c.devices[device]; d != nil {
		name = d.name
	}
	return fmt.Sprintf("device %s, %s", name, day)
}

// firstWhole is the first day of a device of which no window can have been purged.
// Of a simulated device the days before its windows never had any.
func (d *checkedDevice) firstWhole(where *time.Location) calendar.Day {
	if !d.purged && !d.simulated {
		return 0
	}
	from := time.Unix(d.purgedEnd, 0)
	if d.simulated {
		from = time.Unix(max(d.purgedEnd, d.first), 0)
		if d.first == 0 {
			from = endOfTime
		}
	}
	day := calendar.DayOf(from, where)
	if day.Start(where).Before(from) {
		day++
	}
	return day
}

// endOfTime is later than any window.
var endOfTime = time.Unix(1<<40, 0)

// compare tells each number that is not what it should be.
func (v *Verdict) compare(check, subject, reason string, is, should footprint.Facts) {
	if is == should {
		return
	}
	shouldFields := should.Fields()
	for i, n := range is.Fields() {
		if *n != *shouldFields[i] {
			v.add(check, subject, "%s is %d, and %s %d", footprint.FactNames[i], *n, reason, *shouldFields[i])
		}
	}
}
