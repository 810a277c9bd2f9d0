package eco2mix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ecoparc/ecoparc/models/grid"
)

// dataset is one of the two that have taux_co2.
type dataset struct {
	name    string
	growing bool // by quarters of an hour, as they pass
}

var (
	realTime     = dataset{"eco2mix-national-tr", true}
	consolidated = dataset{"eco2mix-national-cons-def", false}
)

const (
	answerTimeout = time.Minute
	mostRedirects = 3
)

// client asks one API.
type client struct {
	url  *url.URL
	http *http.Client
}

func newClient(address string) (*client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("cannot read the address of éco2mix: %w", err)
	}
	return &client{u, &http.Client{
		Timeout:       answerTimeout,
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: onlyHere,
	}}, nil
}

// onlyHere follows a redirect only to the host that was configured.
func onlyHere(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Host != first.Host || next.URL.Scheme != first.Scheme {
		return fmt.Errorf("%s sends elsewhere, to %s", first.Host, next.URL.Host)
	}
	if len(via) > mostRedirects {
		return errors.New("it sends round and round")
	}
	return nil
}

// refusal is an answer other than 200 OK.
type refusal struct {
	status string
	wait   time.Duration // Retry-After
}

// Error says the status.
func (r refusal) Error() string { return "the answer is " + r.status }

// ask fetches the half hours from one up to another, which is not in it.
func (c *client) ask(ctx context.Context, d dataset, from, to grid.HalfHour) ([]grid.Direct, error) {
	all, err := c.get(ctx, d, from.Start(), to.Start())
	if err != nil {
		return nil, fmt.Errorf("cannot fetch %s from %s to %s: %w", d.name, from.Start().Format(time.RFC3339), to.Start().Format(time.RFC3339), err)
	}
	kept := all[:0]
	for _, h := range all {
		if from <= h.At && h.At < to {
			kept = append(kept, h)
		}
	}
	return kept, nil
}

func (c *client) get(ctx context.Context, d dataset, from, to time.Time) ([]grid.Direct, error) {
	u := c.url.JoinPath("catalog", "datasets", d.name, "exports", "json")
	u.RawQuery = url.Values{
		"select":   {"taux_co2,date_heure"},
		"where":    {fmt.Sprintf("date_heure IN [date'%s' TO date'%s'[", from.Format(time.RFC3339), to.Format(time.RFC3339))},
		"order_by": {"date_heure asc"},
		"timezone": {"UTC"},
	}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "ecoparc")
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // a date is as good as nothing
		return nil, refusal{answer.Status, time.Duration(min(max(seconds, 0), int(longestPause/time.Second))) * time.Second}
	}
	values, err := parse(answer.Body)
	if err != nil {
		return nil, err
	}
	return halfHours(values, d.growing), nil
}
