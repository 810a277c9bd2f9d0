package main

import (
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// testProxy: a service has no environment that names a proxy; it asks the one that the
// machine is set to. Wine keeps it where Windows does.
func testProxy(t *testing.T, w *wineMachine) {
	var mu sync.Mutex
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Method+" "+r.Host)
		rw.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	setProxy(t, w, strings.TrimPrefix(proxy.URL, "http://"), "*.internal.invalid")
	for _, host := range []string{"ecoparc.invalid", "ecoparc.internal.invalid"} {
		if _, stderr, code := w.run(t, "", "--state-dir", `C:\fresh`, "enrol", "--collector", "https://"+host, "--token", "t"); code == 0 || !strings.Contains(stderr, "cannot reach the collector") {
			t.Errorf("%s: status %d, %q", host, code, stderr)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 1 || asked[0] != "CONNECT ecoparc.invalid:443" {
		t.Errorf("the proxy was asked %q; want for the one collector that is not excepted", asked)
	}
}

// setProxy does what `netsh winhttp set proxy` does.
func setProxy(t *testing.T, w *wineMachine, proxy, except string) {
	t.Helper()
	const magic, named = 0x18, 2
	var value []byte
	for _, n := range []uint32{magic, 0, named, uint32(len(proxy))} {
		value = binary.LittleEndian.AppendUint32(value, n)
	}
	value = binary.LittleEndian.AppendUint32(append(value, proxy...), uint32(len(except)))
	value = append(value, except...)
	const key = `HKLM\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
	if out, err := w.Command(t, "reg", "add", key, "/v", "WinHttpSettings", "/t", "REG_BINARY", "/d", hex.EncodeToString(value), "/f").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
