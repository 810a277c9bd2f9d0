package registry_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/report"
)

// now is the collector's clock in these tests.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func open(t testing.TB) (*registry.Registry, *store.Store) {
	t.Helper()
	s := storetest.Open(t)
	return registry.Open(s), s
}

// schools adds an organisation with sites that are called after their number.
func schools(t testing.TB, r *registry.Registry, name string, simulated bool, n int) (registry.Organisation, []registry.Site) {
	t.Helper()
	o, err := r.AddOrganisation(t.Context(), name, simulated)
	if err != nil {
		t.Fatal(err)
	}
	sites := make([]registry.Site, n)
	for i := range sites {
		sites[i] = registry.Site{Name: fmt.Sprint("Site ", i+1), Kind: registry.College}
	}
	if sites, err = r.AddSites(t.Context(), o.ID, sites); err != nil {
		t.Fatal(err)
	}
	return o, sites
}

func enrolment(token, category string) *report.EnrolRequest {
	return &report.EnrolRequest{Token: token, Label: "salle 12", Inventory: report.Inventory{Category: category}}
}

// wants checks an error's words.
func wants(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("the error is %v; want one with %q", err, words)
	}
}

func TestTokenLetsInExactlyAsManyAsItSays(t *testing.T) {
	r, _ := open(t)
	_, sites := schools(t, r, "Région", false, 1)
	token, id, err := r.CreateToken(t.Context(), sites[0].ID, equipment.Individual, 7, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var in []report.EnrolResponse
	var wait sync.WaitGroup
	for range 25 {
		wait.Go(func() {
			answer, err := r.Enrol(t.Context(), enrolment(token, "laptop"), now)
			var problem *report.Problem
			if err != nil && (!errors.As(err, &problem) || problem.Field != "token" || !strings.Contains(problem.Reason, "used up")) {
				t.Errorf("refused with %v", err)
			}
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				in = append(in, answer)
			}
		})
	}
	wait.Wait()
	devices, err := r.Devices(t.Context(), sites[0].ID)
	if err != nil || len(in) != 7 || len(devices) != 7 {
		t.Fatalf("%d were let in and %d devices are there, %v; want 7", len(in), len(devices), err)
	}
	names := map[string]bool{}
	for _, answer := range in {
		names[answer.Device] = true
		key, err := r.Authenticate(t.Context(), answer.Device, answer.Secret)
		if err != nil || key.Site != sites[0].ID || key.Population != equipment.Individual || products(t, r)[key.Product].Category != equipment.Laptop {
			t.Errorf("authenticated as %+v, %v", key, err)
		}
	}
	if len(names) != 7 {
		t.Errorf("two devices have the same name: %v", names)
	}
	tokens, err := r.Tokens(t.Context(), 0, 0, 0)
	if err != nil || len(tokens) != 1 || tokens[0].ID != id || tokens[0].Uses != 7 || tokens[0].State(now) != "used up" {
		t.Errorf("the tokens are %+v, %v", tokens, err)
	}
}

func TestTokenEndsInThreeWays(t *testing.T) {
	r, _ := open(t)
	_, sites := schools(t, r, "Région", false, 1)
	token := func(uses int64) (string, int64) {
		text, id, err := r.CreateToken(t.Context(), sites[0].ID, equipment.Shared, uses, time.Hour, now)
		if err != nil {
			t.Fatal(err)
		}
		return text, id
	}
	text, id := token(2)
	enrol := func(at time.Time) error {
		_, err := r.Enrol(t.Context(), enrolment(text, "laptop"), at)
		return err
	}
	if err := enrol(now.Add(time.Hour - time.Second)); err != nil {
		t.Errorf("in its last second: %v", err)
	}
	wants(t, enrol(now.Add(time.Hour)), "is expired")
	if err := r.RevokeToken(t.Context(), id, now); err != nil {
		t.Fatal(err)
	}
	if err := r.RevokeToken(t.Context(), id, now.Add(time.Minute)); err != nil {
		t.Errorf("revoked twice: %v", err)
	}
	wants(t, enrol(now.Add(2*time.Hour)), "is revoked") // whatever else it is
	wants(t, r.RevokeToken(t.Context(), 99, now), "no token 99")
	token(1)
	all, err := r.Tokens(t.Context(), 0, 0, 0)
	if err != nil || len(all) != 2 || all[0].State(now) != "valid" || all[1].State(now) != "revoked" || !all[1].Revoked.Equal(now) || all[1].Uses != 1 {
		t.Errorf("the tokens are %+v, %v; want the latest first", all, err)
	}
}

