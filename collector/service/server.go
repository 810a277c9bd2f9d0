package service

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// NewServer is an HTTP server with the collector's limits: a client that is slow to
// send its header or its body, or to take its answer, is cut off. Without a
// certificate it is to be served without TLS.
func NewServer(handler http.Handler, certificate *tls.Config, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		TLSConfig:         certificate,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Certificate is what TLS needs, nil without TLS. A file that is not right is found
// here, before anything listens.
func Certificate(certFile, keyFile string) (*tls.Config, error) {
	if certFile == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("cannot use tls.cert_file %q with tls.key_file %q: %w", certFile, keyFile, err)
	}
	// Without the hybrid with ML-KEM a handshake takes a third less time, and each
	// hourly report has a handshake. What reports hold need not stay secret for decades.
	return &tls.Config{Certificates: []tls.Certificate{pair}, CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}, nil
}
