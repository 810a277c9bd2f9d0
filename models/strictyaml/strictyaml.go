// Package strictyaml reads the project's YAML files - configurations and
// factors - so that a mistake is told where it is: an unknown key is an error
// with its line and the keys that are allowed, and every problem of a file is
// reported at once.
//
// A struct field's key is its `yaml` tag. Each key can be overridden by an
// environment variable: PREFIX_SECTION_KEY.
package strictyaml

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Document is a file that was read: it knows on which line each key stands, so
// that validation can say so too.
type Document struct {
	name      string
	lines     map[string]int
	fromEnv   map[string]string
	misshapen map[int]bool // lines with a problem that yaml's decoder will tell again, in worse words
	problems  []error
}

// Decode reads the YAML text of the file called name into the struct that into
// points to. Values already in the struct are the defaults. When envPrefix is
// not empty, environment variables found with lookupEnv override the file.
// Problems are collected in the Document: call Err after validating.
func Decode(name string, text []byte, into any, envPrefix string, lookupEnv func(string) (string, bool)) *Document {
	d := &Document{name: name, lines: map[string]int{}, fromEnv: map[string]string{}, misshapen: map[int]bool{}}
	root, err := parse(text)
	if err != nil {
		d.problems = append(d.problems, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: ")))
		return d
	}
	target := reflect.ValueOf(into).Elem()
	if len(root.Content) > 0 {
		d.checkKeys(root.Content[0], target.Type(), "")
		d.decode(root, into)
	}
	if envPrefix != "" {
		d.override(target, envPrefix, "", lookupEnv)
	}
	return d
}

// parse reads the one document of a file. A second one would be ignored, and
// the keys in it with it.
func parse(text []byte) (*yaml.Node, error) {
	documents := yaml.NewDecoder(bytes.NewReader(text))
	var root, second yaml.Node
	if err := documents.Decode(&root); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch err := documents.Decode(&second); {
	case errors.Is(err, io.EOF):
		return &root, nil
	case err != nil:
		return nil, err
	}
	return nil, fmt.Errorf("line %d: a second document begins; one is expected", second.Line)
}

func (d *Document) decode(root *yaml.Node, into any) {
	err := root.Decode(into)
	var typed *yaml.TypeError
	switch {
	case errors.As(err, &typed):
		for _, e := range typed.Errors {
			var line int
			if _, err := fmt.Sscanf(e, "line %d: cannot unmarshal", &line); err == nil && d.misshapen[line] {
				continue
			}
			d.problems = append(d.problems, fmt.Errorf("%s: %s", d.name, readable(e)))
		}
	case err != nil:
		d.problems = append(d.problems, fmt.Errorf("%s: %w", d.name, err))
	}
}

// readable turns yaml's own sentence into one for people who do not know Go.
func readable(yamlError string) string {
	const into = " into "
	at := strings.LastIndex(yamlError, into)
	if at < 0 {
		return yamlError
	}
	found := strings.Replace(yamlError[:at], "cannot unmarshal ", "found ", 1)
	for tag, plainly := range map[string]string{"!!str ": "", "!!int ": "", "!!float ": "", "!!bool ": "", "!!timestamp ": "", "!!seq": "a list", "!!map": "keys"} {
		found = strings.Replace(found, "found "+tag, "found "+plainly, 1)
	}
	return found + ", expected " + plain(yamlError[at+len(into):])
}

func plain(goType string) string {
	switch goType {
	case "time.Duration":
		return "a duration like 15s, 15m or 1h"
	case "bool":
		return "true or false"
	case "int", "int64":
		return "a whole number"
	case "float64":
		return "a number"
	case "string":
		return "a text"
	}
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "map["):
		return "keys with values"
	}
	return "a " + goType
}

