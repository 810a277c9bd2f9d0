package describe_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/describe"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/estimate"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

var today = calendar.Date(2026, 11, 23)

// The same two devices, as each kind of file writes them.
const (
	french = "\ufeffcategory;maker;model;memory_gib;screen_in;weight_kg;brightness_percent;bought;count;acquisition;first_life_years;parts;hours_per_day;load_percent;at_rest;pupils\r\n" +
		"laptop;Dell;Latitude 3420;8;14,0;1,52;50;01/09/2022;1 200;reconditioned;2,5;battery:01/10/2024 ssd:2025-02-03;3,5;12,5;off;900\r\n" +
		";;;;;;;;;;;;;;;\r\n" +
		"Thin client;;;;;;;2021;;;;;;;;\r\n"
	english = "category,maker,model,memory_gib,screen_in,weight_kg,brightness_percent,bought,count,acquisition,first_life_years,parts,hours_per_day,load_percent,at_rest,pupils\n" +
		"laptop,Dell,Latitude 3420,8,14.0,\"1,52\",50,2022-09-01,1200,reconditioned,2.5,battery:2024-10-01 ssd:2025-02-03,3.5,12.5,off,900\n" +
		"thin_client,,,,,,,2021,,,,,,,,\n"
	yaml = "- category: laptop\n  maker: Dell\n  model: Latitude 3420\n  memory_gib: 8\n  screen_in: 14\n  weight_kg: 1,52\n  brightness_percent: 50\n" +
		"  bought: 2022-09-01\n  count: 1200\n  acquisition: reconditioned\n  first_life_years: 2.5\n  parts: [battery:2024-10-01, ssd:2025-02-03]\n" +
		"  hours_per_day: 3.5\n  load_percent: 12.5\n  at_rest: off\n  pupils: 900\n\n- {category: thin_client, bought: 2021}\n"
)

func TestTheSameDevicesAreReadFromEachKindOfFile(t *testing.T) {
	load := 0.125
	want := []estimate.Description{
		{
			Category: equipment.Laptop, Maker: "Dell", Model: "Latitude 3420", MemoryGiB: 8, ScreenIn: 14, WeightKg: 1.52, Brightness: 0.5,
			Bought: estimate.Date(calendar.Date(2022, 9, 1)), Count: 1200, Pupils: 900, Acquisition: lifespan.Reconditioned, FirstLife: 2.5,
			Parts: []estimate.Fitted{{Part: lifespan.Battery, On: estimate.Date(calendar.Date(2024, 10, 1))}, {Part: lifespan.SSD, On: estimate.Date(calendar.Date(2025, 2, 3))}},
			Use:   estimate.Use{HoursPerDay: 3.5, Load: &load, AtRest: estimate.Off},
		},
		{Category: equipment.ThinClient, Bought: estimate.Date(calendar.Date(2021, 7, 1))},
	}
	for name, text := range map[string]string{"French CSV": french, "English CSV": english, "tabs": strings.ReplaceAll(strings.ReplaceAll(french, ";", "\t"), "\ufeff", ""), "YAML": yaml} {
		got, err := describe.Read(strings.NewReader(text), today)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got) != 2 || !reflect.DeepEqual([]estimate.Description{got[0].Description, got[1].Description}, want) {
			t.Errorf("%s is read as\n%+v; want\n%+v", name, got, want)
		}
	}
	if got, err := describe.Read(strings.NewReader("category: server\nroom: data centre\nalways_on: yes\nmetered_kwh_year:\n"), today); err != nil || len(got) != 1 || got[0].Room != grid.DataCentre || !got[0].Use.AlwaysOn || got[0].Use.MeteredKWh != nil {
		t.Errorf("one device of YAML is read as %+v, %v", got, err)
	}
}

func TestLinesAreThoseOfTheFile(t *testing.T) {
	for text, want := range map[string][]int{french: {2, 4}, yaml: {1, 18}} {
		got, err := describe.Read(strings.NewReader(text), today)
		if err != nil || got[0].Line != want[0] || got[1].Line != want[1] {
			t.Errorf("got %+v, %v; want lines %v", got, err, want)
		}
	}
}

func TestAYearIsItsMiddleOrToday(t *testing.T) {
	for text, want := range map[string]calendar.Day{"2026": calendar.Date(2026, 7, 1), "1995": calendar.Date(1995, 7, 1), " 2022-02-28 ": calendar.Date(2022, 2, 28)} {
		if d, err := (describe.Record{Category: "laptop", Bought: text}).Description(today); err != nil || d.Bought != estimate.Date(want) {
			t.Errorf("%q is %v, %v", text, calendar.Day(d.Bought), err)
		}
	}
	if d, err := (describe.Record{Category: "laptop", Bought: "2026"}).Description(calendar.Date(2026, 3, 1)); err != nil || d.Bought != estimate.Date(calendar.Date(2026, 3, 1)) {
		t.Errorf("in March the year is %v, %v", calendar.Day(d.Bought), err)
	}
}

