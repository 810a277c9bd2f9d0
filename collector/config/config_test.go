package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/config"
)

// load reads a configuration file with this text.
func load(t *testing.T, text string) (config.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ecoparc.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(path)
}

func TestMistakesAreToldWithLineAndWhatIsAllowed(t *testing.T) {
	for _, c := range []struct {
		name, text string
		parts      []string
	}{
		{"unknown key", "time_zone: Europe/Paris\nport: 80\n", []string{"line 2", `unknown key "port"`, "listen, store, data_dir, time_zone, factors_file, method, device_reports_per_hour, site_reports_per_hour, site_enrolments_per_hour, tls, telemetry"}},
		{"unknown key below", "tls:\n  certificate: x\n", []string{"line 2", `"certificate"`, "tls", "cert_file, key_file, behind_proxy"}},
		{"wrong type", "tls:\n  behind_proxy: perhaps\n", []string{"line 2", "perhaps", "true or false"}},
		{"a list for a section", "tls: [a]\n", []string{"line 1", "tls", "a list", "cert_file"}},
		{"not YAML", "listen: [\n", []string{"line"}},
		{"no such port", "listen: 127.0.0.1:99999\n", []string{"line 1: listen", `"127.0.0.1:99999" is not host:port`}},
		{"address without a port", "listen: localhost\n", []string{"line 1: listen", `"localhost"`, "host:port"}},
		{"open to the world without TLS", "\nlisten: 0.0.0.0:8080\n", []string{"line 2: listen", "without TLS", "tls.cert_file", "behind_proxy"}},
		{"certificate without key", "tls:\n  cert_file: a.pem\n", []string{"line 1: tls", "belong together"}},
		{"hours that are none", "opening:\n  from_hour: 19\n  to_hour: 7\n", []string{"line 1: opening", "is from 19 to 7", "from_hour: 7"}},
		{"no such time zone", "time_zone: Paris\n", []string{"line 1: time_zone", `"Paris"`, "Europe/Paris"}},
		{"no such store", "store: mysql://root@db/parc\n", []string{"line 1: store", "neither sqlite nor", "postgres://user:password@host:5432/database"}},
		{"store with a wrong option", "store: postgres://zoe:geheim@db/parc?sslmode=perhaps\n", []string{"line 1: store", "sslmode"}},
		{"empty folder", "data_dir: ''\n", []string{"line 1: data_dir", "a folder is expected"}},
		{"InfluxDB without a bucket", "telemetry:\n  influxdb:\n    url: http://127.0.0.1:8086\n", []string{"telemetry.influxdb.bucket"}},
		{"InfluxDB section without anything", "telemetry:\n  influxdb:\n    org: x\n", []string{"telemetry.influxdb.url", "telemetry.influxdb.bucket"}},
		{"outbox too large", "telemetry:\n  influxdb:\n    url: http://a:1\n    bucket: b\n    outbox_mb: 9999999\n", []string{"line 5: telemetry.influxdb.outbox_mb", "9999999", "1 to 1000000 MB"}},
		{"batch too large", "telemetry:\n  influxdb:\n    url: http://a:1\n    bucket: b\n    batch: 9999\n", []string{"line 5: telemetry.influxdb.batch", "9999", "5000"}},
		{"no such method", "method: guess\n", []string{"line 1: method", `"guess"`, `["ademe" "maker"]`}},
		{"own factors that are not there", "time_zone: Europe/Paris\nfactors_file: nowhere.yaml\n", []string{"line 2: factors_file", "nowhere.yaml", "no such file"}},
		{"no such territory", "electricity:\n  territory: FR-GP\n", []string{"line 2: electricity.territory", `"FR-GP" is no territory`, "FR, FR-20R, FR-971"}},
		{"éco2mix overseas", "electricity:\n  territory: FR-974\n  eco2mix:\n    enabled: true\n", []string{"line 4: electricity.eco2mix.enabled", "mainland France (FR) only, not FR-974"}},
		{"éco2mix unencrypted", "electricity:\n  eco2mix:\n    url: http://odre.example/api\n", []string{"line 3: electricity.eco2mix.url", "use https"}},
		{"éco2mix without an address", "electricity:\n  eco2mix:\n    url: ''\n", []string{"line 3: electricity.eco2mix.url", "https://odre.opendatasoft.com"}},
		{"éco2mix with a key", "electricity:\n  eco2mix:\n    url: https://odre.example/?apikey=x\n", []string{"line 3: electricity.eco2mix.url", "more than an address"}},
		{"less than a year", "electricity:\n  eco2mix:\n    backfill_months: 6\n", []string{"line 3: electricity.eco2mix.backfill_months", "is 6", "13 to 60"}},
		{"contract without days", "electricity:\n  market_based:\n    kg_per_kwh: 0.01\n", []string{"line 2: electricity.market_based", "from", "not a day"}},
		{"contract in grams", "electricity:\n  market_based: {kg_per_kwh: 12, contract: a, source: b, from: 2026-01-01, to: 2026-12-31}\n", []string{"line 2: electricity.market_based", "12 kgCO2e/kWh"}},
		{"accessibility", "accessibility:\n  contact: call us\n  scheme: ftp://a\n  audit: {on: soon, percent: 101}\n", []string{"line 2: accessibility.contact", "line 3: accessibility.scheme", "accessibility.audit.on", "accessibility.audit.by", "accessibility.audit.percent"}},
		{"nobody may sign in", "sign_in:\n  local: false\n", []string{"line 2: sign_in.local", "nobody could sign in"}},
		{"single sign-on without anything", "sign_in:\n  oidc:\n    name: x\n", []string{"sign_in.oidc.issuer", "sign_in.oidc.public_url", "https://", "sign_in.oidc.client_id", "sign_in.oidc.client_secret", "sign_in.oidc.roles_claim", "sign_in.oidc.roles"}},
		{"provider unencrypted", "sign_in:\n  oidc:\n    issuer: http://id.example\n", []string{"line 3: sign_in.oidc.issuer", `"http://id.example"`, "https://"}},
		{"two secrets", "sign_in:\n  oidc:\n    issuer: https://id.example\n    client_secret: a\n    client_secret_file: b\n", []string{"line 5: sign_in.oidc.client_secret_file", "one of them"}},
		{"a secret that is not there", "sign_in:\n  oidc:\n    issuer: https://id.example\n    client_secret_file: nowhere\n", []string{"line 4: sign_in.oidc.client_secret_file", "cannot be read"}},
		{"mappings", "sign_in:\n  oidc:\n    issuer: https://id.example\n    roles:\n      - {value: a, role: king, everything: true}\n      - {value: b, role: auditor}\n      - {role: auditor, everything: true}\n", []string{"line 5: sign_in.oidc.roles[0]", `"king"`, "it_manager", "line 6: sign_in.oidc.roles[1]", "reaches nothing", "line 7: sign_in.oidc.roles[2]", "no value"}},
		{"all at once", "port: 80\nlisten: x\ntime_zone: y\n", []string{"line 1", "line 2: listen", "line 3: time_zone"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.text)
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, part := range append(c.parts, "ecoparc.yaml") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing in:\n%v", part, err)
				}
			}
		})
	}
}

