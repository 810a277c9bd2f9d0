// Package view holds the answers that pages show and that the JSON API gives:
// plain structs with figures, no text and no markup. Masses are in gCO2e,
// energies in Wh, days are local.
package view

import (
	"context"
	"errors"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/profile"
	"github.com/ecoparc/ecoparc/models/quantity"
	"github.com/ecoparc/ecoparc/models/renewal"
	"github.com/ecoparc/ecoparc/models/report"
	"github.com/ecoparc/ecoparc/models/scenario"
)

// ErrNotFound says that there is no such organisation, site or device, or that
// the person may not see it.
var ErrNotFound = errors.New("not found")

// Source answers the pages' questions. schoolYear is the calendar year in which
// it begins; 0 asks for the current one.
type Source interface {
	// Organisations lists those that the person may see as a whole, and OwnSites the
	// sites that the person was given one by one.
	Organisations(ctx context.Context) ([]Organisation, error)
	OwnSites(ctx context.Context) ([]OwnSite, error)
	Overview(ctx context.Context, organisation int64, schoolYear int) (*Overview, error)
	Site(ctx context.Context, site int64, schoolYear int) (*Site, error)
	// Week says at what times the devices of a site run.
	Week(ctx context.Context, site int64, schoolYear int) (*Week, error)
	// Years are the school years of an organisation, the earliest first. Those that are
	// not computed yet are left out: they are computed for the next time.
	Years(ctx context.Context, organisation int64) ([]YearRow, error)
	Device(ctx context.Context, device string, schoolYear int) (*Device, error)
	// Windows are those of a device that start in [from, to).
	Windows(ctx context.Context, device string, from, to time.Time) (*Windows, error)
	// Products are the models of an organisation, and Product is one of them with its
	// curves. Prices are in them where SeesPrices.
	Products(ctx context.Context, organisation int64, schoolYear int) (*Products, error)
	Product(ctx context.Context, organisation, product int64, schoolYear int) (*Product, error)
	// Procurement plans purchases by a policy, from today on.
	Procurement(ctx context.Context, organisation int64, p renewal.Policy) (*Procurement, error)
	Factors() *factor.Table
}

// Organisation is a council or any other owner of schools. Simulated data lives
// in organisations of its own and is never added to another's.
type Organisation struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Kind      string `json:"kind,omitempty"` // "region", "departement", "establishment", "other"; empty: not known
	Simulated bool   `json:"simulated"`
	Sites     int64  `json:"sites"`
	Devices   int64  `json:"devices"`
}

// OwnSite is a site that a person was given, of an organisation that need not be.
type OwnSite struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Simulated bool   `json:"simulated"`
}

// Scope says what an answer is about.
type Scope struct {
	Organisation   Organisation `json:"organisation"`
	SchoolYear     int          `json:"school_year"`  // begins in September of this year
	SchoolYears    []int        `json:"school_years"` // that have data, the latest first
	From           calendar.Day `json:"-"`
	To             calendar.Day `json:"-"` // the day after the last one counted
	AsOf           time.Time    `json:"as_of"`
	ModelVersion   int          `json:"model_version"`
	FactorsVersion string       `json:"factors_version"`
	// Method says where embodied impacts come from: one for the whole answer.
	Method    impact.Method `json:"method"`
	Territory string        `json:"territory"` // whose electricity
}

// Headline is the answer of a page: a yearly footprint for one pupil or one
// device, against the reference.
type Headline struct {
	// Per is "pupil" (the devices that pupils use, over the pupils) or "device"
	// (all devices, where the number of pupils is not known).
	Per        string             `json:"per"`
	Pupils     int64              `json:"pupils,omitempty"`
	Devices    int64              `json:"devices"`
	Yearly     footprint.Figure   `json:"yearly"`
	Reference  footprint.Figure   `json:"reference"`
	Comparison profile.Comparison `json:"comparison"`
	// Profiles are the reference profiles compared with; Provisional is true
	// when one of them is not official.
	Profiles    []factor.Profile `json:"profiles"`
	Provisional bool             `json:"provisional"`
	// Beside is the comparison with the shipped reference, where a council's own
	// stands in Reference.
	Beside []Against `json:"beside,omitempty"`
	// FactorKeys are the factors behind the headline.
	FactorKeys []string `json:"factors"`
}

// Driver is a cause of the footprint and what acting on it saves in a year.
type Driver struct {
	// Kind is "embodied" (keep devices a year longer), "idle" (switch off half
	// of the time devices run unused) or "standby" (cut the supply of what is off
	// or asleep).
	Kind        string           `json:"kind"`
	Yearly      footprint.Mass   `json:"yearly_gco2e"`
	Saves       footprint.Mass   `json:"saves_gco2e"`
	SavesEnergy footprint.Energy `json:"saves_wh"`
	// SavesCost is the price of that electricity, or of the devices that need not be
	// bought: of those categories that have a price.
	SavesCost Money `json:"saves_eur"`
	// Most is the site of an organisation where it saves most; nil for one site.
	Most *DriverSite `json:"most_at,omitempty"`
}

