package telemetry

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/influxtest"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// grafana is what a dashboard's file holds of queries.
type grafana struct {
	Panels []struct {
		Type, Title string
		Targets     []struct{ Query string }
	}
	Templating struct {
		List []struct {
			Type, Name, AllValue string
			Query                json.RawMessage
		}
	}
}

// chosen are the values of a dashboard's variables; absent: all.
type chosen map[string]string

var special = regexp.MustCompile(`[\\^$.*+?()[\]{}|/]`)

// substituted is a query as Grafana sends it.
func (g *grafana) substituted(query string, c chosen, from, to time.Time) string {
	for _, v := range g.Templating.List {
		value, one := c[v.Name]
		escaped := special.ReplaceAllString(value, `\$0`)
		if !one {
			value, escaped = v.AllValue, v.AllValue
		}
		query = strings.NewReplacer("${"+v.Name+":regex}", escaped, "${"+v.Name+"}", value).Replace(query)
	}
	return strings.NewReplacer("v.timeRangeStart", from.Format(time.RFC3339), "v.timeRangeStop", to.Format(time.RFC3339)).Replace(query)
}

// past is a fortnight of three sites of two councils, one of whose names needs care.
func past(to time.Time) []Entry {
	random := rand.New(rand.NewPCG(4, 4))
	var all []Entry
	for i, place := range [][2]string{{"Région", "Lycée A+B (annexe)"}, {"Région", "Lycée C/D"}, {"Département", "Collège Zoë"}} {
		for n := range 2 {
			last := to
			if i == 1 && n == 1 {
				last = to.AddDate(0, 0, -9) // silent
			}
			for at := to.AddDate(0, 0, -14); at.Before(last); at = at.Add(6 * report.WindowLength) {
				w := report.Window{Start: at, SpanS: 900, OffMs: random.Int64N(100_000), NetRxB: random.Int64N(1 << 20), AgentCPUMs: random.Int64N(500)}
				for class := range w.LoadMs {
					w.LoadMs[class] = random.Int64N(150_000)
				}
				covered := random.Int64N(w.RunningMs() + 1)
				w.Energy = []report.Reading{
					{Source: "plug", Boundary: report.Wall, CoveredMs: covered, EnergyUJ: covered * (20_000 + random.Int64N(30_000))},
					{Source: "rapl", Boundary: report.Package, CoveredMs: covered, EnergyUJ: covered * 5000},
				}
				all = append(all, Entry{
					ID: int64(len(all) + 1), Organisation: place[0], Site: place[1], Category: "desktop", Population: "shared",
					Device: fmt.Sprintf("d-%d-%d", i, n), Window: w,
				})
			}
		}
	}
	return all
}

// truth are the numbers that panels must show, summed as the ledger sums them.
type truth struct {
	facts          footprint.Facts
	wallUJ         int64
	load3Ms        int64
	spanMs         int64
	heard, silent  map[string]bool
	nightRunningMs int64
	wattsAtNine    float64 // at the wall on Mondays
}

func truthOf(entries []Entry, to time.Time) (t truth) {
	t.heard, t.silent = map[string]bool{}, map[string]bool{}
	var energy, covered int64
	for _, e := range entries {
		w := e.Window
		t.facts.Add(footprint.FromWindow(&w))
		t.wallUJ += w.Energy[0].EnergyUJ
		t.load3Ms += w.LoadMs[3]
		t.spanMs += 1000 * w.SpanS
		t.heard[e.Device] = true
		t.silent[e.Device] = true
		if hour := w.Start.Hour(); hour >= 20 || hour < 5 {
			t.nightRunningMs += w.RunningMs()
		}
		if w.Start.Hour() == 9 && w.Start.Weekday() == time.Monday {
			energy, covered = energy+w.Energy[0].EnergyUJ, covered+w.Energy[0].CoveredMs
		}
	}
	for _, e := range entries {
		if !e.Window.Start.Before(to.AddDate(0, 0, -7)) {
			delete(t.silent, e.Device)
		}
	}
	t.wattsAtNine = float64(energy) / float64(covered) / 1000
	return t
}

// number is a value of a record as a float.
func number(v any) float64 {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return math.NaN()
}

// total adds up the values of some rows.
func total(rows []map[string]any, of func(map[string]any) bool) (sum float64) {
	for _, row := range rows {
		if of == nil || of(row) {
			sum += number(row["_value"])
		}
	}
	return sum
}

