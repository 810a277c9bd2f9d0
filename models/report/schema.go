package report

import (
	_ "embed" // for the published schema
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// SchemaJSON is the published JSON Schema of a report.
//
//go:embed report.schema.json
var SchemaJSON []byte

// FieldHelp says in a sentence what one field of the report is for.
type FieldHelp struct {
	Path string // as in windows[].load_ms
	Help string
}

type schemaNode struct {
	Ref         string                `json:"$ref"`
	Description string                `json:"description"`
	Properties  map[string]schemaNode `json:"properties"`
	Items       *schemaNode           `json:"items"`
	Defs        map[string]schemaNode `json:"$defs"`
}

// FieldHelps lists every field of a report with what it is for, sorted by path,
// read from the published schema.
func FieldHelps() []FieldHelp {
	var root schemaNode
	if err := json.Unmarshal(SchemaJSON, &root); err != nil {
		panic(fmt.Sprintf("report.schema.json is embedded and malformed: %v", err)) // programmer error
	}
	var helps []FieldHelp
	var walk func(path string, n schemaNode)
	walk = func(path string, n schemaNode) {
		help := n.Description
		if n.Ref != "" {
			n = root.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
		}
		if path != "" {
			if help == "" {
				help = n.Description
			}
			helps = append(helps, FieldHelp{path, help})
		}
		if n.Items != nil && (n.Items.Ref != "" || n.Items.Properties != nil) {
			item := *n.Items
			if item.Ref != "" {
				item = root.Defs[strings.TrimPrefix(item.Ref, "#/$defs/")]
			}
			for name, child := range item.Properties {
				walk(path+"[]."+name, child)
			}
		}
		for name, child := range n.Properties {
			walk(strings.TrimPrefix(path+"."+name, "."), child)
		}
	}
	walk("", root)
	slices.SortFunc(helps, func(a, b FieldHelp) int { return strings.Compare(a.Path, b.Path) })
	return helps
}
