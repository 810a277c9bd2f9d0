package ownuse_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/ownuse"
)

func TestMeterCountsWhatGoesThrough(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	m := ownuse.New(func() time.Time { return now }, func(context.Context) (int64, error) { return 42, nil })
	mux := http.NewServeMux()
	page := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, strings.Repeat("x", len(r.URL.Path)))
	}
	mux.HandleFunc("GET /sites/{id}", page)
	mux.HandleFunc("GET /{$}", page)
	mux.HandleFunc("POST /api/v1/reports", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })
	handler := m.Watch(mux)
	ask := func(method, path, body string) {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, strings.NewReader(body)))
	}
	ask("GET", "/sites/1", "")    // 8 bytes
	ask("GET", "/sites/1234", "") // 11 bytes
	ask("GET", "/", "")
	ask("POST", "/api/v1/reports", "12345")
	ask("GET", "/nowhere", "") // no page of ours
	now = now.Add(time.Hour)
	u, err := m.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if u.UpMs != 3_600_000 || u.Requests != 5 || u.ReceivedB != 5 || u.DiskB != 42 || u.SentB < 8+11+1+2 || u.MemoryB <= 0 || u.Processors < 1 {
		t.Errorf("%+v", u)
	}
	if len(u.Pages) != 2 || u.Pages[0].Page != "/sites/{id}" || u.Pages[0].MeanB != 9 || u.Pages[0].MostB != 11 || u.Pages[0].Answers != 2 || u.Pages[1].Page != "/" {
		t.Errorf("the pages are %+v", u.Pages)
	}
}

func TestWeightIsOfTheLastAnswers(t *testing.T) {
	m := ownuse.New(time.Now, func(context.Context) (int64, error) { return 0, nil })
	size := 1000
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write(make([]byte, size))
	})
	for i := range 100 {
		if i == 50 {
			size = 10
		}
		m.Watch(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/a", nil))
	}
	u, err := m.Now(t.Context())
	if err != nil || u.Pages[0].MostB != 10 || u.Pages[0].Answers != 100 {
		t.Errorf("%+v, %v", u.Pages, err)
	}
}
