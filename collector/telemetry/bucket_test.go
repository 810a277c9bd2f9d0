package telemetry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/influxtest"
	"github.com/ecoparc/ecoparc/models/report"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// logging is a log as text without times.
func logging(into *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(into, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

func TestDatabaseAndRetentionAreMadeAsConfigured(t *testing.T) {
	influx := influxtest.Start(t)
	prepared := func(t *testing.T, c Config) (log string) {
		t.Helper()
		var into bytes.Buffer
		c.URL, c.Create = influx.URL, true
		if err := newBucket(c, logging(&into)).prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		return into.String()
	}
	kept := func(t *testing.T, database, policy string) time.Duration {
		t.Helper()
		all, err := newBucket(Config{URL: influx.URL}, nil).policies(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.name == policy {
				return p.kept
			}
		}
		t.Fatalf("%s has %v, not %s", database, all, policy)
		return 0
	}
	const day = 24 * time.Hour
	for _, step := range []struct {
		name string
		Config
		policy string
		kept   time.Duration
		log    string
	}{
		{"new", Config{Bucket: "park"}, "autogen", forever, `msg="InfluxDB database created" database=park`},
		{"again", Config{Bucket: "park"}, "autogen", forever, ""},
		{"shorter", Config{Bucket: "park", Retention: "800d"}, "autogen", 800 * day, "level=WARN msg=\"InfluxDB retention changes\" bucket=park from=forever to=19200h0m0s"},
		{"not said", Config{Bucket: "park"}, "autogen", 800 * day, ""},
		{"the same", Config{Bucket: "park", Retention: "800d"}, "autogen", 800 * day, ""},
		{"longer", Config{Bucket: "park", Retention: "900d"}, "autogen", 900 * day, "level=INFO msg=\"InfluxDB retention changes\""},
		{"for ever again", Config{Bucket: "park", Retention: "0"}, "autogen", forever, "level=INFO"},
		{"a policy of its own", Config{Bucket: "park/long", Retention: "400d"}, "long", 400 * day, `msg="InfluxDB bucket created" bucket=park/long retention=9600h0m0s`},
		{"the other is as it was", Config{Bucket: "park"}, "autogen", forever, ""},
		{"a bad name", Config{Bucket: `o"; DROP DATABASE "park/two words`}, "two words", forever, "created"},
	} {
		t.Run(step.name, func(t *testing.T) {
			log := prepared(t, step.Config)
			if !strings.Contains(log, step.log) || step.log == "" && log != "" {
				t.Errorf("the log says %q, want %q", log, step.log)
			}
			database, _, _ := strings.Cut(step.Bucket, "/")
			if got := kept(t, database, step.policy); got != step.kept {
				t.Errorf("it keeps points for %s, want %s", got, step.kept)
			}
		})
	}
	t.Run("deleted while running", func(t *testing.T) {
		outbox := new(memory)
		outbox.add("d-1", noon)
		f := feeder(t, Config{URL: influx.URL, Bucket: "gone", Create: true}, outbox)
		now := noon
		f.clock = func() time.Time { return now }
		flush(t, f)
		influx.Drop("gone")
		outbox.add("d-1", noon.Add(report.WindowLength))
		if _, err := f.Flush(t.Context()); err == nil {
			t.Fatal("a bucket that is not there took windows")
		}
		now = f.Status().RetryAt
		if flush(t, f); len(outbox.entries) != 0 || len(rows(influx, "gone", "ecoparc_window")) != 1 {
			t.Errorf("%d windows wait", len(outbox.entries))
		}
	})
}

// Who may write need not be allowed to make buckets: that is a warning, told with
// growing pauses, and windows are written all the same.
func TestBucketThatCannotBePreparedIsWrittenToAllTheSame(t *testing.T) {
	asked, written := 0, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v2/write" {
			written++
			w.WriteHeader(http.StatusNoContent)
			return
		}
		asked++
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"code": "forbidden", "message": "may only write"}`)
	}))
	defer server.Close()
	var log bytes.Buffer
	outbox := new(memory)
	f, err := New(Config{URL: server.URL, Org: "region", Token: "t", Bucket: "park", Create: true}, outbox, logging(&log))
	if err != nil {
		t.Fatal(err)
	}
	now := noon
	f.clock = func() time.Time { return now }
	for range 4 {
		outbox.add("d-1", noon)
		if points := flush(t, f); points != 3 {
			t.Errorf("%d points were written", points)
		}
		now = now.Add(10 * time.Second)
	}
	if asked != 3 || written != 4 || strings.Count(log.String(), "may only write") != 3 { // at 0, 10 and 30 s
		t.Errorf("it was prepared %d times, written %d times; the log is\n%s", asked, written, &log)
	}
}

// two is what InfluxDB 2 answers of organisations and buckets, by its published API:
// it cannot be built from Go alone.
type two struct {
	buckets []map[string]any
	changes []string
}

func (s *two) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	var body map[string]any
	if r.Body != nil {
		_ = json.NewDecoder(r.Body).Decode(&body)
	}
	retention := func() string { return fmt.Sprint(body["retentionRules"].([]any)[0].(map[string]any)["everySeconds"]) }
	switch q := r.URL.Query(); {
	case r.Header.Get("Authorization") != "Token t":
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"code": "unauthorized", "message": "unauthorized access"}`)
	case r.URL.Path == "/api/v2/orgs":
		fmt.Fprintf(w, `{"orgs": [{"id": "0a", "name": %q}]}`, q.Get("org"))
	case r.URL.Path == "/api/v2/buckets" && r.Method == http.MethodGet:
		var limit, offset int
		fmt.Sscan(q.Get("limit"), &limit)
		fmt.Sscan(q.Get("offset"), &offset)
		of := slices.DeleteFunc(slices.Clone(s.buckets), func(b map[string]any) bool { return b["org"] != q.Get("org") })
		of = of[min(offset, len(of)):min(offset+limit, len(of))]
		_ = json.NewEncoder(w).Encode(map[string]any{"buckets": of})
	case r.URL.Path == "/api/v2/buckets":
		s.changes = append(s.changes, fmt.Sprintf("create %s of %s for %s s", body["name"], body["orgID"], retention()))
		s.buckets = append(s.buckets, map[string]any{"id": "b9", "org": "region", "name": body["name"], "retentionRules": body["retentionRules"]})
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(s.buckets[len(s.buckets)-1])
	case r.Method == http.MethodPatch:
		s.changes = append(s.changes, fmt.Sprintf("change %s to %s s", r.URL.Path, retention()))
		for _, b := range s.buckets {
			if strings.HasSuffix(r.URL.Path, "/"+b["id"].(string)) {
				b["retentionRules"] = body["retentionRules"]
				_ = json.NewEncoder(w).Encode(b)
			}
		}
	}
}

