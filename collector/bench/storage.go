package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/simulate"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// MostDays of storage that are measured: fewer than the retention of windows.
const MostDays = 30

// windowsPerDay of a laptop that runs for eight hours.
const windowsPerDay = 32

// StorageOptions say what to store.
type StorageOptions struct {
	Dir     string // a folder on the disk to measure; a temporary folder in it is used
	Devices int    // half of them with a battery meter
	Days    int
	Influxd string // the program of InfluxDB 1.8; empty: without
	Tell    func(line string)
}

// StorageFigures are how many bytes a day of a device takes that reported 32 windows:
// packs, sums of every level and indexes in the ledger's file; in InfluxDB the files of
// the same windows after compaction.
type StorageFigures struct {
	Devices            int     `json:"devices"`
	Days               int     `json:"days"`
	DeviceDayB         float64 `json:"device_day_b"`
	InfluxDBDeviceDayB float64 `json:"influxdb_device_day_b,omitempty"`
	Ratio              float64 `json:"ratio,omitempty"` // of ours to InfluxDB's
}

// RunStorage stores windows of simulated laptops, hour after hour, the devices of each
// hour in another order, as they arrive.
func RunStorage(ctx context.Context, o StorageOptions) (StorageFigures, error) {
	f := StorageFigures{Devices: o.Devices, Days: o.Days}
	dir, err := os.MkdirTemp(o.Dir, "ecoparc-bench-")
	if err != nil {
		return f, fmt.Errorf("cannot make a folder to measure in: %w", err)
	}
	defer os.RemoveAll(dir)
	o.Tell(fmt.Sprintf("the ledger takes %d days of %d devices", o.Days, o.Devices))
	if f.DeviceDayB, err = o.ledger(ctx, filepath.Join(dir, "data")); err != nil || o.Influxd == "" {
		return f, err
	}
	o.Tell("InfluxDB takes them")
	f.InfluxDBDeviceDayB, err = o.influxDB(ctx, dir)
	f.Ratio = f.DeviceDayB / f.InfluxDBDeviceDayB
	return f, err
}

// WriteText writes the figures for a person.
func (f StorageFigures) WriteText(w io.Writer) error {
	text := fmt.Sprintf("A day of a device, %d windows, takes %.0f bytes on the disk: windows, sums of days and months, indexes (%d devices, %d days).\n", windowsPerDay, f.DeviceDayB, f.Devices, f.Days)
	if f.InfluxDBDeviceDayB > 0 {
		text += fmt.Sprintf("InfluxDB takes %.0f bytes for the same windows after compaction: the ledger takes %.2f of it.\n", f.InfluxDBDeviceDayB, f.Ratio)
	}
	_, err := io.WriteString(w, text)
	return err
}

