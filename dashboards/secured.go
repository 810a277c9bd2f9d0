package dashboards

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// dressed answers with the headers that keep pages to themselves: nothing is loaded
// from elsewhere, no script runs but our own files, no other site frames them. It compresses for those
// who take it.
func dressed(w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter)) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Add("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		answer(w)
		return
	}
	z := &zipWriter{ResponseWriter: w}
	defer z.close()
	answer(z)
}

type zipWriter struct {
	http.ResponseWriter
	zip     *gzip.Writer
	started bool
}

func (z *zipWriter) WriteHeader(status int) {
	if status != http.StatusNoContent && status != http.StatusNotModified && (status < 300 || status >= 400) && !packed(z.Header().Get("Content-Type")) {
		z.Header().Set("Content-Encoding", "gzip")
		z.Header().Del("Content-Length")
		z.zip = gzip.NewWriter(z.ResponseWriter)
	}
	z.started = true
	z.ResponseWriter.WriteHeader(status)
}

// packed tells that a file does not get smaller.
func packed(media string) bool {
	return media == "image/png" || strings.HasPrefix(media, "application/vnd.")
}

func (z *zipWriter) Write(b []byte) (int, error) {
	if !z.started {
		if z.Header().Get("Content-Type") == "" {
			z.Header().Set("Content-Type", http.DetectContentType(b))
		}
		z.WriteHeader(http.StatusOK)
	}
	if z.zip == nil {
		return z.ResponseWriter.Write(b)
	}
	return z.zip.Write(b)
}

func (z *zipWriter) close() {
	if z.zip != nil {
		z.zip.Close()
	}
}