func TestEnvironmentWinsAndItsMistakesNameTheVariable(t *testing.T) {
	t.Setenv("ECOPARC_LISTEN", "127.0.0.1:9999")
	t.Setenv("ECOPARC_TELEMETRY_INFLUXDB_TOKEN", "secret")
	c, err := load(t, "listen: 127.0.0.1:1\ntelemetry:\n  influxdb:\n    url: http://127.0.0.1:8086\n    bucket: park\n")
	if err != nil || c.Listen != "127.0.0.1:9999" || c.Telemetry.InfluxDB.Token != "secret" || !c.InfluxDB() {
		t.Errorf("%+v, %v", c, err)
	}
	t.Setenv("ECOPARC_LISTEN", "nonsense")
	t.Setenv("ECOPARC_TELEMETRY_INFLUXDB_BATCH", "many")
	_, err = load(t, "listen: 127.0.0.1:1\n")
	for _, part := range []string{"ECOPARC_LISTEN", `"nonsense"`, "ECOPARC_TELEMETRY_INFLUXDB_BATCH", `"many"`, "a whole number"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in: %v", part, err)
		}
	}
}

func TestDefaultsServeThisMachineOnly(t *testing.T) {
	c, err := config.Load("")
	if _, recorded, _ := c.Electricity.MarketBased.Figure(); recorded || c.Electricity.Eco2mix.Enabled || c.Electricity.Territory != "FR" {
		t.Errorf("%+v", c.Electricity)
	}
	if err != nil || c.Listen != "127.0.0.1:8080" || c.InfluxDB() || c.Location().String() != "Europe/Paris" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestPasswordOfTheStoreIsNeverTold(t *testing.T) {
	for _, address := range []string{"mysql://zoe:geh%40im@db/parc", "postgres://zoe:geh%40im@db:port/parc", "postgres://zoe:geh%40im@db/parc?sslmode=perhaps", "zoe:geh%40im@db/parc",
		"postgres://db/parc?password=geh%40im&connect_timeout=x", "postgres://zoe:geh%40im@db,:x/parc"} {
		t.Setenv("ECOPARC_STORE", address)
		_, err := config.Load("")
		if err == nil || !strings.Contains(err.Error(), "ECOPARC_STORE") || strings.Contains(err.Error(), "geh%40im") || strings.Contains(err.Error(), "geh@im") {
			t.Errorf("%s: %v", address, err)
		}
	}
	t.Setenv("ECOPARC_STORE", "postgres://zoe:geh%40im@db/parc")
	c, err := config.Load("")
	if err != nil || c.Place().URL != c.Store || strings.Contains(c.Place().String(), "im") {
		t.Errorf("%v, %v", c.Place(), err)
	}
}

func TestDataFolderIsBesideTheConfiguration(t *testing.T) {
	c, err := load(t, "data_dir: data\n")
	if err != nil || !filepath.IsAbs(c.DataDir) || filepath.Base(c.DataDir) != "data" {
		t.Errorf("%q, %v", c.DataDir, err)
	}
	if c, err = load(t, "data_dir: /var/lib/ecoparc\n"); err != nil || c.DataDir != "/var/lib/ecoparc" {
		t.Errorf("%q, %v", c.DataDir, err)
	}
}

// keys are the yaml keys of a configuration.
func keys(of reflect.Type) (all []string) {
	for f := range of.Fields() {
		if key := f.Tag.Get("yaml"); key != "" {
			all = append(all, key)
			if f.Type.Kind() == reflect.Struct {
				all = append(all, keys(f.Type)...)
			}
		}
	}
	return all
}

func TestDocumentationShowsEveryKeyAndItsExampleIsRight(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ := strings.Cut(after, "```")
	if _, err := load(t, example); err != nil {
		t.Errorf("the example is refused: %v", err)
	}
	for _, key := range keys(reflect.TypeFor[config.Config]()) {
		if !strings.Contains(example, key+":") {
			t.Errorf("the example lacks %s", key)
		}
	}
}

func TestOwnFactorsLieBesideTheConfigurationAndTheirMistakesAreTold(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ecoparc.yaml")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const row = "rows:\n  - {key: embodied.laptop, value: 150, low: 130, high: 175, unit: kgCO2e, interval: supplier's, source: ecodiag, page: annexe 3, verified: yes}\n"
	write("ecoparc.yaml", "factors_file: own.yaml\n")
	write("own.yaml", row)
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Factors().Find("embodied.laptop", "", time.Time{}); err != nil || got.Value != 150 || !got.Override {
		t.Errorf("the factor is %+v, %v", got, err)
	}
	write("own.yaml", strings.Replace(row, "kgCO2e", "tonnes", 1))
	if _, err := config.Load(path); err == nil || !strings.Contains(err.Error(), "line 1: factors_file") || !strings.Contains(err.Error(), `own.yaml: line 2: rows[0]: embodied.laptop: unit is "tonnes"; it must be kgCO2e`) {
		t.Errorf("the error is %v", err)
	}
}

func TestDaysAreThoseOfTheTerritoryUnlessSet(t *testing.T) {
	for text, want := range map[string]string{
		"electricity:\n  territory: FR-972\n":                              "America/Martinique",
		"time_zone: ''\nelectricity:\n  territory: FR-974\n":               "Indian/Reunion",
		"time_zone: Pacific/Marquesas\nelectricity:\n  territory: FR-PF\n": "Pacific/Marquesas",
		"electricity:\n  eco2mix:\n    enabled: true\n":                    "Europe/Paris",
	} {
		if c, err := load(t, text); err != nil || c.Location().String() != want {
			t.Errorf("%q: days are those of %v, %v; want %s", text, c.Location(), err, want)
		}
	}
	t.Setenv("ECOPARC_ELECTRICITY_TERRITORY", "FR-976")
	if c, err := load(t, ""); err != nil || c.Location().String() != "Indian/Mayotte" {
		t.Errorf("from the environment: %v, %v", c.Location(), err)
	}
}

func TestMarketBasedFigureIsRecordedWithItsPeriod(t *testing.T) {
	c, err := load(t, "electricity:\n  market_based: {kg_per_kwh: 0.012, contract: lot 3, source: attestation, from: 2026-01-01, to: 2026-12-31}\n")
	if err != nil {
		t.Fatal(err)
	}
	figure, recorded, err := c.Electricity.MarketBased.Figure()
	if want := "market-based: 0.012 kgCO2e/kWh, lot 3, from 2026-01-01 to 2026-12-31 (attestation)"; err != nil || !recorded || figure.String() != want {
		t.Errorf("%v, %v, %v; want %s", figure, recorded, err, want)
	}
}

func TestClientSecretIsReadFromItsFile(t *testing.T) {
	dir := t.TempDir()
	const text = "sign_in:\n  local: false\n  oidc: {issuer: 'https://id.example', client_id: a, client_secret_file: secret, name: b, public_url: 'https://c.example/', roles_claim: d, roles: [{value: e, role: auditor, everything: true}]}\n"
	for name, text := range map[string]string{"ecoparc.yaml": text, "secret": "from the file\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(filepath.Join(dir, "ecoparc.yaml"))
	if err != nil || c.SignIn.OIDC.ClientSecret != "from the file" || c.SignIn.OIDC.PublicURL != "https://c.example" || !c.SignIn.OIDC.Configured() {
		t.Errorf("%+v, %v", c.SignIn, err)
	}
	if err := os.Remove(filepath.Join(dir, "secret")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ECOPARC_SIGN_IN_OIDC_CLIENT_SECRET_FILE", "")
	t.Setenv("ECOPARC_SIGN_IN_OIDC_CLIENT_SECRET", "from the environment")
	if c, err = config.Load(filepath.Join(dir, "ecoparc.yaml")); err != nil || c.SignIn.OIDC.ClientSecret != "from the environment" {
		t.Errorf("%+v, %v", c.SignIn, err)
	}
}
