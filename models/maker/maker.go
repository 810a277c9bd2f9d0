// Package maker says what making one product emits, from the product carbon
// footprints that manufacturers publish: a known product is looked up, any other
// of a known category is predicted from the products that are most like it.
//
// The prediction is kriging (Gaussian process regression) on the logarithm of
// the embodied footprint, one model for each category. In ten lines:
//
//  1. A product's log footprint is the category's level, plus what the product
//     shares with the others, plus noise of 8 %.
//  2. Two products share what six likenesses say (see likeness): the same maker;
//     the same family of names ("Latitude"); close screen, weight, storage and
//     memory; these of the same maker, and of the same family, in the same years;
//     and like names of the same maker in the same years.
//  3. Names are alike when they share pieces of two and three letters, rare pieces
//     counting more: "latitude 5490" and "latitude 5480" nearly are. What is not
//     known of a product is taken from the maker's products of like names.
//  4. The prediction is the average of the published figures, each weighed by that
//     likeness, and less where several say the same thing.
//  5. The interval is conformal: each product of the table is predicted without
//     its near namesakes, and the error, divided by the spread that the model
//     expected, is kept. Nine in ten of these give the width for a new product.
//
// Nothing that comes with a footprint report (total, share of use, yearly
// consumption, lifetime) enters a prediction. Masses are grams of CO2e for
// manufacture, distribution and end of life together, without use. The method's
// source is Rasmussen and Williams, Gaussian Processes for Machine Learning (MIT
// Press, 2006), algorithm 2.1 and equation 5.12; for the interval, Lei et al.,
// "Distribution-Free Predictive Inference for Regression" (JASA, 2018), section 5.
package maker

import (
	"fmt"
	"io"
	"sync"

	"github.com/ecoparc/ecoparc/models/data"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Product is a product whose maker has published its carbon footprint. A zero
// is "not published".
type Product struct {
	Maker       string             `json:"maker"`
	Name        string             `json:"name"`
	Category    equipment.Category `json:"category"`
	Year        int                `json:"year,omitempty"` // of the report
	ScreenIn    float64            `json:"screen_in,omitempty"`
	WeightKg    float64            `json:"weight_kg,omitempty"`
	MemoryGiB   float64            `json:"memory_gib,omitempty"`
	StorageGB   float64            `json:"storage_gb,omitempty"`
	StorageKind string             `json:"storage_kind,omitempty"` // ssd, hdd, both, or empty
	// Embodied is the total less its share of use.
	Embodied quantity.Grams `json:"embodied_g"`
	Total    quantity.Grams `json:"total_g"`
	UseShare float64        `json:"use_share"`
	// StatedError is the uncertainty that the report gives, as a share of its
	// total; zero when it gives none.
	StatedError float64            `json:"stated_error,omitempty"`
	YearlyUse   quantity.WattHours `json:"yearly_use_wh,omitempty"` // typical use, as the report assumes it
	Lifetime    quantity.Years     `json:"lifetime_years,omitempty"`
	UsedIn      string             `json:"used_in,omitempty"` // region whose electricity the report takes
	Source      string             `json:"source"`            // address of the report
	// Corrected says what Ecoparc changed of the row as Boavizta has it.
	Corrected string `json:"corrected,omitempty"`
}

// Spec is what may be known of the product before its footprint is.
func (p Product) Spec() equipment.Spec {
	return equipment.Spec{
		Category: p.Category, Maker: p.Maker, Model: p.Name, MemoryGiB: p.MemoryGiB, StorageGB: p.StorageGB,
		ScreenIn: p.ScreenIn, WeightKg: p.WeightKg, Year: p.Year,
	}
}

// Catalogue is a table of products with the models that it teaches. It does not
// change after it is made, and may be used by several goroutines.
type Catalogue struct {
	products []Product
	index    map[string][]int // key of a name -> products
	aliases  map[string]Alias // by code
	models   map[equipment.Category]*model
	full     spread                         // where all is known that the maker usually tells
	byName   spread                         // where it is not
	stated   map[equipment.Category]float64 // usual stated error of a category
}

// Default is the catalogue that ships with Ecoparc, made at first use.
var Default = sync.OnceValue(func() *Catalogue {
	products, err := open("footprints/products.csv", ReadProducts)
	if err != nil {
		panic(fmt.Sprintf("the embedded footprints do not load: %v", err)) // a test loads them
	}
	aliases, err := open("footprints/aliases.csv", ReadAliases)
	if err != nil {
		panic(fmt.Sprintf("the embedded aliases do not load: %v", err)) // likewise
	}
	return Load(products, aliases)
})

func open[T any](name string, read func(io.Reader) (T, error)) (T, error) {
	f, err := data.Files.Open(name)
	if err != nil {
		var none T
		return none, err
	}
	defer f.Close()
	return read(f)
}

// Load makes a catalogue of products. Their order does not matter. An alias is
// another name under which inventories know a product, such as a Lenovo machine
// type; aliases may be empty.
func Load(products []Product, aliases []Alias) *Catalogue {
	c := &Catalogue{products: sorted(products), index: map[string][]int{}, aliases: map[string]Alias{}}
	for i, p := range c.products {
		for _, key := range keys(p.Maker, p.Name) {
			c.index[key] = append(c.index[key], i)
		}
	}
	for _, a := range aliases {
		c.aliases[code(a.Code)] = a
	}
	c.stated = statedErrors(c.products)
	c.models, c.full, c.byName = fit(c.products)
	return c
}

// Products are all products of the catalogue, by maker and name.
func (c *Catalogue) Products() []Product { return c.products }
