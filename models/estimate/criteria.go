package estimate

import (
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/impact"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Amount is a quantity in the unit that stands beside it.
type Amount = quantity.Interval[float64]

// Criterion is the impact of one device in a year on a criterion besides climate
// change, embodied and use apart. Nil is not available; then there is no sum of the
// two either.
type Criterion struct {
	Criterion impact.Criterion `json:"criterion"`
	Unit      string           `json:"unit"`
	Embodied  *Amount          `json:"embodied_per_year"`
	Use       *Amount          `json:"use_per_year"`
}

// criteria spread the embodied impacts as the climate's is spread.
func (x *estimation) criteria(l life) ([]Criterion, error) {
	share := lifespan.Share(lifespan.Year, float64(l.age), float64(x.out.Life))
	var all []Criterion
	for _, c := range impact.Criteria {
		if c == impact.Climate {
			continue
		}
		out := Criterion{Criterion: c, Unit: c.Unit()}
		if row, err := impact.Embodied(x.rows.table, x.d.Category, c); err == nil {
			x.rows.add(row)
			// The rules of sharing ask no unit.
			carried, err := l.carried(quantity.As[quantity.Grams](row.Bounds()), true)
			if err != nil {
				return nil, err
			}
			year := quantity.As[float64](carried.Times(share))
			out.Embodied = &year
		}
		if row, err := grid.Other(x.rows.table, c, x.d.Territory, x.day); err == nil {
			x.rows.add(row)
			kWh := quantity.As[float64](x.out.Energy.Year.Times(1.0 / 1000))
			year := quantity.Product[float64](kWh, row.Bounds())
			out.Use = &year
		}
		all = append(all, out)
	}
	if len(l.events) > 0 {
		x.note("The parts that were fitted are in the climate only: no source tells their other impacts.")
	}
	return all, nil
}
