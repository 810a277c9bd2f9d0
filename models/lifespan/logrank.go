package lifespan

import (
	"math"
	"slices"

	"github.com/ecoparc/ecoparc/models/quantity"
)

// Rank is how often the devices of a group ended beside how often they would have, had
// they lasted as all groups together did at the same ages.
type Rank struct {
	Ended    int     `json:"ended"`
	Expected float64 `json:"expected"`
	// Deviation is (ended - expected) in standard deviations: above 1.96 the group
	// lasts less long than the others by more than chance explains, below -1.96 longer.
	// 0 where nothing can be compared.
	Deviation float64 `json:"deviation"`
}

// chance95 is how many standard deviations chance alone passes once in twenty.
const chance95 = z95

// Shorter and Longer tell that a group differs from the others by more than chance.
func (r Rank) Shorter() bool { return r.Deviation > chance95 }
func (r Rank) Longer() bool  { return r.Deviation < -chance95 }

// LogRank compares the lives of groups of devices (N. Mantel, Cancer Chemotherapy
// Reports 50, 1966, 163-170; R. Peto, J. Peto, J. R. Stat. Soc. A 135, 1972, 185-207).
// At each age at which d of the n devices at risk end, a group with n1 of them expects
// d n1 / n, with the variance of drawing d devices out of n without putting them back.
// Entries may be delayed, as in [KaplanMeier]; an observation without a length counts
// for nothing.
func LogRank(groups [][]Observation) []Rank {
	type life struct {
		Observation
		group int
	}
	var exits []life
	for g, observations := range groups {
		for _, o := range observations {
			if 0 <= o.Entry && o.Entry < o.Exit {
				exits = append(exits, life{o, g})
			}
		}
	}
	entries := slices.Clone(exits)
	slices.SortFunc(entries, func(a, b life) int { return compareYears(a.Entry, b.Entry) })
	slices.SortFunc(exits, func(a, b life) int { return compareYears(a.Exit, b.Exit) })

	ranks, variances := make([]Rank, len(groups)), make([]float64, len(groups))
	atRisk, all, entered := make([]int, len(groups)), 0, 0
	ended := make([]int, len(groups))
	for i := 0; i < len(exits); {
		age := exits[i].Exit
		for ; entered < len(entries) && entries[entered].Entry < age; entered++ {
			atRisk[entries[entered].group] += entries[entered].devices()
			all += entries[entered].devices()
		}
		clear(ended)
		next, d := i, 0
		for ; next < len(exits) && exits[next].Exit == age; next++ {
			if exits[next].Ended {
				ended[exits[next].group] += exits[next].devices()
				d += exits[next].devices()
			}
		}
		if d > 0 {
			n := float64(all)
			for g := range groups {
				share := float64(atRisk[g]) / n
				ranks[g].Ended += ended[g]
				ranks[g].Expected += float64(d) * share
				if all > 1 {
					variances[g] += float64(d) * share * (1 - share) * (n - float64(d)) / (n - 1)
				}
			}
		}
		for ; i < next; i++ {
			atRisk[exits[i].group] -= exits[i].devices()
			all -= exits[i].devices()
		}
	}
	for g := range ranks {
		if variances[g] > 1e-9 {
			ranks[g].Deviation = (float64(ranks[g].Ended) - ranks[g].Expected) / math.Sqrt(variances[g])
		}
	}
	return ranks
}

func compareYears(a, b quantity.Years) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
