package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/power"
)

const footprints = `manufacturer,name,subcategory,gwp_total,gwp_use_ratio,yearly_tec,report_date,weight,screen_size
Dell,Latitude 1,Laptop,300,0.2,20,2021-05-03,1.4,14
Dell,Latitude 2,Laptop,300,0.2,18,May 2021,1.4,14
Dell,R740,Server,2000,0.5,1473.5,2019,26,
`

func footprintsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "footprints.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEvaluatePowerNamesTheNearestCurve(t *testing.T) {
	path := footprintsFile(t, footprints)
	out := works(t, "evaluate", "power", "--data", path)
	for _, want := range []string{"laptop", "19.0 (18.5 to 19.5)", "codecarbon", "nearest", "Nearest: ecoparc.", power.DefaultCurve} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	out = works(t, "evaluate", "power", "--data", path, "--json")
	if strings.Count(out, "\n") != 1 {
		t.Errorf("not one line:\n%s", out)
	}
	var c power.Comparison
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatal(err)
	}
	if c.Nearest != "ecoparc" || len(c.Classes) != 3 || c.Classes[0].Median != 19 {
		t.Errorf("%+v", c)
	}
}

func TestEvaluatePowerTellsWhatIsWrongWithTheFile(t *testing.T) {
	fails(t, []string{"which file?", "--data"}, "evaluate", "power")
	fails(t, []string{"none.csv"}, "evaluate", "power", "--data", filepath.Join(t.TempDir(), "none.csv"))
	fails(t, []string{"footprints.csv: line 2, column weight", `"much"`}, "evaluate", "power", "--data", footprintsFile(t, strings.Replace(footprints, ",1.4,", ",much,", 1)))
	fails(t, []string{"none of its 3 rows", "yearly_tec"}, "evaluate", "power", "--data", footprintsFile(t, strings.Replace(footprints, "yearly_tec", "tec", 1)))
	fails(t, []string{"the file is empty"}, "evaluate", "power", "--data", footprintsFile(t, ""), "--json")
	fails(t, []string{"is a directory"}, "evaluate", "power", "--data", t.TempDir())
}
