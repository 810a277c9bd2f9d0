package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// waitPosted waits until all that a collector has acknowledged is in its sums, and
// returns how many reports a second it posted meanwhile, while nothing else asked for
// the processors; 0 when nothing waited.
func waitPosted(ctx context.Context, address string, trust *tls.Config) (perS float64, err error) {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust}, Timeout: patience}
	defer client.CloseIdleConnections()
	url := "http://" + address + "/metrics"
	if trust != nil {
		url = "https://" + address + "/metrics"
	}
	const often = 20 * time.Millisecond
	var begin, last time.Time
	var first, left float64
	for {
		n, err := gauge(ctx, client, url, "ecoparc_unposted_reports")
		if err != nil {
			return 0, fmt.Errorf("cannot ask what waits to be posted: %w", err)
		}
		now := time.Now()
		switch {
		case n == 0 && begin.IsZero():
			return 0, ctx.Err()
		case n == 0:
			// The last chunks may have gone between two looks.
			if left == first {
				return 0, ctx.Err()
			}
			return (first - left) / last.Sub(begin).Seconds(), ctx.Err()
		case begin.IsZero() || n > first: // the end of the load is still on its way
			begin, first, left, last = now, n, n, now
		case n == first:
			begin, last = now, now // it has not begun
		case n < left:
			left, last = n, now
		}
		if sleep(ctx, often); ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
}

// gauge reads one of a collector's metrics.
func gauge(ctx context.Context, client *http.Client, url, name string) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), name+" "); found {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("%s tells no %s (%s)", url, name, answer.Status)
}
