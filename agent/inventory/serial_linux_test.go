package inventory_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
	"github.com/ecoparc/ecoparc/agent/inventory"
	"github.com/ecoparc/ecoparc/models/report"
)

// TestSerialNumberLeavesAsAHashOnly: without a key it is not read; under a key equal
// numbers are equal, however they are typed, and another key tells nothing.
func TestSerialNumberLeavesAsAHashOnly(t *testing.T) {
	hash := func(serial, key string, guest bool) string {
		root := t.TempDir()
		agenttest.Write(t, root+"/sys/class/dmi/id/product_serial", serial, false)
		v := report.Inventory{Category: "laptop"}
		if guest {
			v.Virtualization = "kvm"
		}
		inventory.HashSerial(t.Context(), root, []byte(key), &v)
		body, err := json.Marshal(report.EnrolRequest{Token: "t", Inventory: v})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := report.DecodeEnrol(body); err != nil || strings.Contains(strings.ToLower(string(body)), "pf1canary") {
			t.Errorf("it says %s, %v", body, err)
		}
		return v.SerialHash
	}
	const key = "the key of our région"
	usual := hash("PF1CANARY", key, false)
	const want = "d7d35acfb31e86aa41bb2a36a8da9423" // Python's hmac
	if again := hash(" pf1 canary\n", key, false); usual != want || again != want {
		t.Errorf("hashes are %q and %q; want %q", usual, again, want)
	}
	for what, other := range map[string]string{
		"another key": hash("PF1CANARY", key+"!", false), "another machine": hash("PF1CANARZ", key, false), "no key": hash("PF1CANARY", "", false),
		"a guest": hash("PF1CANARY", key, true), "no number": hash("To be filled by O.E.M.", key, false),
	} {
		if other == usual || (other != "") != strings.HasPrefix(what, "another") {
			t.Errorf("%s: hash %q", what, other)
		}
	}
}