func TestBucketOfInfluxDB2IsMadeOnceAndChangedWhenItDiffers(t *testing.T) {
	s := new(two)
	for i := range 120 { // more than a page
		s.buckets = append(s.buckets, map[string]any{"id": fmt.Sprint("o", i), "org": "region", "name": fmt.Sprint("other", i), "retentionRules": []any{}})
	}
	s.buckets = append(s.buckets, map[string]any{"id": "x", "org": "elsewhere", "name": "park", "retentionRules": []any{}})
	server := httptest.NewServer(s)
	defer server.Close()
	for _, retention := range []string{"", "", "0", "800d", "800d", ""} {
		if err := newBucket(Config{URL: server.URL, Token: "t", Org: "region", Bucket: "park", Retention: retention}, slog.New(slog.DiscardHandler)).prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"create park of 0a for 0 s", "change /api/v2/buckets/b9 to 6.912e+07 s"}; !slices.Equal(s.changes, want) {
		t.Errorf("it did %q, want %q", s.changes, want)
	}
	err := newBucket(Config{URL: server.URL, Token: "wrong", Org: "region", Bucket: "park"}, nil).prepare(t.Context())
	if err == nil || !strings.Contains(err.Error(), `"park"`) || !strings.Contains(err.Error(), "unauthorized") {
		t.Errorf("the error is %v", err)
	}
	err = newBucket(Config{URL: server.URL, Token: "t", Bucket: "park"}, nil).prepare(t.Context())
	if err == nil || !strings.Contains(err.Error(), "for InfluxDB 2 set org") {
		t.Errorf("taken for 1.8, the error is %v", err)
	}
}

func TestRetentionIsDaysOrForever(t *testing.T) {
	for text, want := range map[string]string{
		"retention: 800d\n  create: true": "", "retention: 0\n  create: true": "", "create: true": "", "create: false": "",
		"retention: 800h\n  create: true": `"800h"; a number of days as 800d`, "retention: -1d\n  create: true": "or 0 for forever", "retention: 200000d\n  create: true": "800d",
		"retention: 1d\n  create: false": "create is false",
	} {
		var c struct {
			InfluxDB Config `yaml:"influxdb"`
		}
		doc := strictyaml.Decode("ecoparc.yaml", []byte("influxdb:\n  url: http://a:1\n  bucket: b\n  "+text+"\n"), &c, "", nil)
		c.InfluxDB.Validate(doc, "influxdb")
		if err := doc.Err(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
