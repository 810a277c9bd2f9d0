package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"
	"github.com/influxdata/influxdb-client-go/v2/domain"
)

// bucket makes the bucket what the configuration says: there, with its retention. It
// may be asked any number of times.
type bucket struct {
	Config
	log  *slog.Logger
	http *http.Client
}

// forever is how long a bucket without a retention keeps its points.
const forever time.Duration = 0

const adminTimeout = 15 * time.Second

func newBucket(c Config, log *slog.Logger) *bucket {
	return &bucket{c, log, &http.Client{Timeout: adminTimeout}}
}

// prepare makes the bucket, and gives it the retention that is configured.
func (b *bucket) prepare(ctx context.Context) error {
	var err error
	if b.Org == "" {
		err = b.prepareDatabase(ctx)
	} else {
		err = b.prepareBucket(ctx)
	}
	if err != nil {
		return fmt.Errorf("cannot prepare the InfluxDB bucket %q: %w", b.Bucket, err)
	}
	return nil
}

func (b *bucket) created() {
	b.log.Info("InfluxDB bucket created", "bucket", b.Bucket, "retention", said(b.wanted()))
}

// differs tells whether the bucket keeps its points for another time than it should,
// and logs that this is changed.
func (b *bucket) differs(kept time.Duration) bool {
	wanted := b.wanted()
	if b.Retention == "" || kept == wanted {
		return false
	}
	level := slog.LevelInfo
	if wanted != forever && (kept == forever || wanted < kept) {
		level = slog.LevelWarn // InfluxDB deletes what is older
	}
	b.log.Log(context.Background(), level, "InfluxDB retention changes", "bucket", b.Bucket, "from", said(kept), "to", said(wanted))
	return true
}

// said is a retention in words.
func said(retention time.Duration) string {
	if retention == forever {
		return "forever"
	}
	return retention.String()
}

// prepareBucket works with InfluxDB 2.
func (b *bucket) prepareBucket(ctx context.Context) error {
	client := influxdb2.NewClientWithOptions(b.URL, b.Token, influxdb2.DefaultOptions().SetHTTPClient(b.http).SetApplicationName("ecoparc"))
	buckets := client.BucketsAPI()
	found, err := find(ctx, buckets, b.Org, b.Bucket)
	if err != nil {
		return err
	}
	rules := domain.RetentionRules{{EverySeconds: int64(b.wanted() / time.Second)}}
	if found == nil {
		owner, err := client.OrganizationsAPI().FindOrganizationByName(ctx, b.Org)
		if err != nil {
			return err
		}
		if _, err := buckets.CreateBucketWithName(ctx, owner, b.Bucket, rules...); err != nil {
			return err
		}
		b.created()
		return nil
	}
	kept := forever
	if len(found.RetentionRules) > 0 {
		kept = time.Duration(found.RetentionRules[0].EverySeconds) * time.Second
	}
	if b.differs(kept) {
		found.RetentionRules = rules
		_, err = buckets.UpdateBucket(ctx, found)
	}
	return err
}

// bucketsAtOnce is the most that InfluxDB lists in one answer.
const bucketsAtOnce = 100

// find is an organisation's bucket, nil when there is none. To ask for the name alone
// would find that of another organisation.
func find(ctx context.Context, buckets api.BucketsAPI, org, name string) (*domain.Bucket, error) {
	for offset := 0; ; offset += bucketsAtOnce {
		page, err := buckets.FindBucketsByOrgName(ctx, org, api.PagingWithLimit(bucketsAtOnce), api.PagingWithOffset(offset))
		if err != nil || page == nil {
			return nil, err
		}
		for i := range *page {
			if (*page)[i].Name == name {
				return &(*page)[i], nil
			}
		}
		if len(*page) < bucketsAtOnce {
			return nil, nil
		}
	}
}

// prepareDatabase works with InfluxDB 1.8, whose buckets are retention policies of
// databases.
func (b *bucket) prepareDatabase(ctx context.Context) error {
	database, policy, _ := strings.Cut(b.Bucket, "/")
	all, err := b.policies(ctx, database)
	if errors.Is(err, errNoDatabase) {
		if _, err = b.ask(ctx, "CREATE DATABASE "+ident(database)); err != nil {
			return err
		}
		b.log.Info("InfluxDB database created", "database", database)
		all, err = b.policies(ctx, database)
	}
	if err != nil {
		return err
	}
	duration := "INF"
	if wanted := b.wanted(); wanted != forever {
		duration = fmt.Sprintf("%dh", int64(wanted/time.Hour))
	}
	for _, p := range all {
		if p.name == policy || policy == "" && p.isDefault {
			if b.differs(p.kept) {
				_, err = b.ask(ctx, fmt.Sprintf("ALTER RETENTION POLICY %s ON %s DURATION %s", ident(p.name), ident(database), duration))
			}
			return err
		}
	}
	if policy == "" {
		return fmt.Errorf("the database has no default retention policy; name one as %s/POLICY", database)
	}
	if _, err := b.ask(ctx, fmt.Sprintf("CREATE RETENTION POLICY %s ON %s DURATION %s REPLICATION 1", ident(policy), ident(database), duration)); err != nil {
		return err
	}
	b.created()
	return nil
}

var errNoDatabase = errors.New("there is no such database")

// retentionPolicy is for how long a database keeps points that are written to it.
type retentionPolicy struct {
	name      string
	kept      time.Duration
	isDefault bool
}

func (b *bucket) policies(ctx context.Context, database string) ([]retentionPolicy, error) {
	rows, err := b.ask(ctx, "SHOW RETENTION POLICIES ON "+ident(database))
	if err != nil {
		return nil, err
	}
	var all []retentionPolicy
	for _, row := range rows {
		var p retentionPolicy
		name, isName := row["name"].(string)
		text, isText := row["duration"].(string)
		p.kept, err = time.ParseDuration(text)
		p.isDefault, _ = row["default"].(bool)
		if p.name = name; !isName || !isText || err != nil {
			return nil, fmt.Errorf("InfluxDB tells a retention policy as %v", row)
		}
		all = append(all, p)
	}
	return all, nil
}

// ident is a name as an identifier of InfluxQL.
func ident(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(name) + `"`
}

// ask runs a statement of InfluxQL and returns its rows by their columns.
func (b *bucket) ask(ctx context.Context, statement string) ([]map[string]any, error) {
	form := url.Values{"q": {statement}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(b.URL, "/")+"/query", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if b.Token != "" {
		r.Header.Set("Authorization", "Token "+b.Token)
	}
	answer, err := b.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body struct {
		Error   string
		Results []struct {
			Error  string
			Series []struct {
				Columns []string
				Values  [][]any
			}
		}
	}
	err = json.NewDecoder(io.LimitReader(answer.Body, largestAnswerB)).Decode(&body)
	switch {
	case body.Error != "":
		return nil, fmt.Errorf("%s: %s", answer.Status, body.Error)
	case answer.StatusCode != http.StatusOK, err != nil, len(body.Results) != 1:
		return nil, fmt.Errorf("%s is answered %s, not as InfluxDB 1.8 does; for InfluxDB 2 set org", r.URL.Path, answer.Status)
	case strings.HasPrefix(body.Results[0].Error, "database not found"):
		return nil, errNoDatabase
	case body.Results[0].Error != "":
		return nil, errors.New(body.Results[0].Error)
	}
	var rows []map[string]any
	for _, series := range body.Results[0].Series {
		for _, values := range series.Values {
			row := map[string]any{}
			for i, column := range series.Columns {
				if i < len(values) {
					row[column] = values[i]
				}
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}
