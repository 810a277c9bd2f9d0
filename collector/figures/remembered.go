package figures

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ecoparc/ecoparc/collector/registry"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// Counting the devices of a large organisation takes as long as the rest of a page,
// and their number hardly changes: it is counted once a minute.
const (
	manyDevices = 10_000
	countedFor  = time.Minute
)

// counts remembers how many devices large organisations have.
type counts struct {
	mu  sync.Mutex
	all map[int64]countedOnce
}

type countedOnce struct {
	view.Organisation
	at time.Time
}

// Remember takes counts of a large organisation for fresh: after a start, those that
// were kept.
func (f *Figures) Remember(o view.Organisation) {
	if o.Devices < manyDevices {
		return
	}
	f.counts.mu.Lock()
	defer f.counts.mu.Unlock()
	if f.counts.all == nil {
		f.counts.all = map[int64]countedOnce{}
	}
	f.counts.all[o.ID] = countedOnce{o, f.clock()}
}

// counted is an organisation with the number of its sites and devices.
func (f *Figures) counted(ctx context.Context, o registry.Organisation) (view.Organisation, error) {
	counted := view.Organisation{ID: o.ID, Name: o.Name, Simulated: o.Simulated}
	f.counts.mu.Lock()
	kept, known := f.counts.all[o.ID]
	fresh := known && f.clock().Sub(kept.at).Abs() < countedFor
	if known && !fresh { // who asks meanwhile gets the old count rather than count too
		f.counts.all[o.ID] = countedOnce{kept.Organisation, f.clock()}
	}
	f.counts.mu.Unlock()
	if fresh {
		counted.Sites, counted.Devices = kept.Sites, kept.Devices
		return counted, nil
	}
	var err error
	counted.Sites, counted.Devices, err = f.registry.Count(ctx, o.ID)
	switch {
	case err == nil && counted.Devices >= manyDevices:
		f.Remember(counted)
	case known: // it failed, or there are few left: count again the next time
		f.counts.mu.Lock()
		delete(f.counts.all, o.ID)
		f.counts.mu.Unlock()
	}
	return counted, err
}

// products remembers products, which never change under their number.
type products struct {
	mu  sync.RWMutex
	all map[int64]equipment.Spec
}

// find is a product that is remembered.
func (p *products) find(id int64) (spec equipment.Spec, known bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	spec, known = p.all[id]
	return spec, known
}

// product is the product with a number.
func (f *Figures) product(ctx context.Context, id int64) (equipment.Spec, error) {
	spec, known := f.products.find(id)
	if known {
		return spec, nil
	}
	all, err := f.registry.Products(ctx)
	if err != nil {
		return equipment.Spec{}, err
	}
	f.products.mu.Lock()
	f.products.all = all
	f.products.mu.Unlock()
	if spec, known = all[id]; !known {
		return equipment.Spec{}, fmt.Errorf("there is no product %d", id)
	}
	return spec, nil
}

// rememberedFor is how long what was read of all devices of a large organisation is taken
// for what it was: reading it takes seconds, and it changes when devices come and go.
// PrepareEvery is often enough for it to be read anew before that, so that nobody waits,
// for as long as somebody has asked for it within usedFor.
const (
	rememberedFor = 20 * time.Minute
	PrepareEvery  = 10 * time.Minute
	usedFor       = 7 * 24 * time.Hour
)

// mostRemembered is of how many large organisations it is remembered: the lots of a
// million devices take some tens of megabytes.
const mostRemembered = 4

// large remembers what was read of large organisations. Nobody may change it.
type large[T any] struct {
	mu  sync.Mutex
	all map[int64]readOnce[T]
}

type readOnce[T any] struct {
	what     T
	at, used time.Time
}

// reading reads something of all devices of an organisation.
type reading[T any] func(ctx context.Context, organisation int64) (T, error)

// of is what read reads of an organisation. Who asks while it is read waits for it.
func (l *large[T]) of(ctx context.Context, f *Figures, o view.Organisation, read reading[T]) (T, error) {
	if o.Devices < manyDevices {
		return read(ctx, o.ID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := f.clock()
	kept, known := l.all[o.ID]
	if !known || now.Sub(kept.at).Abs() >= rememberedFor {
		what, err := read(ctx, o.ID)
		if err != nil {
			return what, err
		}
		kept = readOnce[T]{what: what, at: now}
	}
	kept.used = now
	l.keep(o.ID, kept)
	return kept.what, nil
}

// keep remembers what was read, and forgets the rest where that is of too many.
func (l *large[T]) keep(organisation int64, kept readOnce[T]) {
	if _, known := l.all[organisation]; l.all == nil || !known && len(l.all) >= mostRemembered {
		l.all = map[int64]readOnce[T]{}
	}
	l.all[organisation] = kept
}

// prepare reads what is not remembered yet, and anew what will be too old before the next
// time, while whoever asks is given what it was.
func (l *large[T]) prepare(ctx context.Context, f *Figures, o view.Organisation, read reading[T]) error {
	l.mu.Lock()
	kept, known := l.all[o.ID]
	l.mu.Unlock()
	now := f.clock()
	switch {
	case !known:
		_, err := l.of(ctx, f, o, read)
		return err
	case now.Sub(kept.at).Abs() < rememberedFor-PrepareEvery || now.Sub(kept.used).Abs() >= usedFor:
		return nil
	}
	what, err := read(ctx, o.ID)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	used := l.all[o.ID].used // somebody may have asked meanwhile
	l.keep(o.ID, readOnce[T]{what, now, used})
	return nil
}

// Prepare reads what pages are made of that look at every device of a large organisation,
// so that nobody waits for it: after a start of the largest, whether somebody has looked
// at them before or not, and then before it is too old.
func (f *Figures) Prepare(ctx context.Context) error {
	all, err := f.organisations(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(o view.Organisation) bool { return o.Devices < manyDevices })
	slices.SortFunc(all, func(a, b view.Organisation) int {
		return cmp.Or(cmp.Compare(b.Devices, a.Devices), cmp.Compare(a.ID, b.ID))
	})
	var errs []error
	for _, o := range all[:min(len(all), mostRemembered)] {
		errs = append(errs, f.fleets.prepare(ctx, f, o, f.readFleet), f.batteries.prepare(ctx, f, o, f.batteriesIn(o)),
			f.repairCosts.prepare(ctx, f, o, f.registry.RepairCosts), f.failures.prepare(ctx, f, o, f.failuresNow))
	}
	return errors.Join(errs...)
}
