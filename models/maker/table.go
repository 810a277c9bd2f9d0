package maker

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// columns of Ecoparc's own table. Units are in the names.
var columns = []string{
	"maker", "product", "category", "year", "screen_in", "weight_kg", "memory_gib", "storage_gb", "storage_kind", "embodied_kgco2e", "total_kgco2e",
	"use_share", "stated_error", "use_kwh_year", "lifetime_years", "used_in", "source", "corrected",
}

// WriteProducts writes a table that ReadProducts reads, sorted, with the figures
// to five digits.
func WriteProducts(w io.Writer, products []Product) error {
	lines := csv.NewWriter(w)
	lines.Write(columns) // the error stays for Flush
	for _, p := range sorted(products) {
		lines.Write([]string{
			p.Maker, p.Name, string(p.Category), digits(float64(p.Year)), digits(p.ScreenIn), digits(p.WeightKg), digits(p.MemoryGiB), digits(p.StorageGB), p.StorageKind,
			digits(float64(p.Embodied) / 1000), digits(float64(p.Total) / 1000), digits(p.UseShare), digits(p.StatedError), digits(float64(p.YearlyUse) / 1000),
			digits(float64(p.Lifetime)), p.UsedIn, p.Source, p.Corrected,
		})
	}
	lines.Flush()
	return lines.Error()
}

// digits writes a number with five digits at most, and nothing for zero.
func digits(v float64) string {
	if v == 0 {
		return ""
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 5, 64), 64)
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// ReadProducts reads a table that WriteProducts wrote. An error names the line
// and the column.
func ReadProducts(r io.Reader) ([]Product, error) {
	records, err := readTable(r, columns)
	if err != nil {
		return nil, fmt.Errorf("cannot read the table of footprints: %w", err)
	}
	var products []Product
	for i, record := range records {
		row := cells{line: i + 2, text: map[string]string{}}
		for j, name := range columns {
			row.text[name] = record[j]
		}
		p := Product{
			Maker: record[0], Name: record[1], Category: equipment.Category(record[2]), Year: int(row.number("year")),
			ScreenIn: row.number("screen_in"), WeightKg: row.number("weight_kg"), MemoryGiB: row.number("memory_gib"),
			StorageGB: row.number("storage_gb"), StorageKind: record[8],
			Embodied: quantity.Grams(1000 * row.number("embodied_kgco2e")), Total: quantity.Grams(1000 * row.number("total_kgco2e")),
			UseShare: row.number("use_share"), StatedError: row.number("stated_error"),
			YearlyUse: quantity.WattHours(1000 * row.number("use_kwh_year")), Lifetime: quantity.Years(row.number("lifetime_years")),
			UsedIn: record[15], Source: record[16], Corrected: record[17],
		}
		switch {
		case row.err != nil:
			return nil, fmt.Errorf("cannot read the table of footprints: %w", row.err)
		case p.Maker == "" || p.Name == "" || p.Category == "":
			return nil, fmt.Errorf("cannot read the table of footprints: line %d, columns maker, product and category: all are needed", row.line)
		case !(p.Embodied > 0):
			return nil, fmt.Errorf("cannot read the table of footprints: line %d, column embodied_kgco2e: it must be more than zero", row.line)
		}
		products = append(products, p)
	}
	return products, nil
}

// Alias is a name under which inventories know a product of the table: Lenovo's
// machine type, Apple's model identifier.
type Alias struct {
	Code, Maker, Name string
	Source            string
	Verified          bool // whether the source has been read and says so
}

var aliasColumns = []string{"code", "maker", "product", "source", "verified"}

// ReadAliases reads a table of aliases.
func ReadAliases(r io.Reader) ([]Alias, error) {
	records, err := readTable(r, aliasColumns)
	if err != nil {
		return nil, fmt.Errorf("cannot read the aliases: %w", err)
	}
	var aliases []Alias
	for i, record := range records {
		a := Alias{record[0], record[1], record[2], record[3], record[4] == "yes"}
		if code(a.Code) == "" || a.Maker == "" || a.Name == "" || a.Source == "" || !a.Verified && record[4] != "no" {
			return nil, fmt.Errorf("cannot read the aliases: line %d: code, maker, product, source, and yes or no for verified are all needed", i+2)
		}
		aliases = append(aliases, a)
	}
	return aliases, nil
}

// readTable reads a CSV file whose first line must be the header.
func readTable(r io.Reader, header []string) ([][]string, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = len(header)
	records, err := lines.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(records) == 0 || !slices.Equal(records[0], header) {
		return nil, errors.New("line 1: the columns must be " + strings.Join(header, ","))
	}
	return records[1:], nil
}

// sorted gives products in an order that does not depend on the one given.
func sorted(products []Product) []Product {
	return slices.SortedFunc(slices.Values(products), func(a, b Product) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Maker, b.Maker), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Embodied, b.Embodied),
			cmp.Compare(a.Year, b.Year), cmp.Compare(a.ScreenIn, b.ScreenIn), cmp.Compare(a.WeightKg, b.WeightKg), cmp.Compare(a.MemoryGiB, b.MemoryGiB),
			cmp.Compare(a.StorageGB, b.StorageGB), cmp.Compare(a.Source, b.Source))
	})
}

// statedErrors is the usual stated error of each category: the median of the
// reports that state one.
func statedErrors(products []Product) map[equipment.Category]float64 {
	stated := map[equipment.Category][]float64{}
	for _, p := range products {
		if p.StatedError > 0 {
			stated[p.Category] = append(stated[p.Category], math.Min(p.StatedError, 1))
		}
	}
	usual := map[equipment.Category]float64{}
	for category, list := range stated {
		usual[category] = median(list)
	}
	return usual
}

// Usable are the products of the rows that were not left out, their sources
// without what follows a question mark: the address of a document is enough.
func Usable(rows []Published) []Product {
	var products []Product
	for _, row := range rows {
		if row.LeftOut == "" {
			row.Source, _, _ = strings.Cut(row.Source, "?")
			products = append(products, row.Product)
		}
	}
	return products
}

// WriteLeftOut lists the rows that were left out, with the reasons.
func WriteLeftOut(w io.Writer, rows []Published) error {
	var lines []string
	for _, row := range rows {
		if row.LeftOut != "" {
			lines = append(lines, fmt.Sprintf("%s, %s: %s\n", row.Maker, row.Name, row.LeftOut))
		}
	}
	slices.Sort(lines)
	_, err := io.WriteString(w, strings.Join(lines, ""))
	return err
}
