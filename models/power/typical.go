package power

import (
	"fmt"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Weights are the shares of a year that a typical device spends in each state,
// as ENERGY STAR has them: off, asleep, idle for long (screen off), and idle for
// short (screen on). They add up to 1.
type Weights struct {
	Off, Sleep, LongIdle, ShortIdle float64
	// Load is the processor load of the last, which is 0 by ENERGY STAR and that
	// of a typical server for a server.
	Load float64
}

// WeightsFor reads the weights of a class from its tec.* rows: "notebook",
// "desktop_v6", "desktop_v8", "display", or "server", which is always on.
func WeightsFor(t *factor.Table, class string) (Weights, error) {
	var w Weights
	if class == "server" {
		load, err := number(t, "tec.server.load")
		return Weights{ShortIdle: 1, Load: load}, err
	}
	for _, row := range []struct {
		state string
		into  *float64
	}{{"off", &w.Off}, {"sleep", &w.Sleep}, {"long_idle", &w.LongIdle}, {"short_idle", &w.ShortIdle}} {
		v, err := number(t, "tec."+class+"."+row.state)
		if err != nil {
			return Weights{}, fmt.Errorf("typical use: %w", err)
		}
		*row.into = v
	}
	return w, nil
}

// TypicalClass is the class of a product for [WeightsFor]: version 8 of ENERGY STAR's
// computers holds since October 2020. It is empty for a category that ENERGY STAR's
// programmes for computers, displays and servers leave out.
func TypicalClass(s equipment.Spec) string {
	if s.Category == equipment.Desktop && s.Year > 2020 {
		return "desktop_v8"
	}
	return map[equipment.Category]string{
		equipment.Laptop: "notebook", equipment.Tablet: "notebook", equipment.Monitor: "display",
		equipment.ThinClient: "desktop_v6", equipment.Server: "server", equipment.Desktop: "desktop_v6",
	}[s.Category]
}

// WeightsOf are the weights that a product's yearly consumption was computed with.
func WeightsOf(t *factor.Table, s equipment.Spec) (Weights, error) {
	return WeightsFor(t, TypicalClass(s))
}

// WeightKeys are the keys of the rows that [WeightsFor] reads for a class.
func WeightKeys(class string) []string {
	if class == "server" {
		return []string{"tec.server.load"}
	}
	tec := "tec." + class
	return []string{tec + ".off", tec + ".sleep", tec + ".long_idle", tec + ".short_idle"}
}

// hoursPerYear is ENERGY STAR's year of 365 days.
const hoursPerYear = 8760

// TypicalYear is ENERGY STAR's typical energy consumption, in Wh a year:
//
//	E = 8760 h x (P_off T_off + P_sleep T_sleep + P_long T_long + P_short T_short)
//
// It supposes an office and 365 days; a school device is used less, so this is an
// upper bound for it.
func TypicalYear(c *Curve, w Weights) WattHours {
	mean := c.Off.Times(w.Off).Plus(c.Sleep.Times(w.Sleep)).Plus(c.Dark.Times(w.LongIdle)).Plus(c.At(w.Load).Times(w.ShortIdle))
	return quantity.As[quantity.WattHours](mean.Times(hoursPerYear))
}
