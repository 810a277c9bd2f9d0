package openapi_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/openapi"
)

type colour string

type interval[T any] struct {
	Low T `json:"low"`
}

type base struct {
	ID int64 `json:"id"`
}

type thing struct {
	base
	Name    string            `json:"name,omitempty"`
	Colour  colour            `json:"colour"`
	At      time.Time         `json:"at,omitzero"`
	Parts   []thing           `json:"parts"`
	Weight  *float64          `json:"weight"`
	Range   interval[float64] `json:"range"`
	Words   map[string]bool   `json:"words"`
	Hash    []byte            `json:"hash"`
	Two     [2]int            `json:"two"`
	Secret  string            `json:"-"`
	private int
}

type problem struct {
	Reason string `json:"reason"`
}

func document(t testing.TB, routes ...openapi.Route) (parsed struct {
	Paths      map[string]map[string]map[string]any
	Components struct {
		Schemas map[string]map[string]any
	}
}) {
	t.Helper()
	d := openapi.Document{Title: "Test", Version: "1", Problem: problem{}, Routes: routes, Words: map[reflect.Type][]string{reflect.TypeFor[colour](): {"red", "blue"}}}
	text, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestSchemasAreTypesAsJSONHasThem(t *testing.T) {
	_ = thing{private: 1}
	d := document(t, openapi.Route{Method: "GET", Path: "/things", Who: openapi.Anybody, Operation: openapi.Operation{Answers: []openapi.Answer{{Status: 200, Body: thing{}}}}})
	got := d.Components.Schemas["Thing"]
	properties := got["properties"].(map[string]any)
	for name, want := range map[string]string{
		"id": `{"type":"integer"}`, "name": `{"type":"string"}`, "colour": `{"enum":["red","blue"],"type":"string"}`, "at": `{"format":"date-time","type":"string"}`,
		"parts": `{"items":{"$ref":"#/components/schemas/Thing"},"type":["array","null"]}`, "weight": `{"anyOf":[{"type":"number"},{"type":"null"}]}`,
		"range": `{"$ref":"#/components/schemas/Interval_float64"}`, "words": `{"additionalProperties":{"type":"boolean"},"type":["object","null"]}`,
		"hash": `{"contentEncoding":"base64","type":["string","null"]}`, "two": `{"items":{"type":"integer"},"maxItems":2,"minItems":2,"type":"array"}`,
	} {
		text, err := json.Marshal(properties[name])
		if err != nil || string(text) != want {
			t.Errorf("%s is %s, %v; want %s", name, text, err, want)
		}
		delete(properties, name)
	}
	if len(properties) > 0 || got["additionalProperties"] != false {
		t.Errorf("there are more: %v", got)
	}
	if want := []any{"id", "colour", "parts", "weight", "range", "words", "hash", "two"}; !reflect.DeepEqual(got["required"], want) {
		t.Errorf("needed are %v; want %v", got["required"], want)
	}
}

// What may be refused follows from who may ask and from what is asked for.
func TestRefusalsFollowFromTheOperation(t *testing.T) {
	id := []openapi.Parameter{{Name: "id", Of: int64(0)}}
	for name, c := range map[string]struct {
		route openapi.Route
		want  []string
	}{
		"anybody":           {openapi.Route{Who: openapi.Anybody}, []string{"200"}},
		"a person":          {openapi.Route{Who: openapi.People}, []string{"200", "401", "403", "429", "500"}},
		"a device":          {openapi.Route{Who: openapi.Devices, Operation: openapi.Operation{Refusals: []int{422}}}, []string{"200", "401", "403", "422", "429"}},
		"something named":   {openapi.Route{Who: openapi.Anybody, Named: id}, []string{"200", "404"}},
		"a body":            {openapi.Route{Who: openapi.Anybody, Operation: openapi.Operation{Body: thing{}}}, []string{"200", "400"}},
		"a query, and said": {openapi.Route{Who: openapi.Anybody, Operation: openapi.Operation{Query: id, Refusals: []int{400, 409}}}, []string{"200", "400", "409"}},
	} {
		c.route.Method, c.route.Path = "POST", "/things/{id}"
		c.route.Operation.Answers = []openapi.Answer{{Status: 200, What: "Good"}}
		responses := document(t, c.route).Paths["/things/{id}"]["post"]["responses"].(map[string]any)
		var got []string
		for status := range responses {
			got = append(got, status)
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v; want %v", name, got, c.want)
		}
	}
}

func Example() {
	d := openapi.Document{Title: "Things", Version: "1", Problem: problem{}, Routes: []openapi.Route{
		{Method: "GET", Path: "/things", Who: openapi.People, Scope: "read_things", Operation: openapi.Operation{Summary: "List things", Answers: []openapi.Answer{{Status: 200, Body: []thing{}}}}},
	}}
	text, err := d.JSON()
	var parsed struct{ OpenAPI string }
	fmt.Println(err, json.Unmarshal(text, &parsed), parsed.OpenAPI)
	// Output: <nil> <nil> 3.1.0
}
