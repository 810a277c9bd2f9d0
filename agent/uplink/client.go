package uplink

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ecoparc/ecoparc/models/report"
)

// Client speaks to one collector.
type Client struct {
	wire  *wire
	base  *url.URL
	http  *http.Client
	clock func() time.Time
	told  time.Time
}

const (
	requestTimeout = 60 * time.Second
	maxAnswerB     = 64 << 10 // of its header, and of its body
	longestRetry   = 24 * time.Hour
)

// NewClient returns a client for a collector's address. Plain HTTP is refused but
// for this very machine, where CheckAddress let it be when the device enrolled. caFile,
// when not empty, names certificates to trust besides those of the system. proxy, when
// not empty, is asked instead of the one that the environment or the system names. A redirect is
// followed to the same host only. Whether a certificate is valid is asked of clock.
func NewClient(collector, caFile, proxy string, clock func() time.Time) (*Client, error) {
	base, err := parseAddress(collector)
	if err != nil {
		return nil, err
	}
	// A session that is taken up again needs no certificates: some 2 kB less an hour.
	config := &tls.Config{MinVersion: tls.VersionTLS12, Time: clock, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read ca_file: %w", err)
		}
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			config.RootCAs = x509.NewCertPool()
		}
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file %q holds no certificate in PEM form", caFile)
		}
	}
	ask := anyProxy
	if proxy != "" {
		address, err := parseProxy(proxy)
		if err != nil {
			return nil, err
		}
		ask = http.ProxyURL(address)
	}
	passed := new(wire)
	return &Client{wire: passed, clock: clock, base: base, http: &http.Client{
		Timeout:       requestTimeout,
		CheckRedirect: sameHost,
		Transport: &http.Transport{
			Proxy: ask, TLSClientConfig: config, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 20 * time.Second,
			// An hour passes between reports, or weeks in a cupboard: no connection outlives
			// its report, and names are resolved for each one anew.
			DisableKeepAlives: true, MaxResponseHeaderBytes: maxAnswerB,
			DialContext: passed.dial,
		},
	}}, nil
}

// CheckAddress says what is wrong with the address of a collector to enrol at. Plain
// HTTP is for this very machine, and even there only where insecureHTTP asks for it.
func CheckAddress(collector string, insecureHTTP bool) error {
	base, err := parseAddress(collector)
	if err == nil && base.Scheme == "http" && !insecureHTTP {
		return fmt.Errorf("collector %q: use https; to try it on this very machine, http is allowed with --insecure-http, or `insecure_http: true` in the configuration", collector)
	}
	return err
}

// CheckToken says when a text is no enrolment token of any collector's: one that was
// copied with what stands beside it, or read from a file in another encoding.
func CheckToken(token string) error {
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("holds what no token does: it has letters, digits and hyphens alone; a file with it is to be plain text (UTF-8)")
	}
	return nil
}

func parseAddress(collector string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimSuffix(collector, "/"))
	plain := err == nil && base.User == nil && base.RawQuery == "" && base.Fragment == "" && !strings.ContainsFunc(collector, unicode.IsSpace)
	if !plain || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("collector %q is not an address like https://ecoparc.example.fr", collector)
	}
	if base.Scheme == "http" && !loopback(base.Hostname()) {
		return nil, fmt.Errorf("collector %q: use https; http is for this very machine only, as http://127.0.0.1:8080, with --insecure-http", collector)
	}
	return base, nil
}

