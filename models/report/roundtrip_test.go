package report_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// What an agent builds within the limits arrives as it was.
func TestValidReportArrivesAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := report.Report{
			Schema: report.Schema, Device: "d" + text(t, "device"), Agent: text(t, "agent"),
			DroppedWindows: rapid.Int64Min(0).Draw(t, "dropped"),
			Windows:        rapid.SliceOfN(rapid.Custom(drawWindow), 0, 8).Draw(t, "windows"),
		}
		if len(sent.Windows) == 0 || rapid.Bool().Draw(t, "inventory") {
			sent.Inventory = &report.Inventory{
				Category: string(rapid.SampledFrom(equipment.Categories).Draw(t, "category")), Model: text(t, "model"),
				MemoryMiB: rapid.Int64Range(0, 64<<20).Draw(t, "memory"), FirmwareDate: rapid.SampledFrom([]string{"", "2024-02-29"}).Draw(t, "firmware"),
				Meters: []report.Meter{{Source: "m" + text(t, "source"), Status: report.MeterNone, Reason: text(t, "reason")}},
			}
		}
		body, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		got, err := report.Decode(body, now)
		if err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		if !reflect.DeepEqual(*got, sent) {
			t.Fatalf("sent %+v\narrived %+v", sent, *got)
		}
	})
}

func text(t *rapid.T, label string) string {
	return rapid.StringMatching(`[\p{L}\p{N} "<&>\\/'®-]{0,30}`).Draw(t, label)
}

// drawWindow draws a window in which the device ran, or one in which it was away.
func drawWindow(t *rapid.T) report.Window {
	if rapid.Bool().Draw(t, "away") {
		span := rapid.Int64Range(1, int64(report.MaxAway/time.Second)).Draw(t, "span")
		off := rapid.Int64Range(0, span*1000).Draw(t, "off")
		end := now.Add(-time.Duration(rapid.IntRange(0, 1<<20).Draw(t, "ago")) * time.Second)
		return report.Window{Start: end.Add(-time.Duration(span) * time.Second), SpanS: span, OffMs: off, SuspendedMs: rapid.Int64Range(0, span*1000-off).Draw(t, "suspended")}
	}
	w := report.Window{Start: now.Add(-time.Duration(rapid.IntRange(1, 3000).Draw(t, "quarters")) * report.WindowLength)}
	late := rapid.Int64Range(0, 899).Draw(t, "late")
	w.Start = w.Start.Add(time.Duration(late) * time.Second)
	w.SpanS = rapid.Int64Range(1, 900-late).Draw(t, "span")
	left := w.SpanS * 1000
	for _, ms := range []*int64{&w.OffMs, &w.SuspendedMs, &w.LoadMs[0], &w.LoadMs[1], &w.LoadMs[2], &w.LoadMs[3], &w.LoadMs[4]} {
		*ms = rapid.Int64Range(0, left).Draw(t, "ms")
		left -= *ms
	}
	w.ScreenOnMs = rapid.Int64Range(0, w.RunningMs()).Draw(t, "screen on")
	w.Merged = rapid.Int64Range(0, 1).Draw(t, "merged")
	w.ScreenOffMs = rapid.Int64Range(0, w.RunningMs()-w.ScreenOnMs).Draw(t, "screen off")
	w.CPUCapacityMs = rapid.Int64Range(0, w.SpanS*1000*64).Draw(t, "capacity")
	w.CPUBusyMs = rapid.Int64Range(0, w.CPUCapacityMs).Draw(t, "busy")
	w.MemUsedMiB = rapid.Int64Range(0, 1<<20).Draw(t, "memory")
	w.NetRxB = rapid.Int64Range(0, 1<<37).Draw(t, "net")
	for _, b := range rapid.SliceOfNDistinct(rapid.SampledFrom([]report.Boundary{report.Wall, report.Platform, report.Battery, report.Package, report.DRAM, report.Component}), 0, 4, rapid.ID).Draw(t, "meters") {
		covered := rapid.Int64Range(0, w.RunningMs()).Draw(t, "covered")
		w.Energy = append(w.Energy, report.Reading{Source: string(b), Boundary: b, CoveredMs: covered, EnergyUJ: rapid.Int64Range(0, covered*20_000_000).Draw(t, "energy")})
	}
	return w
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(full))
	f.Add(with(f, "windows.1.start", "2026-11-23T09:15:00+01:00"))
	f.Add(with(f, "windows.1.load_ms", []int{1, 2, 3}))
	f.Add(with(f, "inventory.model", "Précision <3®"))
	f.Add([]byte(`{"schema":1,"device":"d","windows":[{"start":null,"span_s":1e0,"load_ms":null}],"Windows":[{}]}`))
	f.Add([]byte(`{"":0}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := report.Decode(body, now)
		if err != nil {
			mustBeProblem(t, err)
			return
		}
		sameAgain(t, r, func(body []byte) (any, error) { return report.Decode(body, now) })
	})
}

func FuzzDecodeEnrol(f *testing.F) {
	f.Add([]byte(`{"token":"t","label":"salle 12","inventory":{"category":"tablet","os":"android","meters":[{"source":"battery","status":"none"}]}}`))
	f.Add([]byte(`{"token":"\u0000\ud800","inventory":{"category":"virtual","virtualization":"kvm","meters":null}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := report.DecodeEnrol(body)
		if err != nil {
			mustBeProblem(t, err)
			return
		}
		sameAgain(t, r, func(body []byte) (any, error) { return report.DecodeEnrol(body) })
	})
}

// mustBeProblem checks the error's promise: a *Problem with a reason that fits in
// an answer.
func mustBeProblem(t *testing.T, err error) {
	t.Helper()
	p, ok := err.(*report.Problem)
	if !ok || p.Reason == "" || len(p.Error()) > 600 {
		t.Errorf("got %T %v", err, err)
	}
}

// sameAgain checks that what was accepted is accepted again when sent again, and
// reads the same.
func sameAgain(t *testing.T, accepted any, decode func([]byte) (any, error)) {
	t.Helper()
	first, err := json.Marshal(accepted)
	if err != nil {
		t.Fatal(err)
	}
	again, err := decode(first)
	if err != nil {
		t.Fatalf("accepted once, refused as %s: %v", first, err)
	}
	second, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("reads as\n%s\nand then as\n%s", first, second)
	}
}
