package describe_test

import (
	"io"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/describe"
	"github.com/ecoparc/ecoparc/models/calendar"
)

func FuzzCSV(f *testing.F) {
	f.Add(french)
	f.Add(english)
	f.Add("category\nlaptop\n")
	f.Fuzz(func(t *testing.T, text string) { holds(t, text, describe.ReadCSV) })
}

func FuzzYAML(f *testing.F) {
	f.Add(yaml)
	f.Add("category: laptop\n")
	f.Add("- &a {category: laptop}\n- *a\n")
	f.Fuzz(func(t *testing.T, text string) { holds(t, text, describe.ReadYAML) })
}

// holds says what is true of any text: it is refused, with no device and no line
// beyond its last, or each device that is read can be estimated.
func holds(t *testing.T, text string, read func(io.Reader, calendar.Day) ([]describe.Described, error)) {
	got, err := read(strings.NewReader(text), today)
	if (err == nil) != (len(got) > 0) {
		t.Fatalf("%d devices with %v", len(got), err)
	}
	for _, d := range got {
		if found := d.Problems(today); len(found) > 0 {
			t.Fatalf("%+v is read and has the problems %v", d, found)
		}
		if d.Line < 1 || d.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+1 {
			t.Fatalf("a device is on line %d", d.Line)
		}
	}
}