// DriverSite is what acting at one site saves in a year.
type DriverSite struct {
	ID        int64          `json:"id"`
	Name      string         `json:"name"`
	Saves     footprint.Mass `json:"saves_gco2e"`
	SavesCost Money          `json:"saves_eur"`
}

// Coverage counts the devices and what is known of them.
type Coverage struct {
	Devices   int64 `json:"devices"`   // physical, in service
	Reporting int64 `json:"reporting"` // heard of in the last ten school days
	Silent    int64 `json:"silent"`    // have an agent, not heard of for longer
	Agentless int64 `json:"agentless"` // from inventory only
	Virtual   int64 `json:"virtual"`   // virtual machines, in no total
}

// MonthRow is the footprint of one month.
type MonthRow struct {
	Month  calendar.Day     `json:"-"`
	Label  string           `json:"month"` // 2026-11
	Figure footprint.Figure `json:"figure"`
	// Revised is when windows changed the figure of the closed month for the last
	// time; zero: never.
	Revised time.Time `json:"revised,omitzero"`
}

// CategoryRow is the footprint of one category and population in the period.
type CategoryRow struct {
	Category   equipment.Category   `json:"category"`
	Population equipment.Population `json:"population"`
	Devices    int64                `json:"devices"`
	Period     footprint.Figure     `json:"period"`
	Yearly     footprint.Figure     `json:"yearly_per_device"`
}

// Fleet is what an overview and a site have in common.
type Fleet struct {
	Scope      Scope            `json:"scope"`
	Headline   Headline         `json:"headline"`
	Period     footprint.Figure `json:"period"` // all physical devices, the school year so far
	Coverage   Coverage         `json:"coverage"`
	Drivers    []Driver         `json:"drivers"`
	Categories []CategoryRow    `json:"categories"`
	Months     []MonthRow       `json:"months"`
	// NotCounted are the categories for which the method has no value: they are in no
	// figure.
	NotCounted  []equipment.Category `json:"not_counted,omitempty"`
	Criteria    []CriterionRow       `json:"criteria"`
	Steps       []StepRow            `json:"steps"`
	Electricity Electricity          `json:"electricity"`
	// Parts are what scenarios start from; they stand in the answer of a scenario.
	Parts []scenario.Part `json:"-"`
	// Waterfall leads from the reference to the headline; nil where there is nothing
	// to compare.
	Waterfall *profile.Waterfall `json:"waterfall,omitempty"`
	// Watching is what agents took of the devices in the period.
	Watching Watching `json:"watching"`
	// Methods set the embodied impact of the period side by side.
	Methods []MethodRow `json:"embodied_by_method"`
	// Conformity counts the devices by how they stand beside the reference.
	Conformity profile.Tally `json:"conformity"`
	// Renewal says that the answer was computed by other rules (model, factors or
	// method) than hold now, and is being computed anew; nil: it was not.
	Renewal *Renewal `json:"renewal,omitempty"`
}

// Renewal is how far an answer is that is being computed anew.
type Renewal struct {
	Done float64 `json:"done_share"` // 0 to 1
}

// Overview is a whole organisation.
type Overview struct {
	Fleet
	Sites []SiteRow `json:"sites"`
}

// SiteRow is one school among others.
type SiteRow struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Kind     string   `json:"kind"` // "college", "lycee" or "other"
	UAI      string   `json:"uai,omitempty"`
	Position Position `json:"position,omitzero"`
	Coverage Coverage `json:"coverage"`
	Headline Headline `json:"headline"`
}

// Position is a place on earth, in degrees of WGS 84; the zero is not known.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Site is one school.
type Site struct {
	Fleet
	Site    SiteRow     `json:"site"`
	Devices []DeviceRow `json:"devices"`
}

// DeviceRow is one device among others.
type DeviceRow struct {
	ID         string               `json:"id"`
	Label      string               `json:"label,omitempty"`
	Category   equipment.Category   `json:"category"`
	Population equipment.Population `json:"population"`
	Maker      string               `json:"maker,omitempty"`
	Model      string               `json:"model,omitempty"`
	InService  time.Time            `json:"in_service"`
	AgeYears   float64              `json:"age_years"`
	LastSeen   time.Time            `json:"last_seen,omitzero"`
	State      string               `json:"state"` // "reporting", "silent", "agentless", "retired"
	Yearly     footprint.Figure     `json:"yearly"`
	Twins      *Twins               `json:"twins,omitempty"` // nil: it is one machine
}

