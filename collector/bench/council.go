package bench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	random "math/rand/v2"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/report"
)

// council is a simulated organisation whose pages are asked for: sites with devices
// that were bought over six years, and what they did in all school years.
//
// Sites have the sums that their pages and the organisation's read. The days and
// windows of single devices are filed for some sites only, those that are asked for:
// no page of another site or device reads them, and they are most of a ledger's bulk.
type council struct {
	organisation int64
	sites        []int64  // that are asked for
	devices      []string // of these
	products     []int64
	session      string // of a person who may see everything
}

// asked is how many sites have devices with days and windows.
const asked = 20

// share is what a site has of a kind of device.
type share struct {
	category   equipment.Category
	population equipment.Population
	perMille   int // of its devices
	agent      bool
}

var shares = []share{
	{equipment.Laptop, equipment.Individual, 400, true}, {equipment.Laptop, equipment.Shared, 100, true}, {equipment.Laptop, equipment.Teaching, 80, true},
	{equipment.Desktop, equipment.Shared, 170, true}, {equipment.Tablet, equipment.Shared, 80, true}, {equipment.Monitor, equipment.Shared, 150, false},
	{equipment.Projector, equipment.Shared, 15, false}, {equipment.Server, equipment.Infrastructure, 5, true},
}

// productsOfShare is how many products there are of each share, of which a site has two.
const productsOfShare = 6

// sitesAtOnce is how many sites are written in a transaction.
const sitesAtOnce = 50

// build makes a data folder with a council.
func build(ctx context.Context, dir string, size Size, where *time.Location, tell func(string)) (*council, error) {
	s, err := store.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	b := &councilBuilder{Size: size, store: s, registry: registry.Open(s), now: time.Now(), where: where, random: random.New(random.NewPCG(1, 2)), whole: map[groupMonth]*footprint.Facts{}}
	owner, err := b.registry.AddOrganisation(ctx, "Région simulée", true)
	if err != nil {
		return nil, err
	}
	b.council.organisation = owner.ID
	if err := b.addPerson(ctx); err != nil {
		return nil, err
	}
	today := calendar.DayOf(b.now, where)
	b.past = calendar.Period{From: calendar.SchoolYear(calendar.SchoolYearOf(today) - size.Years + 1).From, To: today}
	var sites []registry.Site
	for first := 0; first < size.Sites; first += sitesAtOnce {
		added, err := b.addSites(ctx, first, min(size.Sites, first+sitesAtOnce))
		if err != nil {
			return nil, err
		}
		if sites = append(sites, added...); first%1000 == 0 {
			tell(fmt.Sprintf("making a council of %d devices: %d of %d sites", size.Devices, first, size.Sites))
		}
	}
	if err := store.InTx(ctx, s.Write, func(tx *sql.Tx) error { return b.addWhole(ctx, tx) }); err != nil {
		return nil, err
	}
	tell("filing the past of some sites' devices")
	l := ledger.Open(s, where, false)
	defer l.Close()
	for i := range min(asked, size.Sites) {
		if err := b.addPast(ctx, l, sites[i*size.Sites/min(asked, size.Sites)].ID); err != nil {
			return nil, err
		}
	}
	return &b.council, nil
}

// councilBuilder fills a store in bulk.
type councilBuilder struct {
	Size
	council  council
	store    *store.Store
	registry *registry.Registry
	now      time.Time
	where    *time.Location
	past     calendar.Period // the school years up to yesterday
	random   *random.Rand
	products [][]int64 // by share
	whole    map[groupMonth]*footprint.Facts
}

// addPerson adds somebody who has signed in.
func (b *councilBuilder) addPerson(ctx context.Context) error {
	people := access.Open(b.store, func() time.Time { return b.now })
	password := rand.Text()
	if err := people.AddUser(ctx, "bench", access.Grant{Role: access.Administrator, Reach: reach.Reach{Everything: true}}, password); err != nil {
		return err
	}
	session, err := people.SignIn(ctx, "bench", password, "127.0.0.1")
	b.council.session = session.Token
	return err
}

