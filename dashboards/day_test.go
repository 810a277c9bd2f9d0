package dashboards

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// windowRows are windows of some minutes from a start, each busy for a tenth.
func windowRows(start time.Time, n, minutes int) []view.WindowRow {
	var rows []view.WindowRow
	for i := range n {
		span := time.Duration(minutes) * time.Minute
		rows = append(rows, view.WindowRow{
			Start: start.Add(time.Duration(i) * span), SpanS: int64(span / time.Second), RunningMs: span.Milliseconds(), Load: 0.1,
			MemUsedMiB: 2048, NetB: 10, Energy: footprint.Energy{Low: 1, Value: 2, High: 3}, Sources: []string{"rapl"},
		})
	}
	return rows
}

func TestOneDayIsShownWithWhereItsWindowsAreKept(t *testing.T) {
	start := time.Date(2025, 10, 25, 22, 0, 0, 0, time.UTC) // the day that has 25 hours
	limit := time.Date(2026, 10, 19, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		windows view.Windows
		fr, en  string
		rows    int
	}{
		{"ledger", view.Windows{Rows: windowRows(start, 100, 15), Source: view.FromLedger}, "Source : le registre du collecteur.", "Source: the collector’s ledger.", 100},
		{"InfluxDB", view.Windows{Rows: windowRows(start, 4, 15), Source: view.FromInfluxDB, LedgerFrom: limit, History: view.HistoryRead}, "Source : InfluxDB", "Source: InfluxDB", 4},
		{"both", view.Windows{Rows: windowRows(start, 4, 15), Source: view.FromBoth, LedgerFrom: limit, History: view.HistoryRead}, "et InfluxDB pour ce qui", "and InfluxDB for what", 4},
		{"no answer", view.Windows{Source: view.FromLedger, LedgerFrom: limit, History: view.HistoryUnavailable}, "Ce qui précède le 19 octobre 2026 est dans InfluxDB, qui ne répond pas", "before 19 October 2026 is in InfluxDB, which does not answer", 0},
		{"part of an answer", view.Windows{Rows: windowRows(start, 2, 15), Source: view.FromLedger, LedgerFrom: limit, History: view.HistoryUnavailable}, "qui ne répond pas", "does not answer", 2},
		{"gone", view.Windows{Source: view.FromLedger, LedgerFrom: limit, History: view.HistoryNone}, "aucun InfluxDB n’est relié", "no InfluxDB is connected", 0},
		{"nothing", view.Windows{Source: view.FromLedger}, "Aucune fenêtre ne commence ce jour-là.", "No window begins on this day.", 0},
		{"windows of a minute", view.Windows{Rows: windowRows(start, 60, 1), Source: view.FromLedger}, "registre", "ledger", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{name: "Région", devices: 1, windows: &c.windows}
			for lang, want := range map[string]string{"fr": c.fr, "en": c.en} {
				answer := w.get(t, "/devices/device-0007?day=2025-10-26&lang="+lang)
				body := plainSpaces.Replace(answer.Body.String())
				if answer.Code != http.StatusOK || !strings.Contains(body, want) {
					t.Errorf("%d; %q is not there", answer.Code, want)
				}
				_, section, _ := strings.Cut(body, `id="windows"`)
				section, _, _ = strings.Cut(section, "</section>")
				behind := tableLink.FindStringSubmatch(section)
				if (behind != nil) != (c.rows > 0) {
					t.Fatalf("the table behind is at %q, want %d rows", behind, c.rows)
				}
				if c.rows > 0 {
					file := strings.Replace(html.UnescapeString(behind[1]), "table=", "file=", 1) + ".csv"
					if got := strings.Count(w.get(t, "/devices/device-0007"+file).Body.String(), "\n") - 1; got != c.rows {
						t.Errorf("%s: %d rows are there, want %d", file, got, c.rows)
					}
				}
				if !strings.Contains(section, `value="2025-10-26"`) || !strings.Contains(section, "2025") {
					t.Error("the form has lost the day")
				}
			}
		})
	}
}

func TestQuartersKeepWhatTheirWindowsHad(t *testing.T) {
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	rows := windowRows(start, 15, 1)
	rows[14].Load, rows[14].RunningMs, rows[14].SuspendedMs = 1, 30_000, 30_000
	got := byQuarter(append(rows, windowRows(start.Add(15*time.Minute), 1, 1)...))
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	q := got[0]
	load := (14*60*0.1 + 30) / (14*60 + 30)
	if q.SpanS != 900 || q.RunningMs != 870_000 || q.SuspendedMs != 30_000 || q.Load < load-1e-9 || q.Load > load+1e-9 || q.NetB != 150 || q.MemUsedMiB != 2048 || q.Energy != (footprint.Energy{Low: 15, Value: 30, High: 45}) {
		t.Errorf("got %+v", q)
	}
}

func TestDayThatIsNoneIsSaidBesideTheField(t *testing.T) {
	for _, day := range []string{"yesterday", "2025-13-01", "2026-11-24", "1999-12-31", `"><script>`} {
		w := &world{name: "Région", devices: 1}
		answer := w.get(t, "/devices/device-0007?lang=en&day="+strings.NewReplacer(`"`, "%22", "<", "%3C", ">", "%3E").Replace(day))
		body := answer.Body.String()
		if answer.Code != http.StatusBadRequest || !strings.Contains(body, `aria-describedby="day-wrong"`) || !strings.Contains(plainSpaces.Replace(body), "A day of the past is expected, as 2026-11-23.") || strings.Contains(body, "><script>") {
			t.Errorf("%s: %d", day, answer.Code)
		}
	}
}
