package equipment

// Spec is what is known of a device as a product, from an agent's inventory or a
// purchase list. A zero is "not known", never a quantity.
type Spec struct {
	Category  Category
	Maker     string // as inventories spell it: "Dell Inc."
	Model     string // likewise: "Latitude 3420", "20VE"
	CPU       string // "Intel(R) Core(TM) i5-1135G7 @ 2.40GHz"
	MemoryGiB float64
	StorageGB float64
	ScreenIn  float64 // diagonal of the screen, in inches
	WeightKg  float64
	Year      int // calendar year in which the product came on the market or was bought
}
