package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// Validate checks every limit of a report. The error is a *Problem that names
// the field, as in windows[3].load_ms, and what is allowed.
func (r *Report) Validate(now time.Time) error {
	switch {
	case r.Schema != Schema:
		return problem("schema", "is %d; this collector speaks %d", r.Schema, Schema)
	case r.Device == "":
		return problem("device", "is missing")
	case !isText(r.Device):
		return problem("device", "must be at most %d bytes of printable text", maxText)
	case !isText(r.Agent):
		return problem("agent", "must be at most %d bytes of printable text", maxText)
	case r.DroppedWindows < 0:
		return problem("dropped_windows", "is %d; it cannot be negative", r.DroppedWindows)
	case len(r.Windows) > MaxWindows:
		return problem("windows", "holds %d windows; at most %d are allowed", len(r.Windows), MaxWindows)
	case len(r.Windows) == 0 && r.Inventory == nil:
		return problem("windows", "is empty, and there is no inventory: the report says nothing")
	}
	if r.Inventory != nil {
		if err := r.Inventory.validate("inventory"); err != nil {
			return err
		}
	}
	for i := range r.Windows {
		if err := r.Windows[i].validate(fmt.Sprintf("windows[%d].", i), now); err != nil {
			return err
		}
	}
	return nil
}

