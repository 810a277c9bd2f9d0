package intake_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/intake"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/storetest"
)

// uncounted is for an example; the collector's counters are in its /metrics.
type uncounted struct{}

func (uncounted) Windows(int, int) {}
func (uncounted) Rejected(int)     {}

// Whoever has no token is not let in, and what is wrong with a request is said of a
// field.
func ExampleIntake_Routes() {
	ctx := context.Background()
	s, end := storetest.Temporary(ctx)
	defer end()
	l := ledger.Open(s, time.UTC, false)
	defer l.Close()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	mux := http.NewServeMux()
	quiet := slog.New(slog.DiscardHandler)
	for _, route := range intake.New(registry.Open(s), l, intake.Limits{}, func() time.Time { return now }, quiet, uncounted{}).Routes() {
		mux.HandleFunc(route.Pattern, route.Handler)
	}
	for _, body := range []string{
		`{"token": "guessed", "inventory": {"category": "laptop", "meters": []}}`,
		`{"token": "guessed", "inventory": {"category": "laptop", "memory_mib": -8, "meters": []}}`,
	} {
		r := httptest.NewRequest("POST", "/api/v1/enrol", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 403 {"field":"token","reason":"is not a token of this collector; ask the administrator for one (`collector token create`)"}
	// 422 {"field":"inventory.memory_mib","reason":"is -8; it cannot be negative"}
}
