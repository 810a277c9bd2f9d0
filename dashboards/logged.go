package dashboards

import (
	"slices"
	"strings"
)

// loggedPrefix begins the keys of what the audit log says in English of an act, as
// logged.device.transfer; the word after it is what the act is about.
const loggedPrefix = "logged."

// loggedWords are the words of the log that a page has of its own, by the placeholder
// that stands for them.
var loggedWords = map[string]string{
	"role": "admin.role.", "to": "admin.to.", "population": "population.", "part": "repair.part.", "outcome": "repair.outcome.", "doneby": "repair.doneby.",
}

// actDetails tells what the log says of an act in the language of the page. What nobody
// has put into words stays as it was logged.
func (l *language) actDetails(what, details string) string {
	about, _, _ := strings.Cut(what, " ")
	switch what {
	case "site add", "site edit":
		return l.sitePutDown(details)
	case "organisation add":
		if key := "admin.ownerkind." + details; l.texts[key] != "" {
			return l.say(key)
		}
	}
	for _, p := range l.logged {
		if !strings.HasPrefix(p.key, loggedPrefix+about+".") {
			continue
		}
		if told, ok := l.toldBy(p, details, func(name, value string) string {
			if key := loggedWords[name] + value; loggedWords[name] != "" && l.texts[key] != "" {
				return l.say(key)
			}
			return value
		}); ok {
			return told
		}
	}
	return details
}

// sitePutDown is a school as the log describes it: its name, its kind, and what else is
// known of it.
func (l *language) sitePutDown(details string) string {
	parts := strings.Split(details, ", ")
	for i, part := range parts {
		first, rest, _ := strings.Cut(part, " ")
		switch {
		case i == 0: // the name
		case slices.Contains(siteKinds, part):
			parts[i] = l.say("schools.kind." + part)
		case first == "uai" || first == "zone" || first == "at":
			parts[i] = l.say("logged.site."+first, "is", rest)
		case rest == "pupils":
			parts[i] = l.say("logged.site.pupils", "n", first)
		case part == "closed":
			parts[i] = l.say("logged.site.closed")
		}
	}
	return strings.Join(parts, ", ")
}
