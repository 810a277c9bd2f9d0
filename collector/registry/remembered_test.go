package registry

import (
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/equipment"
)

// secretive is a registry with devices of known secrets.
func secretive(t *testing.T, secrets ...string) (*Registry, []Device) {
	t.Helper()
	s := storetest.Open(t)
	r := Open(s)
	owner, err := r.AddOrganisation(t.Context(), "Région", false)
	if err != nil {
		t.Fatal(err)
	}
	sites, err := r.AddSites(t.Context(), owner.ID, []Site{{Name: "Collège", Kind: College}})
	if err != nil {
		t.Fatal(err)
	}
	var all []NewDevice
	for _, secret := range secrets {
		all = append(all, NewDevice{Site: sites[0].ID, Category: equipment.Laptop, Population: equipment.Shared, InService: time.Now(), HasAgent: true, Secret: secret})
	}
	if _, err := r.AddDevices(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	devices, err := r.Devices(t.Context(), sites[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return r, devices
}

func TestRememberedAnswersAsTheRegistryDoes(t *testing.T) {
	r, devices := secretive(t, "one", "two", "three")
	m := r.Remember(2) // forgets all the time
	for range 3 {
		for i, right := range []string{"one", "two", "three"} {
			want, err := r.Authenticate(t.Context(), devices[i].Name, right)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := m.Authenticate(t.Context(), devices[i].Name, right); err != nil || got != want {
				t.Errorf("device %d is %+v, %v; want %+v", i, got, err, want)
			}
			for _, wrong := range []string{"", "four", devices[i].Name} {
				if got, err := m.Authenticate(t.Context(), devices[i].Name, wrong); !errors.Is(err, ErrNotFound) {
					t.Errorf("device %d with %q is %+v, %v", i, wrong, got, err)
				}
			}
		}
		if _, err := m.Authenticate(t.Context(), "nobody", "one"); !errors.Is(err, ErrNotFound) {
			t.Errorf("nobody is let in: %v", err)
		}
		if n := len(m.now) + len(m.old); n > 2 {
			t.Errorf("%d devices are remembered; want at most 2", n)
		}
	}
}

func TestForgottenDeviceIsLookedUp(t *testing.T) {
	r, devices := secretive(t, "one")
	m := r.Remember(10)
	name := devices[0].Name
	if _, err := m.Authenticate(t.Context(), name, "one"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Write.Exec("UPDATE devices SET retired = 1"); err != nil {
		t.Fatal(err)
	}
	m.Forget(name)
	if _, err := m.Authenticate(t.Context(), name, "one"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a retired device is let in: %v", err)
	}
}

// A million devices must leave room below a GiB for everything else.
func TestRememberedDeviceTakesFewBytes(t *testing.T) {
	const devices = 200_000
	var before, after runtime.MemStats
	m := new(Registry).Remember(2 * devices)
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range uint64(devices) {
		var hash nameHash
		binary.LittleEndian.PutUint64(hash[:], i)
		m.remember(hash, remembered{id: int64(i)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := float64(after.HeapAlloc-before.HeapAlloc) / devices; each > 250 {
		t.Errorf("a device takes %.0f bytes", each)
	} else {
		t.Logf("a device takes %.0f bytes", each)
	}
	runtime.KeepAlive(m)
}
