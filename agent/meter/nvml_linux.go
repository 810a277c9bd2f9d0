//go:build nvml && (amd64 || arm64)

package meter

import (
	"fmt"
	"time"

	"github.com/ebitengine/purego"

	"github.com/ecoparc/ecoparc/models/report"
)

// nvmlLibrary is NVIDIA's management library, which comes with its driver.
const nvmlLibrary = "libnvidia-ml.so.1"

// nvml are the functions that are used of it. Each answers with a number, 0 for
// success.
type nvml struct {
	init   func() int32
	count  func(*uint32) int32
	byRank func(uint32, *uintptr) int32
	energy func(uintptr, *uint64) int32 // mJ since the driver was loaded
	power  func(uintptr, *uint32) int32 // mW
}

// What it answers when a card cannot tell, or the caller may not know.
const (
	nvmlNotSupported = 3
	nvmlNoPermission = 4
	nvmlNoDriver     = 9
)

// findNVML opens the graphics cards of NVIDIA as components. Its library is loaded
// here, at run time; where there is none, there is no such meter. A card that sleeps
// when nobody uses it, as in laptops, is not asked: that would keep it awake.
func (f *Found) findNVML(root, library string) {
	cards := nvidiaCards(root)
	if len(cards) == 0 {
		return
	}
	for _, c := range cards {
		if c.sleeps {
			f.add(nil, "nvml", report.Component, fmt.Errorf("%w that may be asked: it would keep the graphics card from sleeping", ErrNone))
			return
		}
	}
	l, err := loadNVML(library)
	if err != nil {
		f.add(nil, "nvml", report.Component, err)
		return
	}
	var n uint32
	if err := nvmlOutcome(l.count(&n)); err != nil {
		f.add(nil, "nvml", report.Component, err)
		return
	}
	for rank := range n {
		m := &nvidia{lib: l, source: fmt.Sprintf("nvml-%d", rank)}
		err := nvmlOutcome(l.byRank(rank, &m.card))
		if err == nil {
			err = m.open()
		}
		f.add(m, m.source, report.Component, err)
	}
}

func loadNVML(library string) (*nvml, error) {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%w: NVIDIA's library is not installed", ErrNone)
	}
	l := new(nvml)
	for name, function := range map[string]any{
		"nvmlInit_v2": &l.init, "nvmlDeviceGetCount_v2": &l.count, "nvmlDeviceGetHandleByIndex_v2": &l.byRank,
		"nvmlDeviceGetTotalEnergyConsumption": &l.energy, "nvmlDeviceGetPowerUsage": &l.power,
	} {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("%w: NVIDIA's library has no %s", ErrBroken, name)
		}
		purego.RegisterFunc(function, symbol)
	}
	return l, nvmlOutcome(l.init())
}

func nvmlOutcome(answer int32) error {
	switch answer {
	case 0:
		return nil
	case nvmlNotSupported, nvmlNoDriver:
		return ErrNone
	case nvmlNoPermission:
		return ErrPermission
	}
	return fmt.Errorf("%w: NVIDIA's library answers %d", ErrBroken, answer)
}

// nvidia is a card: it counts its energy, or tells the power of a moment.
type nvidia struct {
	lib     *nvml
	card    uintptr
	source  string
	counts  bool
	counter counter
	lastUW  uint64
	lastAt  time.Duration
	primed  bool
}

func (m *nvidia) open() error {
	var mj uint64
	err := nvmlOutcome(m.lib.energy(m.card, &mj))
	if m.counts = err == nil; m.counts {
		return nil
	}
	var mw uint32
	if err := nvmlOutcome(m.lib.power(m.card, &mw)); err != nil {
		return fmt.Errorf("%w: the card tells neither its energy nor its power", err)
	}
	return nil
}

func (m *nvidia) Read(now time.Duration) (Increment, error) {
	inc := Increment{Source: m.source, Boundary: report.Component}
	if m.counts {
		var mj uint64
		err := nvmlOutcome(m.lib.energy(m.card, &mj))
		if err == nil {
			inc.EnergyUJ, inc.Covered, err = m.counter.step(mj*1000, 0, now)
		}
		if err != nil {
			return Increment{}, fmt.Errorf("%s: %w", m.source, err)
		}
		return inc, nil
	}
	var mw uint32
	if err := nvmlOutcome(m.lib.power(m.card, &mw)); err != nil {
		m.primed = false
		return Increment{}, fmt.Errorf("%s: %w", m.source, err)
	}
	uw := uint64(mw) * 1000
	if elapsed := now - m.lastAt; m.primed && elapsed > 0 && elapsed <= longest {
		inc.EnergyUJ, inc.Covered = int64(float64(m.lastUW+uw)/2*elapsed.Seconds()), elapsed
	}
	m.lastUW, m.lastAt, m.primed = uw, now, true
	return inc, nil
}
