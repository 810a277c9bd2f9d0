package registry

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// Filter picks devices. A zero does not filter, except that without an organisation
// or a site only real devices are listed, and without a state those in service.
type Filter struct {
	Organisation int64
	Site         int64
	Category     equipment.Category
	Population   equipment.Population
	State        string    // "reporting", "silent", "agentless", "twins", "retired" or "all"
	Model        string    // part of the maker's and model's names, in any case
	Find         string    // part of the label or of the name of the device, or of Model's
	BoughtBefore time.Time // in service since before
	After        int64     // with numbers above this one: to go on where a list ended
	Limit        int       // 0: all
}

// states are the conditions, in SQL, of the states that a filter takes.
var states = map[string]string{
	"":          "retired IS NULL",
	"all":       "1 = 1",
	"retired":   "retired IS NOT NULL",
	"twins":     "retired IS NULL AND " + are,
	"agentless": "retired IS NULL AND secret_sha256 IS NULL",
	"reporting": "retired IS NULL AND secret_sha256 IS NOT NULL AND " + heardHere,
	"silent":    "retired IS NULL AND secret_sha256 IS NOT NULL AND NOT " + heardHere,
}

const heardHere = "(SELECT " + heard + " FROM sites s WHERE s.id = devices.site)"

// Check says what is wrong with a filter.
func (f Filter) Check() error {
	if _, known := states[f.State]; !known {
		return wrong("state", "is %q; allowed are reporting, silent, agentless, twins, retired, all", f.State)
	}
	if f.Category != "" && !slices.Contains(equipment.Categories, f.Category) {
		return wrong("category", "is %q; allowed are %s", f.Category, joined(equipment.Categories))
	}
	if f.Population != "" && !slices.Contains(equipment.Populations, f.Population) {
		return wrong("population", "is %q; allowed are %s", f.Population, joined(equipment.Populations))
	}
	return nil
}

// Listed is a device of a list.
type Listed struct {
	Device
	SiteName string
	Zone     string
	State    string
	Twins    *Twins // nil: it is one machine
}

// List lists the devices within reach that a filter picks, in the order of their
// numbers.
func (r *Registry) List(ctx context.Context, f Filter, silence Silence) ([]Listed, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	conditions, args := []string{states[f.State]}, []any{}
	if strings.Contains(states[f.State], heard) {
		args = silence.args()
	}
	where := func(filter bool, condition string, values ...any) {
		if filter {
			conditions = append(conditions, condition)
			args = append(args, values...)
		}
	}
	site, err := r.siteColumn(ctx, f)
	if err != nil {
		return nil, err
	}
	// What is looked for comes first: where every device has to be looked at, few are left
	// for the other conditions.
	const called = `product IN (SELECT id FROM products WHERE lower(maker || ' ' || model) LIKE lower(?) ESCAPE '\')`
	where(f.Model != "", called, partly(f.Model))
	where(f.Find != "", `(lower(label) LIKE lower(?) ESCAPE '\' OR name LIKE lower(?) ESCAPE '\' OR `+called+`)`, partly(f.Find), partly(f.Find), partly(f.Find))
	within, of := reach.Of(ctx).Condition(site)
	where(true, within, of...)
	where(f.Organisation == 0 && f.Site == 0, "site IN (SELECT s.id FROM sites s JOIN organisations o ON o.id = s.organisation WHERE o.simulated = 0)")
	where(f.Organisation != 0, site+" IN (SELECT id FROM sites WHERE organisation = ?)", f.Organisation)
	where(f.Site != 0, "site = ?", f.Site)
	where(f.Category != "", "category = ?", string(f.Category))
	where(f.Population != "", "population = ?", string(f.Population))
	where(!f.BoughtBefore.IsZero(), "in_service < ?", f.BoughtBefore.Unix())
	where(f.After != 0, "id > ?", f.After)
	found, err := devices(ctx, r.store.Read, strings.Join(conditions, " AND ")+" ORDER BY id LIMIT ?", append(args, cmp.Or(f.Limit, math.MaxInt32))...)
	if err != nil {
		return nil, err
	}
	byID := map[int64]Site{} // of the devices that were found: there may be thousands of others
	list, ids := make([]Listed, len(found)), make([]int64, len(found))
	for i, d := range found {
		ids[i] = d.ID
	}
	two, err := TwinsOf(ctx, r.store.Read, ids...)
	if err != nil {
		return nil, err
	}
	for i, d := range found {
		s, known := byID[d.Site]
		if !known {
			if s, err = r.Site(ctx, d.Site); err != nil {
				return nil, err
			}
			byID[d.Site] = s
		}
		list[i] = Listed{Device: d, SiteName: s.Name, Zone: s.Zone, State: d.State(s.Zone, silence), Twins: two[d.ID]}
	}
	return list, nil
}

// partly is the pattern of LIKE, with a backslash as its escape, that holds a text.
func partly(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// manySites is from how many sites on the devices of an organisation are looked for in
// the order of their numbers, until a list is full, rather than at each of its sites.
const manySites = 200

// siteColumn is how a list names the site of a device. A plus keeps the engine from
// looking at each site of a large organisation by an index, where a few devices of the
// many that a filter lets through are asked for. Of a category, and of those that were
// retired or are two, there are few: they are found by their own indexes.
func (r *Registry) siteColumn(ctx context.Context, f Filter) (string, error) {
	if f.Organisation == 0 || f.Site != 0 || f.Limit == 0 || f.Category != "" || f.State == "retired" || f.State == "twins" {
		return "site", nil
	}
	var sites int
	err := r.store.Read.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM sites WHERE organisation = ? LIMIT ?) AS theirs", f.Organisation, manySites).Scan(&sites)
	if err != nil {
		return "", fmt.Errorf("cannot count sites: %w", err)
	}
	if sites < manySites {
		return "site", nil
	}
	return "+site", nil
}

// AgentVersion is how many real devices in service carry an agent of a version.
type AgentVersion struct {
	Version string // empty: has not reported yet
	Devices int64
}

// AgentVersions counts the agents of real devices in service by version, the most
// frequent first.
func (r *Registry) AgentVersions(ctx context.Context) ([]AgentVersion, error) {
	return store.All(ctx, r.store.Read, "count agents", `SELECT agent, count(*) FROM devices WHERE retired IS NULL AND secret_sha256 IS NOT NULL
		AND site IN (SELECT s.id FROM sites s JOIN organisations o ON o.id = s.organisation WHERE o.simulated = 0) GROUP BY agent ORDER BY 2 DESC, 1`,
		nil, func(scan store.Scan, v *AgentVersion) error {
			return scan(&v.Version, &v.Devices)
		})
}