// Twins is what was seen of two machines that report as one device.
type Twins struct {
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Times int64     `json:"times"`
	// LeftOut are windows of the one that are not counted, for those of the other are.
	LeftOut int64 `json:"windows_left_out"`
}

// Device is one device.
type Device struct {
	Scope     Scope            `json:"scope"`
	Site      SiteRow          `json:"site"`
	Device    DeviceRow        `json:"device"`
	Inventory report.Inventory `json:"inventory"`
	// InServiceFrom says where the date comes from: "purchase", "firmware" or
	// "enrolment".
	// Acquisition is how the device came to its owner: "new", "reconditioned",
	// "donated", "leased", or empty when that is not known.
	Acquisition   string                            `json:"acquisition,omitempty"`
	InServiceFrom string                            `json:"in_service_from"`
	Headline      Headline                          `json:"headline"`
	Period        footprint.Figure                  `json:"period"`
	Drivers       []Driver                          `json:"drivers"`
	Facts         footprint.Facts                   `json:"facts"` // of the period
	Days          []DayRow                          `json:"days"`
	Windows       []WindowRow                       `json:"windows"` // the last 24 hours with data, oldest first
	Virtual       *Virtual                          `json:"virtual,omitempty"`
	Lifetime      quantity.Interval[quantity.Years] `json:"expected_life_years"`
	// The rest is empty for a virtual machine.
	Made       []MadeRow           `json:"made"`
	Criteria   []CriterionRow      `json:"criteria"`
	Steps      []StepRow           `json:"steps"`
	Power      *PowerRow           `json:"power,omitempty"`
	Conformity *profile.Conformity `json:"conformity,omitempty"`
	Waterfall  *profile.Waterfall  `json:"waterfall,omitempty"`
	// Amortised is the share of the embodied impact that is used up, 0 to 1.
	Amortised float64     `json:"amortised_share"`
	Life      *DeviceLife `json:"life,omitempty"`
	Battery   *Battery    `json:"battery,omitempty"` // nil: none is known
	Hours     *Hours      `json:"mean_day,omitempty"`
	Choice    *Choice     `json:"keep_or_replace,omitempty"`
}

// DayRow is what a device did on a day.
type DayRow struct {
	Day    calendar.Day         `json:"-"`
	Label  string               `json:"day"` // 2026-11-23
	Facts  footprint.Facts      `json:"facts"`
	Energy footprint.Energy     `json:"energy_wh"` // of the known time
	From   footprint.Provenance `json:"energy_from"`
}

// WindowRow is what a device did in a window of up to a quarter of an hour.
type WindowRow struct {
	Start       time.Time            `json:"start"`
	SpanS       int64                `json:"span_s"`
	RunningMs   int64                `json:"running_ms"`
	SuspendedMs int64                `json:"suspended_ms"`
	OffMs       int64                `json:"off_ms"`
	Load        float64              `json:"load"` // share of the processors that was busy, 0 to 1
	MemUsedMiB  int64                `json:"mem_used_mib"`
	NetB        int64                `json:"net_b"`
	DiskB       int64                `json:"disk_b"`
	Energy      footprint.Energy     `json:"energy_wh"`
	From        footprint.Provenance `json:"energy_from"`
	Sources     []string             `json:"sources,omitempty"` // the meters that counted
}

// Windows are the windows of a device in a stretch of time.
type Windows struct {
	Device string      `json:"device"`
	From   time.Time   `json:"from"`
	To     time.Time   `json:"to"`
	Rows   []WindowRow `json:"windows"` // oldest first
	// Source says where they are kept: FromLedger, FromInfluxDB or FromBoth.
	Source string `json:"source"`
	// LedgerFrom is the moment before which the ledger no longer keeps windows; zero
	// where none of that time is asked for. History says what became of looking for
	// them elsewhere: HistoryRead, HistoryUnavailable or HistoryNone.
	LedgerFrom time.Time `json:"ledger_from,omitzero"`
	History    string    `json:"history,omitempty"`
}

// Where windows are kept.
const (
	FromLedger   = "ledger"
	FromInfluxDB = "influxdb"
	FromBoth     = "ledger and influxdb"
)

// What became of looking for old windows.
const (
	HistoryRead        = "read"
	HistoryUnavailable = "unavailable" // InfluxDB does not answer now
	HistoryNone        = "none"        // there is none: old windows are gone
)

// Virtual is what is known of a virtual machine, for information: its footprint
// is its host's and no total holds it.
type Virtual struct {
	System string         `json:"system"`
	Power  quantity.Watts `json:"host_share_w"` // about what the host spends on it
	Load   float64        `json:"load"`
}
