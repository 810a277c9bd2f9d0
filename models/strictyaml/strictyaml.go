// Package strictyaml reads the project's YAML files - configurations and
// factors - so that a mistake is told where it is: an unknown key is an error
// with its line and the keys that are allowed, and every problem of a file is
// reported at once.
//
// A struct field's key is its `yaml` tag. Each key can be overridden by an
// environment variable: PREFIX_SECTION_KEY.
package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Document is a file that was read: it knows on which line each key stands, so
// that validation can say so too.
type Document struct {
	name     string
	lines    map[string]int
	fromEnv  map[string]string
	problems []error
}

// Decode reads the YAML text of the file called name into the struct that into
// points to. Values already in the struct are the defaults. When envPrefix is
// not empty, environment variables found with lookupEnv override the file.
// Problems are collected in the Document: call Err after validating.
func Decode(name string, text []byte, into any, envPrefix string, lookupEnv func(string) (string, bool)) *Document {
	d := &Document{name: name, lines: map[string]int{}, fromEnv: map[string]string{}}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		d.problems = append(d.problems, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: ")))
		return d
	}
	target := reflect.ValueOf(into).Elem()
	if len(root.Content) > 0 {
		d.checkKeys(root.Content[0], target.Type(), "")
		if len(d.problems) == 0 {
			d.decode(&root, into)
		}
	}
	if envPrefix != "" {
		d.override(target, envPrefix, "", lookupEnv)
	}
	return d
}

func (d *Document) decode(root *yaml.Node, into any) {
	err := root.Decode(into)
	var typed *yaml.TypeError
	switch {
	case errors.As(err, &typed):
		for _, e := range typed.Errors {
			d.problems = append(d.problems, fmt.Errorf("%s: %s", d.name, readable(e)))
		}
	case err != nil:
		d.problems = append(d.problems, fmt.Errorf("%s: %w", d.name, err))
	}
}

// readable turns yaml's own sentence into one for people who do not know Go.
func readable(yamlError string) string {
	for goType, plain := range map[string]string{
		"time.Duration": "a duration like 15s, 15m or 1h", "bool": "true or false",
		"int64": "a whole number", "int": "a whole number", "float64": "a number", "string": "a text",
	} {
		if before, ok := strings.CutSuffix(yamlError, " into "+goType); ok {
			before = strings.Replace(before, "cannot unmarshal ", "found ", 1)
			return before + ", expected " + plain
		}
	}
	return yamlError
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
				d.problems = append(d.problems, fmt.Errorf("%s: line %d: %s: found %q, expected the keys %s", d.name, n.Line, path, n.Value, strings.Join(keysOf(t), ", ")))
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
		if err := node.Decode(field.Addr().Interface()); err != nil {
			d.Problem(at, "found %s, expected a %s", strconv.Quote(text), field.Type())
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
