package view

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// Administration is what the pages of administration ask for and do. Everything is
// within the reach of whoever asks. What cannot be done because something was given
// wrongly, or does not fit what is there, is a Refused; ErrNotFound says that there is
// no such thing.
type Administration interface {
	// Duties is what there is to do: of one organisation, or of all that are real
	// where that is 0.
	Duties(ctx context.Context, organisation int64) (*Duties, error)
	Collector(ctx context.Context) (*Collector, error)
	// Verify begins a check of all sums.
	Verify(ctx context.Context) error

	Owners(ctx context.Context) ([]Owner, error)
	Owner(ctx context.Context, id int64) (Owner, error)
	AddOwner(ctx context.Context, name, kind string) (Owner, error)
	EditOwner(ctx context.Context, id int64, name, kind string) error

	Places(ctx context.Context, f PlaceFilter) (places []Place, next int64, err error)
	Place(ctx context.Context, id int64) (Place, error)
	AddPlace(ctx context.Context, organisation int64, p Place) (Place, error)
	EditPlace(ctx context.Context, id int64, p Place) error
	ClosePlace(ctx context.Context, id int64) error
	ReopenPlace(ctx context.Context, id int64) error

	// Tokens lists enrolment tokens, the latest first: those of a site where that is
	// not 0. AddToken returns the token's text, this once.
	Tokens(ctx context.Context, site, after int64) (tokens []EnrolmentToken, next int64, err error)
	AddToken(ctx context.Context, site int64, t NewToken) (text string, err error)
	RevokeToken(ctx context.Context, id int64) error

	Machines(ctx context.Context, f MachineFilter) (machines []Machine, next int64, err error)
	Machine(ctx context.Context, name string) (Machine, error)
	Retire(ctx context.Context, name string, on calendar.Day, to string) error
	Return(ctx context.Context, name string) error
	// Transfer moves a device to a site of its organisation, by its UAI, its name or
	// its number.
	Transfer(ctx context.Context, name, site string) error
	// Merge lets a device go on from old, whose name is gone afterwards.
	Merge(ctx context.Context, name, old string) error
	// RotateKey replaces the secret of a device's agent by a new one, returned this once.
	RotateKey(ctx context.Context, name string) (secret string, err error)
	// Apart says that two machines that reported as one device are apart now.
	Apart(ctx context.Context, name string) error
	Erase(ctx context.Context, name string) error
	// Repairs are what is recorded of a device, oldest first. Of a day and a part there is
	// one: RecordRepair replaces it.
	Repairs(ctx context.Context, name string) ([]RecordedRepair, error)
	RecordRepair(ctx context.Context, name string, r RecordedRepair) error
	ForgetRepair(ctx context.Context, name string, on calendar.Day, part lifespan.Part) error

	// Import brings a list in, all of it or nothing. A list that cannot be imported is
	// no error: Imported tells its mistakes.
	Import(ctx context.Context, l ImportList) (*Imported, error)
	// ImportFields are the fields that a column of a list can hold.
	ImportFields(kind string) []string

	Accounts(ctx context.Context, find string, after int64) (accounts []Account, next int64, err error)
	Account(ctx context.Context, name string) (Account, error)
	// AddAccount and NewPassword return a random password, this once.
	AddAccount(ctx context.Context, name string, g AccountGrant) (password string, err error)
	GrantAccount(ctx context.Context, name string, g AccountGrant) error
	NewPassword(ctx context.Context, name string) (password string, err error)
	RemoveAccount(ctx context.Context, name string) error
	// Roles are the roles that may be given, each with its scopes.
	Roles() []AccountRole
	Keys(ctx context.Context, person string, after int64) (keys []APIKey, next int64, err error)
	// AddKey returns the key's text, this once.
	AddKey(ctx context.Context, person, name string, scopes []string, validDays int64) (text string, err error)
	RevokeKey(ctx context.Context, person string, id int64) error

	ActLog(ctx context.Context, f ActFilter) (acts []Act, next int64, err error)
}

// Refused is why something is not done.
type Refused []Refusal

