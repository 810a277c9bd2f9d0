package inventory

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/ecoparc/ecoparc/models/report"
)

// edidB is the length of the first block of a screen's own description (VESA E-EDID
// 1.4); blocks that follow it say nothing that is wanted here.
const edidB = 128

// parseEDID reads who made a screen, when, what it is called and how large it is. Its
// serial number is not read. False: it is not a sound description.
func parseEDID(b []byte) (s report.Screen, ok bool) {
	const head = "\x00\xff\xff\xff\xff\xff\xff\x00"
	if len(b) < edidB || string(b[:8]) != head {
		return s, false
	}
	var sum byte
	for _, n := range b[:edidB] {
		sum += n
	}
	if sum != 0 {
		return s, false
	}
	s.Maker = edidMaker(binary.BigEndian.Uint16(b[8:]))
	if year := 1990 + int64(b[17]); b[17] > 0 && year < 2100 {
		s.MadeYear = year
	}
	for at := 54; at < 126; at += 18 {
		if d := b[at : at+18]; d[0] == 0 && d[1] == 0 && d[3] == 0xfc { // its name
			name, _, _ := strings.Cut(string(d[5:]), "\n")
			s.Model = clean(name)
		}
	}
	s.DiagonalMm = edidDiagonal(b)
	return s, true
}

// edidMaker is three letters of five bits each, by which the UEFI Forum registers
// makers.
func edidMaker(packed uint16) string {
	letters := []byte{byte(packed>>10&31) + '@', byte(packed>>5&31) + '@', byte(packed&31) + '@'}
	for _, c := range letters {
		if c < 'A' || c > 'Z' {
			return ""
		}
	}
	return string(letters)
}

// edidDiagonal is the diagonal of the picture in mm, 0 where it is not known, as of
// a projector. The first timing tells mm, but some makers put a ratio there; the head
// tells whole cm.
func edidDiagonal(b []byte) int64 {
	const most = 5000 // more than any screen of a school has
	width, height := 10*float64(b[21]), 10*float64(b[22])
	if b[21] == 0 || b[22] == 0 {
		width, height = 0, 0
	}
	timing := b[54:72]
	if timing[0] != 0 || timing[1] != 0 {
		w, h := float64(int(timing[12])|int(timing[14]>>4)<<8), float64(int(timing[13])|int(timing[14]&15)<<8)
		const least, differ = 100, 10
		if w >= least && h > 0 && (width == 0 || math.Abs(w-width) <= differ && math.Abs(h-height) <= differ) {
			width, height = w, h
		}
	}
	diagonal := int64(math.Round(math.Hypot(width, height)))
	if diagonal > most {
		return 0
	}
	return diagonal
}

// smallestIsBuiltIn marks the screen of a laptop or tablet, where the system does not
// say which one it is: the smallest, if it is small enough.
func smallestIsBuiltIn(screens []report.Screen) {
	const most = 483 // 19 inches
	smallest := -1
	for i, s := range screens {
		if s.DiagonalMm > 0 && s.DiagonalMm <= most && (smallest < 0 || s.DiagonalMm < screens[smallest].DiagonalMm) {
			smallest = i
		}
	}
	if smallest >= 0 {
		screens[smallest].Place = report.BuiltIn
	}
}
