package hours_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/ecoparc/ecoparc/collector/ledger/hours"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/footprint"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func drawDay(t *rapid.T) hours.Day {
	d := hours.Day{}
	for range rapid.IntRange(0, 30).Draw(t, "hours") {
		g := hours.Group{Product: rapid.Int64().Draw(t, "product"), Population: rapid.SampledFrom(equipment.Populations).Draw(t, "population")}
		d.Add(g, rapid.IntRange(0, 23).Draw(t, "hour"), footprint.Facts{
			Windows: 4, OffMs: 1 + rapid.Int64Range(0, 1<<40).Draw(t, "off"), Metered: quantity.Microjoules(rapid.Int64().Draw(t, "energy")), NetRxB: 5,
		})
	}
	return d
}

func TestDayComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDay(t)
		blob := hours.Append(nil, d)
		got, err := hours.Decode(blob)
		if err != nil || !reflect.DeepEqual(got, d) {
			t.Fatalf("%+v came back as %+v, %v", d, got, err)
		}
		if again := hours.Append(nil, got); !bytes.Equal(again, blob) {
			t.Fatalf("the same day is %x and %x", blob, again)
		}
		for cut := range len(blob) {
			if _, err := hours.Decode(blob[:cut]); cut > 0 && !errors.Is(err, hours.ErrFormat) {
				t.Fatalf("%d of %d bytes are read: %v", cut, len(blob), err)
			}
		}
	})
}

func TestWhatIsTakenAwayAgainLeavesNothing(t *testing.T) {
	g := hours.Group{Product: 7, Population: equipment.Shared}
	d := hours.Day{}
	d.Add(g, 3, footprint.Facts{OffMs: 5, Windows: 1})
	d.Add(g, 3, footprint.Facts{OffMs: -5})
	if !d.Empty() || len(hours.Append(nil, d)) != 2 {
		t.Errorf("left is %x", hours.Append(nil, d))
	}
}

func FuzzDecode(f *testing.F) {
	d := hours.Day{}
	d.Add(hours.Group{Product: 7, Population: equipment.Shared}, 3, footprint.Facts{OffMs: 900_000})
	f.Add(hours.Append(nil, d))
	f.Add([]byte{1, 1, 2, 0, 255, 255, 255, 7})
	f.Fuzz(func(t *testing.T, blob []byte) {
		d, err := hours.Decode(blob)
		if err != nil {
			return
		}
		again, err := hours.Decode(hours.Append(nil, d))
		if err != nil || !reflect.DeepEqual(again, d) {
			t.Errorf("%x is %+v, and then %+v, %v", blob, d, again, err)
		}
	})
}
