package strictyaml_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// garden is a configuration with every kind of key that the programs use.
type garden struct {
	Name    string        `yaml:"name"`
	Every   time.Duration `yaml:"every"`
	Litres  int64         `yaml:"litres"`
	Slope   float64       `yaml:"slope"`
	Covered bool          `yaml:"covered"`
	Pump    struct {
		Watts int    `yaml:"watts"`
		Brand string `yaml:"brand"`
	} `yaml:"pump"`
	Beds  []bed          `yaml:"beds"`
	Names map[string]bed `yaml:"names"`
}

type bed struct {
	Plant string `yaml:"plant"`
	Rows  int    `yaml:"rows"`
}

func decode(text string, into *garden, env map[string]string) *strictyaml.Document {
	return strictyaml.Decode("garden.yaml", []byte(text), into, "GARDEN", func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	})
}

func TestMistakeIsToldWithItsLine(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"unknown key":       {"name: a\nnmae: b\n", `garden.yaml: line 2: unknown key "nmae" at the top level; allowed are name, every, litres, slope, covered, pump, beds, names`},
		"unknown inside":    {"pump:\n  watt: 5\n", `garden.yaml: line 2: unknown key "watt" in pump; allowed are watts, brand`},
		"unknown in a list": {"beds:\n  - plant: a\n  - plnt: b\n", `garden.yaml: line 3: unknown key "plnt" in beds[1]; allowed are plant, rows`},
		"unknown in a map":  {"names:\n  north: {plnt: b}\n", `garden.yaml: line 2: unknown key "plnt" in names.north; allowed are plant, rows`},
		"Go's own name":     {"Name: a\n", `garden.yaml: line 1: unknown key "Name" at the top level`},
		"merge key":         {"pump: &p {watts: 1}\n<<: *p\n", `garden.yaml: line 2: unknown key "<<"`},
		"whole number":      {"name: a\n\nlitres: many\n", "garden.yaml: line 3: found `many`, expected a whole number"},
		"no fraction":       {"litres: 2.5\n", "line 1: litres: found 2.5, expected a whole number"},
		"no short duration": {"every: 1.5\n", "line 1: found `1.5`, expected a duration like 15s"},
		"too large":         {"litres: 9223372036854775808\n", "line 1: found `9223372...`, expected a whole number"},
		"number":            {"slope: steep\n", "line 1: found `steep`, expected a number"},
		"duration":          {"every: soon\n", "line 1: found `soon`, expected a duration like 15s"},
		"duration's unit":   {"every: 15\n", "line 1: found `15`, expected a duration like 15s"},
		"true or false":     {"covered: perhaps\n", "line 1: found `perhaps`, expected true or false"},
		"text":              {"name: [a]\n", "line 1: found a list, expected a text"},
		"the words into":    {"litres: a into b\n", "line 1: found `a into b`, expected a whole number"},
		"list":              {"beds: two\n", "line 1: found `two`, expected a list"},
		"text for keys":     {"pump: strong\n", `garden.yaml: line 1: pump: found "strong", expected the keys watts, brand`},
		"list for keys":     {"pump:\n  - watts: 1\n", "garden.yaml: line 2: pump: found a list, expected the keys watts, brand"},
		"no keys at all":    {"hello\n", `garden.yaml: line 1: the top level: found "hello", expected the keys name`},
		"duplicated key":    {"name: a\nlitres: 1\nname: b\n", `garden.yaml: line 3: mapping key "name" already defined at line 1`},
		"duplicated inside": {"pump:\n  watts: 1\n  watts: 2\n", `garden.yaml: line 3: mapping key "watts" already defined at line 2`},
		"not YAML":          {"name: a\npump: {\n", "garden.yaml: line 2: did not find"},
		"second document":   {"name: a\n---\nlitres: 5\n", "garden.yaml: line 2: a second document begins"},
	} {
		t.Run(name, func(t *testing.T) {
			err := decode(test.text, new(garden), nil).Err()
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestEveryProblemOfAFileIsToldAtOnce(t *testing.T) {
	g := garden{Litres: 10}
	doc := decode("nmae: a\nlitres: many\npump: strong\nbeds:\n  - rows: [1]\nevery: 1h\n", &g, map[string]string{"GARDEN_SLOPE": "up"})
	if g.Every != time.Hour || g.Litres != 10 {
		t.Errorf("what is right beside the mistakes is %+v", g)
	}
	doc.Problem("every", "is %v; 1m to 30m are allowed", g.Every)
	doc.Problem("slope", "is too steep")
	doc.Problem("covered", "is missing")
	got := strings.Split(doc.Err().Error(), "\n")
	want := []string{
		"line 1: unknown key", `line 3: pump: found "strong"`, "line 2: found `many`", "line 5: found a list",
		`environment variable GARDEN_SLOPE: slope: found "up", expected a number`,
		"garden.yaml: line 6: every: is 1h0m0s; 1m to 30m are allowed",
		"environment variable GARDEN_SLOPE: slope: is too steep",
		"garden.yaml: covered: is missing", // it stands nowhere
	}
	if len(got) != len(want) {
		t.Fatalf("got %d problems:\n%s", len(got), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("problem %d is %q; want %q", i, got[i], want[i])
		}
	}
}

func TestEnvironmentOverridesTheFileAndTheFileTheDefaults(t *testing.T) {
	g := garden{Name: "default", Litres: 1, Slope: 0.5}
	env := map[string]string{
		"GARDEN_LITRES": "300", "GARDEN_EVERY": "15m", "GARDEN_COVERED": "true", "GARDEN_PUMP_WATTS": "40",
		"GARDEN_PUMP_BRAND": "null", // a text stays a text
		"WATTS":             "1", "GARDEN_WATTS": "2",
	}
	if err := decode("name: file\nlitres: 20\npump:\n  watts: 10\n  brand: any\n", &g, env).Err(); err != nil {
		t.Fatal(err)
	}
	if g.Name != "file" || g.Litres != 300 || g.Slope != 0.5 || g.Every != 15*time.Minute || !g.Covered || g.Pump.Watts != 40 || g.Pump.Brand != "null" {
		t.Errorf("got %+v", g)
	}
}

func TestBadEnvironmentVariableIsNamed(t *testing.T) {
	for variable, test := range map[string]struct{ value, want string }{
		"GARDEN_LITRES":     {"many", `litres: found "many", expected a whole number`},
		"GARDEN_EVERY":      {"15", `every: found "15", expected a duration like 15s, 15m or 1h`},
		"GARDEN_COVERED":    {"perhaps", `covered: found "perhaps", expected true or false`},
		"GARDEN_PUMP_WATTS": {"4.5", `pump.watts: found "4.5", expected a whole number`},
		"GARDEN_SLOPE":      {"4 W", `slope: found "4 W", expected a number`},
	} {
		err := decode("", new(garden), map[string]string{variable: test.value}).Err()
		if want := "environment variable " + variable + ": " + test.want; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestEmptyFileKeepsTheDefaults(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# only a comment\n", "---\n", "pump:\nbeds:\n"} {
		g := garden{Name: "default"}
		g.Pump.Watts = 40
		if err := decode(text, &g, nil).Err(); err != nil || g.Name != "default" || g.Pump.Watts != 40 {
			t.Errorf("%q: got %+v, %v", text, g, err)
		}
	}
}

func TestLineIsWhereTheKeyStands(t *testing.T) {
	doc := decode("name: a\nbeds:\n  - plant: b\n    rows: 2\n  - plant: c\n", new(garden), nil)
	for key, line := range map[string]int{"name": 1, "beds": 2, "beds[0]": 3, "beds[0].rows": 4, "beds[1].plant": 5, "beds[1].rows": 0} {
		if got := doc.Line(key); got != line {
			t.Errorf("%s stands on line %d; want %d", key, got, line)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name: a\nevery: 15s\npump:\n  watts: 4\nbeds:\n  - {plant: b, rows: 2}\nnames:\n  north: {plant: c}\n")
	f.Add("beds: &b [*b]\n")
	f.Add("? [a]\n: b\n---\n!!binary x: !!float 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		var g garden
		if err := decode(text, &g, nil).Err(); err != nil {
			for problem := range strings.SplitSeq(err.Error(), "\n") {
				if strings.HasPrefix(problem, "garden.yaml: ") {
					return // the rest may be a value with line breaks in it
				}
			}
			t.Errorf("no problem names the file: %v", err)
			return
		}
		// What was accepted reads the same when it is written out.
		first, err := yaml.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		var again garden
		if err := decode(string(first), &again, nil).Err(); err != nil {
			t.Fatalf("accepted once, refused as\n%s%v", first, err)
		}
		if second, err := yaml.Marshal(again); err != nil || !bytes.Equal(first, second) {
			t.Errorf("reads as\n%s\nand then as\n%s%v", first, second, err)
		}
	})
}
