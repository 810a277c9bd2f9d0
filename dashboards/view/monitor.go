package view

import (
	"context"
	"time"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Watching is what agents took of the devices that they watch, in a period.
type Watching struct {
	RunningMs int64            `json:"running_ms"` // of the devices, while agents watched
	CPUMs     int64            `json:"agent_cpu_ms"`
	SentB     int64            `json:"agent_sent_b"`
	Energy    footprint.Energy `json:"energy_wh"` // at the devices, a part of theirs
}

// Plus adds two.
func (w Watching) Plus(o Watching) Watching {
	return Watching{w.RunningMs + o.RunningMs, w.CPUMs + o.CPUMs, w.SentB + o.SentB, w.Energy.Plus(o.Energy)}
}

// OwnUse is what the collector itself used since it started.
type OwnUse struct {
	Since      time.Time    `json:"since"`
	UpMs       int64        `json:"up_ms"`
	CPUMs      int64        `json:"cpu_ms"`
	Processors int          `json:"processors"` // of the machine
	MemoryB    int64        `json:"memory_b"`   // resident now
	DiskB      int64        `json:"disk_b"`     // that the data take
	Requests   int64        `json:"requests"`
	ReceivedB  int64        `json:"received_b"` // bodies of requests
	SentB      int64        `json:"sent_b"`     // bodies of answers, compressed
	Pages      []PageWeight `json:"pages"`      // the heaviest first
}

// PageWeight is what one kind of page weighed when it was last sent, compressed, without
// the style sheet that a browser keeps.
type PageWeight struct {
	Page    string `json:"page"` // its address, with {id}
	Answers int64  `json:"answers"`
	MeanB   int64  `json:"mean_b"`
	MostB   int64  `json:"most_b"`
}

// FleetWatched is what it costs to watch one organisation.
type FleetWatched struct {
	Organisation Organisation `json:"organisation"`
	Reporting    int64        `json:"reporting"`
	Agents       Watching     `json:"agents"` // in the school year so far
	// Yearly is the agents' energy and the network's, of a year at that rate, and Mass
	// what they emit.
	Yearly  footprint.Energy `json:"agents_wh_per_year"`
	Network footprint.Energy `json:"network_wh_per_year"`
	Mass    footprint.Mass   `json:"gco2e_per_year"`
	// Fleet is the whole footprint of the devices in a year.
	Fleet footprint.Mass `json:"fleet_gco2e_per_year"`
}

// Monitor is what watching costs.
type Monitor struct {
	Own    OwnUse         `json:"collector"`
	Fleets []FleetWatched `json:"fleets"` // simulated ones too; those are in no sum
	// Agents, Network and Collector are energies of a year, Energy and Mass their sums.
	Agents    footprint.Energy `json:"agents_wh_per_year"`
	Network   footprint.Energy `json:"network_wh_per_year"`
	Collector footprint.Energy `json:"collector_wh_per_year"`
	Energy    footprint.Energy `json:"energy_wh_per_year"`
	Mass      footprint.Mass   `json:"gco2e_per_year"`
	// Fleet is the footprint of all that is watched in a year, and Share the part of it
	// that watching costs; 0 where nothing is watched.
	Fleet footprint.Mass `json:"fleet_gco2e_per_year"`
	Share float64        `json:"share"`
	// Resting is what a server of its own would draw in a year without doing anything:
	// in no sum, for a collector seldom has one.
	Resting footprint.Energy `json:"server_of_its_own_wh_per_year"`
}

// year is the time that yearly figures are of.
const year = 8766 * time.Hour

// leastUp is how long a collector must be up for its use to stand for a year's.
const leastUp = time.Hour

// Settled tells that the collector has been up long enough to speak of a year.
func (o OwnUse) Settled() bool { return time.Duration(o.UpMs)*time.Millisecond >= leastUp }

// MonitorOf finds what watching costs, of the organisations that the person may see.
func MonitorOf(ctx context.Context, s Source, own OwnUse, where *time.Location, now time.Time) (*Monitor, error) {
	t, m := s.Factors(), &Monitor{Own: own}
	all, err := s.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	territory := grid.MainlandFrance
	for _, o := range all {
		overview, err := s.Overview(ctx, o.ID, 0)
		if err != nil {
			return nil, err
		}
		territory = overview.Scope.Territory
		watched, err := watchedOf(t, overview, where)
		if err != nil {
			return nil, err
		}
		m.Fleets = append(m.Fleets, watched)
		if !o.Simulated {
			m.Agents, m.Network, m.Fleet = m.Agents.Plus(watched.Yearly), m.Network.Plus(watched.Network), m.Fleet.Plus(watched.Fleet)
		}
	}
	if err := m.ofCollector(t); err != nil {
		return nil, err
	}
	m.Energy = m.Agents.Plus(m.Network).Plus(m.Collector)
	if m.Mass, err = emitted(t, m.Energy, territory, calendar.DayOf(now, where)); err != nil {
		return nil, err
	}
	if m.Fleet.Value > 0 {
		m.Share = float64(m.Mass.Value / m.Fleet.Value)
	}
	return m, nil
}

// watchedOf is what it costs to watch the devices of an overview in a year.
func watchedOf(t *factor.Table, o *Overview, where *time.Location) (FleetWatched, error) {
	w := FleetWatched{Organisation: o.Scope.Organisation, Reporting: o.Coverage.Reporting, Agents: o.Watching}
	years := lifespan.Years(o.Scope.AsOf.Sub(o.Scope.From.Start(where)))
	if years <= 0 {
		return w, nil
	}
	network, err := footprint.Carried(t, o.Watching.SentB)
	if err != nil {
		return w, err
	}
	w.Yearly, w.Network, w.Fleet = o.Watching.Energy.Times(1/years), network.Times(1/years), o.Period.Total().Times(1/years)
	w.Mass, err = emitted(t, w.Yearly.Plus(w.Network), o.Scope.Territory, o.Scope.To-1)
	return w, err
}

// ofCollector finds the collector's own part: its share of a server, and the network
// for what it answers.
func (m *Monitor) ofCollector(t *factor.Table) error {
	served, err := footprint.ServedEnergy(t, time.Duration(m.Own.CPUMs)*time.Millisecond, m.Own.Processors)
	if err != nil {
		return err
	}
	carried, err := footprint.Carried(t, m.Own.SentB)
	if err != nil {
		return err
	}
	if m.Resting, err = footprint.RestingEnergy(t, year); err != nil {
		return err
	}
	if up := time.Duration(m.Own.UpMs) * time.Millisecond; up > 0 {
		perYear := float64(year) / float64(up)
		m.Collector = served.Times(perYear)
		m.Network = m.Network.Plus(carried.Times(perYear))
	}
	return nil
}

func emitted(t *factor.Table, e footprint.Energy, territory string, day calendar.Day) (footprint.Mass, error) {
	row, err := grid.Intensity(t, territory, day)
	if err != nil {
		return footprint.Mass{}, err
	}
	return quantity.Product[quantity.Grams](e.Times(1.0/1000), row.Bounds()), nil
}
