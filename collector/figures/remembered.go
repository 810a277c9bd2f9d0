package figures

import (
	"context"
	"fmt"
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
const rememberedFor = 10 * time.Minute

// mostRemembered is of how many large organisations it is remembered: the lots of a
// million devices take some tens of megabytes.
const mostRemembered = 4

// large remembers what was read of large organisations. Nobody may change it.
type large[T any] struct {
	mu  sync.Mutex
	all map[int64]readOnce[T]
}

type readOnce[T any] struct {
	what T
	at   time.Time
}

// of is what read reads of an organisation. Who asks while it is read waits for it.
func (l *large[T]) of(ctx context.Context, f *Figures, o view.Organisation, read func(context.Context, int64) (T, error)) (T, error) {
	if o.Devices < manyDevices {
		return read(ctx, o.ID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if kept, known := l.all[o.ID]; known && f.clock().Sub(kept.at).Abs() < rememberedFor {
		return kept.what, nil
	}
	what, err := read(ctx, o.ID)
	if err != nil {
		return what, err
	}
	if l.all == nil || len(l.all) >= mostRemembered {
		l.all = map[int64]readOnce[T]{}
	}
	l.all[o.ID] = readOnce[T]{what, f.clock()}
	return what, nil
}
