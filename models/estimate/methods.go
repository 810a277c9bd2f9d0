package estimate

import (
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
)

// CategoryMade is what making a device of a category emits, by each method, where
// nothing but the category is known.
type CategoryMade struct {
	Category equipment.Category `json:"category"`
	By       []MadeBy           `json:"by"`
}

// MadeBy is the answer of one method; nil: it has no value.
type MadeBy struct {
	Method   impact.Method   `json:"method"`
	Embodied *footprint.Mass `json:"embodied_gco2e"`
}

// undescribed are the classes of devices of which nothing but the category is known, in
// the order of the categories.
func undescribed(t *factor.Table) ([]*footprint.Class, error) {
	model, err := footprint.New(t, footprint.Options{})
	if err != nil {
		return nil, err
	}
	var all []*footprint.Class
	for _, c := range physical() {
		class, err := model.Class(equipment.Spec{Category: c})
		if err != nil {
			return nil, err
		}
		all = append(all, class)
	}
	return all, nil
}

// MethodsOf sets the methods side by side for each category.
func MethodsOf(t *factor.Table) ([]CategoryMade, error) {
	classes, err := undescribed(t)
	if err != nil {
		return nil, err
	}
	var all []CategoryMade
	for _, class := range classes {
		row := CategoryMade{Category: class.Spec.Category}
		for _, m := range impact.Methods {
			by := MadeBy{Method: m}
			if made := class.MadeBy(m, 0); made.Available {
				by.Embodied = &made.Embodied
			}
			row.By = append(row.By, by)
		}
		all = append(all, row)
	}
	return all, nil
}