// Refusal is one reason: what was given wrongly where it has a Field, and otherwise what
// is there that does not allow it.
type Refusal struct{ Field, Reason string }

// Refuse is the refusal of a field.
func Refuse(field, reason string) error { return Refused{{field, reason}} }

func (r Refused) Error() string {
	var all []string
	for _, one := range r {
		all = append(all, one.String())
	}
	return strings.Join(all, "; ")
}

// Wrong tells whether something was given wrongly.
func (r Refused) Wrong() bool {
	return slices.ContainsFunc(r, func(one Refusal) bool { return one.Field != "" })
}

func (r Refusal) String() string { return strings.TrimSpace(r.Field + " " + r.Reason) }

// Duties is what there is to do.
type Duties struct {
	Sites     int   `json:"sites"`
	Devices   int64 `json:"devices"` // physical ones in service: reporting, silent and agentless
	Reporting int64 `json:"reporting"`
	Silent    int64 `json:"silent"`
	Agentless int64 `json:"agentless"`
	Virtual   int64 `json:"virtual"`
	Twins     int64 `json:"twins"` // devices as which two machines report
	// Quiet are the sites with silent devices or devices without an agent, those with
	// the most silent ones first; at most MostQuiet of QuietSites.
	Quiet      []QuietSite `json:"quiet"`
	QuietSites int         `json:"quiet_sites"`
	// Empty are the open sites without any device; at most MostQuiet of EmptySites.
	Empty      []QuietSite      `json:"empty"`
	EmptySites int              `json:"empty_sites"`
	Agents     []AgentCount     `json:"agents,omitempty"` // by version, of the whole fleet; not there where that is not the asker's
	Ending     []EnrolmentToken `json:"ending"`           // tokens that let devices in, and soon no more
}

// MostQuiet is how many sites a list of duties names.
const MostQuiet = 50

// QuietSite is a site that somebody should look at.
type QuietSite struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Devices   int64  `json:"devices"`
	Silent    int64  `json:"silent"`
	Agentless int64  `json:"agentless"`
}

// AgentCount is how many devices carry an agent of a version.
type AgentCount struct {
	Version string `json:"version"` // empty: has not reported yet
	Devices int64  `json:"devices"`
}

// Collector is how the collector does.
type Collector struct {
	Ready            bool
	Reason           string
	LatestReport     time.Time
	OutboxWindows    int64
	DiskB, DiskFreeB int64 // 0: the data are on another machine
	BackedUp         time.Time
	Checked          Check
}

// Check is a check of all sums.
type Check struct {
	State    string // "never", "running", "finished" or "failed"
	Ended    time.Time
	Devices  int64
	Windows  int64
	Found    int64 // how much is wrong
	Findings []string
}

// Owner is an organisation.
type Owner struct {
	ID        int64
	Name      string
	Kind      string // "region", "departement", "establishment", "other" or empty: not known
	Simulated bool
}

// Place is a site.
type Place struct {
	ID           int64
	Organisation int64
	Simulated    bool // its organisation is
	Name         string
	Kind         string // "college", "lycee" or "other"
	UAI          string
	Zone         string // "A", "B", "C" or empty: not known
	Pupils       int64  // 0: not known
	Position     Position
	Positioned   bool // whether the position is known
	Closed       time.Time
}

// PlaceFilter picks sites. A zero does not filter.
type PlaceFilter struct {
	Organisation int64
	Find         string
	After        int64
	Length       int // how many at most; 0: as many as a page lists
}

// EnrolmentToken is a token without its text.
type EnrolmentToken struct {
	ID         int64                `json:"id"`
	Site       int64                `json:"site"`
	SiteName   string               `json:"site_name"`
	Population equipment.Population `json:"population"`
	Created    time.Time            `json:"created"`
	Expires    time.Time            `json:"expires"`
	Uses       int64                `json:"uses"`
	MaxUses    int64                `json:"max_uses"`
	State      string               `json:"state"` // "valid", "revoked", "expired" or "used up"
}

