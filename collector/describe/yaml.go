package describe

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// ReadYAML reads one device, or a list of them. The error tells every mistake with
// its line and field.
func ReadYAML(r io.Reader, today calendar.Day) ([]Described, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		return nil, fmt.Errorf("not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(root.Content) == 0 {
		return nil, errors.New("there is no device; a list of them is expected, or one")
	}
	var records []Record
	var doc *strictyaml.Document
	lineOf := func(i int) int { return doc.Line(fmt.Sprintf("[%d]", i)) }
	switch root.Content[0].Kind {
	case yaml.MappingNode:
		records = make([]Record, 1)
		doc = strictyaml.Decode("devices", []byte(text), &records[0], "", nil)
		lineOf = func(int) int { return root.Content[0].Line }
	case yaml.SequenceNode:
		for _, item := range root.Content[0].Content {
			if item.ShortTag() == "!!null" { // which yaml would leave out in silence
				return nil, fmt.Errorf("line %d: an item without a device; category is needed", item.Line)
			}
		}
		doc = strictyaml.Decode("devices", []byte(text), &records, "", nil)
	default:
		return nil, fmt.Errorf("line %d: found %q; a list of devices is expected, or one", root.Content[0].Line, root.Content[0].Value)
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	if items := len(root.Content[0].Content); root.Content[0].Kind == yaml.SequenceNode && len(records) != items {
		return nil, fmt.Errorf("of %d items only %d have a device", items, len(records))
	}
	if len(records) == 0 || len(records) > mostDevices {
		return nil, fmt.Errorf("there are %d devices; 1 to %d are expected", len(records), mostDevices)
	}
	var all []Described
	var errs []error
	for i, record := range records {
		d, err := record.described(lineOf(i), today)
		if err != nil {
			errs = append(errs, err)
		}
		all = append(all, d)
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

// Read reads YAML or CSV, whichever it is: the first line of a CSV list has no colon
// and names the column "category" among others, or alone.
func Read(r io.Reader, today calendar.Day) ([]Described, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	if looksLikeCSV(text) {
		return ReadCSV(strings.NewReader(text), today)
	}
	return ReadYAML(strings.NewReader(text), today)
}

func looksLikeCSV(text string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return first != "" && !strings.Contains(first, ":") && !strings.ContainsAny(first[:1], "-#[{")
}
