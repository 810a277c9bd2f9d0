package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/influxtest"
	"github.com/ecoparc/ecoparc/models/report"
)

func TestHistoryIsWhatWasFed(t *testing.T) {
	influx := influxtest.Start(t)
	c := Config{URL: influx.URL, Bucket: "park", Create: true}
	outbox := new(memory)
	// Names that would leave their place in a query, or be computed, if they could.
	names := []string{"d-1", `d"1`, `${1 + 1}`, `") |> yield() //`, "d é", `d\`}
	for i := range 40 {
		for _, name := range names {
			if e := outbox.add(name, noon.Add(time.Duration(i)*report.WindowLength)); i >= 20 {
				e.Site, e.Window.NetTxB = "moved", 0 // a series of its own, without a number
			}
		}
	}
	all := slices.Clone(outbox.entries)
	flush(t, feeder(t, c, outbox))
	h := OpenHistory(c)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			from, to := noon.Add(2*report.WindowLength), noon.Add(30*report.WindowLength)
			var want []report.Window
			for _, e := range all {
				if w := e.Window; e.Device == name && !w.Start.Before(from) && w.Start.Before(to) {
					w.Energy = []report.Reading{w.Energy[1], w.Energy[0]} // by their names
					want = append(want, w)
				}
			}
			got, err := h.Windows(t.Context(), name, from, to)
			if err != nil || len(want) != 28 || !reflect.DeepEqual(got, want) {
				t.Errorf("got %d windows, %v; want %d: %.300s\nlike %.300s", len(got), err, len(want), fmt.Sprint(got), fmt.Sprint(want))
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		if got, err := h.Windows(t.Context(), "d-1", noon.AddDate(0, 0, -1), noon); err != nil || len(got) != 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("sent twice and moved", func(t *testing.T) {
		again := all[0]
		again.Site = "moved"
		outbox.entries = []Entry{again}
		flush(t, feeder(t, c, outbox))
		if got, err := h.Windows(t.Context(), again.Device, noon, noon.Add(time.Second)); err != nil || len(got) != 1 || len(got[0].Energy) != 2 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("too many", func(t *testing.T) {
		var many bytes.Buffer
		for i := range mostRows + 1 {
			fmt.Fprintf(&many, "ecoparc_window,device=busy span_s=1i %d\n", noon.Unix()+int64(i))
		}
		influx.Write("park", many.String())
		if got, err := h.Windows(t.Context(), "busy", noon, noon.AddDate(0, 0, 1)); err == nil || !strings.Contains(err.Error(), "ask for less") {
			t.Errorf("got %d windows, %v", len(got), err)
		}
	})
	t.Run("no such bucket", func(t *testing.T) {
		_, err := OpenHistory(Config{URL: influx.URL, Bucket: "nowhere"}).Windows(t.Context(), "d-1", noon, noon.Add(time.Hour))
		if err == nil || !strings.Contains(err.Error(), "cannot read windows from InfluxDB") {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		influx.Stop()
		if got, err := h.Windows(t.Context(), "d-1", noon, noon.Add(time.Hour)); err == nil {
			t.Errorf("got %+v", got)
		}
	})
}

// An InfluxDB that takes a request and never answers costs whoever asks no more than
// their own patience.
func TestHistoryWaitsNoLongerThanItsReader(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	requests := 0
	server := answering(t, &requests, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see the client leave
		cancel()
		<-r.Context().Done()
	})
	_, err := OpenHistory(Config{URL: server.URL, Bucket: "park"}).Windows(ctx, "d-1", noon, noon.Add(time.Hour))
	if !errors.Is(err, context.Canceled) && !strings.Contains(fmt.Sprint(err), "context canceled") {
		t.Errorf("the error is %v", err)
	}
	if queryTimeout <= 0 || queryTimeout > 10*time.Second {
		t.Errorf("without a reader's own limit it waits %s", queryTimeout)
	}
}
