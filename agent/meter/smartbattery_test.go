package meter

import (
	"testing"
	"time"
)

func TestBatteryOfAMac(t *testing.T) {
	type properties map[string]any
	usual := properties{
		"BatteryInstalled": true, "ExternalConnected": false, "Voltage": int64(11_500), "InstantAmperage": int64(-800), "Amperage": int64(-790),
		"CycleCount": int64(212), "DesignCapacity": int64(4382), "AppleRawMaxCapacity": int64(3900), "MaxCapacity": int64(89),
	}
	but := func(changes properties) properties {
		all := properties{}
		for key, value := range usual {
			all[key] = value
		}
		for key, value := range changes {
			all[key] = value
		}
		return all
	}
	nominal := func(mah int64) int64 { return mah * 3 * 3800 / 1000 }
	usualHealth := Battery{nominal(4382), nominal(3900), 212}
	for _, c := range []struct {
		what   string
		p      properties
		want   string
		health Battery
		uj     int64 // in 15 s
	}{
		{"a laptop on its battery", usual, "battery:read", usualHealth, 138_000_000},
		{"on the mains", but(properties{"ExternalConnected": true}), "battery:read", usualHealth, 0},
		{"an older system", but(properties{"InstantAmperage": nil, "AppleRawMaxCapacity": nil, "MaxCapacity": int64(4000)}), "battery:read", Battery{nominal(4382), nominal(4000), 212}, 136_275_000},
		{"only per cent", but(properties{"AppleRawMaxCapacity": nil}), "battery:read", Battery{Cycles: 212}, 138_000_000},
		{"no current", but(properties{"InstantAmperage": nil, "Amperage": nil}), "battery:unreadable", usualHealth, 0},
		{"absurd numbers", but(properties{"InstantAmperage": int64(-1 << 62)}), "battery:unreadable", usualHealth, 0},
		{"an empty bay", but(properties{"BatteryInstalled": false}), "battery:none", Battery{}, 0},
		{"a desktop", nil, "battery:none", Battery{}, 0},
	} {
		f := new(Found)
		f.findSmartBattery(func() smartBattery {
			if c.p == nil {
				return nil
			}
			return func(key string) any { return c.p[key] }
		})
		if got := sources(f); got != c.want || f.Battery != c.health {
			t.Errorf("%s: %s, %+v; want %s, %+v", c.what, got, f.Battery, c.want, c.health)
		}
		var uj int64
		for i := range 2 {
			incs, err := f.ReadAll(time.Duration(i) * 15 * time.Second)
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
			for _, inc := range incs {
				uj += inc.EnergyUJ
			}
		}
		if uj != c.uj {
			t.Errorf("%s: %d µJ in 15 s; want %d", c.what, uj, c.uj)
		}
	}
}
