// Package report is the vocabulary that agents and the collector share: what an
// agent sends, and what makes it acceptable.
//
// A report holds facts only - seconds, counters, meter readings - and never an
// estimate: the collector turns facts into energy and carbon, so that a better
// model can recompute the past. A report holds no personal data: no user name,
// process, window title, file, address or serial number.
//
// Units are in the names: Ms is milliseconds, UJ microjoules, B bytes, MiB
// mebibytes. All numbers are whole, so that sums are exact in any order.
// report.schema.json says what each field is for; it is what `ecoparc-agent show` prints and
// what the collector publishes.
package report

import (
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// Schema is the version of the report format that this package speaks.
const Schema = 1

// Limits on what one report may hold.
const (
	MaxWindows        = 96                   // windows in a report: a day of quarter hours
	MaxEnergyReadings = 16                   // meter readings in a window
	MaxMeters         = 32                   // meters in an inventory
	MaxScreens        = 8                    // screens in an inventory
	MaxBodyB          = 256 << 10            // bytes of a request as sent, compressed or not
	MaxDecodedB       = 1 << 20              // bytes of a request after gunzip
	MaxAway           = 400 * 24 * time.Hour // the longest absence one window can tell
	MaxAhead          = 10 * time.Minute     // how far in the future a window may end, for clocks that drift
	WindowLength      = 15 * time.Minute     // a window never crosses a UTC quarter hour, unless it is merged
	MaxMerged         = 86_400               // windows put together in one
	day               = 24 * time.Hour
	maxText           = 128 // bytes of a text field
	maxCPUs           = 4096
	maxWattsPlausible = 20_000 // no school device draws 20 kW
	maxMemoryMiB      = 64 << 20
	maxStorageGB      = 100_000_000
	maxBytesPerSecond = 1 << 37 // 128 GiB/s, above any bus of a school device
	maxBatteryMWh     = 1_000_000
	maxBatteryCycles  = 100_000
	maxDiagonalMm     = 5000
	maxYear           = 2100
	serialHashLetters = 32
)

// LoadBins is the number of processor load classes in a window.
const LoadBins = 5

// loadEdges are the lower bounds of the load classes, as the share of all
// logical processors that is busy: class i holds the time with
// loadEdges[i] <= load < loadEdges[i+1].
var loadEdges = [LoadBins]float64{0, 0.05, 0.20, 0.50, 0.80}

// LoadBin is the load class of a busy share between 0 and 1.
func LoadBin(busyShare float64) int {
	bin := 0
	for bin+1 < LoadBins && busyShare >= loadEdges[bin+1] {
		bin++
	}
	return bin
}

// LoadOf is the load, between 0 and 1, that stands for a class: the middle of it.
func LoadOf(bin int) float64 {
	if bin == LoadBins-1 {
		return (loadEdges[bin] + 1) / 2
	}
	return (loadEdges[bin] + loadEdges[bin+1]) / 2
}

// Loads is time in milliseconds by load class.
type Loads [LoadBins]int64

// Report is what an agent sends: the windows that the collector has not
// acknowledged yet, and the inventory when it has changed since the last one.
type Report struct {
	Schema         int        `json:"schema"`
	Device         string     `json:"device"`
	Agent          string     `json:"agent"`
	DroppedWindows int64      `json:"dropped_windows,omitempty"`
	Inventory      *Inventory `json:"inventory,omitempty"`
	Windows        []Window   `json:"windows"`
}

// Window is what a device did from Start for SpanS seconds. A window in which
// the device ran lies inside one UTC quarter hour; a window in which it was
// only off or suspended may be as long as MaxAway. (device, Start) identifies
// it: the same window sent again changes nothing.
//
// An agent whose spool is full puts its oldest windows together (Merge): such a
// window says of how many it consists, and lies inside one UTC day.
//
// OffMs, SuspendedMs and the sum of LoadMs never exceed the span; what is
// missing is time about which the agent knows nothing. ScreenOnMs and ScreenOffMs
// are parts of the time it ran; of what is missing there, the screen's state is not
// known, as on a server or of an agent that does not tell.
type Window struct {
	Start         time.Time `json:"start"`
	SpanS         int64     `json:"span_s"`
	Merged        int64     `json:"merged,omitempty"`
	OffMs         int64     `json:"off_ms,omitempty"`
	SuspendedMs   int64     `json:"suspended_ms,omitempty"`
	LoadMs        Loads     `json:"load_ms,omitzero"`
	ScreenOnMs    int64     `json:"screen_on_ms,omitempty"`
	ScreenOffMs   int64     `json:"screen_off_ms,omitempty"`
	CPUBusyMs     int64     `json:"cpu_busy_ms,omitempty"`
	CPUCapacityMs int64     `json:"cpu_capacity_ms,omitempty"`
	MemUsedMiB    int64     `json:"mem_used_mib,omitempty"`
	NetRxB        int64     `json:"net_rx_b,omitempty"`
	NetTxB        int64     `json:"net_tx_b,omitempty"`
	DiskReadB     int64     `json:"disk_read_b,omitempty"`
	DiskWriteB    int64     `json:"disk_write_b,omitempty"`
	AgentCPUMs    int64     `json:"agent_cpu_ms,omitempty"`
	AgentTxB      int64     `json:"agent_tx_b,omitempty"`
	Energy        []Reading `json:"energy,omitempty"`
}

// End is the moment the window ends.
func (w Window) End() time.Time { return w.Start.Add(time.Duration(w.SpanS) * time.Second) }

// RunningMs is how long the device ran during the window.
func (w Window) RunningMs() int64 {
	var ms int64
	for _, m := range w.LoadMs {
		ms += m
	}
	return ms
}

// Reading is the energy that one meter counted during a window, and for how
// much of the device's running time it could count.
type Reading struct {
	Source    string   `json:"source"`
	Boundary  Boundary `json:"boundary"`
	EnergyUJ  int64    `json:"energy_uj"`
	CoveredMs int64    `json:"covered_ms"`
}

// Boundary is the part of the device that a meter sees. Meters whose boundaries
// overlap are never added.
type Boundary string

// The boundaries, from the widest to the narrowest.
const (
	Wall      Boundary = "wall"      // everything, at the mains side
	Platform  Boundary = "platform"  // the whole machine behind its power supply (RAPL psys)
	Battery   Boundary = "battery"   // the whole machine, while the battery discharges
	Package   Boundary = "package"   // the processor package
	DRAM      Boundary = "dram"      // the memory
	Component Boundary = "component" // one part, recorded but not used in a total
)

// Sees says in a few words what a meter of this boundary counts, for people who
// look at a device.
func (b Boundary) Sees() string {
	switch b {
	case Wall:
		return "the whole device at the mains"
	case Platform:
		return "the whole device behind its power supply"
	case Battery:
		return "the whole device while its battery feeds it"
	case Package:
		return "the processor package"
	case DRAM:
		return "the memory"
	}
	return "one component, which is in no total"
}

// boundaries lists the boundaries a report may name.
var boundaries = []Boundary{Wall, Platform, Battery, Package, DRAM, Component}

// Inventory is what the device is. It changes rarely and is sent when it does.
type Inventory struct {
	Category         string   `json:"category"`
	Maker            string   `json:"maker,omitempty"`
	Model            string   `json:"model,omitempty"`
	CPU              string   `json:"cpu,omitempty"`
	LogicalCPUs      int64    `json:"logical_cpus,omitempty"`
	MemoryMiB        int64    `json:"memory_mib,omitempty"`
	StorageGB        int64    `json:"storage_gb,omitempty"`
	OS               string   `json:"os,omitempty"`
	OSVersion        string   `json:"os_version,omitempty"`
	Virtualization   string   `json:"virtualization,omitempty"`
	FirmwareDate     string   `json:"firmware_date,omitempty"`
	BatteryDesignMWh int64    `json:"battery_design_mwh,omitempty"`
	BatteryFullMWh   int64    `json:"battery_full_mwh,omitempty"`
	BatteryCycles    int64    `json:"battery_cycles,omitempty"`
	SerialHash       string   `json:"serial_hash,omitempty"`
	Screens          []Screen `json:"screens,omitempty"`
	Meters           []Meter  `json:"meters"`
}

// Screen is a screen of the device, or one that is attached to it.
type Screen struct {
	Place      Place  `json:"place"`
	Maker      string `json:"maker,omitempty"`
	Model      string `json:"model,omitempty"`
	DiagonalMm int64  `json:"diagonal_mm,omitempty"`
	MadeYear   int64  `json:"made_year,omitempty"`
}

// Place is where a screen is.
type Place string

// The places of screens.
const (
	BuiltIn  Place = "built_in" // a part of the device
	Attached Place = "attached" // a device of its own
)

// Spec is the device as a product. Memory is rounded up to whole GiB and storage to
// steps of 32 GB: what systems report of equal machines differs a little, and one
// product should be one.
func (v *Inventory) Spec() equipment.Spec {
	return equipment.Spec{
		Category: equipment.Category(v.Category), Maker: v.Maker, Model: v.Model, CPU: v.CPU,
		MemoryGiB: float64((v.MemoryMiB + 1023) / 1024), StorageGB: float64((v.StorageGB + 16) / 32 * 32),
	}
}

// Meter is an energy meter that the agent looked for, and what came of it.
type Meter struct {
	Source   string      `json:"source"`
	Boundary Boundary    `json:"boundary,omitempty"`
	Status   MeterStatus `json:"status"`
	Reason   string      `json:"reason,omitempty"`
}

// MeterStatus says whether a meter can be read.
type MeterStatus string

// The outcomes of looking for a meter.
const (
	MeterRead   MeterStatus = "read"       // it is read
	MeterNone   MeterStatus = "none"       // this machine has no such meter
	MeterDenied MeterStatus = "denied"     // it exists, the agent may not read it
	MeterBroken MeterStatus = "unreadable" // it exists, its values make no sense
)

// EnrolRequest asks the collector to make this machine a known device.
type EnrolRequest struct {
	Token     string    `json:"token"`
	Label     string    `json:"label,omitempty"`
	Inventory Inventory `json:"inventory"`
}

// EnrolResponse is the device's new identity. The secret is shown this once.
type EnrolResponse struct {
	Device string `json:"device"`
	Secret string `json:"secret"`
}

// Ack tells the agent that its report is on disk, how many windows were new and
// how many were repeats.
type Ack struct {
	New    int `json:"new"`
	Repeat int `json:"repeat"`
}

// Problem is the body of every answer that is not a success. Of a body that was
// sent, an empty Field means that it is not one well-formed JSON object; any
// other mistake has a field.
type Problem struct {
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
}

// Error makes a Problem an error in one clear sentence.
func (p *Problem) Error() string {
	if p.Field == "" {
		return p.Reason
	}
	return p.Field + ": " + p.Reason
}