func TestAZeroThatIsSaidIsKnown(t *testing.T) {
	d, err := describe.Record{Category: "laptop", MeteredKWh: "0"}.Description(today)
	if err != nil || d.Use.MeteredKWh == nil || *d.Use.MeteredKWh != 0 {
		t.Errorf("0 kWh are %v, %v", d.Use.MeteredKWh, err)
	}
}

// Every mistake is told with its line, its field and what is allowed.
func TestMistakesAreToldWithLineAndField(t *testing.T) {
	const head = "category;bought;memory_gib;count;parts;always_on;load_percent\n"
	for _, test := range []struct {
		name, text string
		parts      []string
	}{
		{"nothing", "", []string{"no device"}},
		{"a header alone", head, []string{"header and no device"}},
		{"an unknown column", "category;colour;ram\nlaptop;red;8\n", []string{"line 1", `"colour"`, `"ram"`, "memory_gib"}},
		{"a column twice", "category;count;count\nlaptop;1;2\n", []string{"line 1", `"count"`, "twice"}},
		{"no category", "maker;count\nDell;1\n", []string{"line 1", `"category"`, "missing"}},
		{"too few cells", head + "laptop;2022\n", []string{"line 2", "2 columns", "7"}},
		{"a decimal comma that parts", "category,weight_kg\nlaptop,1,5\n", []string{"line 2", "3 columns", "quotes"}},
		{"a number that is none", head + "laptop;2022;much;1;;;\nlaptop;2022;8;1.5;;;\n", []string{"line 2: memory_gib", `"much"`, "1,5", "line 3: count", "whole number"}},
		{"a hexadecimal number", head + "laptop;2022;0x10;;;;\n", []string{"line 2: memory_gib"}},
		{"infinity", head + "laptop;2022;inf;;;;\n", []string{"line 2: memory_gib"}},
		{"a thousand and a decimal sign", head + "laptop;2022;1.234,5;;;;\n", []string{"line 2: memory_gib"}},
		{"a count of none", head + "laptop;2022;;0;;;\n", []string{"line 2: count", "from 1"}},
		{"an unknown category", head + "toaster;;;;;;\n", []string{"line 2: category", "toaster", "laptop"}},
		{"a day that is none", head + "laptop;32/01/2022;;;;;\n", []string{"line 2: bought", "32/01/2022", "2022-09-01"}},
		{"a year to come", head + "laptop;2031;;;;;\n", []string{"line 2: bought", "2031", "2026-11-23"}},
		{"a part without a day", head + "laptop;2022;;;battery;;\n", []string{"line 2: parts", "battery:2025-09-01"}},
		{"an unknown part", head + "laptop;2022;;;wheel:2023-01-01;;\n", []string{"line 2: parts", "wheel", "ssd"}},
		{"neither yes nor no", head + "laptop;2022;;;;perhaps;\n", []string{"line 2: always_on", "perhaps"}},
		{"more than all", head + "laptop;2022;;;;yes;150\n", []string{"line 2: load_percent", "1.5", "100 %"}},
		{"not UTF-8", head + "laptop;2022;;;;;\ntablette num\xe9rique;;;;;;\n", []string{"line 3", "UTF-8"}},
		{"an open quote", head + "\"laptop;2022\n", []string{"not a CSV list"}},
		{"an unknown key", "- category: laptop\n  colour: red\n", []string{"line 2", `"colour"`, "memory_gib"}},
		{"a key in a list", "- category: laptop\n- category: laptop\n  bought: soon\n", []string{"line 2: bought", "soon"}},
		{"a list for a text", "category: [laptop]\n", []string{"line 1"}},
		{"a text for a list", "category: laptop\nparts: battery\n", []string{"line 2", "list"}},
		{"a second document", "category: laptop\n---\ncategory: laptop\n", []string{"line", "second document"}},
		{"no YAML", "category: [laptop\n", []string{"not YAML", "line"}},
		{"no key", ": []\n", []string{"not YAML"}},
		{"an empty list", "[]\n", []string{"0 devices"}},
		{"an empty item", "- category: laptop\n-\n- category: tablet\n", []string{"line 2", "category"}},
		{"a number alone", "# devices\n12\n", []string{"line 2", `"12"`, "list"}},
	} {
		got, err := describe.Read(strings.NewReader(test.text), today)
		if err == nil {
			t.Errorf("%s is read as %+v", test.name, got)
			continue
		}
		for _, part := range test.parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error is\n%v\nwhere %q is missing", test.name, err, part)
			}
		}
		if got != nil {
			t.Errorf("%s: %d devices come with the error", test.name, len(got))
		}
	}
}

func TestFieldsAreTheKeysOfARecord(t *testing.T) {
	fields := describe.Fields()
	if len(fields) != 26 || fields[0] != "name" || !slices.Contains(fields, "territory") || slices.Contains(fields, "") {
		t.Errorf("fields are %v", fields)
	}
	// Each field of a record is read by a description: none is dropped in silence.
	for _, f := range fields {
		if f == "name" || f == "maker" || f == "model" || f == "cpu" {
			continue
		}
		if _, err := describe.ReadYAML(strings.NewReader("category: laptop\n"+strings.ReplaceAll("FIELD: '?!'\n", "FIELD", f)), today); err == nil {
			t.Errorf("%s may be anything", f)
		}
	}
}