// sameHost follows a redirect that a report survives (307 or 308, which repeat it) to
// the host that was asked, as to another path, and never from https to http. Where a
// redirect leads elsewhere, its answer is no collector's.
func sameHost(to *http.Request, via []*http.Request) error {
	asked := via[0]
	if len(via) > 3 || to.Method != asked.Method || to.URL.Host != asked.URL.Host || to.URL.Scheme != asked.URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Refusal is an answer of the collector that is not a success.
type Refusal struct {
	Status     int
	Problem    report.Problem
	RetryAfter time.Duration // 0: the collector does not say
}

// Error says the status and the reason in one sentence.
func (r *Refusal) Error() string {
	return fmt.Sprintf("the collector answers %d: %s", r.Status, r.Problem.Error())
}

// Unknown tells whether what a Refusal said was that the collector does not know the device.
func Unknown(said string) bool {
	return strings.HasPrefix(said, fmt.Sprintf("the collector answers %d:", http.StatusUnauthorized))
}

// aboutContent tells that the report itself is what the collector does not take.
func (r *Refusal) aboutContent() bool {
	return r.Status == http.StatusBadRequest || r.Status == http.StatusRequestEntityTooLarge || r.Status == http.StatusUnprocessableEntity
}

// aboutWindows tells that windows of the report are at fault, and not its
// inventory, its version or the way: only then may a window be put aside.
func (r *Refusal) aboutWindows() bool {
	return r.aboutContent() && (strings.HasPrefix(r.Problem.Field, "windows") || r.Status == http.StatusRequestEntityTooLarge)
}

// Enrol makes this machine a device of the collector.
func (c *Client) Enrol(ctx context.Context, r report.EnrolRequest) (report.EnrolResponse, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return report.EnrolResponse{}, err
	}
	var answer report.EnrolResponse
	if err := c.post(ctx, "/api/v1/enrol", "", body, http.StatusCreated, &answer); err != nil {
		return report.EnrolResponse{}, fmt.Errorf("cannot enrol: %w", err)
	}
	if answer.Device == "" || answer.Secret == "" {
		return report.EnrolResponse{}, fmt.Errorf("cannot enrol: %w", errNotACollector)
	}
	return answer, nil
}

// send sends a report of some windows as it is. Only an answer that accounts for each
// window is an acknowledgement.
func (c *Client) send(ctx context.Context, id Identity, windows int, body []byte) (report.Ack, error) {
	var ack report.Ack
	err := c.post(ctx, "/api/v1/reports", id.Device+"."+id.Secret, body, http.StatusOK, &ack)
	if err == nil && (ack.New < 0 || ack.Repeat < 0 || ack.New+ack.Repeat != windows) {
		c.told = time.Time{}
		err = fmt.Errorf("the collector acknowledges %d new windows and %d known ones, of %d: %w", ack.New, ack.Repeat, windows, errNotACollector)
	}
	return ack, err
}

// errNotACollector is for a captive portal, a proxy's page or a wrong address.
var errNotACollector = errors.New("the answer is not a collector's; is the address right, or does a portal ask for a sign-in?")

// Told is what the time was at the collector when it answered the last request; zero
// where it did not, or somebody else did.
func (c *Client) Told() time.Time { return c.told }

func (c *Client) post(ctx context.Context, path, bearer string, body []byte, want int, into any) error {
	c.told = time.Time{}
	zipped := new(bytes.Buffer)
	z := gzip.NewWriter(zipped)
	z.Write(body) // into memory: never fails
	z.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath(path).String(), zipped)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "ecoparc-agent") // its version is in the report
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Encoding", "gzip")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("cannot reach the collector: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerB))
	if err != nil {
		return fmt.Errorf("cannot read the collector's answer: %w", err)
	}
	told, _ := http.ParseTime(res.Header.Get("Date"))
	d := json.NewDecoder(bytes.NewReader(answer)) // a newer collector may say more
	if res.StatusCode == want {
		if err := d.Decode(into); err != nil {
			return errNotACollector
		}
		c.told = told
		return nil
	}
	now := told
	if now.IsZero() {
		now = c.clock()
	}
	refusal := &Refusal{Status: res.StatusCode, RetryAfter: retryAfter(res.Header.Get("Retry-After"), now)}
	if d.Decode(&refusal.Problem) == nil && refusal.Problem.Reason != "" {
		c.told = told
	} else {
		if refusal.aboutContent() || res.StatusCode < http.StatusBadRequest { // a portal's page, or a redirect to it
			return errNotACollector
		}
		refusal.Problem.Reason = http.StatusText(res.StatusCode)
	}
	return refusal
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if s, err := strconv.ParseInt(text, 10, 64); err == nil && s > 0 {
		return time.Duration(min(s, int64(longestRetry/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), longestRetry)
	}
	return 0
}
