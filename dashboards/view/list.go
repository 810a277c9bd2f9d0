package view

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// List says which part of a list is wanted. Its zero is the first page in the first
// order.
type List struct {
	Sort  string             // one of SiteOrders or DeviceOrders; empty or unknown: the first of them
	Find  string             // part of the names, without regard to case and accents: of a site or its UAI, of a device or its model
	Page  int                // from 1; one that does not exist: the first
	Whole bool               // all of it, as a file has it
	State string             // devices: only those in one of DeviceStates; empty: all
	Kind  equipment.Category // devices: only those of a category; empty: all
}

// Part is which part of a list it is.
type Part struct {
	Found int `json:"found"` // in the whole list
	Page  int `json:"page"`
	Pages int `json:"pages"`
}

// DeviceStates are the states of a device: in service, or retired within the school year;
// one that is two machines is in another one as well.
var DeviceStates = []string{"reporting", "silent", twinState, "agentless", "retired"}

const twinState = "twins"

// Is tells whether a device is in one of DeviceStates.
func (d *DeviceRow) Is(state string) bool {
	return d.State == state || state == twinState && d.Twins != nil
}

// The orders of lists; ties are in the order of names.
var (
	SiteOrders   = []string{"yearly", "name", "devices", "silent"}
	DeviceOrders = []string{"footprint", "energy", "age", "device", "seen"}
)

var siteOrders = map[string]func(a, b *SiteRow) int{
	"yearly": func(a, b *SiteRow) int {
		return cmp.Compare(b.Headline.Yearly.Total().Value, a.Headline.Yearly.Total().Value)
	},
	"name":    func(a, b *SiteRow) int { return 0 }, // ties are in this order
	"devices": func(a, b *SiteRow) int { return cmp.Compare(b.Coverage.Devices, a.Coverage.Devices) },
	"silent":  func(a, b *SiteRow) int { return cmp.Compare(b.Coverage.Silent, a.Coverage.Silent) },
}

var deviceOrders = map[string]func(a, b *DeviceRow) int{
	"footprint": func(a, b *DeviceRow) int {
		return cmp.Compare(b.Yearly.Total().Value, a.Yearly.Total().Value)
	},
	"energy": func(a, b *DeviceRow) int { return cmp.Compare(b.Yearly.Energy.Value, a.Yearly.Energy.Value) },
	"age":    func(a, b *DeviceRow) int { return cmp.Compare(b.AgeYears, a.AgeYears) },
	"device": func(a, b *DeviceRow) int { return 0 }, // ties are in this order
	"seen":   func(a, b *DeviceRow) int { return a.LastSeen.Compare(b.LastSeen) },
}

// ListSites is a part of some sites, of at most length rows.
func ListSites(all []SiteRow, l List, length int) ([]*SiteRow, Part) {
	find := Plain(l.Find)
	rows := make([]*SiteRow, 0, len(all))
	for i := range all {
		if named(find, all[i].Name, all[i].UAI) {
			rows = append(rows, &all[i])
		}
	}
	by := orderOf(siteOrders, SiteOrders, l.Sort)
	slices.SortFunc(rows, func(a, b *SiteRow) int { return cmp.Or(by(a, b), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return pageOf(rows, l, length)
}

// ListDevices is a part of some devices, of at most length rows.
func ListDevices(all []DeviceRow, l List, length int) ([]*DeviceRow, Part) {
	if all == nil { // not to be listed, which is not the same as none
		return nil, Part{Page: 1, Pages: 1}
	}
	find := Plain(l.Find)
	rows := make([]*DeviceRow, 0, len(all))
	for i := range all {
		if d := &all[i]; (l.State == "" || d.Is(l.State)) && (l.Kind == "" || d.Category == l.Kind) && named(find, d.Label, d.ID, d.Maker+" "+d.Model) {
			rows = append(rows, d)
		}
	}
	by := orderOf(deviceOrders, DeviceOrders, l.Sort)
	slices.SortFunc(rows, func(a, b *DeviceRow) int {
		return cmp.Or(by(a, b), cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID))
	})
	return pageOf(rows, l, length)
}

// named says that a plain text is a part of one of some names.
func named(text string, names ...string) bool {
	return text == "" || slices.ContainsFunc(names, func(name string) bool { return strings.Contains(Plain(name), text) })
}

func orderOf[T any](all map[string]func(a, b *T) int, names []string, name string) func(a, b *T) int {
	if by, known := all[name]; known {
		return by
	}
	return all[names[0]]
}

func pageOf[T any](rows []*T, l List, length int) ([]*T, Part) {
	if l.Whole {
		length = max(1, len(rows))
	}
	part := Part{Found: len(rows), Page: 1, Pages: max(1, (len(rows)+length-1)/length)}
	if l.Page >= 1 && l.Page <= part.Pages {
		part.Page = l.Page
	}
	from := (part.Page - 1) * length
	return rows[from:min(len(rows), from+length)], part
}

// Plain is a text without case and accents.
func Plain(text string) string { return unaccented.Replace(strings.ToLower(strings.TrimSpace(text))) }

var unaccented = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i",
	"ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u", "ÿ", "y", "œ", "oe", "æ", "ae", "’", "'", "\u00a0", " ")
