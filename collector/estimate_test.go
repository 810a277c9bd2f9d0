package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/describe"
)

// estimates runs `collector estimate` with a text on standard input.
func estimates(t *testing.T, stdin string, args ...string) (exit int, out, errors string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := command(t, t.Context(), append([]string{"estimate"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// estimated is the same for a command that must succeed.
func estimated(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	exit, out, errors := estimates(t, stdin, args...)
	if exit != 0 || errors != "" {
		t.Fatalf("collector estimate %s: exit %d: %s", strings.Join(args, " "), exit, errors)
	}
	return out
}

// By hand: 185.1 kgCO2e (135 to 260) over 5 years (ADEME's ImpactCO2 2025) are 37.02 a
// year; 17 kWh (14 to 39.75; Boavizta's school-like laptops) at 44.2 g (34.5 to 55.3; Ember)
// are 751 g (483 to 2198). The total is 37.77 (27.48 to 54.20) kgCO2e, and of thirty
// 1.133 (0.824 to 1.626) t. The text rounds these as quantity.Format does.
func TestEstimateOfALaptopIsTheOneByHand(t *testing.T) {
	out := works(t, "estimate", "--category", "laptop", "--bought", "2024-11-23", "--count", "30", "--day", "2026-11-23")
	for _, want := range []string{
		"laptop, bought 2024-11-23 (2.0 years); there are 30, each:",
		`electricity a year +17 kWh \(14 to 40\); assumed 100 %`,
		`method ademe, a year +38 kgCO2e \(27 to 54\); assumed 100 %`,
		`  use +750 gCO2e \(480 to 2,200\)`,
		`  embodied +37 kgCO2e \(27 to 52\)`,
		`manufacture +170 kgCO2e \(124 to 239\)`,
		`amortised by 2026-11-23 +74 kgCO2e \(54 to 104\); remaining 111 kgCO2e \(81 to 156\)`,
		`reference collegien +1.00 times, by device: no difference that the data can show, which is provisional`,
		`primary energy +embodied not available, use 190 MJ`,
		`Total of 30 devices by method ademe, a year: 1.13 tCO2e \(0.82 to 1.63\)`,
		`embodied.laptop +185.1 +135 +260 +kgCO2e +yes +no +MIT +ADEME 2025, ordinateur portable`,
	} {
		if strings.ContainsAny(want, "+\\") {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("%s is missing in\n%s", want, out)
			}
		} else if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

const inventory = "\ufeffname;category;maker;model;bought;count;weight_kg;pupils;hours_per_day\r\n" +
	"Salle 12;laptop;Dell Inc.;LATITUDE 3420;01/09/2022;30;1,52;300;\r\n" +
	"CDI;projector;;;2020;2;;;2,5\r\n"

func TestEstimateReadsAListAndWritesEachForm(t *testing.T) {
	day := []string{"--day", "2026-11-23", "--method", "both"}
	with := func(args ...string) []string { return append(args, day...) }
	asCSV := estimated(t, inventory, with("--csv", "--format", "csv")...)
	rows, err := csv.NewReader(strings.NewReader(asCSV)).ReadAll() // all rows have one length
	if err != nil || len(rows) != 5 {
		t.Fatalf("two devices by two methods are %d rows, %v", len(rows), err)
	}
	cell := func(row int, column string) string {
		at := slices.Index(rows[0], column)
		if at < 0 {
			t.Fatalf("there is no column %q in %v", column, rows[0])
		}
		return rows[row][at]
	}
	number := func(row int, column string) float64 {
		v, err := strconv.ParseFloat(cell(row, column), 64)
		if err != nil {
			t.Errorf("%s is %q", column, cell(row, column))
		}
		return v
	}
	if got := number(1, "embodied_kgco2e_year"); math.Abs(got-185.1/5) > 1e-9 || cell(1, "method") != "ademe" || cell(1, "count") != "30" {
		t.Errorf("the laptops' embodied impact is %v a year", got)
	}
	if cell(2, "basis") != "looked up" || !strings.Contains(cell(2, "nearest_products"), "Latitude 3420") || cell(2, "step_manufacture_kgco2e_life") != "" {
		t.Errorf("by maker's footprint: %v", rows[2])
	}
	if cell(4, "total_kgco2e_year") != "" || cell(4, "unavailable") == "" || cell(3, "minerals_embodied_kgsbe_year") != "" {
		t.Errorf("what is not available is not empty: %v", rows[4])
	}

	var a struct {
		Results []struct {
			Device struct {
				Bought   string
				WeightKg float64 `json:"weight_kg"`
			}
			Energy struct {
				Year struct{ Low, Value, High float64 } `json:"year_wh"`
			}
			Methods []struct {
				Method string
				Year   *struct {
					Total struct{ Value float64 } `json:"total_gco2e"`
				} `json:"per_year"`
			}
			FactorKeys []string `json:"factor_keys"`
		}
		Factors []struct {
			Key, Source string
			Publication struct{ Licence string }
		}
		Totals []struct {
			Method  string
			Devices int
			LeftOut int                     `json:"left_out"`
			Total   struct{ Value float64 } `json:"total_gco2e_per_year"`
		}
	}
	text := estimated(t, inventory, with("--format", "json")...) // the kind of list is found out
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	laptop, projector := a.Results[0], a.Results[1]
	if laptop.Device.Bought != "2022-09-01" || laptop.Device.WeightKg != 1.52 || projector.Methods[1].Year != nil {
		t.Errorf("as JSON it is\n%s", text)
	}
	listed := map[string]bool{}
	for _, f := range a.Factors {
		listed[f.Key] = true
		if f.Source == "" || f.Publication.Licence == "" {
			t.Errorf("%s comes without source or licence", f.Key)
		}
	}
	for _, key := range slices.Concat(laptop.FactorKeys, projector.FactorKeys) {
		if !listed[key] {
			t.Errorf("%s is named and not listed", key)
		}
	}
	if !slices.Contains(laptop.FactorKeys, "use.laptop") || !slices.Contains(projector.FactorKeys, "power.projector.active") {
		t.Errorf("the results rest on %v and %v", laptop.FactorKeys, projector.FactorKeys)
	}
	if got := number(1, "total_kgco2e_year") * 1000; math.Abs(got-laptop.Methods[0].Year.Total.Value) > 1e-6 {
		t.Errorf("CSV says %v g, JSON %v", got, laptop.Methods[0].Year.Total.Value)
	}
	if want := 30 * laptop.Methods[1].Year.Total.Value; a.Totals[1].Devices != 30 || a.Totals[1].LeftOut != 2 || math.Abs(a.Totals[1].Total.Value-want) > 1e-6*want {
		t.Errorf("the total by maker is %+v; want %v g of 30 devices", a.Totals[1], want)
	}
	yaml := "- {name: Salle 12, category: laptop, maker: Dell Inc., model: LATITUDE 3420, bought: 2022-09-01, count: 30, weight_kg: 1.52, pupils: 300}\n" +
		"- {name: CDI, category: projector, bought: 2020, count: 2, hours_per_day: 2.5}\n"
	if got := estimated(t, yaml, with("--yaml", "--format", "csv")...); got != asCSV {
		t.Errorf("the same devices as YAML are\n%s\nas CSV\n%s", got, asCSV)
	}
	if out := estimated(t, inventory, with("--keep-or-replace")...); !strings.Contains(out, "Not in it: 2 devices for which method maker has no value") || !strings.Contains(out, "keep or replace, method ademe") {
		t.Errorf("as text it is\n%s", out)
	}
}

func TestEstimateTakesFactorsAndTerritoryOfTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"own.yaml":     "rows:\n  - {key: embodied.laptop, value: 150, low: 130, high: 175, unit: kgCO2e, interval: supplier's, source: ecodiag, page: annexe 3, verified: yes}\n",
		"ecoparc.yaml": "factors_file: own.yaml\nelectricity:\n  territory: FR-974\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-c", filepath.Join(dir, "ecoparc.yaml"), "estimate", "--category", "laptop", "--day", "2026-11-23"}
	out := works(t, args...)
	for _, want := range []string{`embodied +30.0 kgCO2e \(26.0 to 35.0\)`, `embodied.laptop +150 .* yes +yes `, `electricity +FR-974 `, `manufacture +not available`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s is missing in\n%s", want, out)
		}
	}
	if out := works(t, append(args, "--territory", "fr-20r")...); !regexp.MustCompile(`electricity +FR-20R +590`).MatchString(out) {
		t.Errorf("in Corsica it is\n%s", out)
	}
}

func TestEstimateTellsMistakesAndPrintsNothing(t *testing.T) {
	for _, test := range []struct {
		stdin string
		args  []string
		parts []string
	}{
		{"category;count;colour\nlaptop;1;red\n", []string{"--csv"}, []string{"line 1", `"colour"`, "memory_gib"}},
		{"category;count\nlaptop;1\ntoaster;2\nlaptop;many\n", []string{"--csv"}, []string{"line 3: category", "toaster", "line 4: count", "many"}},
		{"- {category: laptop, collor: red}\n", []string{"--yaml"}, []string{"line 1", "collor", "memory_gib"}},
		{"category;territory\nlaptop;FR\nlaptop;FR-WF\n", nil, []string{"line 3", "Wallis-et-Futuna", "add a row"}},
		{"category;acquisition\nprinter;donated\n", nil, []string{"line 2", "acquisition", "donated"}},
		{"", nil, []string{"no device"}},
		{"category\nlaptop\n", []string{"--csv", "--maker", "Dell"}, []string{"either"}},
		{"", []string{"--category", "laptop", "--memory-gib", "much", "--count", "0"}, []string{"--memory-gib", "much", "--count"}},
		{"", []string{"--category", "laptop", "--hours-per-day", "30"}, []string{"--hours-per-day", "24"}},
		{"", []string{"--maker", "Dell"}, []string{"--category", "laptop"}},
		{"", []string{"--category", "laptop", "--keep-or-replace"}, []string{"bought", "age"}},
		{"", []string{"--category", "laptop", "--territory", "BE"}, []string{"--territory", "FR-974"}},
		{"", []string{"--category", "laptop", "--profile", "nobody"}, []string{"nobody"}},
		{"", []string{"--category", "laptop", "--day", "soon"}, []string{"--day", "soon"}},
		{"", []string{"--category", "laptop", "--day", "2001-01-01"}, []string{"2001-01-01"}},
	} {
		exit, out, errors := estimates(t, test.stdin, test.args...)
		if exit != 1 || out != "" {
			t.Errorf("%v on %q: exit %d, it prints %q", test.args, test.stdin, exit, out)
		}
		for _, part := range test.parts {
			if !strings.Contains(errors, part) {
				t.Errorf("%v on %q says\n%swhere %q is missing", test.args, test.stdin, errors, part)
			}
		}
	}
	fails(t, []string{"which device", "--category"}, "estimate") // nothing is piped in
	fails(t, []string{"--format", "odt"}, "estimate", "--category", "laptop", "--format", "odt")
}

func TestEstimateIsExplained(t *testing.T) {
	help := works(t, "estimate", "--help")
	docs, err := os.ReadFile("../docs/estimate.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range describe.Fields() {
		if !strings.Contains(string(docs), "`"+f+"`") {
			t.Errorf("docs/estimate.md does not explain %s", f)
		}
		if flag := "--" + strings.ReplaceAll(f, "_", "-") + "="; !strings.Contains(help, flag) {
			t.Errorf("the help does not list %s", flag)
		}
	}
	if n := strings.Count(help, "  collector estimate "); n < 3 {
		t.Errorf("the help has %d examples", n)
	}
	// The output in the docs is what the program prints.
	_, rest, _ := strings.Cut(string(docs), "```console\n$ ecoparc-collector ")
	block, _, _ := strings.Cut(rest, "\n```")
	shown, want, _ := strings.Cut(block, "\n")
	out := works(t, strings.Fields(shown)...)
	if want = strings.TrimSuffix(want, "\n…"); want == "" || !strings.HasPrefix(out, want) {
		t.Errorf("collector %s prints\n%s\nthe docs say\n%s", shown, out, want)
	}
}