// hours calls file for each hour of each device, in the order of arrival.
func (o StorageOptions) hours(ctx context.Context, file func(device int, windows []report.Window) error) error {
	order := rand.New(rand.NewPCG(1, 1))
	first := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -o.Days).Add(7 * time.Hour)
	for day := range o.Days {
		for hour := range windowsPerDay / windowsPerReport {
			for _, device := range order.Perm(o.Devices) {
				at := first.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
				random := rand.New(rand.NewPCG(uint64(device), uint64(at.Unix())))
				if err := file(device, simulate.Running(random, at, windowsPerReport, metered(device))); err != nil {
					return err
				}
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

func (o StorageOptions) ledger(ctx context.Context, dir string) (float64, error) {
	if _, err := enrol(ctx, dir, 0, o.Devices); err != nil {
		return 0, err
	}
	before, err := usedB(ctx, dir)
	if err != nil {
		return 0, err
	}
	if err := o.fill(ctx, dir); err != nil {
		return 0, err
	}
	after, err := usedB(ctx, dir)
	return float64(after-before) / float64(o.Devices*o.Days), err
}

func (o StorageOptions) fill(ctx context.Context, dir string) error {
	s, err := store.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer s.Close() // which leaves all in one file
	l := ledger.Open(s, time.UTC, false)
	defer l.Close()
	listed, err := registry.Open(s).List(ctx, registry.Filter{State: "all", Organisation: 1}, func(string) time.Time { return time.Time{} })
	if err != nil {
		return err
	}
	if len(listed) != o.Devices {
		return fmt.Errorf("%d devices are known, want %d", len(listed), o.Devices)
	}
	type sending struct {
		device  int
		windows []report.Window
	}
	const senders = 128
	queue, failed := make(chan sending), make(chan error, senders)
	var wait sync.WaitGroup
	for range senders {
		wait.Go(func() {
			for s := range queue {
				r := &report.Report{Schema: report.Schema, Agent: "1.0.0", Windows: s.windows}
				if _, err := l.Record(ctx, ledger.Device(listed[s.device].Key()), r, s.windows[len(s.windows)-1].End()); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	err = o.hours(ctx, func(device int, windows []report.Window) error {
		select {
		case queue <- sending{device, windows}:
			return nil
		case err := <-failed:
			return err
		}
	})
	close(queue)
	wait.Wait()
	if err != nil {
		return err
	}
	return l.Post(ctx)
}

// usedB is how much of the file holds something. What the journal has left free, later
// rows use.
func usedB(ctx context.Context, dir string) (used int64, err error) {
	s, err := store.Open(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	err = s.Read.QueryRowContext(ctx, `SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size`).Scan(&used)
	return used, err
}

// influxCompacts makes InfluxDB compact what was not written to for a second.
const influxCompacts = `  cache-snapshot-write-cold-duration = "1s"
  compact-full-write-cold-duration = "1s"
`

func (o StorageOptions) influxDB(ctx context.Context, dir string) (float64, error) {
	influxDB, err := startInfluxDB(ctx, o.Influxd, dir, influxCompacts)
	if err != nil {
		return 0, err
	}
	defer influxDB.stop()
	const batchB = 4 << 20
	var lines []byte
	send := func() error {
		answer, err := http.Post("http://"+influxDB.address+"/write?db=bench&precision=s", "text/plain", bytes.NewReader(lines))
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusNoContent {
			text, _ := io.ReadAll(io.LimitReader(answer.Body, 500))
			return fmt.Errorf("InfluxDB answers %s: %s", answer.Status, text)
		}
		lines = lines[:0]
		return nil
	}
	err = o.hours(ctx, func(device int, windows []report.Window) error {
		for i := range windows {
			lines = appendLines(lines, fmt.Sprintf("d-%026d", device), device, &windows[i])
		}
		if len(lines) < batchB {
			return nil
		}
		return send()
	})
	if err == nil {
		err = send()
	}
	if err != nil {
		return 0, err
	}
	o.Tell("InfluxDB compacts them")
	size, err := compacted(ctx, filepath.Join(dir, "influxdb"))
	return float64(size) / float64(o.Devices*o.Days), err
}

// appendLines appends a window as the collector sends it to InfluxDB.
func appendLines(to []byte, name string, device int, w *report.Window) []byte {
	tags := fmt.Sprintf(",category=%s,device=%s,population=%s,site=School\\ %d", equipment.Laptop, name, equipment.Individual, device/perSite)
	to = append(append(to, "ecoparc_window"...), tags...)
	separator := byte(' ')
	for _, v := range []value{
		{"span_s", w.SpanS}, {"off_ms", w.OffMs}, {"suspended_ms", w.SuspendedMs}, {"cpu_busy_ms", w.CPUBusyMs}, {"cpu_capacity_ms", w.CPUCapacityMs}, {"mem_used_mib", w.MemUsedMiB},
		{"net_rx_b", w.NetRxB}, {"net_tx_b", w.NetTxB}, {"disk_read_b", w.DiskReadB}, {"disk_write_b", w.DiskWriteB}, {"agent_cpu_ms", w.AgentCPUMs}, {"agent_tx_b", w.AgentTxB},
		{"load0_ms", w.LoadMs[0]}, {"load1_ms", w.LoadMs[1]}, {"load2_ms", w.LoadMs[2]}, {"load3_ms", w.LoadMs[3]}, {"load4_ms", w.LoadMs[4]},
	} {
		to = append(append(append(to, separator), v.name...), '=')
		to = append(strconv.AppendInt(to, v.value, 10), 'i')
		separator = ','
	}
	to = append(strconv.AppendInt(append(to, ' '), w.Start.Unix(), 10), '\n')
	for _, e := range w.Energy {
		to = append(append(to, "ecoparc_energy"...), tags...)
		to = fmt.Appendf(to, ",source=%s,boundary=%s energy_uj=%di,covered_ms=%di %d\n", e.Source, e.Boundary, e.EnergyUJ, e.CoveredMs, w.Start.Unix())
	}
	return to
}

// compacted waits until each of InfluxDB's shards is one file and nothing is left in
// its log, and returns the size of all files.
func compacted(ctx context.Context, dir string) (size int64, err error) {
	const still = 5 // looks, a second apart
	deadline := time.Now().Add(10 * time.Minute)
	for same := 0; same < still; {
		if sleep(ctx, time.Second); ctx.Err() != nil {
			return 0, ctx.Err()
		}
		now, most, logged, err := filesOf(dir)
		if err != nil {
			return 0, err
		}
		if now == size && most == 1 && logged == 0 {
			same++
		} else {
			size, same = now, 0
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("InfluxDB does not end to compact: %d files in a shard, %d bytes in its log", most, logged)
		}
	}
	return size, nil
}

// filesOf is the size of InfluxDB's files, how many the largest shard has, and how much
// is in the log only.
func filesOf(dir string) (size int64, most int, logged int64, err error) {
	shards := map[string]int{}
	for part, each := range map[string]func(path string, b int64){
		"data": func(path string, b int64) {
			size += b
			if filepath.Ext(path) == ".tsm" {
				shards[filepath.Dir(path)]++
				most = max(most, shards[filepath.Dir(path)])
			}
		},
		"wal": func(_ string, b int64) { logged += b },
	} {
		err := filepath.WalkDir(filepath.Join(dir, part), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // a file that is compacted goes while it is looked at
			}
			if info, err := d.Info(); err == nil {
				each(path, info.Size())
			}
			return nil
		})
		if err != nil {
			return 0, 0, 0, err
		}
	}
	return size, most, logged, nil
}
