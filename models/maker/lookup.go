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
	s = c.named(s)
	for _, name := range []string{s.Model, bracketed.ReplaceAllString(s.Model, " ")} {
		var found Product
		best := math.Inf(1)
		for _, i := range c.index[key(s.Maker, name)] {
			if far := unlikeness(s, c.products[i]); far < best {
				found, best = c.products[i], far
			}
		}
		if !math.IsInf(best, 1) {
			return found, true
		}
	}
	return Product{}, false
}

// named gives a specification the name that a product is sold under: by an
// alias, and where an inventory puts maker and model into one text.
func (c *Catalogue) named(s equipment.Spec) equipment.Spec {
	if brand(s.Maker) == "" {
		s.Maker, _, _ = strings.Cut(strings.TrimSpace(s.Model), " ")
	}
	for _, code := range []string{code(s.Model), machineType(s.Model)} {
		if a, known := c.aliases[code]; known && (brand(a.Maker) == brand(s.Maker) || code == brand(s.Maker)) {
			s.Maker, s.Model = a.Maker, a.Name
			break
		}
	}
	return s
}

// machineType is the first four signs of a Lenovo machine type and model, as in
// "20HN0016FR", which Windows reports as the model.
func machineType(model string) string {
	if m := code(model); len(m) == 10 && !strings.ContainsAny(m, " -,") {
		return m[:4]
	}
	return ""
}

// unlikeness tells how far a variant of the product that was asked for is from
// what is known of it, and infinity when it is another product.
func unlikeness(s equipment.Spec, p Product) float64 {
	if s.Category != "" && mistakable(s.Category) != mistakable(p.Category) {
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

// mistakable makes one of categories that inventories take for each other: a tablet
// with a keyboard reports itself as a laptop, a thin client as a desktop.
func mistakable(c equipment.Category) equipment.Category {
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
