package grid

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Room is where a server stands.
type Room string

// The rooms that have a factor row pue.<room>.
const (
	ServerRoom Room = "server_room" // a school's own: cooling unknown
	DataCentre Room = "data_centre"
)

// Rooms lists the rooms.
var Rooms = []Room{ServerRoom, DataCentre}

// PUE is the power usage effectiveness of a room: what it draws in all for each
// kWh that its servers draw. Only servers have one; a laptop's room is cooled for
// its pupils.
func PUE(t *factor.Table, r Room) (*factor.Row, error) {
	row, err := t.Find("pue."+string(r), "", time.Time{})
	if err != nil {
		return nil, fmt.Errorf("no power usage effectiveness of a %q: %w", r, err)
	}
	return row, nil
}

// WithRoom is the energy of servers with what their room adds to it: energy x PUE,
// as in NumEcoEval's use step.
func WithRoom(servers quantity.Interval[quantity.WattHours], pue *factor.Row) quantity.Interval[quantity.WattHours] {
	return quantity.Product[quantity.WattHours](servers, pue.Bounds())
}
