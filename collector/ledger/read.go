package ledger

import (
	"context"
	"database/sql"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// GroupMonth are the facts of one product and population of a site in one calendar
// month.
type GroupMonth struct {
	Site       int64
	Product    int64
	Population equipment.Population
	Month      calendar.Day // its first day
	Facts      footprint.Facts
}

// firstOfMonth is SQL for the first day of the month that the column day is in.
const firstOfMonth = "CAST(julianday(date(day * 86400, 'unixepoch', 'start of month')) - 2440587.5 AS INTEGER)"

// Months are the facts of an organisation's sites by month in a period; of one
// site only when site is not 0.
func (l *Ledger) Months(ctx context.Context, organisation, site int64, p calendar.Period) ([]GroupMonth, error) {
	query := `SELECT site, product, population, ` + firstOfMonth + `, ` + sumColumns + ` FROM site_days
		WHERE site IN (SELECT id FROM sites WHERE organisation = ? AND (? = 0 OR id = ?)) AND day >= ? AND day < ?
		GROUP BY 1, 2, 3, 4`
	return queryAll(ctx, l.store.Read, query, []any{organisation, site, site, int64(p.From), int64(p.To)}, func(rows *sql.Rows) (GroupMonth, error) {
		var g GroupMonth
		var month int64
		err := rows.Scan(scanFacts([]any{&g.Site, &g.Product, &g.Population, &month}, &g.Facts)...)
		g.Month = calendar.Day(month)
		return g, err
	})
}

// DeviceMonth are the facts of a device in one calendar month.
type DeviceMonth struct {
	Device int64
	Month  calendar.Day
	Facts  footprint.Facts
}

// DeviceMonths are the facts of each device of a site by month in a period.
func (l *Ledger) DeviceMonths(ctx context.Context, site int64, p calendar.Period) ([]DeviceMonth, error) {
	query := `SELECT device, ` + firstOfMonth + `, ` + sumColumns + ` FROM device_days
		WHERE device IN (SELECT id FROM devices WHERE site = ?) AND day >= ? AND day < ? GROUP BY 1, 2`
	return queryAll(ctx, l.store.Read, query, []any{site, int64(p.From), int64(p.To)}, func(rows *sql.Rows) (DeviceMonth, error) {
		var d DeviceMonth
		var month int64
		err := rows.Scan(scanFacts([]any{&d.Device, &month}, &d.Facts)...)
		d.Month = calendar.Day(month)
		return d, err
	})
}

// Days are the facts of one device by day in a period, oldest first.
func (l *Ledger) Days(ctx context.Context, device int64, p calendar.Period) ([]footprint.DayFacts, error) {
	return queryDays(ctx, l.store.Read, "SELECT day, "+factColumns+" FROM device_days WHERE device = ? AND day >= ? AND day < ? ORDER BY day",
		device, int64(p.From), int64(p.To))
}

// FirstDay is the first day with facts of an organisation's sites; false when
// there is none.
func (l *Ledger) FirstDay(ctx context.Context, organisation int64) (calendar.Day, bool, error) {
	var day sql.NullInt64
	err := l.store.Read.QueryRowContext(ctx, `SELECT min(first) FROM (SELECT (SELECT min(day) FROM site_days WHERE site = sites.id) AS first
		FROM sites WHERE organisation = ?)`, organisation).Scan(&day)
	return calendar.Day(day.Int64), day.Valid, err
}

const windowColumns = `start, span_s, off_ms, suspended_ms, load0_ms, load1_ms, load2_ms, load3_ms, load4_ms,
	cpu_busy_ms, cpu_capacity_ms, mem_used_mib, net_rx_b, net_tx_b, disk_read_b, disk_write_b, agent_cpu_ms, agent_tx_b`

// Windows are the windows of a device that start in [from, to), oldest first.
func (l *Ledger) Windows(ctx context.Context, device int64, from, to time.Time) ([]report.Window, error) {
	return readWindows(ctx, l.store.Read, device, from, to)
}

func readWindows(ctx context.Context, db querier, device int64, from, to time.Time) ([]report.Window, error) {
	windows, err := queryAll(ctx, db, "SELECT "+windowColumns+" FROM windows WHERE device = ? AND start >= ? AND start < ? ORDER BY start",
		[]any{device, from.Unix(), to.Unix()}, func(rows *sql.Rows) (report.Window, error) {
			var w report.Window
			var start int64
			err := rows.Scan(&start, &w.SpanS, &w.OffMs, &w.SuspendedMs, &w.LoadMs[0], &w.LoadMs[1], &w.LoadMs[2], &w.LoadMs[3], &w.LoadMs[4],
				&w.CPUBusyMs, &w.CPUCapacityMs, &w.MemUsedMiB, &w.NetRxB, &w.NetTxB, &w.DiskReadB, &w.DiskWriteB, &w.AgentCPUMs, &w.AgentTxB)
			w.Start = time.Unix(start, 0).UTC()
			return w, err
		})
	if err != nil || len(windows) == 0 {
		return windows, err
	}
	at := make(map[int64]*report.Window, len(windows))
	for i := range windows {
		at[windows[i].Start.Unix()] = &windows[i]
	}
	rows, err := db.QueryContext(ctx, `SELECT start, source, boundary, energy_uj, covered_ms FROM window_energy
		WHERE device = ? AND start >= ? AND start < ? ORDER BY start, source`, device, from.Unix(), to.Unix())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var start int64
		var e report.Reading
		if err := rows.Scan(&start, &e.Source, &e.Boundary, &e.EnergyUJ, &e.CoveredMs); err != nil {
			return nil, err
		}
		if w := at[start]; w != nil {
			w.Energy = append(w.Energy, e)
		}
	}
	return windows, rows.Err()
}

// MeteredDevice is a device whose energy was metered.
type MeteredDevice struct{ ID, Product int64 }

// Metered are the devices, real or simulated, that have meter readings since an
// instant: at most some of each product, those of the lowest numbers.
func (l *Ledger) Metered(ctx context.Context, simulated bool, since time.Time, ofProduct int) ([]MeteredDevice, error) {
	query := `SELECT id, product FROM (
		SELECT d.id, d.product, row_number() OVER (PARTITION BY d.product ORDER BY d.id) AS nth
		FROM devices d JOIN sites s ON s.id = d.site JOIN organisations o ON o.id = s.organisation
		WHERE o.simulated = ? AND d.category <> 'virtual' AND EXISTS (SELECT 1 FROM window_energy e WHERE e.device = d.id AND e.start >= ?))
		WHERE nth <= ? ORDER BY id`
	return queryAll(ctx, l.store.Read, query, []any{simulated, since.Unix(), ofProduct}, func(rows *sql.Rows) (d MeteredDevice, err error) {
		return d, rows.Scan(&d.ID, &d.Product)
	})
}

// LastWindow is the start of the latest window of a device; false when none is kept.
func (l *Ledger) LastWindow(ctx context.Context, device int64) (time.Time, bool, error) {
	var start sql.NullInt64
	err := l.store.Read.QueryRowContext(ctx, "SELECT max(start) FROM windows WHERE device = ?", device).Scan(&start)
	return time.Unix(start.Int64, 0).UTC(), start.Valid, err
}
