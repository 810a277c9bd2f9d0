package eco2mix

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/grid"
)

// sample is of the shape that ODRÉ's export answers with, as in the fixtures of
// GLPI's Carbon plugin (tests of CarbonIntensityRTE); its last quarters are not
// known yet.
const sample = `[
  {"taux_co2": 32, "date_heure": "2024-10-08T18:00:00+00:00"},
  {"taux_co2": 30, "date_heure": "2024-10-08T18:15:00+00:00"},
  {"date_heure": "2024-10-08T20:30:00+02:00", "taux_co2": 28.5},
  {"taux_co2": null, "date_heure": "2024-10-08T18:45:00+00:00"},
  {"taux_co2": 0, "date_heure": "2024-10-08T19:00:00+00:00"}
]`

func TestKnownQuartersBecomeHalfHours(t *testing.T) {
	values, err := parse(strings.NewReader(sample))
	if err != nil || len(values) != 3 {
		t.Fatal(values, err)
	}
	six := grid.HalfHourOf(time.Date(2024, 10, 8, 18, 0, 0, 0, time.UTC))
	if got := halfHours(values, false); len(got) != 2 || got[0] != (grid.Direct{At: six, GPerKWh: 31}) || got[1] != (grid.Direct{At: six + 1, GPerKWh: 28.5}) {
		t.Errorf("consolidated: %v", got)
	}
	// In real time the second quarter may still come.
	if got := halfHours(values, true); len(got) != 1 || got[0] != (grid.Direct{At: six, GPerKWh: 31}) {
		t.Errorf("growing: %v", got)
	}
	if got := halfHours(nil, true); len(got) != 0 {
		t.Errorf("nothing gives %v", got)
	}
	if values, err := parse(strings.NewReader("[]")); err != nil || len(values) != 0 {
		t.Errorf("an empty list: %v, %v", values, err)
	}
}

func TestQuarterThatStandsTwiceCountsOnce(t *testing.T) {
	at := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)
	got := halfHours([]value{{at, 20}, {at, 40}, {at.Add(quarterHour), 60}}, true)
	if len(got) != 1 || got[0].GPerKWh != 45 {
		t.Errorf("got %v; want the mean of 30 and 60", got)
	}
}

// wrong are answers of which nothing may be kept, and what the error says of each.
var wrong = map[string]string{
	"":                             "EOF",
	"[":                            "EOF",
	sample[:len(sample)-30]:        "row 5",
	sample[:len(sample)-1]:         "EOF",
	sample + "x":                   "behind its end",
	sample + sample:                "behind its end",
	"<html>maintenance</html>":     "invalid character",
	`{"results": []}`:              "begins with {",
	`{"error_code": "ODSQLError"}`: "begins with {",
	"null":                         "begins with",
	"[1, 2]":                       "row 1",
	`[{"taux_co2": 1}]`:            `date_heure "" is not a time`,
	`[{"date_heure": "2024-10-08T18:00:00+00:00"}]`:                                        "taux_co2 is missing",
	`[{"taux_co2": "32", "date_heure": "2024-10-08T18:00:00+00:00"}]`:                      `taux_co2 "32" is not a number`,
	`[{"taux_co2": [32], "date_heure": "2024-10-08T18:00:00+00:00"}]`:                      "is not a number",
	`[{"taux_co2": true, "date_heure": "2024-10-08T18:00:00+00:00"}]`:                      "is not a number",
	`[{"taux_co2": 1e999, "date_heure": "2024-10-08T18:00:00+00:00"}]`:                     "is not a number",
	`[{"taux_co2": -1, "date_heure": "2024-10-08T18:00:00+00:00"}]`:                        "up to 1500",
	`[{"taux_co2": 1501, "date_heure": "2024-10-08T18:00:00+00:00"}]`:                      "up to 1500",
	`[{"taux_co2": 32, "date_heure": "2024-10-08T18:07:00+00:00"}]`:                        "not a quarter of an hour",
	`[{"taux_co2": 32, "date_heure": "2024-10-08 18:00"}]`:                                 "is not a time",
	`[{"taux_co2": 32, "date_heure": 1728410400}]`:                                         "row 1",
	"[" + strings.Repeat(`{"taux_co2":null,"date_heure":"2024-10-08T18:00:00Z"},`, 20_001): "more than 20000 rows",
	strings.Repeat(" ", 5<<20):                                                             "longer than",
	`[{"x": "` + strings.Repeat("x", 5<<20) + `"}]`:                                        "longer than",
	strings.Repeat("[", 100_000):                                                           "row 1",
}

func TestAnswerOfAnotherShapeIsRefusedWhole(t *testing.T) {
	for text, want := range wrong {
		values, err := parse(strings.NewReader(text))
		if !errors.Is(err, errWrong) || !strings.Contains(fmt.Sprint(err), want) || values != nil {
			t.Errorf("%.80s: got %v, %.200v; want an error with %q", text, values, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	for text := range wrong {
		f.Add([]byte(text[:min(len(text), 1000)]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := parse(bytes.NewReader(text))
		if err != nil {
			if values != nil || !errors.Is(err, errWrong) {
				t.Fatalf("%v stay of %v", values, err)
			}
			return
		}
		for _, growing := range []bool{false, true} {
			last := grid.HalfHour(-1 << 62)
			for _, h := range halfHours(values, growing) {
				if h.At <= last || !(h.GPerKWh > 0 && h.GPerKWh <= grid.HighestDirect) {
					t.Fatalf("%v after %v", h, last)
				}
				last = h.At
			}
		}
	})
}