// addSites adds the sites from first up to last with their devices and sums.
func (b *councilBuilder) addSites(ctx context.Context, first, last int) ([]registry.Site, error) {
	sites := make([]registry.Site, last-first)
	kinds, zones := []string{registry.College, registry.Lycee, registry.College}, []string{"A", "B", "C"}
	for i := range sites {
		n := first + i
		sites[i] = registry.Site{Name: fmt.Sprintf("Établissement %05d", n), Kind: kinds[n%3], Zone: zones[n%3], Pupils: int64(300 + n%700), Position: position(n)}
	}
	sites, err := b.registry.AddSites(ctx, b.council.organisation, sites)
	if err != nil {
		return nil, err
	}
	return sites, store.InTx(ctx, b.store.Write, func(tx *sql.Tx) error {
		if b.products == nil {
			if err := b.addProducts(ctx, tx); err != nil {
				return err
			}
		}
		for i := range sites {
			n := first + i
			if err := b.fill(ctx, tx, n, sites[i].ID, (n+1)*b.Devices/b.Sites-n*b.Devices/b.Sites); err != nil {
				return err
			}
		}
		return nil
	})
}

// position spreads sites over the middle of France.
func position(n int) registry.Position {
	return registry.Position{Latitude: 45 + float64(n*37%1000)/333, Longitude: 1 + float64(n*91%1000)/250, Known: true}
}

