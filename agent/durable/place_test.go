package durable

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"testing"
)

// Of any bytes a document is only taken that a sum stands for.
func FuzzPlaces(f *testing.F) {
	f.Add(append(place(1, []byte(`{"n":1}`)), place(0, []byte(`{}`))...))
	f.Add(append(place(3, []byte(`{"n":3}`)), place(4, []byte(`{"n":4}`))...))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		document, number := newestPlace(text)
		if document == nil {
			if number != 0 {
				t.Errorf("no document, but number %d", number)
			}
			return
		}
		at := bytes.Index(text, document) - headerB
		for at < 0 || at%placeB != 0 { // the same text may stand elsewhere, too
			next := bytes.Index(text[at+headerB+1:], document)
			if next < 0 {
				t.Fatal("the document stands in no place")
			}
			at += next + 1
		}
		if sum := crc32.Checksum(text[at+9:at+placeB], castagnoli); !bytes.EqualFold(text[at:at+8], fmt.Appendf(nil, "%08x", sum)) {
			t.Errorf("a document whose sum is wrong: %q", document)
		}
	})
}
