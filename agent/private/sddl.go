package private

import "strings"

// SDDL is the access list of a folder for the service, in Windows' own language:
// full access for the system and administrators, and for LocalService change or
// read. P: nothing is inherited from above, where every user may make files.
func SDDL(write bool) string {
	rights := "0x1200a9" // read and list
	if write {
		rights = "0x1301bf" // and change
	}
	return "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;" + rights + ";;;LS)"
}

// crowds are the names that stand for people in general: everyone, users,
// authenticated users, whoever is at the keyboard, guests, domain users, and the
// same as numbers.
var crowds = map[string]string{
	"WD": "everyone", "BU": "users", "AU": "authenticated users", "IU": "interactive users", "BG": "guests", "AN": "anonymous", "DU": "domain users",
	"S-1-1-0": "everyone", "S-1-5-32-545": "users", "S-1-5-11": "authenticated users", "S-1-5-4": "interactive users",
}

// LetsIn names who in general an access list lets in; empty when it lets in nobody
// but named accounts.
func LetsIn(sddl string) string {
	_, list, ok := strings.Cut(sddl, "D:")
	if !ok || strings.HasPrefix(list, "NO_ACCESS_CONTROL") {
		return "everyone: it has no access list"
	}
	list, _, _ = strings.Cut(list, "S:") // what is audited
	if !strings.Contains(list, "(") {
		return "" // an empty list lets nobody in
	}
	for entry := range strings.SplitSeq(list, "(") {
		fields := strings.Split(strings.TrimSuffix(strings.TrimSpace(entry), ")"), ";")
		if len(fields) < 6 || fields[0] != "A" && fields[0] != "XA" {
			continue
		}
		if who, ok := crowds[strings.TrimSuffix(fields[5], ")")]; ok {
			return who
		}
	}
	return ""
}
