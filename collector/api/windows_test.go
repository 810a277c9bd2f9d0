package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
)

func TestWindowsOfAStretchOfTime(t *testing.T) {
	s := start(t)
	path := "/api/v1/devices/" + s.device + "/windows"
	from, to := now.Add(-2*60*60*1e9).Format("2006-01-02T15:04:05Z07:00"), now.Format("2006-01-02T15:04:05Z07:00")
	answer, body := s.get(path+"?from="+from+"&to="+to, zoe)
	var v view.Windows
	if err := json.Unmarshal(body, &v); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s, %v", answer.Status, body, err)
	}
	if v.Device != s.device || v.Source != view.FromLedger || len(v.Rows) != 1 || v.Rows[0].RunningMs != 900_000 || v.Rows[0].Energy.Value <= 0 || v.History != "" {
		t.Errorf("got %s", body)
	}
	if answer, body := s.get(path+"?from="+to, zoe); answer.StatusCode != http.StatusOK || !strings.Contains(string(body), `"windows":[]`) {
		t.Errorf("of the day that follows: %s %s", answer.Status, body)
	}
	for query, field := range map[string]string{
		"": "from", "?from=yesterday": "from", "?from=2026-11-23": "from", "?from=" + to + "&to=" + from: "to", "?from=" + to + "&to=" + to: "to",
		"?from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z": "to", "?from=0001-01-01T00:00:00Z": "from",
	} {
		if answer, body := s.get(path+query, zoe); answer.StatusCode != http.StatusBadRequest || problemOf(t, body).Field != field {
			t.Errorf("%q: %s %s", query, answer.Status, body)
		}
	}
	if answer, _ := s.get("/api/v1/devices/nobody/windows?from="+from, zoe); answer.StatusCode != http.StatusNotFound {
		t.Errorf("of a device that does not exist: %s", answer.Status)
	}
	if answer, _ := s.get(path+"?from="+from, nil); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("without signing in: %s", answer.Status)
	}
}