// what each panel says, by its title in English, and what it must be equal to.
var says = map[string]func(rows []map[string]any, t truth) (got, want float64){
	"Hours running": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, nil), float64(t.facts.RunningMs()) / 3.6e6
	},
	"Energy metered at the wall": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, nil), float64(t.wallUJ) / 3.6e12
	},
	"Devices heard": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, nil), float64(len(t.heard))
	},
	"Known share": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, nil), float64(t.facts.RunningMs()+t.facts.OffMs+t.facts.SuspendedMs) / float64(t.spanMs)
	},
	"Metered energy by day, by boundary": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, func(r map[string]any) bool { return r["boundary"] == "wall" }), float64(t.wallUJ) / 3.6e12
	},
	"What devices do, by day": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, func(r map[string]any) bool { return r["_field"] == "load3_ms" }), float64(t.load3Ms) / 3.6e6
	},
	"Watts by hour of the week": func(rows []map[string]any, t truth) (float64, float64) {
		for _, r := range rows {
			if r["boundary"] == "wall" && number(r["weekday"]) == 1 && number(r["hour"]) == 9 {
				return number(r["watts"]), t.wattsAtNine
			}
		}
		return math.NaN(), t.wattsAtNine
	},
	"Hours running at night, by site": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, nil), float64(t.nightRunningMs) / 3.6e6
	},
	"Devices heard by day": func(rows []map[string]any, t truth) (float64, float64) {
		return float64(len(rows)), 14
	},
	"Silent devices": func(rows []map[string]any, t truth) (float64, float64) {
		return float64(len(rows)), float64(len(t.silent))
	},
	"What measuring costs": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, nil) / 14, float64(t.facts.AgentCPUMs) / float64(t.facts.RunningMs()) * 3600
	},
	"Network and disk by day": func(rows []map[string]any, t truth) (float64, float64) {
		return total(rows, func(r map[string]any) bool { return r["_field"] == "net_rx_b" }), float64(t.facts.NetRxB)
	},
}

// Each query of the dashboard runs on a real InfluxDB as Grafana sends it, for all
// councils and for one site whose name is full of signs, and its numbers are those
// that the ledger has of the same windows.
func TestGrafanaShowsTheLedgersNumbers(t *testing.T) {
	text, err := os.ReadFile("../../dashboards/grafana/fleet.json")
	if err != nil {
		t.Fatal(err)
	}
	var g grafana
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	influx := influxtest.Start(t)
	to := time.Now().UTC().Truncate(24 * time.Hour)
	from := to.AddDate(0, 0, -14)
	all := past(to)
	flush(t, feeder(t, Config{URL: influx.URL, Bucket: "ecoparc", Create: true}, &memory{entries: slices.Clone(all)}))

	for name, c := range map[string]struct {
		chosen
		of func(Entry) bool
	}{
		"all":           {nil, func(Entry) bool { return true }},
		"one council":   {chosen{"organisation": "Région"}, func(e Entry) bool { return e.Organisation == "Région" }},
		"a site of two": {chosen{"organisation": "Région", "site": "Lycée A+B (annexe)"}, func(e Entry) bool { return e.Site == "Lycée A+B (annexe)" }},
		"with a slash":  {chosen{"site": "Lycée C/D"}, func(e Entry) bool { return e.Site == "Lycée C/D" }},
	} {
		t.Run(name, func(t *testing.T) {
			values := maps.Clone(c.chosen)
			if values == nil {
				values = chosen{}
			}
			values["bucket"] = "ecoparc"
			want := truthOf(slices.DeleteFunc(slices.Clone(all), func(e Entry) bool { return !c.of(e) }), to)
			for _, p := range g.Panels {
				_, title, _ := strings.Cut(p.Title, " · ")
				if says[title] == nil || len(p.Targets) != 1 {
					t.Errorf("nothing checks the panel %q", p.Title)
					continue
				}
				rows := influx.Query(g.substituted(p.Targets[0].Query, values, from, to))
				got, want := says[title](rows, want)
				tolerance := 1e-9 * math.Abs(want)
				if title == "What measuring costs" {
					tolerance = 0.05 * want // a mean of days
				}
				if math.IsNaN(got) || math.Abs(got-want) > tolerance {
					t.Errorf("%s: %v, want %v (%d rows)", p.Title, got, want, len(rows))
				}
			}
		})
	}
	t.Run("variables", func(t *testing.T) {
		for name, want := range map[string][]string{"organisation": {"Département", "Région"}, "site": {"Lycée A+B (annexe)", "Lycée C/D"}} {
			var got []string
			for _, v := range g.Templating.List {
				var query string
				if v.Name != name {
					continue
				}
				if err := json.Unmarshal(v.Query, &query); err != nil {
					t.Fatal(err)
				}
				c := chosen{"bucket": "ecoparc"}
				if name == "site" {
					c["organisation"] = "Région"
				}
				for _, row := range influx.Query(g.substituted(query, c, from, to)) {
					got = append(got, row["_value"].(string))
				}
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s offers %q, want %q", name, got, want)
			}
		}
	})
}