func TestTokenThatMakesNoSenseIsNotMade(t *testing.T) {
	r, _ := open(t)
	_, sites := schools(t, r, "Région", false, 1)
	_, simulated := schools(t, r, "Démonstration", true, 1)
	for _, test := range []struct {
		site       int64
		population equipment.Population
		uses       int64
		valid      time.Duration
		words      string
	}{
		{sites[0].ID, "pupils", 1, time.Hour, `allowed are individual`},
		{sites[0].ID, equipment.Shared, 0, time.Hour, "at least 1"},
		{sites[0].ID, equipment.Shared, 1, 0, "has expired already"},
		{99, equipment.Shared, 1, time.Hour, "no site 99"},
		{simulated[0].ID, equipment.Shared, 1, time.Hour, "real devices cannot enrol there"},
	} {
		_, _, err := r.CreateToken(t.Context(), test.site, test.population, test.uses, test.valid, now)
		wants(t, err, test.words)
	}
	if all, err := r.Tokens(t.Context(), 0, 0, 0); err != nil || len(all) > 0 {
		t.Errorf("made were %+v, %v", all, err)
	}
}

func TestDeviceIsKnownByItsNameAndItsOwnSecret(t *testing.T) {
	r, s := open(t)
	_, sites := schools(t, r, "Région", false, 1)
	token, _, err := r.CreateToken(t.Context(), sites[0].ID, equipment.Shared, 2, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := r.Enrol(t.Context(), enrolment(token, "laptop"), now)
	b, errB := r.Enrol(t.Context(), enrolment(token, "laptop"), now)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	// A device from the inventory has no secret: an empty one must not open it.
	keys, err := r.AddDevices(t.Context(), []registry.NewDevice{{Site: sites[0].ID, Category: equipment.Monitor, Population: equipment.Shared, InService: now}})
	if err != nil {
		t.Fatal(err)
	}
	devices, err := r.Devices(t.Context(), sites[0].ID)
	if err != nil || len(devices) != 3 || devices[2].ID != keys[0].ID || devices[2].HasAgent {
		t.Fatalf("devices are %+v, %v", devices, err)
	}
	for _, wrong := range [][2]string{{a.Device, b.Secret}, {a.Device, ""}, {a.Device, a.Secret + "x"}, {"", a.Secret}, {"d-unknown", a.Secret}, {devices[2].Name, ""}} {
		if key, err := r.Authenticate(t.Context(), wrong[0], wrong[1]); !errors.Is(err, registry.ErrNotFound) || key != (registry.DeviceKey{}) {
			t.Errorf("%q is let in as %+v, %v", wrong, key, err)
		}
	}
	if _, err := s.Write.Exec("UPDATE devices SET retired = ? WHERE name = ?", now.Unix(), a.Device); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authenticate(t.Context(), a.Device, a.Secret); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("a retired device is answered %v", err)
	}
	if _, err := r.Authenticate(t.Context(), b.Device, b.Secret); err != nil {
		t.Error(err)
	}
	if _, err := r.Device(t.Context(), "d-unknown"); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("an unknown device is answered %v", err)
	}
}

