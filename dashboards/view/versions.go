package view

import (
	"context"
	"time"

	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/impact"
)

// Versions tells what figures were before the model changed, and after.
type Versions interface {
	// ModelChanges are the changes of the model, the latest first, with the figures of the
	// organisations that the person may see as a whole.
	ModelChanges(ctx context.Context) ([]ModelChange, error)
}

// ModelChange is that figures are computed otherwise since a moment: by other formulas,
// other numbers or another method.
type ModelChange struct {
	Since   time.Time      `json:"since"`
	From    ModelOf        `json:"from"`
	To      ModelOf        `json:"to"`
	Factors []FactorChange `json:"factors"` // in the order of their keys
	Figures []FigureChange `json:"figures"`
}

// ModelOf names a model.
type ModelOf struct {
	Version int           `json:"version"`
	Factors string        `json:"factors_version"`
	Method  impact.Method `json:"method"`
}

// FactorChange is a row that has another value, is new, or is gone.
type FactorChange struct {
	Key    string  `json:"factor"`
	Region string  `json:"region,omitempty"`
	From   string  `json:"valid_from,omitempty"` // of a row that holds from a day on
	Unit   string  `json:"unit"`
	Was    *Number `json:"was,omitempty"` // nil: it is new
	Now    *Number `json:"now,omitempty"` // nil: it is gone
}

// Number is the value of a row with its bounds, in its unit.
type Number struct {
	Low   float64 `json:"low"`
	Value float64 `json:"value"`
	High  float64 `json:"high"`
}

// FigureChange is the yearly footprint of an organisation and school year, for one pupil
// or for one device, as it was last computed before the change and first after it.
type FigureChange struct {
	Organisation int64          `json:"organisation"`
	Name         string         `json:"name"`
	Simulated    bool           `json:"simulated"`
	SchoolYear   int            `json:"school_year"`
	Per          string         `json:"per"` // "pupil" or "device"
	Was          footprint.Mass `json:"was_gco2e"`
	WasAt        time.Time      `json:"was_at"`
	Now          footprint.Mass `json:"now_gco2e"`
	NowAt        time.Time      `json:"now_at"`
	// Keys are those of the changed factors that the figure stands on.
	Keys []string `json:"factors"`
}
