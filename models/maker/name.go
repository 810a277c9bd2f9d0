package maker

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// phrases are spellings of one thing; the longer come first.
var phrases = strings.NewReplacer(
	"all-in-one", " aio ", "all in one", " aio ", "small form factor", " sff ", "micro form factor", " micro ",
	"2-in-1", " 2in1 ", "2 in 1", " 2in1 ", "notebook pc", " ", "laptop pc", " ", "desktop pc", " ", "mobile workstation pc", " ",
	"thin client", " ", "energy star", " ", "usb-c", " usbc ", "(r)", " ", "(tm)", " ", "”", " ", "\"", " ",
)

// fillers are words that say nothing about which product it is.
var fillers = map[string]bool{
	"notebook": true, "laptop": true, "monitor": true, "display": true, "desktop": true, "inch": true, "pc": true, "computer": true,
	"inc": true, "corporation": true, "corp": true, "co": true, "ltd": true,
	"dell": true, "hp": true, "hewlett": true, "packard": true, "lenovo": true, "apple": true, "microsoft": true,
	"google": true, "samsung": true, "asus": true, "asustek": true,
}

var (
	generation = regexp.MustCompile(`\b(?:([0-9]{1,2})(?:st|nd|rd|th)(?: gen(?:eration)?)?|gen(?:eration)? ?([0-9]{1,2}))\b`)
	capacity   = regexp.MustCompile(`^[0-9]+([0-9.]*)(gb|tb)$`)
	bracketed  = regexp.MustCompile(`\([^()]*\)`)
	newYear    = regexp.MustCompile(` - 20[0-9]{2}$`)
	modelTail  = regexp.MustCompile(`([0-9]{3,})[a-z]+$`)
)

// makers are the beginnings of a maker's name as inventories spell it; codes are
// its names in a monitor's EDID (UEFI Forum, PNP ID list).
var makers = []struct{ prefix, maker string }{
	{"dell", "dell"}, {"hp", "hp"}, {"hewlett", "hp"}, {"lenovo", "lenovo"}, {"apple", "apple"}, {"microsoft", "microsoft"},
	{"google", "google"}, {"samsung", "samsung"}, {"asus", "asus"}, {"fairphone", "fairphone"},
}

var codes = map[string]string{"del": "dell", "hwp": "hp", "hpn": "hp", "len": "lenovo", "app": "apple", "sam": "samsung"}

// brand is a maker's name without its legal form: "Dell Inc." is "dell".
func brand(maker string) string {
	s := strings.ToLower(strings.TrimSpace(maker))
	if m, known := codes[s]; known {
		return m
	}
	for _, m := range makers {
		if strings.HasPrefix(s, m.prefix) {
			return m.maker
		}
	}
	return s
}

// words are the words of a product's name that tell it from others, in order
// and in one spelling.
func words(name string) []string {
	s := phrases.Replace(strings.ToLower(name))
	s = generation.ReplaceAllString(s, " gen$1$2 ")
	all := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+' && r != '.' })
	kept := all[:0]
	for _, w := range all {
		if w = strings.Trim(w, "."); w == "" || fillers[w] && !(len(kept) > 0 && kept[len(kept)-1] == "surface") { // a Surface Laptop is not a Surface
			continue
		}
		kept = append(kept, w)
	}
	return kept
}

// family is the first word of letters in a name, with the maker: "Latitude
// 5490" of Dell is of the family "dell latitude", "P2419H" of "dell p".
func family(brand string, words []string) string {
	for _, w := range words {
		if n := strings.IndexFunc(w, func(r rune) bool { return r < 'a' || r > 'z' }); n != 0 {
			if n < 0 {
				n = len(w)
			}
			return brand + " " + w[:n]
		}
	}
	return brand
}

// key names a product, whatever its storage: names with the same key are the
// same product to an inventory. It is empty for a name that says too little.
func key(maker, name string) string {
	name = newYear.ReplaceAllString(name, "")
	var kept []string
	for _, w := range words(name) {
		if !capacity.MatchString(w) && w != "with" && w != "ssd" {
			kept = append(kept, w)
		}
	}
	text := strings.Join(kept, " ")
	if len(text) < 3 || !strings.ContainsFunc(text, unicode.IsLetter) {
		return ""
	}
	return brand(maker) + "|" + text
}

// keys are the keys of a name that may name several products at once, as
// Lenovo's do: "IdeaPad C340-14/FLEX-14", "ThinkPad T490.ThinkPad P43s". A name
// is taken apart only where each part can stand alone: in "M93/M93p Tiny" the
// first would lose its "Tiny", and be another product.
func keys(maker, name string) []string {
	parts := []string{name}
	switch brand(maker) {
	case "samsung": // "Galaxy A12 (SM-A127F)": inventories know it by either
		parts = append(parts, bracketed.FindString(name), bracketed.ReplaceAllString(name, " "))
	case "lenovo":
		if apart := strings.FieldsFunc(separators.Replace(name), func(r rune) bool { return r == '/' }); standAlone(apart) {
			parts = append(parts, apart...)
		}
	}
	var all []string
	for _, part := range parts {
		if k := key(maker, part); k != "" && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	if len(all) == 0 { // a name that says too little to be looked up, but is one
		all = []string{brand(maker) + "|" + strings.ToLower(strings.TrimSpace(name))}
	}
	return all
}

var separators = strings.NewReplacer(". ", "/", ".Think", "/Think", ".Lenovo", "/Lenovo", "(ThinkVision", "/ThinkVision")

// standAlone tells whether each part ends in a model's number, and all or none
// name a generation.
func standAlone(parts []string) bool {
	for _, part := range parts {
		w := words(part)
		if len(w) == 0 || !strings.ContainsFunc(w[len(w)-1], unicode.IsDigit) ||
			generation.MatchString(strings.ToLower(part)) != generation.MatchString(strings.ToLower(parts[0])) {
			return false
		}
	}
	return true
}

// code is an alias in one spelling.
func code(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// group names the products that are so near to each other in name that one
// gives the other away: variants of storage, of stand, of touch screen.
func group(p Product) string {
	name := bracketed.ReplaceAllString(newYear.ReplaceAllString(strings.ToLower(p.Name), ""), " ")
	name, _, _ = strings.Cut(name, "/")
	var text strings.Builder
	for _, w := range words(name) {
		switch {
		case capacity.MatchString(w):
		case w == "2in1" || w == "chromebook" || w == "enterprise" || w == "rugged" || w == "touch" || w == "with" || w == "without" || w == "stand":
		default:
			text.WriteString(w)
		}
	}
	return string(p.Category) + "|" + brand(p.Maker) + "|" + modelTail.ReplaceAllString(text.String(), "$1")
}

// pieces are the pieces of two and three letters of a name.
func pieces(words []string) []string {
	text := " " + strings.Join(words, " ") + " "
	var all []string
	for _, n := range []int{2, 3} {
		for i := 0; i+n <= len(text); i++ {
			all = append(all, text[i:i+n])
		}
	}
	return all
}
