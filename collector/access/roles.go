package access

import (
	"slices"
	"strings"
)

// Scope is a permission: what a route asks for, and a role gives.
type Scope string

// The scopes.
const (
	ReadFigures   Scope = "read_figures"   // footprints of organisations and sites
	ReadDevices   Scope = "read_devices"   // single devices: their use, age and figures
	ReadPurchases Scope = "read_purchases" // what an organisation paid, and plans to buy
	ReadFactors   Scope = "read_factors"   // factors, sources and formulas
	ReadAudit     Scope = "read_audit"     // who administered what
	SaveScenarios Scope = "save_scenarios" // give scenarios names, for all who read the figures
	ChangeSites   Scope = "change_sites"   // organisations and sites
	ChangeDevices Scope = "change_devices" // retire, transfer, merge, erase
	Import        Scope = "import"         // lists of sites, devices and purchases
	ManageTokens  Scope = "manage_tokens"  // enrolment tokens
	ManageUsers   Scope = "manage_users"   // people, their roles and keys
)

// scopes are those that a role may give.
var scopes = []Scope{ReadFigures, ReadDevices, ReadPurchases, ReadFactors, ReadAudit, SaveScenarios, ChangeSites, ChangeDevices, Import, ManageTokens, ManageUsers}

// What a route asks for that no role needs to give.
const (
	// Public is for anybody.
	Public Scope = "public"
	// Agents is for devices: the handler recognises them by their secret or token.
	Agents Scope = "agents"
	// SignedIn is for whoever has signed in, in any role.
	SignedIn Scope = "signed_in"
)

// Role is what a person is here.
type Role string

// The roles.
const (
	Administrator Role = "administrator"
	ITManager     Role = "it_manager"
	CouncilViewer Role = "council_viewer"
	Procurement   Role = "procurement"
	Auditor       Role = "auditor"
)

// grant is a role with what it gives, within the reach of the person.
type grant struct {
	role   Role
	whose  string // in words
	scopes []Scope
}

// grants is the one table of who may do what.
var grants = []grant{
	{Administrator, "runs the collector", scopes},
	{ITManager, "looks after the devices of some sites", []Scope{ReadFigures, ReadDevices, ReadPurchases, ReadFactors, SaveScenarios, ChangeSites, ChangeDevices, Import, ManageTokens}},
	{CouncilViewer, "sits on a council, or works for it", []Scope{ReadFigures, ReadFactors, SaveScenarios}},
	{Procurement, "buys devices, and decides what to keep", []Scope{ReadFigures, ReadDevices, ReadPurchases, ReadFactors, SaveScenarios}},
	{Auditor, "checks figures and acts, and changes nothing", []Scope{ReadFigures, ReadDevices, ReadPurchases, ReadFactors, ReadAudit}},
}

// Roles lists the roles.
func Roles() []Role {
	var all []Role
	for _, g := range grants {
		all = append(all, g.role)
	}
	return all
}

// RoleNames are the names of the roles, with commas between.
func RoleNames() string { return strings.Join(names(Roles()), ", ") }

func names[T ~string](all []T) []string {
	var texts []string
	for _, one := range all {
		texts = append(texts, string(one))
	}
	return texts
}

// Scopes are what a role gives; none for a role that does not exist.
func (r Role) Scopes() []Scope {
	for _, g := range grants {
		if g.role == r {
			return slices.Clone(g.scopes)
		}
	}
	return nil
}

// Scopes lists the scopes that roles give.
func Scopes() []Scope { return slices.Clone(scopes) }

// Table is who may do what, as a table in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| scope |")
	for _, g := range grants {
		b.WriteString(" " + string(g.role) + " |")
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(grants)) + "\n")
	for _, s := range scopes {
		b.WriteString("| " + string(s) + " |")
		for _, g := range grants {
			b.WriteString(map[bool]string{true: " yes |", false: " |"}[slices.Contains(g.scopes, s)])
		}
		b.WriteString("\n")
	}
	return b.String()
}