// NewToken is a token to make.
type NewToken struct {
	Population equipment.Population
	MaxUses    int64
	ValidHours int64
}

// Machine is a device as administration sees it.
type Machine struct {
	Name         string
	Label        string
	Site         int64
	SiteName     string
	Organisation int64
	Category     equipment.Category
	Population   equipment.Population
	Maker, Model string
	State        string // "reporting", "silent", "agentless" or "retired"
	Agent        string // its version
	HasAgent     bool
	InService    time.Time
	LastSeen     time.Time
	Retired      time.Time
	RetiredTo    string
	PriceEUR     float64
	Acquisition  string
	Twins        *Twins // nil: it is one machine
}

// RecordedRepair is what was done to a part of a device on a day.
type RecordedRepair struct {
	On      calendar.Day
	Part    lifespan.Part
	Outcome string  // "repaired" or "not_repairable"
	DoneBy  string  // "in_house", "sent_out" or "warranty"; empty: not known
	CostEUR float64 // 0: not known, or nothing under warranty
}

// MachineFilter picks devices. A zero does not filter, but for retired devices.
type MachineFilter struct {
	Organisation int64
	Site         int64
	Category     equipment.Category
	Population   equipment.Population
	State        string
	Find         string
	After        int64
	Length       int // as of a PlaceFilter
}

// The kinds of lists that are imported.
const (
	SiteLists   = "sites"
	DeviceLists = "devices"
	RepairLists = "repairs"
)

// ImportList is a list to bring in, with how it is to be read.
type ImportList struct {
	Kind         string // SiteLists, DeviceLists or RepairLists
	Organisation int64
	Site         int64 // 0: each line says where
	Text         []byte
	Source       string            // what it is called in the audit log
	Mapped       map[string]string // title of a column -> field
	Words        map[string]string // word of the category or part column -> what it means
	Part         lifespan.Part     // of repairs whose line names none
	Category     equipment.Category
	Population   equipment.Population
	Purchased    string // as 2023-09-01
	DryRun       bool
}

// Imported is what a list did, or would do.
type Imported struct {
	Read                      []ImportColumn
	Ignored                   []string // titles that were not recognised
	Unknown                   []string // words of the category or part column that are not known
	Added, Changed, Unchanged int
	Changes                   []ImportChange // the first lines that add or change something
	Mistakes                  []ImportMistake
	MistakesFound             int // Mistakes are the first of them
}

// ImportColumn is a column that is read.
type ImportColumn struct{ Title, Field string }

// ImportChange is what a line adds or changes.
type ImportChange struct {
	Line  int
	Added bool
	Name  string // the site's, or the device's label or name
	Place string // the site of a device
	// Category, Maker and Model are a device's.
	Category     equipment.Category
	Maker, Model string
	What         []string
}

// ImportMistake is what is wrong with a line.
type ImportMistake struct {
	Line   int
	Reason string
}

// Account is a person who may sign in.
type Account struct {
	ID       int64
	Name     string
	Provider string // of single sign-on; empty: a local account
	AccountGrant
	// Owners and Places are what the person reaches.
	Owners []Owner
	Places []Place
}

// AccountGrant is what a person is given: a role, for everything or for some
// organisations and sites. Each is named as people type it: by name or number, a site by
// its UAI, too.
type AccountGrant struct {
	Role          string
	Everything    bool
	Organisations []string
	Sites         []string
}

// AccountRole is a role with what it may do.
type AccountRole struct {
	Name   string
	Scopes []string
}

// APIKey is a key without its text.
type APIKey struct {
	ID      int64
	Name    string
	Scopes  []string
	Created time.Time
	Expires time.Time
	State   string // "valid", "revoked" or "expired"
}

// Act is a line of the audit log.
type Act struct {
	ID                         int64
	At                         time.Time
	Who, What, Object, Details string
}

// ActFilter picks acts. A zero does not filter.
type ActFilter struct {
	Since time.Time
	Who   string
	What  string // how the act begins: "device" is all that was done to devices
	After int64

	Length int // as of a PlaceFilter
}
