package power

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ecoparc/ecoparc/models/data/processors"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// CPUTable gives the TDP (thermal design power) of a processor by its name, as
// operating systems spell it.
type CPUTable struct{ tdp map[string]quantity.Watts }

// Processor is one line of a table of processors.
type Processor struct {
	Name string
	TDP  quantity.Watts
}

// maxTDP is far above the 500 W of the largest server processors.
const maxTDP = 2000

// DefaultCPUs is the table that ships with Ecoparc, read when it is first used.
var DefaultCPUs = sync.OnceValue(func() *CPUTable {
	list, err := ReadProcessors(strings.NewReader(processors.CSV))
	if err != nil {
		panic(fmt.Sprintf("the embedded processors do not load: %v", err)) // a test loads them
	}
	return NewCPUTable(list)
})

// NewCPUTable makes a table. A name that several lines give different powers is
// left out: to be unknown is better than to be wrong.
func NewCPUTable(list []Processor) *CPUTable {
	t := &CPUTable{tdp: make(map[string]quantity.Watts, len(list))}
	disputed := map[string]bool{}
	for _, p := range list {
		key, ok := canonical(p.Name)
		if !ok || disputed[key] || p.TDP > baseOfThinLaptops && thinLaptops.MatchString(key) {
			continue
		}
		if other, twice := t.tdp[key]; twice && other != p.TDP {
			disputed[key] = true
			delete(t.tdp, key)
			continue
		}
		t.tdp[key] = p.TDP
	}
	return t
}

// Len is how many processors the table knows.
func (t *CPUTable) Len() int { return len(t.tdp) }

// TDP is the thermal design power of a processor, in W, by its name as in
// "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz". It is false for one that the
// table does not have: a name that is only similar is never taken for another.
func (t *CPUTable) TDP(name string) (quantity.Watts, bool) {
	key, ok := canonical(name)
	if !ok {
		return 0, false
	}
	w, ok := t.tdp[key]
	return w, ok
}

// ReadProcessors reads lines of a name and a TDP in W, after a line of column
// names. An error says the line and the column; lines whose power is not one are
// all told together, and the others are returned beside the error.
func ReadProcessors(r io.Reader) ([]Processor, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = 2
	lines.ReuseRecord = true
	var list []Processor
	var problems []error
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read processors: %w", err)
		}
		if line, column := lines.FieldPos(1); line > 1 {
			tdp, err := strconv.ParseFloat(fields[1], 64)
			if err != nil || !(tdp > 0 && tdp <= maxTDP) {
				problems = append(problems, fmt.Errorf("cannot read processors: line %d, column %d: %q is not a power in W between 0 and %d", line, column, fields[1], maxTDP))
				continue
			}
			list = append(list, Processor{strings.Clone(fields[0]), quantity.Watts(tdp)})
		}
	}
	if len(list) == 0 && problems == nil {
		return nil, errors.New("cannot read processors: there is none")
	}
	return list, errors.Join(problems...)
}

// WriteProcessors writes what ReadProcessors reads: sorted, without names that
// do not tell whose processor it is ("1075T"), which no device could be found
// under.
func WriteProcessors(w io.Writer, list []Processor) error {
	list = slices.DeleteFunc(slices.Clone(list), func(p Processor) bool { _, ok := canonical(p.Name); return !ok })
	slices.SortFunc(list, func(a, b Processor) int { return strings.Compare(a.Name, b.Name) })
	out := csv.NewWriter(w)
	_ = out.Write([]string{"processor", "tdp_w"}) // told by Error below
	for _, p := range list {
		_ = out.Write([]string{strings.Join(strings.Fields(p.Name), " "), strconv.FormatFloat(float64(p.TDP), 'g', -1, 64)})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("cannot write processors: %w", err)
	}
	return nil
}

// The list gives the short-term turbo power (55 or 64 W) in place of the TDP for
// some processors of thin laptops, whose TDP is 15 W (U) or 28 W (P).
var thinLaptops = regexp.MustCompile(`^intel core i\d 1\d{3}[up]$`)

const baseOfThinLaptops = 28 // W

// endsName tells whether the name ends before a word: operating systems write the
// clock, the graphics and how many cores behind it, as in "A10-7850K Radeon R7, 12
// Compute Cores 4C+8G".
func endsName(words []string) bool {
	switch words[0] {
	case "@", "with", "w/", "radeon":
		return true
	}
	if len(words) > 2 && len(words[0]) == 2 && words[0][0] == 'r' { // "R6, 10 Compute Cores"
		words = words[1:]
	}
	return len(words) > 1 && words[1] == "compute"
}

// isNoise tells the words that stand in some spellings of a name and not in
// others: "11th Gen", "CPU", "Eight-Core Processor".
func isNoise(word string) bool {
	switch word {
	case "cpu", "processor", "apu", "soc", "gen":
		return true
	}
	if strings.HasSuffix(word, "-core") {
		return true
	}
	if len(word) < 3 {
		return false
	}
	number, ending := word[:len(word)-2], word[len(word)-2:]
	return (ending == "st" || ending == "nd" || ending == "rd" || ending == "th") && strings.Trim(number, "0123456789") == ""
}

var marks = strings.NewReplacer("(r)", " ", "(tm)", " ", "(c)", " ", "®", " ", "™", " ", ",", " ", "_", " ")

// vendors are the first words of names that do without their maker.
var vendors = map[string]string{
	"core": "intel", "xeon": "intel", "celeron": "intel", "pentium": "intel", "atom": "intel",
	"ryzen": "amd", "epyc": "amd", "athlon": "amd", "opteron": "amd", "phenom": "amd", "sempron": "amd", "turion": "amd",
	"fx": "amd", "a4": "amd", "a6": "amd", "a8": "amd", "a9": "amd", "a10": "amd", "a12": "amd", "e1": "amd", "e2": "amd",
}

// canonical is one spelling for all spellings of a processor's name; false if
// the name does not tell the maker, or is nothing but a family ("AMD EPYC
// Processor", as virtual machines say).
func canonical(name string) (string, bool) {
	name = marks.Replace(strings.ToLower(name))
	for {
		open := strings.IndexByte(name, '(') // "(OEM only)", "(65W)"
		if open < 0 {
			break
		}
		length := strings.IndexByte(name[open:], ')')
		if length < 0 {
			return "", false // cut off: "Intel Xeon Processor (Skylake"
		}
		name = name[:open] + " " + name[open+length+1:]
	}
	spelled := strings.Fields(name)
	words := make([]string, 0, 2*len(spelled))
	for i, word := range spelled {
		if endsName(spelled[i:]) {
			break
		}
		if isNoise(word) {
			continue
		}
		if word == "core2" {
			words = append(words, "core", "2")
			continue
		}
		for part := range strings.SplitSeq(word, "-") {
			if part != "" {
				words = append(words, part)
			}
		}
	}
	if len(words) == 0 {
		return "", false
	}
	if v, ok := vendors[words[0]]; ok {
		words = slices.Insert(words, 0, v)
	}
	switch words[0] {
	case "intel", "amd", "apple":
	default:
		return "", false
	}
	key := strings.Join(words[1:], " ")
	if !strings.ContainsAny(key, "0123456789") {
		return "", false
	}
	return words[0] + " " + key, true
}
