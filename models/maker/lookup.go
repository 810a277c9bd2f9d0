package maker

import (
	"math"
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
)

// Lookup finds a product that the table has, however an inventory spells it:
// "LATITUDE 3420" and "Dell Inc. Latitude 3420" are one, "HP EliteBook 840 G8
// Notebook PC" is found without its "Notebook PC", "20HN0016FR" by the machine
// type 20HN. It is false when the name is merely like one of the table, when the
// categories contradict each other, and when the storage is known and no variant
// of the product has about as much: then Predict predicts.
func (c *Catalogue) Lookup(s equipment.Spec) (Product, bool) {
	for _, key := range c.asked(s.Maker, s.Model) {
		found := Product{}
		best := math.Inf(1)
		for _, i := range c.index[key] {
			p := c.products[i]
			if fits := unlikeness(s, p); fits < best {
				found, best = p, fits
			}
		}
		if !math.IsInf(best, 1) {
			return found, true
		}
	}
	return Product{}, false
}

// asked are the keys under which a model may stand in the table, the most
// telling first: an alias, the name, the name without what is in brackets.
func (c *Catalogue) asked(maker, model string) []string {
	var asked []string
	for _, code := range []string{code(model), machineType(maker, model)} {
		if k, known := c.aliases[code]; known && strings.HasPrefix(k, brandOf(maker, k)) {
			asked = append(asked, k)
		}
	}
	if maker == "" { // some inventories give both in one text
		first, rest, _ := strings.Cut(strings.TrimSpace(model), " ")
		maker, model = first, rest
	}
	for _, name := range []string{model, bracketed.ReplaceAllString(model, " ")} {
		if k := key(maker, name); k != "" {
			asked = append(asked, k)
		}
	}
	return asked
}

// brandOf is the brand that an alias must be of: the device's, or any when the
// inventory gives none.
func brandOf(maker, key string) string {
	if brand(maker) == "" {
		return key[:strings.IndexByte(key, '|')+1]
	}
	return brand(maker) + "|"
}

// machineType is the first four signs of a Lenovo machine type and model, as in
// "20HN0016FR", which Windows reports as the model.
func machineType(maker, model string) string {
	m := code(model)
	if b := brand(maker); b != "lenovo" && b != "" || len(m) < 4 || len(m) > 10 || strings.ContainsAny(m, " -,") {
		return ""
	}
	return m[:4]
}

// unlikeness tells how far a variant of the product that was asked for is from
// what is known of it, and infinity when it is another product.
func unlikeness(s equipment.Spec, p Product) float64 {
	if s.Category != "" && sort(s.Category) != sort(p.Category) {
		return math.Inf(1)
	}
	far := 0.0
	gigabytes := p.StorageGB
	if gigabytes == 0 {
		gigabytes, _ = readStorage(p.Name)
	}
	if s.StorageGB > 0 && gigabytes > 0 && portable(p.Category) {
		d := math.Abs(math.Log(s.StorageGB / gigabytes))
		if d > math.Log(1.3) { // 256 GB may be counted as 238 GiB; half or twice is another variant
			return math.Inf(1)
		}
		far += d
	} else {
		far += gigabytes / 1e6 // not known: the variant with the least
	}
	if s.ScreenIn > 0 && p.ScreenIn > 0 {
		d := math.Abs(s.ScreenIn - p.ScreenIn)
		if d > 1.5 { // makers round 23.8 down to 23, and 15.6 to 15
			return math.Inf(1)
		}
		far += d
	}
	if s.Year > 0 && p.Year > 0 {
		far += math.Abs(float64(s.Year-p.Year)) / 100
	}
	return far
}

// sort makes one of categories that inventories take for each other: a tablet
// with a keyboard reports itself as a laptop, a thin client as a desktop.
func sort(c equipment.Category) equipment.Category {
	switch c {
	case equipment.Tablet:
		return equipment.Laptop
	case equipment.ThinClient:
		return equipment.Desktop
	}
	return c
}

// portable tells of which products makers publish a figure for each storage.
func portable(c equipment.Category) bool {
	return c == equipment.Laptop || c == equipment.Tablet || c == equipment.Smartphone || c == equipment.Desktop
}
