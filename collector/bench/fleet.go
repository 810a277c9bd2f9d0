package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// fleet are devices that report in turn, hour after hour of their past. The turn
// goes through the fleet with a stride, as reports of a real one arrive: neighbours
// in the store are no neighbours in time.
type fleet struct {
	devices []device
	stride  uint64
	from    time.Time // start of the first report's hour
	next    atomic.Uint64
}

type device struct{ name, secret string }

// The simulated organisation is written in steps, so that progress is on the disk.
const (
	perSite = 200
	perStep = 5000
)

// pastHours is how much past the devices have to tell: less than the retention, so
// that nothing is purged meanwhile. A load that gets to its end sends repeats.
const pastHours = 34 * 24

// enrol makes a store in dir that knows some devices, the first of which report.
func enrol(ctx context.Context, dir string, reporting, known int) (*fleet, error) {
	s, err := store.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r, now := registry.Open(s), time.Now()
	owner, err := r.AddOrganisation(ctx, "Load test", true)
	if err != nil {
		return nil, err
	}
	f := &fleet{stride: strideOf(reporting), from: now.Truncate(time.Hour).Add(-pastHours * time.Hour)}
	for done := 0; done < known; done += perStep {
		if err := f.enrolStep(ctx, r, owner.ID, done, min(perStep, known-done), reporting, now); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *fleet) enrolStep(ctx context.Context, r *registry.Registry, owner int64, from, n, reporting int, now time.Time) error {
	sites := make([]registry.Site, (n+perSite-1)/perSite)
	for i := range sites {
		sites[i] = registry.Site{Name: "School " + strconv.Itoa(from/perSite+i), Kind: registry.College, Pupils: 400}
	}
	sites, err := r.AddSites(ctx, owner, sites)
	if err != nil {
		return err
	}
	all := make([]registry.NewDevice, n)
	secrets := make([]string, n)
	for i := range all {
		secrets[i] = rand.Text() + rand.Text()
		all[i] = registry.NewDevice{
			Site: sites[i/perSite].ID, Category: equipment.Laptop, Population: equipment.Individual, InService: now.AddDate(-2, 0, 0),
			Inventory: report.Inventory{Category: string(equipment.Laptop), Maker: "Maker", Model: "Model " + strconv.Itoa(i%20), MemoryMiB: 8192, StorageGB: 256},
			HasAgent:  true, Secret: secrets[i], LastSeen: now,
		}
	}
	if _, err := r.AddDevices(ctx, all); err != nil {
		return err
	}
	if from >= reporting {
		return nil
	}
	i := 0
	for _, site := range sites {
		devices, err := r.Devices(ctx, site.ID)
		if err != nil {
			return err
		}
		for _, d := range devices {
			if len(f.devices) < reporting {
				f.devices = append(f.devices, device{d.Name, secrets[i]})
			}
			i++
		}
	}
	return nil
}

// strideOf is a step near the golden section of n that has no divisor in common
// with it, so that steps of it visit all.
func strideOf(n int) uint64 {
	stride := max(uint64(float64(n)*0.618), 1)
	for gcd(stride, uint64(n)) != 1 {
		stride++
	}
	return stride
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// turn is the device whose turn it is, and the hour that it tells.
func (f *fleet) turn() (number int, hour time.Time) {
	n := f.next.Add(1) - 1
	count := uint64(len(f.devices))
	return int(n % count * f.stride % count), f.from.Add(time.Duration(n/count%pastHours) * time.Hour)
}

// metered tells that a device reads a battery meter: every second one.
func metered(number int) bool { return number%2 == 0 }

// report appends the request of the next report.
func (f *fleet) report(to []byte) []byte {
	number, hour := f.turn()
	d := f.devices[number]
	return request(to, "/api/v1/reports", "Bearer "+d.name+"."+d.secret, "application/json", func(to []byte) []byte {
		to = fmt.Appendf(to, `{"schema":1,"device":%q,"agent":"1.0.0","windows":[`, d.name)
		for w := range windowsPerReport {
			if w > 0 {
				to = append(to, ',')
			}
			to = appendWindow(to, hour.Add(time.Duration(w)*report.WindowLength), number, w)
		}
		return append(to, "]}"...)
	})
}

func appendWindow(to []byte, start time.Time, number, w int) []byte {
	to = append(to, `{"start":"`...)
	to = start.UTC().AppendFormat(to, time.RFC3339)
	to = append(to, `","span_s":900`...)
	for _, v := range valuesOf(number, w) {
		to = append(to, ',', '"')
		to = append(to, v.name...)
		to = append(to, '"', ':')
		to = strconv.AppendInt(to, v.value, 10)
	}
	to = append(to, `,"load_ms":[`...)
	for i, ms := range loadsOf(number, w) {
		if i > 0 {
			to = append(to, ',')
		}
		to = strconv.AppendInt(to, ms, 10)
	}
	to = append(to, ']')
	if metered(number) {
		to = append(to, `,"energy":[{"source":"battery:BAT0","boundary":"battery","energy_uj":`...)
		to = strconv.AppendInt(to, energyUJ(number, w), 10)
		to = append(to, `,"covered_ms":600000}]`...)
	}
	return append(to, '}')
}

type value struct {
	name  string
	value int64
}

// valuesOf are counters as a laptop in use has them, different for each device and
// window.
func valuesOf(number, w int) [9]value {
	v := int64(number%1009*7 + w*131)
	return [...]value{
		{"suspended_ms", v % 1000}, {"cpu_busy_ms", 40_000 + 17*v}, {"cpu_capacity_ms", 7_200_000}, {"mem_used_mib", 3000 + v%2000},
		{"net_rx_b", 1_000_000 + 1013*v}, {"net_tx_b", 200_000 + 211*v}, {"disk_read_b", 3_000_000 + 4096*v}, {"disk_write_b", 5_000_000 + 4096*v},
		{"agent_cpu_ms", 60 + v%60},
	}
}

func loadsOf(number, w int) [report.LoadBins]int64 {
	v := int64(number%1009*7 + w*131)
	return [...]int64{600_000 + v, 150_000, 50_000, 20_000, 5_000}
}

func energyUJ(number, w int) int64 { return 6_000_000_000 + int64(number%1009)*7_000_003 + int64(w) }

// lines appends the request that writes the next report's windows to InfluxDB, in
// the measurements that the collector writes.
func (f *fleet) lines(to []byte) []byte {
	number, hour := f.turn()
	d := f.devices[number]
	return request(to, "/write?db=bench&precision=s", "", "text/plain", func(to []byte) []byte {
		for w := range windowsPerReport {
			start := hour.Add(time.Duration(w) * report.WindowLength).Unix()
			tags := fmt.Appendf(nil, ",category=laptop,device=%s,population=individual,site=School\\ %d", d.name, number/perSite)
			to = append(append(to, "ecoparc_window"...), tags...)
			to = append(to, " span_s=900i"...)
			for _, v := range valuesOf(number, w) {
				to = append(append(append(to, ','), v.name...), '=')
				to = append(strconv.AppendInt(to, v.value, 10), 'i')
			}
			for i, ms := range loadsOf(number, w) {
				to = append(append(to, ",load"...), byte('0'+i))
				to = append(strconv.AppendInt(append(to, "_ms="...), ms, 10), 'i')
			}
			to = append(strconv.AppendInt(append(to, ' '), start, 10), '\n')
			if metered(number) {
				to = append(append(to, "ecoparc_energy"...), tags...)
				to = append(to, ",source=battery:BAT0,boundary=battery energy_uj="...)
				to = append(strconv.AppendInt(to, energyUJ(number, w), 10), "i,covered_ms=600000i "...)
				to = append(strconv.AppendInt(to, start, 10), '\n')
			}
		}
		return to
	})
}

// request appends a request of HTTP 1.1 whose body is appended by the given
// function.
func request(to []byte, path, authorization, kind string, body func([]byte) []byte) []byte {
	to = append(append(append(to, "POST "...), path...), " HTTP/1.1\r\nHost: 127.0.0.1\r\n"...)
	if authorization != "" {
		to = append(append(append(to, "Authorization: "...), authorization...), "\r\n"...)
	}
	to = append(append(append(to, "Content-Type: "...), kind...), "\r\nContent-Length: "...)
	const room = "        " // for the length: spaces before a header's value mean nothing
	length := len(to)
	to = append(append(to, room...), "\r\n\r\n"...)
	begin := len(to)
	to = body(to)
	digits := strconv.Itoa(len(to) - begin)
	copy(to[length+len(room)-len(digits):], digits)
	return to
}
