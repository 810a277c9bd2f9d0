package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/ecoparc/ecoparc/agent/durable"
	"github.com/ecoparc/ecoparc/agent/private"
	"github.com/ecoparc/ecoparc/agent/uplink"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Configure puts where to enrol into a configuration file, whose other keys and
// comments stay. A running service takes it up within minutes. A file that says so
// already is left as it is: tools that set up a fleet do everything again and again,
// and tell their users what changed.
func Configure(path, collector, token, label string, insecureHTTP bool) (changed bool, err error) {
	if err := uplink.CheckAddress(collector, insecureHTTP); err != nil {
		return false, err
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("cannot read the configuration: %w", err)
	}
	wanted := []entry{{"collector", collector}, {"token", token}, {"label", label}, {"insecure_http", insecureHTTP}}
	mode := fs.FileMode(0o640)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm() &^ 0o027
	}
	text, err := set(old, wanted)
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	c := DefaultConfig()
	doc := strictyaml.Decode(path, text, &c, "", nil)
	if c.validate(doc); doc.Err() != nil {
		return false, doc.Err() // as it was wrong before, it is left alone
	}
	if changed = !says(old, wanted); changed {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return false, fmt.Errorf("cannot make the configuration's folder: %w", err)
		}
		if err := durable.Replace(path, text); err != nil {
			return false, fmt.Errorf("cannot write the configuration: %w", err)
		}
	}
	if err := private.Close(path); err != nil {
		return changed, err
	}
	if !private.Shareable(path) {
		mode &^= 0o077
	}
	return changed, os.Chmod(path, mode)
}

// entry is a key of a YAML text with its value, a text or a truth. An empty text, or
// false, asks nothing: what the file says stays.
type entry struct {
	key   string
	value any
}

func (e entry) asksNothing() bool { return e.value == "" || e.value == false }

// says tells whether a YAML text has these values.
func says(text []byte, entries []entry) bool {
	var has map[string]any
	if err := yaml.Unmarshal(text, &has); err != nil {
		return false
	}
	return !slices.ContainsFunc(entries, func(e entry) bool { return !e.asksNothing() && has[e.key] != e.value })
}

// set sets keys of a YAML text.
func set(text []byte, entries []entry) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	if root.Kind == 0 || len(root.Content) == 0 { // nothing but comments: they stay above
		top := bytes.TrimSpace(text)
		if len(top) > 0 {
			top = append(top, "\n\n"...)
		}
		rest, err := set([]byte("{}"), entries)
		return append(top, rest...), err
	}
	keys := root.Content[0]
	if keys.Kind != yaml.MappingNode {
		return nil, errors.New("keys with values are expected at the top level")
	}
	keys.Style = 0 // {} becomes lines
	for _, e := range entries {
		if e.asksNothing() {
			continue
		}
		value := new(yaml.Node)
		if err := value.Encode(e.value); err != nil {
			return nil, err
		}
		setKey(keys, e.key, value)
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	err := e.Encode(&root)
	return out.Bytes(), err
}

func setKey(keys *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i < len(keys.Content); i += 2 {
		if keys.Content[i].Value == key {
			value.LineComment = keys.Content[i+1].LineComment
			keys.Content[i+1] = value
			return
		}
	}
	keys.Content = append(keys.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
}
