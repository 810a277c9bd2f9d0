// Package hours writes what the devices of a site did in each hour of a local day as
// few bytes, and reads it back.
//
// A day, in this order:
//
//	version  1 byte, 1
//	n        how many groups
//	groups   in order: product (from the one before), population, which of its 24 hours
//	         say something (a bit each), and of each of those which numbers do (a bit
//	         each) and these numbers
//
// Numbers are varints of encoding/binary, zigzag where they may be negative. Each day
// has one form only: equal days are equal bytes.
package hours

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
)

// ErrFormat says that bytes are no day: they were damaged, or are of a newer program.
var ErrFormat = errors.New("are no sound hours of a day")

const version = 1

// Group are the devices of a product and population.
type Group struct {
	Product    int64
	Population equipment.Population
}

func (g Group) compare(o Group) int {
	return cmp.Or(cmp.Compare(g.Product, o.Product), cmp.Compare(g.Population, o.Population))
}

// Day are the hours of a day, by group.
type Day map[Group]*[24]footprint.Facts

// Add adds facts to an hour. Only what energy is computed from is kept.
func (d Day) Add(g Group, hour int, facts footprint.Facts) {
	if d[g] == nil {
		d[g] = new([24]footprint.Facts)
	}
	d[g][hour].Add(facts.Energetic())
}

// Join adds another day's hours.
func (d Day) Join(o Day) {
	for g, all := range o {
		for hour := range all {
			d.Add(g, hour, all[hour])
		}
	}
}

// columns are the places of the numbers that are kept, among those of footprint.Facts.
var columns = func() (all []int) {
	whole := footprint.Facts{}
	for _, n := range whole.Fields() {
		*n = 1
	}
	kept := whole.Energetic()
	for i, n := range kept.Fields() {
		if *n == 1 {
			all = append(all, i)
		}
	}
	return all
}()

// Empty tells whether a day says nothing.
func (d Day) Empty() bool {
	for _, all := range d {
		if *all != [24]footprint.Facts{} {
			return false
		}
	}
	return true
}

// Append appends a day to bytes.
func Append(to []byte, d Day) []byte {
	var groups []Group
	for g, all := range d {
		if *all != [24]footprint.Facts{} {
			groups = append(groups, g)
		}
	}
	slices.SortFunc(groups, Group.compare)
	to = binary.AppendUvarint(append(to, version), uint64(len(groups)))
	last := int64(0)
	for _, g := range groups {
		to = binary.AppendVarint(to, g.Product-last)
		last = g.Product
		to = binary.AppendUvarint(to, uint64(len(g.Population)))
		to = append(to, g.Population...)
		told := uint64(0)
		for hour, facts := range d[g] {
			if facts != (footprint.Facts{}) {
				told |= 1 << hour
			}
		}
		to = binary.AppendUvarint(to, told)
		for hour := range 24 {
			if told&(1<<hour) != 0 {
				to = appendHour(to, &d[g][hour])
			}
		}
	}
	return to
}

func appendHour(to []byte, facts *footprint.Facts) []byte {
	fields, which := facts.Fields(), uint64(0)
	for bit, column := range columns {
		if *fields[column] != 0 {
			which |= 1 << bit
		}
	}
	to = binary.AppendUvarint(to, which)
	for bit, column := range columns {
		if which&(1<<bit) != 0 {
			to = binary.AppendVarint(to, *fields[column])
		}
	}
	return to
}

// Decode reads a day. No bytes are a day of nothing. Errors are ErrFormat.
func Decode(blob []byte) (Day, error) {
	d := Day{}
	if len(blob) == 0 {
		return d, nil
	}
	if blob[0] != version {
		return nil, fmt.Errorf("they have no version that this program knows: %w", ErrFormat)
	}
	r := reader{rest: blob[1:]}
	var last *Group
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		g := Group{Product: r.varint()}
		if last != nil {
			g.Product += last.Product
		}
		g.Population = equipment.Population(r.take(r.uvarint()))
		if last != nil && last.compare(g) >= 0 {
			r.failed = true
		}
		last = &g
		all := new([24]footprint.Facts)
		told := r.uvarint()
		r.failed = r.failed || told == 0 || bits.Len64(told) > 24
		for hour := range 24 {
			if told&(1<<hour) != 0 {
				r.hour(&all[hour])
			}
		}
		d[g] = all
	}
	if r.failed || len(r.rest) > 0 {
		return nil, fmt.Errorf("they end too early, or too late: %w", ErrFormat)
	}
	return d, nil
}

// Groups are the groups of a day, in order.
func (d Day) Groups() []Group { return slices.SortedFunc(maps.Keys(d), Group.compare) }

// reader reads numbers until one cannot be read.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) uvarint() uint64 {
	v, size := binary.Uvarint(r.rest)
	if r.failed = r.failed || size <= 0; r.failed {
		return 0
	}
	r.rest = r.rest[size:]
	return v
}

func (r *reader) varint() int64 {
	v, size := binary.Varint(r.rest)
	if r.failed = r.failed || size <= 0; r.failed {
		return 0
	}
	r.rest = r.rest[size:]
	return v
}

func (r *reader) take(n uint64) []byte {
	if r.failed = r.failed || n > uint64(len(r.rest)); r.failed {
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) hour(facts *footprint.Facts) {
	fields, which := facts.Fields(), r.uvarint()
	r.failed = r.failed || which == 0 || bits.Len64(which) > len(columns)
	for bit, column := range columns {
		if which&(1<<bit) != 0 {
			*fields[column] = r.varint()
			r.failed = r.failed || *fields[column] == 0
		}
	}
}
