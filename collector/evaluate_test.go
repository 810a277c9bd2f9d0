package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// published is a small file as Boavizta's: a product of the shipped table, one
// that is not there, and rows that cannot be judged.
const published = `manufacturer,name,category,subcategory,gwp_total,gwp_use_ratio,report_date,weight,screen_size
Dell,Latitude 3420,Workplace,Laptop,315.0,0.153,March 2021,1.526,14.0
Dell,Latitude 3499,Workplace,Laptop,290.0,0.15,June 2019,1.7,14.0
HP,V24,Workplace,Monitor,525.0,,2021-6-16,3.34,23.8
Lexmark,B3340dw,Workplace,Printer,8230,0.9891,2020,,
`

func footprintFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "footprints.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEvaluatesEmbodiedAsATableAndAsOneLineOfJSON(t *testing.T) {
	path := footprintFile(t, published)
	out := works(t, "evaluate", "embodied", "--data", path)
	for _, want := range []string{"laptop", "all", "1 of these products stand", "Left out, 1 rows: no category of Ecoparc: Printer", "share of use"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	out = works(t, "evaluate", "embodied", "--data", path, "--json")
	if strings.Count(out, "\n") != 1 {
		t.Fatalf("not one line: %q", out)
	}
	type score struct {
		N        *int     `json:"n"`
		Error    *float64 `json:"median_abs_pct_error"`
		Coverage *float64 `json:"coverage_90"`
	}
	var got struct {
		score
		ByCategory map[string]score `json:"by_category"`
	}
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	laptop := got.ByCategory["laptop"]
	if got.N == nil || *got.N != 2 || got.Error == nil || *got.Error <= 0 || *got.Error > 40 || got.Coverage == nil || *got.Coverage != 100 ||
		laptop.N == nil || *laptop.N != 2 || laptop.Error == nil || laptop.Coverage == nil {
		t.Errorf("%s", out)
	}
}

func TestABadFootprintFileIsRefused(t *testing.T) {
	bad := footprintFile(t, strings.Replace(published, "290.0", "heavy", 1))
	empty := footprintFile(t, "manufacturer,name,subcategory,gwp_total,gwp_use_ratio\n")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--data", bad}, "line 3, column gwp_total"},
		{[]string{"--data", bad + ".none"}, "no such file"},
		{[]string{"--data", empty}, "none of its 0 rows"},
		{nil, "which file?"},
	} {
		exit, out, stderr := run(t, append([]string{"evaluate", "embodied", "--json"}, test.args...)...)
		if exit == 0 || out != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%v: exit %d, %q, %q; want %q", test.args, exit, out, stderr, test.want)
		}
	}
}

func TestMakesTheTableOfFootprints(t *testing.T) {
	dir := t.TempDir()
	works(t, "evaluate", "footprints", "--data", footprintFile(t, published), "--to", dir)
	table, err := os.ReadFile(filepath.Join(dir, "products.csv"))
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(filepath.Join(dir, "left-out.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(table), "Dell,Latitude 3420,laptop,2021,14,1.526,,,,266.81,315,0.153") || strings.Count(string(table), "\n") != 3 {
		t.Errorf("%s", table)
	}
	if strings.Count(string(left), "\n") != 2 || !strings.Contains(string(left), "HP, V24: ") {
		t.Errorf("%s", left)
	}
}
