package inventory

import (
	"testing"

	"github.com/ecoparc/ecoparc/models/report"
)

// edid is a description of a screen, put together after VESA E-EDID 1.4.
func edid(maker string, year int, widthCM, heightCM byte, widthMM, heightMM int, name string) []byte {
	b := make([]byte, edidB)
	copy(b, "\x00\xff\xff\xff\xff\xff\xff\x00")
	packed := uint16(maker[0]-'@')<<10 | uint16(maker[1]-'@')<<5 | uint16(maker[2]-'@')
	b[8], b[9] = byte(packed>>8), byte(packed)
	copy(b[12:], "\xca\xfe\xca\xfe") // its serial number
	b[16], b[17], b[18], b[19] = 12, byte(year-1990), 1, 4
	b[21], b[22] = widthCM, heightCM
	b[54], b[55] = 0x02, 0x3a // the clock of a timing
	b[66], b[67], b[68] = byte(widthMM), byte(heightMM), byte(widthMM>>8)<<4|byte(heightMM>>8)
	copy(b[72:], "\x00\x00\x00\xfe\x00SERIAL CANARY\n")
	if name != "" {
		copy(b[90:], "\x00\x00\x00\xfc\x00"+name+"\n            "[:13])
	}
	return sealed(b)
}

// sealed sets the sum of a description right.
func sealed(b []byte) []byte {
	b[127] = 0
	var sum byte
	for _, n := range b[:127] {
		sum += n
	}
	b[127] = -sum
	return b
}

func TestScreenTellsItsMakerNameAndSize(t *testing.T) {
	projector := edid("EPS", 2018, 0, 0, 0, 0, "EPSON PJ")
	version13 := edid("DEL", 2021, 53, 30, 527, 296, "DELL P2419H")
	version13[127]++
	nameless := edid("AUO", 2020, 31, 17, 309, 173, "")
	strange := edid("AUO", 2020, 31, 17, 309, 173, "\x01\xffa\u200b")
	odd := edid("AUO", 2020, 31, 17, 309, 173, "")
	odd[8] = 0xff
	for _, c := range []struct {
		what string
		b    []byte
		want report.Screen
		ok   bool
	}{
		{"a monitor", edid("DEL", 2021, 53, 30, 527, 296, "DELL P2419H"), report.Screen{Maker: "DEL", Model: "DELL P2419H", DiagonalMm: 604, MadeYear: 2021}, true},
		{"a panel without a name", nameless, report.Screen{Maker: "AUO", DiagonalMm: 354, MadeYear: 2020}, true},
		{"a ratio in place of a size", edid("GSM", 2019, 60, 34, 160, 90, "LG"), report.Screen{Maker: "GSM", Model: "LG", DiagonalMm: 690, MadeYear: 2019}, true},
		{"only the timing's size", edid("CMN", 2019, 0, 0, 344, 193, ""), report.Screen{Maker: "CMN", DiagonalMm: 394, MadeYear: 2019}, true},
		{"a projector", projector, report.Screen{Maker: "EPS", Model: "EPSON PJ", MadeYear: 2018}, true},
		{"blocks that follow", append(edid("DEL", 2021, 53, 30, 527, 296, "DELL"), make([]byte, 128)...), report.Screen{Maker: "DEL", Model: "DELL", DiagonalMm: 604, MadeYear: 2021}, true},
		{"a name of any bytes", strange, report.Screen{Maker: "AUO", Model: "a", DiagonalMm: 354, MadeYear: 2020}, true},
		{"a maker of other letters", sealed(odd), report.Screen{DiagonalMm: 354, MadeYear: 2020}, true},
		{"a wrong sum", version13, report.Screen{}, false},
		{"cut", nameless[:127], report.Screen{}, false},
		{"nothing", nil, report.Screen{}, false},
	} {
		if got, ok := parseEDID(c.b); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %t; want %+v", c.what, got, ok, c.want)
		}
	}
}

func FuzzScreenDescription(f *testing.F) {
	f.Add(edid("DEL", 2021, 53, 30, 527, 296, "DELL P2419H"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= edidB {
			copy(b, "\x00\xff\xff\xff\xff\xff\xff\x00")
			sealed(b) // or hardly any would be read on
		}
		s, ok := parseEDID(b)
		if !ok {
			return
		}
		s.Place = report.Attached
		body := report.Report{Schema: report.Schema, Device: "d", Inventory: &report.Inventory{Category: "desktop", Screens: []report.Screen{s}}}
		if err := body.Validate(someday); err != nil {
			t.Errorf("the collector refuses %+v: %v", s, err)
		}
	})
}

func TestSmallestScreenOfALaptopIsItsOwn(t *testing.T) {
	for _, c := range []struct {
		sizes []int64
		want  int // -1: none
	}{
		{nil, -1}, {[]int64{604}, -1}, {[]int64{604, 354}, 1}, {[]int64{0, 604, 354, 300}, 3}, {[]int64{0}, -1}, {[]int64{354, 354}, 0},
	} {
		screens := make([]report.Screen, len(c.sizes))
		for i, size := range c.sizes {
			screens[i] = report.Screen{Place: report.Attached, DiagonalMm: size}
		}
		smallestIsBuiltIn(screens)
		for i, s := range screens {
			if (s.Place == report.BuiltIn) != (i == c.want) {
				t.Errorf("of %d screen %d is %s", c.sizes, i, s.Place)
			}
		}
	}
}
