package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// client asks a running service, and holds each question and answer to its document.
type client struct {
	t       *testing.T
	address string
	as      func(*http.Request)
	schemas *jsonschema.Compiler
	// paths are those of the document, with their methods in small letters.
	paths map[string]map[string]described
	seen  map[string]map[int]bool // the statuses of answers, by operation
}

// described is an operation as the document has it.
type described struct {
	OperationID string
	Parameters  []struct{ Name, In string }
	RequestBody *content
	Responses   map[string]content
}

type content struct{ Content map[string]any }

func asZoe(r *http.Request) { r.SetBasicAuth("zoe", "twelve letters") }

const documentURL = "http://collector/openapi.json"

// documented is a running service with an administrator, and its document, which is
// OpenAPI 3.1 by the schema that the OpenAPI Initiative publishes (testdata).
func documented(t *testing.T) (*Service, *client) {
	t.Helper()
	s, _ := running(t, nil)
	addZoe(t, s)
	if _, err := s.store.Write.Exec("UPDATE users SET role = 'administrator'"); err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, address: "http://" + s.Address(), as: asZoe, seen: map[string]map[int]bool{}, schemas: jsonschema.NewCompiler()}
	_, text := get(t, http.DefaultClient, c.address+"/api/v1/openapi.json", http.StatusOK)
	parsed := c.parse([]byte(text))
	official, err := jsonschema.NewCompiler().Compile("testdata/openapi-3.1-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := official.Validate(parsed); err != nil {
		t.Fatalf("the document is not OpenAPI: %#v", err)
	}
	if err := c.schemas.AddResource(documentURL, parsed); err != nil {
		t.Fatal(err)
	}
	c.schemas.AssertFormat()
	var document struct {
		Paths map[string]map[string]described
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	c.paths = document.Paths
	ids := map[string]bool{}
	for path, methods := range c.paths {
		for method, d := range methods {
			if ids[d.OperationID] {
				t.Errorf("two operations are called %s", d.OperationID)
			}
			ids[d.OperationID] = true
			for _, p := range d.Parameters {
				if p.In == "path" && !strings.Contains(path, "{"+p.Name+"}") {
					t.Errorf("%s %s has no %s in its path", method, path, p.Name)
				}
			}
		}
	}
	return s, c
}

func (c *client) parse(text []byte) any {
	c.t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		c.t.Fatalf("%v: %.300s", err, text)
	}
	return v
}

// holds tells what is wrong with a body by a schema of the document, named by its way
// there from an operation.
func (c *client) holds(operation, method string, body []byte, way ...string) error {
	c.t.Helper()
	at := []string{"paths", operation, strings.ToLower(method)}
	pointer := documentURL + "#"
	for _, part := range append(at, way...) {
		pointer += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	schema, err := c.schemas.Compile(pointer)
	if err != nil {
		c.t.Fatal(err)
	}
	return schema.Validate(c.parse(body))
}

// operation is the path of the document that a path is of: the one with the fewest
// parts in braces.
func (c *client) operation(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	best := ""
	for pattern, methods := range c.paths {
		if _, ok := methods[strings.ToLower(method)]; ok && fits(pattern, path) && (best == "" || strings.Count(pattern, "{") < strings.Count(best, "{")) {
			best = pattern
		}
	}
	return best
}

func fits(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}

// ask sends a request and wants a status; what it is answered is read into into. A
// request that is to be answered well must be one that the document allows.
func (c *client) ask(want int, method, path, media, body string, into any) http.Header {
	c.t.Helper()
	build := func() *http.Request {
		r, err := http.NewRequestWithContext(c.t.Context(), method, c.address+path, strings.NewReader(body))
		if err != nil {
			c.t.Fatal(err)
		}
		if media != "" {
			r.Header.Set("Content-Type", media)
		}
		if c.as != nil {
			c.as(r)
		}
		return r
	}
	operation := c.operation(method, path)
	if operation == "" {
		c.t.Fatalf("%s %s is not in the document", method, path)
	}
	answer, err := http.DefaultClient.Do(build())
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if answer.StatusCode != want {
		c.t.Fatalf("%s %s is answered %s, want %d: %.600s", method, path, answer.Status, want, text)
	}
	key := method + " " + operation
	if c.seen[key] == nil {
		c.seen[key] = map[int]bool{}
	}
	c.seen[key][answer.StatusCode] = true
	what := c.paths[operation][strings.ToLower(method)]
	response, said := what.Responses[fmt.Sprint(answer.StatusCode)]
	if !said {
		c.t.Errorf("%s %s is answered %s, of which the document says nothing", method, path, answer.Status)
	}
	if want < 400 {
		c.allowed(method, path, operation, media, body, what)
	}
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	switch _, known := response.Content[kind]; {
	case len(text) == 0 && len(response.Content) == 0:
	case !known:
		c.t.Errorf("%s %s is answered %s as %q; the document knows %v", method, path, answer.Status, kind, response.Content)
	default:
		if err := c.holds(operation, method, text, "responses", fmt.Sprint(answer.StatusCode), "content", kind, "schema"); err != nil {
			c.t.Errorf("%s %s: the answer %.300s is not as the document says: %v", method, path, text, err)
		}
	}
	if want >= 400 {
		var p struct{ Reason, Message string }
		if err := json.Unmarshal(text, &p); err != nil || p.Reason == "" && p.Message == "" {
			c.t.Errorf("%s %s is refused without a reason: %s", method, path, text)
		}
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			c.t.Fatalf("%s %s: %s: %v", method, path, text, err)
		}
	}
	return answer.Header
}

// allowed holds a request that was taken to the document.
func (c *client) allowed(method, path, operation, media, body string, what described) {
	c.t.Helper()
	_, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		c.t.Fatal(err)
	}
	for name := range values {
		if !slices.ContainsFunc(what.Parameters, func(p struct{ Name, In string }) bool { return p.In == "query" && p.Name == name }) {
			c.t.Errorf("%s %s is taken, and the document knows no parameter %s", method, path, name)
		}
	}
	if body == "" {
		return
	}
	kind, _, _ := strings.Cut(media, ";")
	if what.RequestBody == nil || what.RequestBody.Content[kind] == nil {
		c.t.Errorf("%s %s takes a body of %q, of which the document says nothing", method, path, kind)
		return
	}
	if kind != "application/json" {
		return
	}
	if err := c.holds(operation, method, []byte(body), "requestBody", "content", kind, "schema"); err != nil {
		c.t.Errorf("%s %s takes %.300s, and by the document it is wrong: %v", method, path, body, err)
	}
}

func (c *client) get(want int, path string, into any) {
	c.t.Helper()
	c.ask(want, "GET", path, "", "", into)
}

func (c *client) send(want int, method, path, body string, into any) http.Header {
	c.t.Helper()
	return c.ask(want, method, path, "application/json", body, into)
}
