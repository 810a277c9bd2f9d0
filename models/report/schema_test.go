package report_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// node is what these tests read of a JSON Schema.
type node struct {
	Type        string          `json:"type"`
	Ref         string          `json:"$ref"`
	Description string          `json:"description"`
	Required    []string        `json:"required"`
	Additional  *bool           `json:"additionalProperties"`
	Properties  map[string]node `json:"properties"`
	Items       *node           `json:"items"`
	Enum        []string        `json:"enum"`
	Maximum     *int64          `json:"maximum"`
	Minimum     *int64          `json:"minimum"`
	MaxLength   *int            `json:"maxLength"`
	MaxItems    *int            `json:"maxItems"`
	MinItems    *int            `json:"minItems"`
	Defs        map[string]node `json:"$defs"`
}

func schema(t testing.TB) node {
	t.Helper()
	var root node
	if err := json.Unmarshal(report.SchemaJSON, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// Each object of the schema has the fields of its Go struct, no more and no
// fewer, of the same type; required are those that Go always writes.
func TestSchemaDescribesTheStructs(t *testing.T) {
	root := schema(t)
	for name, shape := range map[string]struct {
		n  node
		of reflect.Type
	}{
		"report":    {root, reflect.TypeFor[report.Report]()},
		"inventory": {root.Defs["inventory"], reflect.TypeFor[report.Inventory]()},
		"screen":    {root.Defs["screen"], reflect.TypeFor[report.Screen]()},
		"meter":     {root.Defs["meter"], reflect.TypeFor[report.Meter]()},
		"window":    {root.Defs["window"], reflect.TypeFor[report.Window]()},
		"reading":   {root.Defs["reading"], reflect.TypeFor[report.Reading]()},
	} {
		var fields, required []string
		for _, f := range reflect.VisibleFields(shape.of) {
			key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields = append(fields, key)
			if options == "" {
				required = append(required, key)
			}
			p := shape.n.Properties[key]
			if lists := p.Ref != "" || p.Enum != nil || key == "schema"; !lists && p.Type != typeOf(f.Type) {
				t.Errorf("%s.%s has the type %q in the schema; it is sent as %q", name, key, p.Type, typeOf(f.Type))
			}
		}
		if got := slices.Sorted(maps.Keys(shape.n.Properties)); !slices.Equal(got, slices.Sorted(slices.Values(fields))) {
			t.Errorf("%s has the fields %q in the schema, %q in Go", name, got, fields)
		}
		if !slices.Equal(shape.n.Required, required) {
			t.Errorf("%s requires %q in the schema, always has %q in Go", name, shape.n.Required, required)
		}
		if shape.n.Additional == nil || *shape.n.Additional {
			t.Errorf("%s lets unknown fields pass in the schema", name)
		}
	}
}

// typeOf is the type that a Go value has in JSON.
func typeOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time](), t.Kind() == reflect.String:
		return "string"
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		return "array"
	case t.Kind() == reflect.Int64:
		return "integer"
	}
	return t.String()
}

// The limits that the schema publishes are those that Decode keeps: the largest
// value passes, one more does not, and the problem names that field.
func TestSchemaLimitsAreTheOnesThatHold(t *testing.T) {
	root := schema(t)
	limits := 0
	check := func(path string, limit, beyond any) {
		t.Helper()
		limits++
		field := strings.ReplaceAll(strings.ReplaceAll(path, ".0", "[0]"), ".1", "[1]")
		if _, err := report.Decode(with(t, path, limit), now); err != nil {
			t.Errorf("%s: the limit is refused: %v", path, err)
		}
		_, err := report.Decode(with(t, path, beyond), now)
		if err == nil || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: %.40v is beyond the limit; got %v", path, beyond, err)
		}
	}
	walk := func(path string, n node) {
		for name, p := range n.Properties {
			at := strings.TrimPrefix(path+"."+name, ".")
			switch {
			case name == "span_s":
				check("windows.0.span_s", json.Number("54720"), *p.Maximum+1) // more than what it holds, less than a year
			case p.Maximum != nil:
				check(at, *p.Maximum, *p.Maximum+1)
			case p.MaxLength != nil && name == "source":
				check(at, strings.Repeat("s", *p.MaxLength), strings.Repeat("s", *p.MaxLength+1))
				check(at, "s", "")
			case p.MaxLength != nil:
				check(at, strings.Repeat("s", *p.MaxLength), strings.Repeat("s", *p.MaxLength+1))
			case p.Enum != nil:
				for _, allowed := range p.Enum {
					check(at, allowed, allowed+"s")
				}
			}
			if p.Minimum != nil && *p.Minimum == 0 {
				check(at, 0, -1)
			}
		}
	}
	walk("", root)
	walk("inventory", root.Defs["inventory"])
	walk("inventory.screens.0", root.Defs["screen"])
	walk("inventory.meters.0", root.Defs["meter"])
	walk("windows.1", without(root.Defs["window"], "cpu_capacity_ms")) // zero would make cpu_busy_ms wrong
	walk("windows.1.energy.0", without(root.Defs["reading"], "covered_ms"))
	if limits < 45 {
		t.Errorf("only %d limits were found in the schema", limits)
	}

	for name, got := range map[string][2]int{
		"windows":    {*root.Properties["windows"].MaxItems, report.MaxWindows},
		"energy":     {*root.Defs["window"].Properties["energy"].MaxItems, report.MaxEnergyReadings},
		"meters":     {*root.Defs["inventory"].Properties["meters"].MaxItems, report.MaxMeters},
		"screens":    {*root.Defs["inventory"].Properties["screens"].MaxItems, report.MaxScreens},
		"load_ms":    {*root.Defs["window"].Properties["load_ms"].MaxItems, report.LoadBins},
		"load_ms at": {*root.Defs["window"].Properties["load_ms"].MinItems, report.LoadBins},
		"span_s":     {int(*root.Defs["window"].Properties["span_s"].Maximum), int(report.MaxAway / time.Second)},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: the schema allows %d, Go %d", name, got[0], got[1])
		}
	}
	var categories []string
	for _, c := range equipment.Categories {
		categories = append(categories, string(c))
	}
	if got := root.Defs["inventory"].Properties["category"].Enum; !slices.Equal(got, categories) {
		t.Errorf("categories are %q in the schema, %q in Go", got, categories)
	}
}

func without(n node, name string) node {
	n.Properties = maps.Clone(n.Properties)
	delete(n.Properties, name)
	return n
}

// `ecoparc-agent show` explains each field of a report, wherever it stands.
func TestEachFieldOfAReportIsExplained(t *testing.T) {
	helps := map[string]string{}
	for _, h := range report.FieldHelps() {
		helps[h.Path] = h.Help
	}
	var document any
	if err := json.Unmarshal([]byte(full), &document); err != nil {
		t.Fatal(err)
	}
	present := map[string]bool{}
	notePaths(document, "", present)
	for path := range present {
		if !strings.HasSuffix(helps[path], ".") {
			t.Errorf("%s is explained by %q; want a sentence", path, helps[path])
		}
	}
	if len(helps) != len(present) {
		t.Errorf("%d fields are explained; the full report has %d", len(helps), len(present))
	}
}

func notePaths(value any, path string, present map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, child := range v {
			at := strings.TrimPrefix(fmt.Sprintf("%s.%s", path, name), ".")
			present[at] = true
			notePaths(child, at, present)
		}
	case []any:
		for _, child := range v {
			notePaths(child, path+"[]", present)
		}
	}
}
