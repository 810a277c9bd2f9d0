package footprint

// Provenance splits an amount by how it is known, from the best to the weakest.
type Provenance struct {
	Measured   float64 `json:"measured"`   // a meter counted it
	Calibrated float64 `json:"calibrated"` // learned from metered devices of the same model
	Modelled   float64 `json:"modelled"`   // computed from use
	Assumed    float64 `json:"assumed"`    // taken from the category's profile
}

func (p Provenance) plus(o Provenance) Provenance {
	return Provenance{p.Measured + o.Measured, p.Calibrated + o.Calibrated, p.Modelled + o.Modelled, p.Assumed + o.Assumed}
}

func (p Provenance) times(k float64) Provenance {
	return Provenance{p.Measured * k, p.Calibrated * k, p.Modelled * k, p.Assumed * k}
}

// Shares scales a provenance so that its parts add up to 1.
func (p Provenance) Shares() Provenance {
	sum := p.Measured + p.Calibrated + p.Modelled + p.Assumed
	if sum == 0 {
		return Provenance{}
	}
	return p.times(1 / sum)
}

// Figure is a footprint of some devices over some time.
type Figure struct {
	// DeviceYears is the time in service of all devices together. It is not a
	// time.Duration, which ends at 292 years: a big school has more in one year.
	DeviceYears float64 `json:"device_years"`
	// Lives is how many whole embodied impacts fall to that time.
	Lives    float64 `json:"device_lives"`
	Energy   Energy  `json:"energy_wh"`
	Use      Mass    `json:"use_gco2e"`
	Embodied Mass    `json:"embodied_gco2e"`
	// Parts is what of Embodied is that of the spare parts of repairs.
	Parts Mass `json:"parts_gco2e"`
	// EnergyFrom and MassFrom say how the energy (in Wh) and the footprint (in
	// g) are known. An embodied impact taken from the category is assumed.
	EnergyFrom Provenance `json:"energy_from"`
	MassFrom   Provenance `json:"footprint_from"`
}

// Total is use and embodied together.
func (f Figure) Total() Mass { return f.Use.Plus(f.Embodied) }

// Plus adds the figure of other devices or of another time.
func (f Figure) Plus(o Figure) Figure {
	return Figure{
		f.DeviceYears + o.DeviceYears, f.Lives + o.Lives, f.Energy.Plus(o.Energy), f.Use.Plus(o.Use), f.Embodied.Plus(o.Embodied), f.Parts.Plus(o.Parts),
		f.EnergyFrom.plus(o.EnergyFrom), f.MassFrom.plus(o.MassFrom),
	}
}

// Times scales a figure, as from a period to a year.
func (f Figure) Times(k float64) Figure {
	return Figure{
		f.DeviceYears * k, f.Lives * k, f.Energy.Times(k), f.Use.Times(k), f.Embodied.Times(k), f.Parts.Times(k),
		f.EnergyFrom.times(k), f.MassFrom.times(k),
	}
}
