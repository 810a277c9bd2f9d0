package spool

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"

	"github.com/ecoparc/ecoparc/models/report"
)

const (
	headerB  = 8
	maxWireB = 64 << 10 // no window is longer
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode is the record of a window.
func encode(w report.Window) ([]byte, error) {
	payload, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("cannot encode window: %w", err)
	}
	if len(payload) > maxWireB {
		return nil, fmt.Errorf("a window of %d bytes is too long to keep", len(payload))
	}
	record := binary.BigEndian.AppendUint32(make([]byte, 0, headerB+len(payload)), uint32(len(payload)))
	record = binary.BigEndian.AppendUint32(record, crc32.Checksum(payload, castagnoli))
	return append(record, payload...), nil
}

// parse reads the record at the start of text and its length. False: there is no
// sound record.
func parse(text []byte) (w report.Window, n int, ok bool) {
	if len(text) < headerB {
		return w, 0, false
	}
	length := binary.BigEndian.Uint32(text)
	if length > maxWireB || headerB+int(length) > len(text) {
		return w, 0, false
	}
	payload := text[headerB : headerB+int(length)]
	if crc32.Checksum(payload, castagnoli) != binary.BigEndian.Uint32(text[4:]) || json.Unmarshal(payload, &w) != nil {
		return w, 0, false
	}
	return w, headerB + int(length), true
}

// find reads the next sound record of text: how many bytes before it are none, and its
// length. False: there is no more.
func find(text []byte) (w report.Window, skippedB, n int, ok bool) {
	for ; skippedB+headerB <= len(text); skippedB++ {
		if w, n, ok = parse(text[skippedB:]); ok {
			return w, skippedB, n, true
		}
	}
	return w, len(text), 0, false
}
