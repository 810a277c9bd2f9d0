package footprint_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/report"
)

// A renewal of a real class is the rate that pages show, and of those in service only.
func TestRenewalIsTheRateOfTheFootprint(t *testing.T) {
	m, k, now := model(t), class(t, equipment.Laptop), march.To
	rapid.Check(t, func(t *rapid.T) {
		c := footprint.Cohort{
			InService: now.AddDate(0, 0, -rapid.IntRange(40, 5000).Draw(t, "days")), Count: int64(rapid.IntRange(1, 99).Draw(t, "count")),
			Acquisition: rapid.SampledFrom(lifespan.Acquisitions).Draw(t, "acquisition"),
		}
		f, err := m.Estimate(k, []footprint.Cohort{c}, march, now)
		if err != nil {
			t.Fatal(err)
		}
		r := k.Renewal(c, now, 0)
		if got, want := float64(r.Embodied.High), float64(f.Embodied.High)/f.DeviceYears*float64(c.Count); !near(got, want) || r.Devices != float64(c.Count) {
			t.Fatalf("%+v: %v g a year, want %v", c, got, want)
		}
		if longer := k.Renewal(c, now, 1); longer.Bought >= r.Bought || longer.Embodied.Value > r.Embodied.Value {
			t.Fatalf("a year longer takes %+v, without it %+v", longer, r)
		}
		c.Retired = now
		if gone := k.Renewal(c, now, 0); gone != (footprint.Renewal{}) {
			t.Fatalf("retired devices take %+v", gone)
		}
	})
}

func TestUnattendedLiesBetweenWhatMustAndWhatMayBe(t *testing.T) {
	k := class(t, equipment.Desktop)
	const hour = 3_600_000
	always := k.Unattended(footprint.Facts{LoadMs: [report.LoadBins]int64{100 * hour}}, 40)
	if always.Low <= 0 || always.Value < always.Low || always.High < always.Value {
		t.Errorf("100 hours on of which 40 were open: %v", always)
	}
	for what, facts := range map[string]footprint.Facts{"off": {OffMs: 100 * hour}, "busy": {LoadMs: [report.LoadBins]int64{0, 0, 0, 0, 30 * hour}}} {
		if got := k.Unattended(facts, 40); got != (footprint.Energy{}) {
			t.Errorf("%s: %v", what, got)
		}
	}
	lessons := k.Unattended(footprint.Facts{LoadMs: [report.LoadBins]int64{30 * hour}}, 40)
	if lessons.Low != 0 || lessons.Value <= 0 {
		t.Errorf("30 hours on of which 40 were open: %v; it may have been in lessons", lessons)
	}
	// A meter counted: what the processor was busy with was not unattended.
	metered := k.Unattended(footprint.Facts{MeteredMs: 100 * hour, CPUBusyMs: 1, CPUCapacityMs: 4}, 1000)
	if want := always.High * 0.75; !near(float64(metered.High), float64(want)) {
		t.Errorf("metered: at most %v, want %v", metered.High, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		f := footprint.Facts{MeteredMs: rapid.Int64Range(0, 1e9).Draw(t, "metered"), CPUBusyMs: rapid.Int64Range(0, 1e9).Draw(t, "busy"), CPUCapacityMs: rapid.Int64Range(0, 1e9).Draw(t, "capacity"), OffMs: rapid.Int64Range(0, 1e9).Draw(t, "off")}
		for i := range f.LoadMs {
			f.LoadMs[i] = rapid.Int64Range(0, 1e9).Draw(t, "load")
		}
		if got := k.Unattended(f, rapid.Float64Range(0, 1e4).Draw(t, "open")); !(0 <= got.Low && got.Low <= got.Value && got.Value <= got.High) {
			t.Fatalf("%+v: %v", f, got)
		}
	})
}

func TestSwitchedOffSavesWhatIsDrawnBeyondBeingOff(t *testing.T) {
	const hour = 3_600_000
	m, k, on := model(t), class(t, equipment.Desktop), footprint.Facts{LoadMs: [report.LoadBins]int64{hour}, OffMs: 5 * hour}
	saved := m.SwitchedOff(k, on)
	running, _ := m.KnownEnergy(k, footprint.Facts{LoadMs: on.LoadMs})
	off, _ := m.KnownEnergy(k, footprint.Facts{OffMs: hour})
	if !near(float64(saved.Value), float64(running.Value-off.Value)) || saved.Low < 0 || saved.High > running.High {
		t.Errorf("switched off saves %v of %v", saved, running)
	}
	if got := m.SwitchedOff(k, footprint.Facts{SuspendedMs: hour, OffMs: hour}); got != (footprint.Energy{}) {
		t.Errorf("what is asleep or off saves %v", got)
	}
}