func (w *Window) validate(at string, now time.Time) error {
	switch {
	case w.Start.IsZero():
		return problem(at+"start", "is missing")
	case w.Start.Nanosecond() != 0:
		return problem(at+"start", "must be a whole second")
	case w.Start.Year() < 2020:
		return problem(at+"start", "is in %d, before any agent existed: the device's clock is wrong", w.Start.Year())
	case w.SpanS < 1 || w.SpanS > int64(MaxAway/time.Second):
		return problem(at+"span_s", "is %d; 1 to %d are allowed", w.SpanS, int64(MaxAway/time.Second))
	case w.End().After(now.Add(MaxAhead)):
		return problem(at+"start", "the window ends at %s, in the future; it is %s here: the device's clock is wrong", w.End().UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	for _, f := range []struct {
		name  string
		value int64
		max   int64
	}{
		{"off_ms", w.OffMs, w.SpanS * 1000},
		{"suspended_ms", w.SuspendedMs, w.SpanS * 1000},
		{"screen_on_ms", w.ScreenOnMs, w.SpanS * 1000},
		{"screen_off_ms", w.ScreenOffMs, w.SpanS * 1000},
		{"cpu_capacity_ms", w.CPUCapacityMs, w.SpanS * 1000 * maxCPUs},
		{"cpu_busy_ms", w.CPUBusyMs, w.CPUCapacityMs},
		{"mem_used_mib", w.MemUsedMiB, maxMemoryMiB},
		{"net_rx_b", w.NetRxB, w.SpanS * maxBytesPerSecond},
		{"net_tx_b", w.NetTxB, w.SpanS * maxBytesPerSecond},
		{"disk_read_b", w.DiskReadB, w.SpanS * maxBytesPerSecond},
		{"disk_write_b", w.DiskWriteB, w.SpanS * maxBytesPerSecond},
		{"agent_cpu_ms", w.AgentCPUMs, w.SpanS * 1000 * maxCPUs},
		{"agent_tx_b", w.AgentTxB, w.SpanS * maxBytesPerSecond},
	} {
		if f.value < 0 || f.value > f.max { // names are put together only for what is wrong
			return within(at+f.name, f.value, f.max)
		}
	}
	for i, ms := range w.LoadMs {
		if ms < 0 || ms > w.SpanS*1000 {
			return within(fmt.Sprintf("%sload_ms[%d]", at, i), ms, w.SpanS*1000)
		}
	}
	if known := w.OffMs + w.SuspendedMs + w.RunningMs(); known > w.SpanS*1000 {
		return problem(at+"load_ms", "off_ms, suspended_ms and load_ms add up to %d ms; the window has %d", known, w.SpanS*1000)
	}
	if known, running := w.ScreenOnMs+w.ScreenOffMs, w.RunningMs(); known > running {
		return problem(at+"screen_on_ms", "screen_on_ms and screen_off_ms add up to %d ms; the device ran for %d", known, running)
	}
	if err := w.validateSpan(at); err != nil {
		return err
	}
	return w.validateEnergy(at)
}

// validateSpan keeps windows short enough to tell when something was.
func (w *Window) validateSpan(at string) error {
	switch quarter := w.Start.Truncate(WindowLength).Add(WindowLength); {
	case w.Merged < 0 || w.Merged > MaxMerged:
		return within(at+"merged", w.Merged, MaxMerged)
	case w.Merged > 1 && w.End().After(w.Start.Truncate(day).Add(day)):
		return problem(at+"span_s", "is %d from %s: a window put together of %d lies inside one day (of UTC)", w.SpanS, w.Start.UTC().Format(time.TimeOnly), w.Merged)
	case w.Merged <= 1 && w.hasUse() && w.End().After(quarter):
		return problem(at+"span_s", "is %d from %s: a window in which the device ran lies inside one quarter hour (of UTC), here at most %d s",
			w.SpanS, w.Start.UTC().Format(time.TimeOnly), int64(quarter.Sub(w.Start)/time.Second))
	}
	return nil
}

// hasUse tells a window in which the device ran from one in which it was away.
func (w *Window) hasUse() bool {
	counters := w.CPUBusyMs | w.CPUCapacityMs | w.MemUsedMiB | w.NetRxB | w.NetTxB | w.DiskReadB | w.DiskWriteB | w.AgentCPUMs | w.AgentTxB
	return w.RunningMs() > 0 || len(w.Energy) > 0 || counters > 0
}

func (w *Window) validateEnergy(at string) error {
	if len(w.Energy) > MaxEnergyReadings {
		return problem(at+"energy", "holds %d readings; at most %d are allowed", len(w.Energy), MaxEnergyReadings)
	}
	runningMs := w.RunningMs()
	for i, e := range w.Energy {
		at := fmt.Sprintf("%senergy[%d].", at, i)
		if err := checkMeter(at, e.Source, e.Boundary); err != nil {
			return err
		}
		if slices.ContainsFunc(w.Energy[:i], func(o Reading) bool { return o.Source == e.Source }) {
			return problem(at+"source", "%q stands twice in this window", e.Source)
		}
		if err := within(at+"covered_ms", e.CoveredMs, runningMs); err != nil {
			return err
		}
		if err := within(at+"energy_uj", e.EnergyUJ, e.CoveredMs*1000*maxWattsPlausible); err != nil {
			return err
		}
	}
	return nil
}

func (v *Inventory) validate(at string) error {
	if !slices.Contains(equipment.Categories, equipment.Category(v.Category)) {
		return problem(at+".category", "is %q; allowed are %q", v.Category, equipment.Categories)
	}
	for _, f := range []struct{ name, value string }{
		{"maker", v.Maker}, {"model", v.Model}, {"cpu", v.CPU}, {"os", v.OS},
		{"os_version", v.OSVersion}, {"virtualization", v.Virtualization},
	} {
		if !isText(f.value) {
			return problem(at+"."+f.name, "must be at most %d bytes of printable text", maxText)
		}
	}
	for _, f := range v.amounts() {
		if err := within(at+"."+f.name, *f.value, f.max); err != nil {
			return err
		}
	}
	if v.FirmwareDate != "" {
		if _, err := time.Parse(time.DateOnly, v.FirmwareDate); err != nil {
			return problem(at+".firmware_date", "is %q; a date like 2024-05-31 is expected", v.FirmwareDate)
		}
	}
	if v.SerialHash != "" && !isSerialHash(v.SerialHash) {
		return problem(at+".serial_hash", "must be %d hexadecimal digits: a serial number itself is never sent", serialHashLetters)
	}
	if len(v.Screens) > MaxScreens {
		return problem(at+".screens", "holds %d screens; at most %d are allowed", len(v.Screens), MaxScreens)
	}
	for i := range v.Screens {
		if err := v.Screens[i].validate(fmt.Sprintf("%s.screens[%d].", at, i)); err != nil {
			return err
		}
	}
	if len(v.Meters) > MaxMeters {
		return problem(at+".meters", "holds %d meters; at most %d are allowed", len(v.Meters), MaxMeters)
	}
	for i, m := range v.Meters {
		at := fmt.Sprintf("%s.meters[%d].", at, i)
		if err := checkMeter(at, m.Source, cmp.Or(m.Boundary, Component)); err != nil {
			return err
		}
		if !slices.Contains([]MeterStatus{MeterRead, MeterNone, MeterDenied, MeterBroken}, m.Status) {
			return problem(at+"status", "is %q; allowed are read, none, denied, unreadable", m.Status)
		}
		if !isText(m.Reason) {
			return problem(at+"reason", "must be at most %d bytes of printable text", maxText)
		}
	}
	return nil
}

// amount is a number of an inventory, and the most that it can be.
type amount struct {
	name  string
	value *int64
	max   int64
}

func (v *Inventory) amounts() []amount {
	return []amount{
		{"logical_cpus", &v.LogicalCPUs, maxCPUs},
		{"memory_mib", &v.MemoryMiB, maxMemoryMiB},
		{"storage_gb", &v.StorageGB, maxStorageGB},
		{"battery_design_mwh", &v.BatteryDesignMWh, maxBatteryMWh},
		{"battery_full_mwh", &v.BatteryFullMWh, maxBatteryMWh},
		{"battery_cycles", &v.BatteryCycles, maxBatteryCycles},
	}
}

// DropImpossible takes back the numbers that no collector takes, as broken firmware
// tells them: they are not known, and must not keep the rest from being told.
func (v *Inventory) DropImpossible() {
	for _, f := range v.amounts() {
		if *f.value < 0 || *f.value > f.max {
			*f.value = 0
		}
	}
	if v.BatteryDesignMWh == 0 || v.BatteryFullMWh == 0 { // the one alone says nothing
		v.BatteryDesignMWh, v.BatteryFullMWh = 0, 0
	}
}

func (s *Screen) validate(at string) error {
	switch {
	case s.Place != BuiltIn && s.Place != Attached:
		return problem(at+"place", "is %q; allowed are built_in, attached", s.Place)
	case !isText(s.Maker):
		return problem(at+"maker", "must be at most %d bytes of printable text", maxText)
	case !isText(s.Model):
		return problem(at+"model", "must be at most %d bytes of printable text", maxText)
	}
	if err := within(at+"diagonal_mm", s.DiagonalMm, maxDiagonalMm); err != nil {
		return err
	}
	return within(at+"made_year", s.MadeYear, maxYear)
}

func isSerialHash(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return len(s) == serialHashLetters
}

func checkMeter(at, source string, b Boundary) error {
	if source == "" || !isText(source) {
		return problem(at+"source", "must be 1 to %d bytes of printable text", maxText)
	}
	if !slices.Contains(boundaries, b) {
		return problem(at+"boundary", "is %q; allowed are %q", b, boundaries)
	}
	return nil
}

func within(field string, value, max int64) error {
	if value < 0 {
		return problem(field, "is %d; it cannot be negative", value)
	}
	if value > max {
		return problem(field, "is %d; at most %d is possible here", value, max)
	}
	return nil
}

func isText(s string) bool {
	if len(s) > maxText || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
