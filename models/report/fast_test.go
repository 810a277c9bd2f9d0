package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// hourly is a report as agents write it.
const hourly = `{"schema":1,"device":"d-7f3","agent":"1.0.0","dropped_windows":2,"windows":[
 {"start":"2026-11-22T17:03:00Z","span_s":54720,"off_ms":54000000,"suspended_ms":720000},
 {"start":"2026-11-23T08:15:00Z","span_s":900,"merged":1,"load_ms":[500000,200000,60000,30000,10000],"screen_on_ms":500000,"screen_off_ms":300000,"cpu_busy_ms":700000,"cpu_capacity_ms":7200000,
  "mem_used_mib":3100,"net_rx_b":1000,"net_tx_b":2000,"disk_read_b":3000,"disk_write_b":4000,"agent_cpu_ms":120,"agent_tx_b":600,
  "energy":[{"source":"battery:BAT0","boundary":"battery","energy_uj":4000000000,"covered_ms":600000}]}]}`

// agree checks that the fast way says nothing that encoding/json would not say.
func agree(t *testing.T, body []byte) (fast bool) {
	t.Helper()
	var got, want Report
	fast = decodeFast(body, &got)
	err := decodeStrict(body, &want)
	if fast && (err != nil || !reflect.DeepEqual(got, want)) {
		t.Errorf("%q is read as %+v; encoding/json says %+v, %v", body, got, want, err)
	}
	return fast
}

func TestReportsOfAgentsAreReadFast(t *testing.T) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(hourly)); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{hourly, compact.String(), " \t\r\n" + hourly + "\n ", `{"schema":1,"device":"","agent":"","windows":[]}`, `{"windows":[{"energy":[]}]}`, `{}`, `{"schema":-0}`} {
		if !agree(t, []byte(body)) {
			t.Errorf("%q is not read fast", body)
		}
	}
}

// What is unusual is left to encoding/json, whether right or wrong.
func TestUnusualReportsAreLeftToEncodingJSON(t *testing.T) {
	for _, body := range []string{
		``, ` `, `null`, `[]`, `{`, `{"schema"`, `{"schema":1`, `{"schema":1,}`, `{,}`, `{"schema":1}x`, `{"schema":1}{}`, `{"schema":01}`, `{"schema":1.0}`, `{"schema":1e0}`,
		`{"schema":-}`, `{"schema":- 1}`, `{"schema":1234567890123456789}`, `{"schema":null}`, `{"schema":"1"}`, `{"Schema":1}`, `{"schema":1,"schema":2}`, `{"surname":"x"}`,
		`{"device":"\u0061"}`, `{"device":"é"}`, "{\"device\":\"\xff\"}", "{\"device\":\"\x01\"}", `{"device":"a`, `{"device":1}`, `{"windows":null}`, `{"windows":[1]}`, `{"windows":[{}`,
		`{"windows":[{},]}`, `{"windows":[],"windows":[]}`, `{"windows":[{"start":"2026-11-23T08:15:00+01:00"}]}`, `{"windows":[{"start":"2026-13-23T08:15:00Z"}]}`,
		`{"windows":[{"load_ms":[1,2,3,4]}]}`, `{"windows":[{"load_ms":[1,2,3,4,5,6]}]}`, `{"windows":[{"load_ms":[]}]}`, `{"windows":[{"span_s":1,"span_s":2}]}`,
		`{"windows":[{"energy":[{"source":"a","source":"b"}]}]}`, `{"inventory":{"category":"laptop","meters":[]}}`,
	} {
		if agree(t, []byte(body)) {
			t.Errorf("%q is read fast", body)
		}
	}
}

func FuzzFastDecodingAgreesWithEncodingJSON(f *testing.F) {
	f.Add([]byte(hourly))
	for _, body := range []string{`{"schema":1}`, `{"windows":[{"load_ms":[1,2,3,4,5],"energy":[{}]}]}`, `{"windows":[{"start":"2024-02-29T23:59:60Z"}]}`, `{"schema":-0}`, `{"device":"a\n"}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { agree(t, body) })
}

func BenchmarkDecode(b *testing.B) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for name, decode := range map[string]func() error{
		"fast":          func() error { _, err := Decode([]byte(hourly), now); return err },
		"encoding/json": func() error { return decodeStrict([]byte(hourly), new(Report)) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := decode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
