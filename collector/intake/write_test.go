package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	influxhttp "github.com/influxdata/influxdb-client-go/v2/api/http"
	"github.com/influxdata/influxdb-client-go/v2/api/write"

	"github.com/ecoparc/ecoparc/models/report"
)

// windowLine is a window that was not sent before, as line protocol in seconds.
func (c *collector) windowLine() string {
	c.sent++
	return fmt.Sprintf("ecoparc_window span_s=900i,off_ms=900000i %d\n", now.Add(-time.Duration(c.sent)*report.WindowLength).Unix())
}

func (c *collector) lines(path, authorization string, body []byte) *http.Request {
	c.t.Helper()
	r := c.request(http.MethodPost, path, authorization, bytes.NewReader(body))
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	r.Header.Set("User-Agent", "Telegraf/1.37.2 Go/1.26")
	return r
}

// status sends a request and closes the answer.
func (c *collector) status(r *http.Request) int {
	c.t.Helper()
	answer, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// The client of InfluxDB itself writes windows and readings, which are then in the
// ledger to the last number; and sent again they change nothing.
func TestInfluxDBsOwnClientIsAnAgent(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	client := influxdb2.NewClientWithOptions(c.url, d.name+"."+d.secret, influxdb2.DefaultOptions().SetUseGZip(true).SetApplicationName("school"))
	defer client.Close()
	at := now.Add(-time.Hour)
	batch := []*write.Point{
		write.NewPoint("ecoparc_window", map[string]string{"device": d.name, "host": "PC-CDI-07"},
			map[string]any{"span_s": 900, "load0_ms": 800_000, "load3_ms": 100_000, "suspended_ms": 0, "cpu_busy_ms": 70_000, "cpu_capacity_ms": 3_600_000, "mem_used_mib": 2048.0, "net_rx_b": uint64(77)}, at),
		write.NewPoint("ecoparc_energy", map[string]string{"source": "rapl, package-0", "boundary": "package"}, map[string]any{"energy_uj": 9_000_000, "covered_ms": 900_000}, at),
		write.NewPoint("ecoparc_window", nil, map[string]any{"span_s": 900, "off_ms": 900_000}, at.Add(report.WindowLength)),
	}
	var kept [6]int64
	for i := range 2 {
		if err := client.WriteAPIBlocking("any", "any").WritePoint(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			kept = c.kept()
		} else if again := c.kept(); again != kept {
			t.Errorf("sent again, the store held %v and holds %v", kept, again)
		}
	}
	key, err := c.registry.Authenticate(t.Context(), d.name, d.secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.ledger.Windows(t.Context(), key.ID, at, now)
	if err != nil || len(got) != 2 {
		t.Fatalf("the ledger holds %+v, %v", got, err)
	}
	want := report.Window{
		Start: at, SpanS: 900, LoadMs: report.Loads{800_000, 0, 0, 100_000}, CPUBusyMs: 70_000, CPUCapacityMs: 3_600_000, MemUsedMiB: 2048, NetRxB: 77,
		Energy: []report.Reading{{Source: "rapl, package-0", Boundary: report.Package, EnergyUJ: 9_000_000, CoveredMs: 900_000}},
	}
	if fmt.Sprint(got[0]) != fmt.Sprint(want) || got[1].OffMs != 900_000 {
		t.Errorf("the ledger holds %+v\nwant %+v", got, want)
	}
	if c.count.isNew.Load() != 2 || c.count.repeat.Load() != 2 {
		t.Errorf("counted %d new and %d repeats", c.count.isNew.Load(), c.count.repeat.Load())
	}
	kept = c.kept()
	batch[0].AddTag("device", "d-other")
	err = client.WriteAPIBlocking("any", "any").WritePoint(t.Context(), batch[0])
	var answer *influxhttp.Error
	if !errors.As(err, &answer) || answer.StatusCode != http.StatusBadRequest || answer.Code != "invalid" || !strings.Contains(answer.Message, "line 1: the tag device") {
		t.Errorf("another's window is answered %#v", err)
	}
	if c.kept() != kept {
		t.Error("another's window was filed")
	}
}

func TestLineProtocolComesInEveryWayThatClientsSendIt(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	basic := c.lines("/write?db=x&precision=s", "", []byte(c.windowLine()))
	basic.SetBasicAuth(d.name, d.secret)
	zipped := c.lines("/api/v2/write?precision=s", "Token "+d.name+"."+d.secret, zip(t, []byte(c.windowLine())))
	zipped.Header.Set("Content-Encoding", "gzip")
	for name, r := range map[string]*http.Request{
		"Token":            c.lines("/api/v2/write?bucket=b&org=o&precision=s", "Token "+d.name+"."+d.secret, []byte(c.windowLine())),
		"Token of 1.8":     c.lines("/api/v2/write?precision=s", "Token "+d.name+":"+d.secret, []byte(c.windowLine())),
		"Bearer":           c.lines("/api/v2/write?precision=s", d.bearer(), []byte(c.windowLine())),
		"1.x with a user":  basic,
		"gzip":             zipped,
		"no content at it": c.lines("/api/v2/write?precision=s", d.bearer(), []byte(c.windowLine()+"\r\n\r\n# end")),
	} {
		before := c.kept()
		if got := c.status(r); got != http.StatusNoContent {
			t.Errorf("%s: answered %d", name, got)
		}
		if after := c.kept(); after[0] != before[0]+1 {
			t.Errorf("%s: there were %d windows and are %d", name, before[0], after[0])
		}
	}
	listed, err := c.registry.Device(t.Context(), d.name)
	if err != nil || listed.Agent != "Telegraf/1.37.2" {
		t.Errorf("the agent is %q, %v", listed.Agent, err)
	}
}

// A request with one bad line is refused as InfluxDB refuses it, with nothing of it
// filed, and the same connection takes the next one.
func TestBadLinesAreRefusedAsAWhole(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	token := "Token " + d.name + "." + d.secret
	good := c.windowLine()
	many := strings.Builder{}
	for range report.MaxWindows + 1 {
		many.WriteString(c.windowLine())
	}
	notGzip := c.lines("/api/v2/write", token, []byte("hello"))
	notGzip.Header.Set("Content-Encoding", "gzip")
	for _, test := range []struct {
		name          string
		r             *http.Request
		status        int
		code, message string
		header, value string
	}{
		{"no token", c.lines("/api/v2/write?precision=s", "", []byte(good)), 401, "unauthorized", "Token DEVICE.SECRET", "", ""},
		{"wrong token", c.lines("/api/v2/write?precision=s", "Token "+d.name+".x", []byte(good)), 401, "unauthorized", "enrol it", "", ""},
		{"unknown precision", c.lines("/api/v2/write?precision=h", token, []byte(good)), 400, "invalid", "ns, us, ms and s", "", ""},
		{"second line", c.lines("/api/v2/write?precision=s", token, []byte(good+"cpu usage_idle=9 1\n")), 400, "invalid", `line 2: the measurement "cpu" is not known`, "", ""},
		{"impossible window", c.lines("/api/v2/write?precision=s", token, []byte(good+"ecoparc_window span_s=0 1795424400\n")), 422, "unprocessable entity", "line 2: span_s: is 0; 1 to", "", ""},
		{"too many", c.lines("/api/v2/write?precision=s", token, []byte(many.String())), 413, "request too large", "more than 96 windows", "", ""},
		{"too large", c.lines("/api/v2/write", token, bytes.Repeat([]byte("#\n"), report.MaxBodyB)), 413, "request too large", "256 KiB", "", ""},
		{"not gzip", notGzip, 400, "invalid", "is not gzip", "", ""},
		{"GET", c.request(http.MethodGet, "/api/v2/write", token, nil), 405, "method not allowed", "POST", "Allow", "POST"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, dials := c.kept(), c.dials.Load()
			var p struct{ Code, Message string }
			status, header := c.send(test.r, &p)
			if status != test.status || p.Code != test.code || !strings.Contains(p.Message, test.message) || header.Get(test.header) != test.value {
				t.Errorf("answered %d, %+v, %v", status, p, header)
			}
			if after := c.kept(); after != before {
				t.Errorf("the store held %v and holds %v", before, after)
			}
			if got := c.status(c.lines("/api/v2/write?precision=s", token, []byte(c.windowLine()))); got != http.StatusNoContent || c.dials.Load() != dials {
				t.Errorf("a good line after it is answered %d; %d new connections", got, c.dials.Load()-dials)
			}
		})
	}
}

func TestTroubleAndTooManyWritesAreAnsweredWithRetryAfter(t *testing.T) {
	c := start(t)
	d := c.enrolled()
	token := "Token " + d.name + "." + d.secret
	var p struct{ Code, Message string }
	for range perHour {
		c.status(c.lines("/api/v2/write", token, nil))
	}
	if status, header := c.send(c.lines("/api/v2/write?precision=s", token, []byte(c.windowLine())), &p); status != 429 || p.Code != "too many requests" || header.Get("Retry-After") == "" {
		t.Errorf("answered %d, %+v, %v", status, p, header)
	}
	c.clock = c.clock.Add(time.Hour)
	c.ledger.Close()
	if status, header := c.send(c.lines("/api/v2/write?precision=s", token, []byte(c.windowLine())), &p); status != 503 || p.Code != "unavailable" || header.Get("Retry-After") == "" {
		t.Errorf("answered %d, %+v, %v", status, p, header)
	}
}
