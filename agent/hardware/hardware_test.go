package hardware

import (
	"net"
	"strings"
	"testing"
)

func macs(t *testing.T, text string) (all []net.HardwareAddr) {
	t.Helper()
	for word := range strings.FieldsSeq(text) {
		a, err := net.ParseMAC(word)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

func TestCopiedDiskIsToldFromItsMachine(t *testing.T) {
	for _, c := range []struct {
		what, before, now string
		same              bool
	}{
		{"itself", "a0:36:9f:00:00:01", "a0:36:9f:00:00:01", true},
		{"a copy", "a0:36:9f:00:00:01", "a0:36:9f:00:00:02", false},
		{"a dock came", "a0:36:9f:00:00:01", "a0:36:9f:00:00:01 00:e0:4c:00:00:09", true},
		{"a dock left", "a0:36:9f:00:00:01 00:e0:4c:00:00:09", "a0:36:9f:00:00:01", true},
		{"no card made it", "", "a0:36:9f:00:00:01", true},
		{"no card is left", "a0:36:9f:00:00:01", "", true},
		{"a random Wi-Fi address", "a0:36:9f:00:00:01", "da:a1:19:00:00:01", true}, // nothing can be told
		{"a copy with the same container bridge", "a0:36:9f:00:00:01 02:42:ac:11:00:02", "a0:36:9f:00:00:02 02:42:ac:11:00:02", false},
		{"a copy with the same virtual adapters", "a0:36:9f:00:00:01 00:50:56:c0:00:08", "a0:36:9f:00:00:02 00:50:56:c0:00:08", false},
		{"a copied virtual machine", "00:0c:29:00:00:01", "00:0c:29:00:00:02", false},
	} {
		if got := of([]byte("key"), macs(t, c.before)).Same(macs(t, c.now)); got != c.same {
			t.Errorf("%s: same %t; want %t", c.what, got, c.same)
		}
	}
	if (Marks{Key: "no number", Hashes: []string{"x"}}).Same(macs(t, "a0:36:9f:00:00:01")) != true {
		t.Error("damaged marks make it another machine")
	}
}

func TestMarksHoldNoAddress(t *testing.T) {
	all := macs(t, "a0:36:9f:00:00:01")
	one, other := of([]byte("a"), all), of([]byte("b"), all)
	if len(one.Hashes) != 1 || one.Hashes[0] == other.Hashes[0] || strings.Contains(one.Hashes[0], "a0369f") {
		t.Errorf("%v and %v; want one hash each, under its own key", one, other)
	}
	if !Take(Cards()).Same(Cards()) {
		t.Error("this machine is not itself")
	}
}