// Problem records that the value of a key, as in telemetry.influxdb.url, is
// not acceptable.
func (d *Document) Problem(key, format string, args ...any) {
	where := d.name
	if env, ok := d.fromEnv[key]; ok {
		where = "environment variable " + env
	} else if line := d.lines[key]; line > 0 {
		where = fmt.Sprintf("%s: line %d", d.name, line)
	}
	d.problems = append(d.problems, fmt.Errorf("%s: %s: %s", where, key, fmt.Sprintf(format, args...)))
}

// Line is the line on which a key stands, 0 when it is not in the file.
func (d *Document) Line(key string) int { return d.lines[key] }

// Err is all problems together, nil when there are none.
func (d *Document) Err() error { return errors.Join(d.problems...) }

var unmarshaler = reflect.TypeFor[yaml.Unmarshaler]()

// checkKeys walks the file beside the struct and notes lines and unknown keys.
func (d *Document) checkKeys(n *yaml.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return
	}
	if losesFraction(n, t) {
		d.problems = append(d.problems, fmt.Errorf("%s: line %d: %s: found %s, expected %s", d.name, n.Line, path, n.Value, plain("int")))
	}
	switch t.Kind() {
	case reflect.Slice:
		if n.Kind == yaml.SequenceNode {
			for i, item := range n.Content {
				at := fmt.Sprintf("%s[%d]", path, i)
				d.lines[at] = item.Line
				d.checkKeys(item, t.Elem(), at)
			}
		}
	case reflect.Map:
		for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			at := join(path, n.Content[i].Value)
			d.lines[at] = n.Content[i].Line
			d.checkKeys(n.Content[i+1], t.Elem(), at)
		}
	case reflect.Struct:
		if t.PkgPath() == "time" {
			return
		}
		if n.Kind != yaml.MappingNode {
			if n.Tag != "!!null" {
				found, at := strconv.Quote(n.Value), cmp.Or(path, "the top level")
				if n.Kind == yaml.SequenceNode {
					found = "a list"
				}
				d.misshapen[n.Line] = true
				d.problems = append(d.problems, fmt.Errorf("%s: line %d: %s: found %s, expected the keys %s", d.name, n.Line, at, found, strings.Join(keysOf(t), ", ")))
			}
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			field, ok := fieldFor(t, key.Value)
			if !ok {
				where := "at the top level"
				if path != "" {
					where = "in " + path
				}
				d.problems = append(d.problems, fmt.Errorf("%s: line %d: unknown key %q %s; allowed are %s", d.name, key.Line, key.Value, where, strings.Join(keysOf(t), ", ")))
				continue
			}
			d.lines[join(path, key.Value)] = key.Line
			d.checkKeys(n.Content[i+1], field.Type, join(path, key.Value))
		}
	}
}

// losesFraction tells of a number like 2.5 where a whole one is expected: yaml
// would cut it to 2.
func losesFraction(n *yaml.Node, t reflect.Type) bool {
	return (t.Kind() == reflect.Int || t.Kind() == reflect.Int64) && t != reflect.TypeFor[time.Duration]() && n.ShortTag() == "!!float"
}

// override sets scalar fields from environment variables.
func (d *Document) override(v reflect.Value, prefix, path string, lookupEnv func(string) (string, bool)) {
	for i := range v.NumField() {
		key := keyOf(v.Type().Field(i))
		if key == "" {
			continue
		}
		field, at, env := v.Field(i), join(path, key), prefix+"_"+strings.ToUpper(key)
		if field.Kind() == reflect.Struct {
			d.override(field, env, at, lookupEnv)
			continue
		}
		text, ok := lookupEnv(env)
		if !ok {
			continue
		}
		d.fromEnv[at] = env
		node := yaml.Node{Kind: yaml.ScalarNode, Value: text}
		if field.Kind() == reflect.String {
			node.Tag = "!!str"
		}
		if err := node.Decode(field.Addr().Interface()); err != nil || losesFraction(&node, field.Type()) {
			d.Problem(at, "found %q, expected %s", text, plain(field.Type().String()))
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func fieldFor(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); keyOf(f) == key && key != "" {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key := keyOf(t.Field(i)); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}
