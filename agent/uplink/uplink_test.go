package uplink_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/report"
)

var monday = time.Date(2025, 11, 24, 8, 0, 0, 0, time.UTC)

// device is an enrolled device with windows in its spool, and a clock that the
// test sets.
type device struct {
	*uplink.Uplink
	collector *agenttest.Collector
	spool     *spool.Spool
	dir       string
	now       time.Time
	log       bytes.Buffer
}

var inventory = report.Inventory{Category: "laptop", Maker: "Maker", Meters: []report.Meter{}}

func newDevice(t testing.TB, windows int) *device {
	t.Helper()
	d := &device{collector: agenttest.NewCollector(t), dir: t.TempDir(), now: monday}
	client, err := uplink.NewClient(d.collector.URL, "", "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if d.spool, err = spool.Open(filepath.Join(d.dir, "spool"), spool.DefaultLimitB); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.spool.Close() })
	for n := range windows {
		w := report.Window{Start: monday.Add(time.Duration(n) * report.WindowLength), SpanS: 900, LoadMs: [report.LoadBins]int64{900_000}}
		if err := d.spool.Append(w); err != nil {
			t.Fatal(err)
		}
	}
	id := uplink.Identity{Collector: d.collector.URL, Device: agenttest.Device, Secret: agenttest.Secret}
	d.Uplink = uplink.New(client, id, d.dir, "v1.2.3", slog.New(slog.NewTextHandler(&d.log, nil)), func() time.Time { return d.now })
	return d
}

func (d *device) flush(t testing.TB) (int64, error) {
	t.Helper()
	return d.Flush(t.Context(), d.spool, inventory)
}

func (d *device) waiting(t testing.TB) int {
	t.Helper()
	n, err := d.spool.Waiting()
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestAcknowledgedWindowsLeaveTheSpool(t *testing.T) {
	d := newDevice(t, 100) // two reports
	sentB, err := d.flush(t)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.collector.Windows(); len(got) != 100 || d.waiting(t) != 0 || sentB <= 0 {
		t.Errorf("%d windows arrived, %d wait, %d bytes sent; want 100, 0, some", len(got), d.waiting(t), sentB)
	}
	requests := d.collector.Requests()
	if len(requests) != 2 || !bytes.Contains(requests[0].Body, []byte(`"inventory"`)) || bytes.Contains(requests[1].Body, []byte(`"inventory"`)) {
		t.Errorf("%d requests; want two, the inventory in the first alone", len(requests))
	}
	if status := uplink.LoadStatus(d.dir); !status.LastSuccess.Equal(d.now) || status.LastError != "" {
		t.Errorf("status %+v; want a success now", status)
	}
	if sentB, err := d.flush(t); sentB != 0 || err != nil || len(d.collector.Requests()) != 2 {
		t.Errorf("an empty spool: %d bytes sent, %v; want no request at all", sentB, err)
	}
}

// TestRequestIsWhatIsShown: the bytes sent are those that `ecoparc-agent show` prints, and
// the headers hold nothing about the device but its identity.
func TestRequestIsWhatIsShown(t *testing.T) {
	d := newDevice(t, 3)
	shown, _, _, err := uplink.Next(agenttest.Device, "v1.2.3", uplink.LoadStatus(d.dir), inventory, d.spool, report.MaxWindows)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.flush(t); err != nil {
		t.Fatal(err)
	}
	r := d.collector.Requests()[0]
	if !bytes.Equal(r.Body, shown) {
		t.Errorf("sent:\n%s\nshown:\n%s", r.Body, shown)
	}
	r.Header.Del("Content-Length")
	want := http.Header{
		"Accept-Encoding": {"gzip"}, "Authorization": {"Bearer " + agenttest.Device + "." + agenttest.Secret}, "Connection": {"close"},
		"Content-Encoding": {"gzip"}, "Content-Type": {"application/json"}, "User-Agent": {"ecoparc-agent"},
	}
	if !maps.EqualFunc(r.Header, want, slices.Equal) {
		t.Errorf("headers %v; want %v", r.Header, want)
	}
	host, _ := os.Hostname()
	for _, canary := range []string{host, os.Getenv("USER"), os.Getenv("HOME"), agenttest.Secret} {
		if len(canary) > 4 && bytes.Contains(r.Body, []byte(canary)) {
			t.Errorf("the report holds %q:\n%s", canary, r.Body)
		}
	}
}

// TestNothingIsDeletedUnlessACollectorAcknowledges goes through answers that are
// not an acknowledgement: each is said clearly, and the windows wait.
func TestNothingIsDeletedUnlessACollectorAcknowledges(t *testing.T) {
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, "<html>Sign in to the school's network</html>")
		}
	}
	say := func(status int, document any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { agenttest.Say(w, status, document) }
	}
	for _, c := range []struct {
		what   string
		answer http.HandlerFunc
		want   string // in the error
	}{
		{"portal's page", html(200), "does a portal ask for a sign-in?"},
		{"portal's page that calls the request bad", html(400), "does a portal ask for a sign-in?"},
		{"portal's redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/sign-in", http.StatusFound)
		}, "does a portal ask for a sign-in?"},
		{"some JSON", say(200, map[string]string{"status": "ok"}), "not a collector's"},
		{"empty JSON", say(200, struct{}{}), "acknowledges 0 new windows and 0 known ones, of 3"},
		{"acknowledgement of fewer", say(200, report.Ack{New: 2}), "acknowledges 2 new windows"},
		{"acknowledgement that cannot be", say(200, report.Ack{New: -1, Repeat: 4}), "acknowledges -1 new windows and 4 known ones, of 3"},
		{"acknowledgement of more", say(200, report.Ack{New: 3, Repeat: 1}), "acknowledges 3 new windows and 1 known ones, of 3"},
		{"endless page, packed", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.Copy(z, io.LimitReader(zeros{}, 64<<20))
			z.Close()
		}, "not a collector's"},
		{"endless header", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
			agenttest.Say(w, 200, report.Ack{New: 3})
		}, "cannot reach the collector"},
		{"nothing", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, "cannot reach the collector"},
		{"half an answer", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"new":3`)
		}, "cannot read the collector's answer"},
		{"revoked", say(401, report.Problem{Field: "Authorization", Reason: "this collector does not know this device"}), "401: Authorization: this collector does not know this device"},
		{"overload", say(503, report.Problem{Reason: "too many reports at once"}), "503: too many reports at once"},
		{"proxy's error", html(502), "502: Bad Gateway"},
		{"inventory refused", say(422, report.Problem{Field: "inventory.maker", Reason: "is long"}), "inventory.maker: is long"},
		{"other version", say(422, report.Problem{Field: "schema", Reason: "is 1; this collector speaks 2"}), "speaks 2"},
		{"cut on the way", say(400, report.Problem{Field: "body", Reason: "cannot be read to its end"}), "to its end"},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := newDevice(t, 3)
			d.collector.Answer(c.answer)
			_, err := d.flush(t)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v; want one line with %q", err, c.want)
			}
			if status := uplink.LoadStatus(d.dir); !strings.Contains(status.LastError, c.want) {
				t.Errorf("`ecoparc-agent status` says %q; want %q", status.LastError, c.want)
			}
			if _, err := os.Stat(filepath.Join(d.dir, "rejected.jsonl")); !errors.Is(err, os.ErrNotExist) {
				t.Error("windows were put aside")
			}
			if len(d.collector.Requests()) != 1 {
				t.Errorf("%d requests; want one, and then patience", len(d.collector.Requests()))
			}
			d.collector.Answer(nil)
			if d.now = d.Waits(); d.now.Before(monday) {
				t.Errorf("the next try is at %s, before now", d.now)
			}
			if _, err := d.flush(t); err != nil || len(d.collector.Windows()) != 3 || d.waiting(t) != 0 {
				t.Errorf("later: %v, %d windows arrived; want all 3", err, len(d.collector.Windows()))
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestPortalDoesNotTellTheTime: whoever is in between may have a clock that is wrong.
func TestPortalDoesNotTellTheTime(t *testing.T) {
	d := newDevice(t, 3)
	d.collector.Clock(func() time.Time { return d.now.Add(-3 * time.Hour) })
	d.collector.Answer(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>Sign in</html>") })
	if _, err := d.flush(t); err == nil {
		t.Fatal("no error")
	}
	if ahead := uplink.LoadStatus(d.dir).ClockAheadS; ahead != 0 {
		t.Errorf("by a portal the clock is %d s ahead of the collector's", ahead)
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		header      string
		least, most time.Duration
	}{
		{"120", 2 * time.Minute, 3*time.Minute + time.Second},
		{time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat), 9 * time.Minute, 16 * time.Minute},
		{"9223372036854775807", day, day},
		{"9000000000", day, day},
		{time.Now().AddDate(300, 0, 0).UTC().Format(http.TimeFormat), day, day},
		{"-5", 0, time.Minute},
		{"soon", 0, time.Minute},
	} {
		d := newDevice(t, 1)
		d.collector.Answer(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", c.header)
			agenttest.Say(w, http.StatusServiceUnavailable, report.Problem{Reason: "busy"})
		})
		if _, err := d.flush(t); err == nil {
			t.Fatal("no error")
		}
		if wait := d.Waits().Sub(d.now); wait < c.least || wait > c.most {
			t.Errorf("Retry-After %q: the next try is in %s; want %s to %s", c.header, wait, c.least, c.most)
		}
		if wait := d.Waits().Sub(d.now); wait > time.Second {
			d.now = d.now.Add(wait - time.Millisecond)
			if _, err := d.flush(t); err != nil || len(d.collector.Requests()) != 1 {
				t.Errorf("Retry-After %q: asked again before (%v)", c.header, err)
			}
		}
	}
}

// TestBackOffGrowsToAnHour looks at many devices, as each waits a random time.
func TestBackOffGrowsToAnHour(t *testing.T) {
	const devices, tries = 12, 10
	longest := make([]time.Duration, tries)
	for range devices {
		d := newDevice(t, 1)
		d.collector.Answer(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		for try := range tries {
			if _, err := d.flush(t); err == nil {
				t.Fatal("no error")
			}
			longest[try] = max(longest[try], d.Waits().Sub(d.now))
			d.now = d.Waits()
		}
	}
	for try, wait := range longest {
		if most := min(time.Hour, 30*time.Second<<(try+1)); wait > most {
			t.Errorf("after failure %d a device waits %s; at most %s is allowed", try+1, wait, most)
		}
	}
	if first := waitAfterSuccess(t, tries); first > time.Minute {
		t.Errorf("the first failure after a success: the next try is in %s; want the wait to begin anew", first)
	}
	// Of twelve random waits below an hour, one is above ten minutes but once in 2^30.
	if longest[0] > time.Minute || longest[tries-1] < 10*time.Minute {
		t.Errorf("the longest waits are %v; want them to grow", longest)
	}
}

// waitAfterSuccess is how long a device waits that failed often, then sent all, then
// failed again.
func waitAfterSuccess(t testing.TB, tries int) time.Duration {
	d := newDevice(t, 97) // the second report fails
	d.collector.Answer(func(w http.ResponseWriter, r *http.Request) {
		if tries--; tries == 0 {
			agenttest.Say(w, http.StatusOK, report.Ack{New: report.MaxWindows})
			return
		}
		w.WriteHeader(http.StatusBadGateway)
	})
	for d.waiting(t) > 1 {
		if _, err := d.flush(t); err == nil {
			t.Fatal("no error")
		}
		d.now = d.now.Add(time.Hour)
	}
	return d.Waits().Sub(d.now.Add(-time.Hour))
}

func TestRevokedDeviceAsksAboutOnceAnHour(t *testing.T) {
	d := newDevice(t, 1)
	d.collector.Answer(func(w http.ResponseWriter, r *http.Request) {
		agenttest.Say(w, http.StatusUnauthorized, report.Problem{Field: "Authorization", Reason: "revoked"})
	})
	var refusal *uplink.Refusal
	if _, err := d.flush(t); !errors.As(err, &refusal) || refusal.Status != http.StatusUnauthorized {
		t.Fatalf("error %v; want a refusal with 401", err)
	}
	if wait := d.Waits().Sub(d.now); wait < time.Hour/2 || wait > time.Hour*3/2 {
		t.Errorf("the next try is in %s; want about an hour", wait)
	}
}

// TestRefusedReportLosesOnlyTheBadWindows: bad windows are found by halving and
// put aside with the reason; every other one arrives once.
func TestRefusedReportLosesOnlyTheBadWindows(t *testing.T) {
	for _, bad := range [][]int{{0}, {95}, {40}, {3, 4, 60}, {96}, {0, 1}} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			d := newDevice(t, 97)
			isBad := func(w report.Window) bool {
				return slices.Contains(bad, int(w.Start.Sub(monday)/report.WindowLength))
			}
			d.collector.Refuse(isBad)
			if _, err := d.flush(t); err != nil {
				t.Fatal(err)
			}
			got := d.collector.Windows()
			if len(got) != 97-len(bad) || slices.ContainsFunc(got, isBad) || d.waiting(t) != 0 {
				t.Errorf("%d windows arrived, %d wait; want all but %v", len(got), d.waiting(t), bad)
			}
			text, err := os.ReadFile(filepath.Join(d.dir, "rejected.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
				var aside struct {
					Reason string
					Window report.Window
				}
				if err := json.Unmarshal(line, &aside); err != nil || i >= len(bad) || !isBad(aside.Window) || !strings.Contains(aside.Reason, "refused by this test") {
					t.Errorf("put aside: %s (%v); want the windows %v with the reason", line, err, bad)
				}
			}
			if !strings.Contains(d.log.String(), "level=ERROR") {
				t.Error("it is not in the log")
			}
		})
	}
}

// TestCollectorThatTakesNothingIsAskedLittle and costs little: it is more likely at fault
// than every window, but what stands before good windows must not hold them up for ever.
func TestCollectorThatTakesNothingIsAskedLittle(t *testing.T) {
	const windows, most = 500, 8
	d := newDevice(t, windows)
	d.collector.Refuse(func(report.Window) bool { return true })
	if _, err := d.flush(t); err != nil {
		t.Fatal(err)
	}
	if n := len(d.collector.Requests()); n > 30 || d.waiting(t) != windows-most {
		t.Errorf("%d requests, %d windows wait; want all but %d to wait", n, d.waiting(t), most)
	}
	if said := uplink.LoadStatus(d.dir).LastError; !strings.Contains(said, "is refused by this test") {
		t.Errorf("status says %q; want why", said)
	}
	if n := uplink.PutAside(d.dir); n != most {
		t.Errorf("%d windows are put aside; want %d", n, most)
	}
	d.collector.Refuse(nil) // it is mended
	if _, err := d.flush(t); err != nil || d.waiting(t) != 0 || len(d.collector.Windows()) != windows-most {
		t.Errorf("%v, %d wait, %d arrived; want all that waited", err, d.waiting(t), len(d.collector.Windows()))
	}
	if said := uplink.LoadStatus(d.dir).LastError; said != "" {
		t.Errorf("status still says %q", said)
	}
}

// TestWindowsOfAClockThatWasAheadAreFoundAtOnce, so that years of a wrong clock do not
// take a report each.
func TestWindowsOfAClockThatWasAheadAreFoundAtOnce(t *testing.T) {
	d := newDevice(t, 10)
	now := time.Now().UTC().Truncate(report.WindowLength)
	ahead := now.AddDate(3, 0, 0)
	for i := range 60 {
		for _, from := range []time.Time{ahead, now.AddDate(0, 0, -1)} {
			w := report.Window{Start: from.Add(time.Duration(i) * report.WindowLength), SpanS: 900, LoadMs: report.Loads{900_000}}
			if err := d.spool.Append(w); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := d.flush(t); err != nil {
		t.Fatal(err)
	}
	if got := d.collector.Windows(); len(got) != 70 || d.waiting(t) != 0 || slices.ContainsFunc(got, func(w report.Window) bool { return w.Start.After(now) }) {
		t.Errorf("%d windows arrived, %d wait; want the 70 that were", len(got), d.waiting(t))
	}
	if n := len(d.collector.Requests()); n != 4 {
		t.Errorf("%d requests; want each of the two reports twice", n)
	}
	text, err := os.ReadFile(filepath.Join(d.dir, "rejected.jsonl"))
	if n := bytes.Count(text, []byte("in the future")); err != nil || n != 60 {
		t.Errorf("%d windows are put aside with the reason, %v; want 60", n, err)
	}
}

// TestWindowsOfAClockThatIsAheadWait until the collector's clock has come so far, where
// nobody sets the machine's: they are not lost, and do not take a refusal each hour.
func TestWindowsOfAClockThatIsAheadWait(t *testing.T) {
	for _, ahead := range []time.Duration{25 * time.Minute, 5 * time.Hour, 23 * time.Hour} {
		d := newDevice(t, 0)
		start := time.Now().UTC().Truncate(report.WindowLength).AddDate(0, 0, -10)
		const hours = 48
		for i := range 4 * hours {
			w := report.Window{Start: start.Add(time.Duration(i) * report.WindowLength), SpanS: 900, LoadMs: report.Loads{900_000}}
			if err := d.spool.Append(w); err != nil {
				t.Fatal(err)
			}
			if d.now = w.End().Add(time.Minute); i%4 == 3 {
				collectors := d.now.Add(-ahead)
				d.collector.Clock(func() time.Time { return collectors })
				if _, err := d.flush(t); err != nil {
					t.Fatal(err)
				}
			}
		}
		late := int(ahead/report.WindowLength) + 1
		if got := len(d.collector.Windows()); got+d.waiting(t) != 4*hours || d.waiting(t) > late {
			t.Errorf("ahead by %s: %d windows arrived, %d wait; want all but the last %d", ahead, got, d.waiting(t), late)
		}
		if n := len(d.collector.Requests()); n > hours+int(ahead/time.Hour)+2 {
			t.Errorf("ahead by %s: %d requests in %d hours", ahead, n, hours)
		}
		if _, err := os.Stat(filepath.Join(d.dir, "rejected.jsonl")); err == nil {
			t.Errorf("ahead by %s: windows are put aside", ahead)
		}
	}
}

func TestStoppedUploadLosesNothing(t *testing.T) {
	d := newDevice(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	d.collector.Answer(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := d.Flush(ctx, d.spool, inventory); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want %v", err, context.Canceled)
	}
	if d.waiting(t) != 3 {
		t.Errorf("%d windows wait; want 3", d.waiting(t))
	}
	if said := uplink.LoadStatus(d.dir).LastError; said != "" {
		t.Errorf("who stops the agent is told as an error: %q", said)
	}
}
