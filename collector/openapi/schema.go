package openapi

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

// schemas are the JSON Schemas of Go types as encoding/json writes and reads them.
// Structs with a name become components, which others refer to.
type schemas struct {
	words      map[reflect.Type][]string
	names      map[reflect.Type]string
	components map[string]object
}

func newSchemas(words map[reflect.Type][]string) *schemas {
	return &schemas{words: words, names: map[reflect.Type]string{}, components: map[string]object{}}
}

func (s *schemas) all() map[string]object { return s.components }

var (
	instant       = reflect.TypeFor[time.Time]()
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// of is the schema of a type, or a reference to it.
func (s *schemas) of(t reflect.Type) object {
	if words, some := s.words[t]; some {
		return object{"type": "string", "enum": words}
	}
	switch {
	case t == instant:
		return object{"type": "string", "format": "date-time"}
	case t.Kind() == reflect.Pointer:
		return object{"anyOf": []object{s.of(t.Elem()), {"type": "null"}}}
	case t.Implements(marshaler):
		return object{} // it may be anything
	case t.Implements(textMarshaler):
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": []string{"string", "null"}, "contentEncoding": "base64"}
		}
		return object{"type": []string{"array", "null"}, "items": s.of(t.Elem())}
	case reflect.Array:
		return object{"type": "array", "items": s.of(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return object{"type": []string{"object", "null"}, "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.named(t)
	case reflect.Interface:
		return object{}
	}
	return object{"type": "integer"}
}

// named is a reference to the component of a struct.
func (s *schemas) named(t reflect.Type) object {
	name, known := s.names[t]
	if !known {
		name = nameOf(t)
		for s.components[name] != nil { // another type of this name
			name += "_"
		}
		s.names[t], s.components[name] = name, object{} // it may refer to itself
		s.components[name] = s.structure(t)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// structure is the schema of a struct. What is left out when it is empty need not be
// there; nothing else may be.
func (s *schemas) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	s.addFields(t, properties, &required)
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func (s *schemas) addFields(t reflect.Type, properties object, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" { // it stands before the fields that hide its own
			embedded := f.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			s.addFields(embedded, properties, required)
			continue
		}
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		properties[name] = s.of(f.Type)
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") && !slices.Contains(*required, name) {
			*required = append(*required, name)
		}
	}
}

// nameOf is the name of a type as a component's: that of a generic one ends with its
// arguments.
func nameOf(t reflect.Type) string {
	name, arguments, _ := strings.Cut(t.Name(), "[")
	for _, argument := range strings.FieldsFunc(arguments, func(r rune) bool { return r == '[' || r == ']' || r == ',' }) {
		argument = argument[strings.LastIndexAny(argument, "./")+1:]
		name += "_" + argument
	}
	if name == "" {
		return "Object"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
