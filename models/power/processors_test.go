package power_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/data/processors"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// The TDPs are those of the makers' data sheets.
func TestProcessorIsFoundByAnySpelling(t *testing.T) {
	cpus := power.DefaultCPUs()
	for name, want := range map[string]quantity.Watts{
		"Intel(R) Core(TM) i5-1135G7 CPU @ 2.40GHz":      28,
		"11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz": 28,
		"Core i5-1135G7": 28,
		"AMD Ryzen 5 PRO 5650U with Radeon Graphics":          15,
		"AMD Ryzen 5 PRO 5650U with Radeon Graphics         ": 15,
		"Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz":            125,
		"Intel(R) Xeon(R) CPU E5-2609 v4 @ 1.70GHz":           85,
		"Intel(R) Celeron(R) N4020 CPU @ 1.10GHz":             6,
		"Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz":            15,
		"Intel(R) Core(TM)2 Duo CPU     E8400  @ 3.00GHz":     65,
		"Intel(R) Core(TM) i7 CPU         920  @ 2.67GHz":     130,
		"Intel(R) Pentium(R) CPU G4560 @ 3.50GHz":             54,
		"Intel(R) N100":                                   6,
		"AMD FX(tm)-8350 Eight-Core Processor":            125,
		"AMD Ryzen 7 1700 Eight-Core Processor":           65,
		"AMD EPYC 7302 16-Core Processor":                 155,
		"AMD A10-7850K Radeon R7, 12 Compute Cores 4C+8G": 95,
		"AMD PRO A10-8700B R6, 10 Compute Cores 4C+6G":    15,
		"AMD 3020e with Radeon Graphics":                  6,
		"Apple M1":                                        10,
	} {
		if got, ok := cpus.TDP(name); !ok || got != want {
			t.Errorf("%q: %v W, %v; want %v W", name, got, ok, want)
		}
	}
}

func TestProcessorIsUnknownRatherThanWrong(t *testing.T) {
	cpus := power.DefaultCPUs()
	for _, name := range []string{
		"", " ", "@", "(R)", "Intel", "Intel(R) Core(TM)", "i5", "1135G7", "CPU", "ARMv8 Processor rev 0 (v8l)", "Snapdragon 855",
		"AMD EPYC Processor", "Intel Xeon Processor (Skylake, IBRS)", "QEMU Virtual CPU version 2.5+", "Common KVM processor", // virtual machines
		"Apple M1 Pro", "Apple M9", // not Apple's M1
		"Intel(R) Core(TM) i5-1135G8 CPU @ 2.40GHz", "Intel(R) Core(TM) i5-1135", "Intel(R) Xeon(R) Gold 6130X CPU",
		"6130", "1075T", // whose?
		"AMD Phenom(tm) II X4 955 Processor",      // sold with 95 and with 125 W
		"13th Gen Intel(R) Core(TM) i5-1335U",     // the list has its turbo power
		"Intel(R) Xeon(R) Gold 6130 CPU (cut off", // not the whole name
	} {
		if got, ok := cpus.TDP(name); ok {
			t.Errorf("%q has %v W", name, got)
		}
	}
}

// Every name in the table finds its own power, or none because it is disputed.
func TestEveryLineFindsItself(t *testing.T) {
	list, err := power.ReadProcessors(strings.NewReader(processors.CSV))
	if err != nil {
		t.Fatal(err)
	}
	cpus := power.DefaultCPUs()
	unknown := 0
	for _, p := range list {
		got, ok := cpus.TDP(p.Name)
		if !ok {
			unknown++
		} else if got != p.TDP {
			t.Errorf("%s has %v W, not %v", p.Name, got, p.TDP)
		}
	}
	if len(list) < 4700 || cpus.Len() < 4500 || unknown > 60 {
		t.Errorf("%d lines, %d processors, %d lines find none", len(list), cpus.Len(), unknown)
	}
	for _, r := range factor.Default().Rows {
		if r.SourceID == processors.SourceID && r.Source.Licence != "MIT" {
			t.Errorf("the licence of %s is %s", r.SourceID, r.Source.Licence)
		}
	}
}

func TestBadTableIsToldWithLineAndColumn(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"empty":         {"", "there is none"},
		"names alone":   {"Name,TDP\n", "there is none"},
		"not a power":   {"Name,TDP\nIntel N100,6\nIntel N200,six\n", `line 3, column 12: "six" is not a power in W`},
		"negative":      {"Name,TDP\nIntel N100,-6\n", `line 2, column 12: "-6" is not a power`},
		"no number":     {"Name,TDP\nIntel N100,NaN\n", `line 2, column 12: "NaN" is not a power`},
		"three columns": {"Name,TDP\nIntel N100,6,7\n", "record on line 2: wrong number of fields"},
		"open quote":    {"Name,TDP\n\"Intel N100,6\n", "parse error on line 2, column 15"},
	} {
		_, err := power.ReadProcessors(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v; want %q", name, err, test.want)
		}
	}
}

// What is written is what is read, in order, without names that find nothing.
func TestTableIsWrittenSorted(t *testing.T) {
	var out bytes.Buffer
	if err := power.WriteProcessors(&out, []power.Processor{{Name: "Intel N200", TDP: 6.5}, {Name: "1075T", TDP: 95}, {Name: "AMD  Ryzen 5 5600", TDP: 65}}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "processor,tdp_w\nAMD Ryzen 5 5600,65\nIntel N200,6.5\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Whatever an inventory says, a processor is found by its whole name or not.
func FuzzProcessorName(f *testing.F) {
	for _, name := range []string{"Intel(R) Core(TM) i5-1135G7 CPU @ 2.40GHz", "AMD A10-7850K Radeon R7, 12 Compute Cores 4C+8G", "((((", "Apple M1\x00", "İntel Core i5"} {
		f.Add(name)
	}
	cpus := power.DefaultCPUs()
	f.Fuzz(func(t *testing.T, name string) {
		tdp, ok := cpus.TDP(name)
		if ok != (tdp > 0) {
			t.Errorf("%q: %v W, %v", name, tdp, ok)
		}
		if again, found := cpus.TDP("  " + name + " "); found != ok || again != tdp {
			t.Errorf("%q: %v W, between spaces %v W", name, tdp, again)
		}
	})
}

func FuzzReadProcessors(f *testing.F) {
	f.Add("Name,TDP\nIntel N100,6\n")
	f.Add("\"a\",\"b\"\n\"c,\",7e1")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := power.ReadProcessors(strings.NewReader(text))
		for _, p := range list {
			if !(p.TDP > 0) {
				t.Errorf("%+v", p)
			}
		}
		if err == nil && len(list) == 0 {
			t.Error("nothing, and no error")
		}
	})
}

// The first look-up parses the table; ns/op is for all of it.
func BenchmarkProcessorsParse(b *testing.B) {
	for b.Loop() {
		list, _ := power.ReadProcessors(strings.NewReader(processors.CSV))
		power.NewCPUTable(list)
	}
}