func (b *councilBuilder) addProducts(ctx context.Context, tx *sql.Tx) error {
	for _, s := range shares {
		var ids []int64
		for i := range productsOfShare {
			made := inventory(s, i)
			spec := made.Spec()
			spec.Category = s.category
			id, err := registry.ProductID(ctx, tx, spec)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		b.products, b.council.products = append(b.products, ids), append(b.council.products, ids...)
	}
	return nil
}

func inventory(s share, product int) report.Inventory {
	return report.Inventory{
		Category: string(s.category), Maker: []string{"Dell", "HP", "Lenovo"}[product%3], Model: fmt.Sprintf("%s %d", s.category, product),
		CPU: "Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", LogicalCPUs: 8, MemoryMiB: 8192, StorageGB: 256, OS: "windows",
	}
}

// fill adds the devices of a site, and the sums of what they did.
func (b *councilBuilder) fill(ctx context.Context, tx *sql.Tx, n int, site int64, devices int) error {
	done := 0
	for i, s := range shares {
		count := devices * s.perMille / 1000
		if i == len(shares)-1 {
			count = devices - done
		}
		done += count
		for half, of := range []int{count / 2, count - count/2} {
			product := (n + half) % productsOfShare
			if err := b.addDevices(ctx, tx, site, s, b.products[i][product], inventory(s, product), of); err != nil {
				return err
			}
			if s.agent && of > 0 && !b.isAsked(n) {
				if err := b.addSums(ctx, tx, site, b.products[i][product], s.population, int64(of)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// isAsked says that a site is one whose devices have days and windows.
func (b *councilBuilder) isAsked(n int) bool {
	all := min(asked, b.Sites)
	at := (n*all + b.Sites - 1) / b.Sites
	return at < all && at*b.Sites/all == n
}

// addDevices adds devices of one product, bought on two days; one in three has the date
// of its firmware instead.
func (b *councilBuilder) addDevices(ctx context.Context, tx *sql.Tx, site int64, s share, product int64, inventory report.Inventory, count int) error {
	text, err := json.Marshal(inventory)
	if err != nil {
		return err
	}
	const columns = 12
	batches := [2]int64{b.bought(), b.bought()}
	for count > 0 {
		rows := min(count, 50)
		values := make([]any, 0, rows*columns)
		for range rows {
			inService, from := batches[b.random.IntN(2)], registry.FromPurchase
			var secret, seen any
			if s.agent {
				sum := sha256.Sum256([]byte(rand.Text()))
				secret, seen = sum[:], b.now.Unix()-int64(b.random.IntN(3*24*3600))
				if b.random.IntN(20) == 0 {
					seen = b.now.AddDate(0, -2, 0).Unix() // silent
				}
				if b.random.IntN(3) == 0 {
					inService, from = b.bought(), registry.FromFirmware
				}
			}
			values = append(values, "d-"+strings.ToLower(rand.Text()), site, string(s.category), product, string(s.population), fmt.Sprintf("PC-%05d", b.random.IntN(100_000)),
				string(text), secret, inService, from, seen, "1.0.0")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO devices (name, site, category, product, population, label, inventory, secret_sha256, in_service, in_service_from, last_seen, agent)
			VALUES `+rowsOf(rows, columns), values...)
		if err != nil {
			return err
		}
		count -= rows
	}
	return nil
}

// bought is a day in the last six years.
func (b *councilBuilder) bought() int64 {
	return b.now.AddDate(0, 0, -b.random.IntN(6*365)).Truncate(24 * time.Hour).Unix()
}

func rowsOf(rows, columns int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", columns), ", ") + ")"
	return strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
}

// groupMonth is what sums of an organisation are kept by.
type groupMonth struct {
	month      calendar.Day
	product    int64
	population equipment.Population
}

// addSums adds what devices of a product did, a sum for each month, and adds it to what
// the whole organisation did.
func (b *councilBuilder) addSums(ctx context.Context, tx *sql.Tx, site, product int64, population equipment.Population, count int64) error {
	var values []any
	months := b.past.Months()
	for _, month := range months {
		facts := factsOf(count*20, b.random)
		values = append(values, int64(month.From), site, product, string(population))
		for _, field := range facts.Fields() {
			values = append(values, *field)
		}
		k := groupMonth{month.From, product, population}
		if b.whole[k] == nil {
			b.whole[k] = new(footprint.Facts)
		}
		b.whole[k].Add(facts)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO site_months (month, site, product, population, "+strings.Join(footprint.FactNames[:], ", ")+") VALUES "+rowsOf(len(months), 4+footprint.FactCount), values...)
	return err
}

// addWhole adds the sums of the organisation.
func (b *councilBuilder) addWhole(ctx context.Context, tx *sql.Tx) error {
	for k, facts := range b.whole {
		values := []any{int64(k.month), b.council.organisation, k.product, string(k.population)}
		for _, field := range facts.Fields() {
			values = append(values, *field)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO organisation_months (month, organisation, product, population, "+strings.Join(footprint.FactNames[:], ", ")+") VALUES "+rowsOf(1, len(values)), values...)
		if err != nil {
			return err
		}
	}
	return nil
}

// factsOf is what devices did in some days of use.
func factsOf(days int64, random *random.Rand) footprint.Facts {
	hours := days * (3 + random.Int64N(3))
	const hour = 3_600_000
	return footprint.Facts{
		Windows: 32 * days, OffMs: 12 * days * hour, SuspendedMs: 2 * days * hour, LoadMs: [report.LoadBins]int64{hours * hour * 7 / 10, hours * hour / 5, hours * hour / 10},
		CPUBusyMs: hours * hour / 2, CPUCapacityMs: hours * hour * 8, MemMiBS: hours * 3600 * 4000, NetRxB: hours << 24, NetTxB: hours << 20, DiskReadB: hours << 25, DiskWriteB: hours << 24,
		AgentCPUMs: days * 2000, AgentTxB: days * 8000,
	}
}

// addPast files the days of a site's devices in the school years, and the windows of
// their last day, through the ledger.
func (b *councilBuilder) addPast(ctx context.Context, l *ledger.Ledger, site int64) error {
	devices, err := b.registry.Devices(ctx, site)
	if err != nil {
		return err
	}
	var past []ledger.Simulated
	for _, d := range devices {
		if d.HasAgent {
			past = append(past, ledger.Simulated{Device: ledger.Device(d.Key()), Days: b.days(), Windows: b.windows()})
		}
		b.council.devices = append(b.council.devices, d.Name)
	}
	b.council.sites = append(b.council.sites, site)
	return l.AddSimulated(ctx, past, b.now)
}

// days are three days of each week of a school year, without the summer.
func (b *councilBuilder) days() (all []footprint.DayFacts) {
	for day := b.past.From; day < b.past.To; day++ {
		weekday, month := day.Weekday(), day.UTC().Month()
		if month == time.July || month == time.August || weekday != time.Monday && weekday != time.Tuesday && weekday != time.Thursday {
			continue
		}
		all = append(all, footprint.DayFacts{Day: day, Facts: factsOf(1, b.random)})
	}
	return all
}

// windows are those of eight hours of yesterday.
func (b *councilBuilder) windows() (all []report.Window) {
	from := calendar.DayOf(b.now, b.where).Start(b.where).Add(-16 * time.Hour).UTC()
	for i := range 32 {
		w := report.Window{
			Start: from.Add(time.Duration(i) * report.WindowLength), SpanS: 900, SuspendedMs: int64(b.random.IntN(100_000)), CPUBusyMs: int64(b.random.IntN(600_000)), CPUCapacityMs: 7_200_000,
			MemUsedMiB: 3000 + int64(b.random.IntN(2000)), NetRxB: int64(b.random.IntN(1 << 24)), NetTxB: int64(b.random.IntN(1 << 20)),
		}
		w.LoadMs[0] = 900_000 - w.SuspendedMs
		all = append(all, w)
	}
	return all
}