// The age of a device decides whether to keep it: a date that cannot be true
// must not enter.
func TestInServiceDateIsTheFirmwaresWhenThatMakesSense(t *testing.T) {
	r, _ := open(t)
	_, sites := schools(t, r, "Région", false, 1)
	token, _, err := r.CreateToken(t.Context(), sites[0].ID, equipment.Teaching, 10, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		category, firmware string
		want, from         string
		population         equipment.Population
	}{
		{"laptop", "2024-05-31", "2024-05-31", registry.FromFirmware, equipment.Teaching},
		{"laptop", "", "2026-11-23", registry.FromEnrolment, equipment.Teaching},
		{"laptop", "1980-01-01", "2026-11-23", registry.FromEnrolment, equipment.Teaching},
		{"laptop", "2027-01-01", "2026-11-23", registry.FromEnrolment, equipment.Teaching},
		{"virtual", "2024-05-31", "2026-11-23", registry.FromEnrolment, equipment.Teaching},
		{"server", "2024-05-31", "2024-05-31", registry.FromFirmware, equipment.Infrastructure}, // whoever's token it was
	} {
		request := enrolment(token, test.category)
		request.Inventory.FirmwareDate = test.firmware
		answer, err := r.Enrol(t.Context(), request, now)
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.Device(t.Context(), answer.Device)
		if err != nil || d.InService.Format(time.DateOnly) != test.want || d.InServiceFrom != test.from || d.Population != test.population || d.Label != "salle 12" || !d.HasAgent {
			t.Errorf("%s with firmware %q is %+v, %v", test.category, test.firmware, d, err)
		}
	}
}

func TestCohortsAndCoverageCountEachDeviceOnce(t *testing.T) {
	r, s := open(t)
	o, sites := schools(t, r, "Région", false, 2)
	_, foreign := schools(t, r, "Autre région", false, 1)
	bought := now.AddDate(-2, 0, 0)
	add := func(n int, d registry.NewDevice) {
		t.Helper()
		d.Population, d.InService = equipment.Shared, bought
		all := make([]registry.NewDevice, n)
		for i := range all {
			all[i] = d
		}
		if _, err := r.AddDevices(t.Context(), all); err != nil {
			t.Fatal(err)
		}
	}
	silence := registry.SilenceAt(calendar.Default(), time.UTC, now)
	long := silence("").Add(-time.Second)
	add(3, registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, HasAgent: true, LastSeen: silence("")})
	add(2, registry.NewDevice{Site: sites[0].ID, Category: equipment.Laptop, HasAgent: true, LastSeen: long})
	add(4, registry.NewDevice{Site: sites[0].ID, Category: equipment.Monitor})
	add(1, registry.NewDevice{Site: sites[0].ID, Category: equipment.Virtual, HasAgent: true, LastSeen: now})
	add(5, registry.NewDevice{Site: sites[1].ID, Category: equipment.Tablet})
	add(6, registry.NewDevice{Site: foreign[0].ID, Category: equipment.Tablet})
	if _, err := s.Write.Exec("UPDATE devices SET retired = ? WHERE id = (SELECT min(id) FROM devices WHERE category = 'tablet')", now.Unix()); err != nil {
		t.Fatal(err)
	}
	seen, err := r.SeenBySite(t.Context(), o.ID, silence)
	want := map[int64]registry.Seen{
		sites[0].ID: {Site: sites[0].ID, Devices: 9, Reporting: 3, Silent: 2, Agentless: 4, Virtual: 1},
		sites[1].ID: {Site: sites[1].ID, Devices: 4, Agentless: 4},
	}
	if err != nil || len(seen) != 2 || seen[sites[0].ID] != want[sites[0].ID] || seen[sites[1].ID] != want[sites[1].ID] {
		t.Errorf("seen are %+v, %v; want %+v", seen, err, want)
	}
	known := products(t, r)
	count := func(site int64) (counts []string) {
		cohorts, err := r.Cohorts(t.Context(), o.ID, site)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cohorts {
			if !c.InService.Equal(bought) {
				t.Errorf("in service since %s", c.InService)
			}
			counts = append(counts, fmt.Sprint(c.Count, " ", known[c.Product].Category, " retired ", !c.Retired.IsZero()))
		}
		slices.Sort(counts)
		return counts
	}
	if got, want := fmt.Sprint(count(0)), "[1 tablet retired true 1 virtual retired false 4 monitor retired false 4 tablet retired false 5 laptop retired false]"; got != want {
		t.Errorf("the cohorts are %s; want %s", got, want)
	}
	if got := count(foreign[0].ID); len(got) > 0 {
		t.Errorf("another organisation's cohorts are %v", got)
	}
	organisations, sitesOf, devicesOf, err := r.Organisations(t.Context())
	if err != nil || len(organisations) != 2 || sitesOf[o.ID] != 2 || devicesOf[o.ID] != 13 {
		t.Errorf("%+v have %v sites and %v devices, %v", organisations, sitesOf, devicesOf, err)
	}
}

