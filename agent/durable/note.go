package durable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A note is a small document that is written often. Its file has two places, which are
// written over in turn, so that one is always whole: that takes one page of the disk,
// where a new file takes half a dozen for its folder and its tables. A place is a line:
//
//	place = CRC-32C of the rest (8 hexadecimal digits) | number (16) | JSON | spaces | newline
//
// The greater number is the newer one.
const (
	placeB  = 2048
	headerB = 8 + 1 + 16 + 1
)

// ErrDamaged is of a note of which neither place is whole.
var ErrDamaged = errors.New("the note is damaged")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ReadNote reads a note into a value. The error is fs.ErrNotExist where there is none,
// and [ErrDamaged] where it cannot be read.
func ReadNote(path string, into any) error {
	text, err := ReadAtMost(path, 2*placeB)
	if err != nil {
		return err
	}
	newest, _ := newestPlace(text)
	if newest == nil || json.Unmarshal(newest, into) != nil {
		return fmt.Errorf("%s: %w", path, ErrDamaged)
	}
	return nil
}

// WriteNote puts a value in place of the older one of the two that the file holds.
func WriteNote(path string, value any) error {
	document, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if len(document) > placeB-headerB-1 {
		return fmt.Errorf("a note of %d bytes is too long to keep", len(document))
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return Replace(path, append(place(1, document), place(0, document)...))
	}
	if err != nil {
		return err
	}
	defer f.Close() // what is written is synced
	text := make([]byte, 2*placeB)
	if n, err := f.ReadAt(text, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	} else if n < len(text) { // not as this package makes them
		return Replace(path, append(place(1, document), place(0, document)...))
	}
	_, number := newestPlace(text)
	number++
	return WriteAt(f, place(number, document), int64(number%2)*placeB)
}

// place is a document as it stands in the file: with an odd number in the second place.
func place(number uint64, document []byte) []byte {
	rest := bytes.Repeat([]byte{' '}, placeB-9)
	copy(rest, fmt.Appendf(nil, "%016x ", number))
	copy(rest[17:], document)
	rest[len(rest)-1] = '\n'
	return append(fmt.Appendf(nil, "%08x ", crc32.Checksum(rest, castagnoli)), rest...)
}

// newestPlace finds the document with the greatest number; nil: none is whole.
func newestPlace(text []byte) (document []byte, number uint64) {
	for ; len(text) >= placeB; text = text[placeB:] {
		var sum uint32
		var n uint64
		if _, err := fmt.Sscanf(string(text[:headerB]), "%08x %016x", &sum, &n); err != nil || sum != crc32.Checksum(text[9:placeB], castagnoli) {
			continue
		}
		if document == nil || n > number {
			document, number = text[headerB:placeB], n
		}
	}
	return document, number
}