func TestOrganisationIsRealOrSimulatedForEver(t *testing.T) {
	r, _ := open(t)
	first, _ := schools(t, r, "Région", false, 1)
	if _, err := r.AddOrganisation(t.Context(), "Région", true); err == nil {
		t.Error("a real organisation became simulated")
	}
	again, err := r.AddOrganisation(t.Context(), "Région", false)
	if err != nil || again != first {
		t.Errorf("the same again is %+v, %v", again, err)
	}
	schools(t, r, "Démonstration", true, 1)
	_, err = r.AddOrganisation(t.Context(), "Démonstration", false)
	wants(t, err, "exists already and is simulated")
	_, err = r.AddOrganisation(t.Context(), "", false)
	wants(t, err, "name is missing")
}

func products(t *testing.T, r *registry.Registry) map[int64]equipment.Spec {
	t.Helper()
	all, err := r.Products(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What systems report of equal machines differs a little; what differs more is
// another product.
func TestEqualMachinesAreOneProduct(t *testing.T) {
	r, _ := open(t)
	_, sites := schools(t, r, "Région", false, 1)
	product := func(v report.Inventory) int64 {
		t.Helper()
		v.Category = "laptop"
		keys, err := r.AddDevices(t.Context(), []registry.NewDevice{{Site: sites[0].ID, Category: equipment.Laptop, Inventory: v}})
		if err != nil {
			t.Fatal(err)
		}
		return keys[0].Product
	}
	first := product(report.Inventory{Maker: "Alpha", Model: "Cahier 14", MemoryMiB: 7800, StorageGB: 256})
	for name, test := range map[string]struct {
		v    report.Inventory
		same bool
	}{
		"graphics keep more memory": {report.Inventory{Maker: "Alpha", Model: "Cahier 14", MemoryMiB: 7400, StorageGB: 250}, true},
		"more memory":               {report.Inventory{Maker: "Alpha", Model: "Cahier 14", MemoryMiB: 16000, StorageGB: 256}, false},
		"a larger disk":             {report.Inventory{Maker: "Alpha", Model: "Cahier 14", MemoryMiB: 7800, StorageGB: 512}, false},
		"another model":             {report.Inventory{Maker: "Alpha", Model: "Cahier 13", MemoryMiB: 7800, StorageGB: 256}, false},
	} {
		if got := product(test.v); (got == first) != test.same {
			t.Errorf("%s: product %d, the first is %d", name, got, first)
		}
	}
	if got, want := products(t, r)[first], (equipment.Spec{Category: equipment.Laptop, Maker: "Alpha", Model: "Cahier 14", MemoryGiB: 8, StorageGB: 256}); got != want {
		t.Errorf("the product is %+v; want %+v", got, want)
	}
}

func TestAllOfThisOnPostgreSQL(t *testing.T) { storetest.Again(t) }
