package power_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/maker"
	"github.com/ecoparc/ecoparc/models/power"
)

const footprints = `manufacturer,name,subcategory,gwp_total,gwp_use_ratio,yearly_tec,report_date,weight,screen_size
Dell,Latitude 1,Laptop,300,0.2,20,2021-05-03,1.4,14
Dell,Latitude 2,Laptop,300,0.2,,May 2021,1.4,14
Dell,Precision 5550,Desktop,300,,28,June 2020,2,15.6
Dell,Inspiron 13 5320,Desktop,300,0.2,17,June 2022,1.3,13.3
Dell,Precision Tower 7920,Desktop,900,0.2,875,June 2020,33,
Fujitsu,CELSIUS,Workstation,900,0.2,200,June 2020,10,
Dell,OptiPlex 1,Desktop,300,0.2,60,June 2020,5.2,
Dell,OptiPlex 2,Desktop,300,0.2,24,1 March 2022,1.1,
Dell,Wyse 1,Thin Client,100,0.2,41,,1,
Dell,Wyse 2,Thin client,100,0.2,42,,1,
Dell,P2419H,Monitor,400,0.2,37,2019,5,23.8
Dell,R740,Server,2000,0.5,1473.5,2019,26,
Apple,iPhone,Smartphone,70,0.2,6,2020,0.2,5
`

func measured(t *testing.T) []power.Measured {
	t.Helper()
	rows, err := maker.ReadPublished(strings.NewReader(footprints))
	if err != nil {
		t.Fatal(err)
	}
	return power.MeasuredOf(rows)
}

// A share of use that is missing is no matter here: the consumption is there.
func TestProductsAreJudgedByWhatTheyAre(t *testing.T) {
	got := measured(t)
	want := []power.Measured{
		{Spec: equipment.Spec{Category: equipment.Laptop, Model: "Latitude 1", WeightKg: 1.4, ScreenIn: 14, Year: 2021}, KWh: 20},
		{Spec: equipment.Spec{Category: equipment.Laptop, Model: "Precision 5550", WeightKg: 2, ScreenIn: 15.6, Year: 2020}, KWh: 28},
		{Spec: equipment.Spec{Category: equipment.Laptop, Model: "Inspiron 13 5320", WeightKg: 1.3, ScreenIn: 13.3, Year: 2022}, KWh: 17},
		{Spec: equipment.Spec{Category: equipment.Desktop, Model: "OptiPlex 1", WeightKg: 5.2, Year: 2020}, KWh: 60},
		{Spec: equipment.Spec{Category: equipment.Desktop, Model: "OptiPlex 2", WeightKg: 1.1, Year: 2022}, KWh: 24},
		{Spec: equipment.Spec{Category: equipment.ThinClient, Model: "Wyse 1", WeightKg: 1}, KWh: 41},
		{Spec: equipment.Spec{Category: equipment.ThinClient, Model: "Wyse 2", WeightKg: 1}, KWh: 42},
		{Spec: equipment.Spec{Category: equipment.Monitor, Model: "P2419H", WeightKg: 5, ScreenIn: 23.8, Year: 2019}, KWh: 37},
		{Spec: equipment.Spec{Category: equipment.Server, Model: "R740", WeightKg: 26, Year: 2019}, KWh: 1473.5},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		want[i].Spec.Maker = "Dell"
		if got[i] != want[i] {
			t.Errorf("got %+v; want %+v", got[i], want[i])
		}
	}
}

// By hand: a laptop of the typical screen has 8.76 x (0.25 x 0.3 + 0.35 x 0.6 +
// 0.1 x 2.8 + 0.3 x 5.3) = 18.878 kWh a year by the rows, against 20; its measured
// consumption implies (20/8.76 - 0.285 + 0.25) / 0.4 = 5.6203 W.
func TestComparisonIsPredictedAgainstMeasured(t *testing.T) {
	got, err := power.Compare(factor.Default(), measured(t)[:1])
	if err != nil {
		t.Fatal(err)
	}
	laptops := got.Classes[0]
	if laptops.Category != equipment.Laptop || laptops.Class != "" || laptops.N != 1 || laptops.Median != 20 || math.Abs(laptops.ImpliedWatts-5.6203) > 0.0001 {
		t.Errorf("%+v", laptops)
	}
	p := laptops.Predictions[0]
	if p.Candidate != got.Default || math.Abs(p.KWh-18.8778) > 0.0001 || !near(p.Ratio, p.KWh/20) || !near(p.Error, math.Log(20/p.KWh)) {
		t.Errorf("%+v", p)
	}
	for _, p := range laptops.Predictions {
		if p.Error < laptops.Predictions[0].Error && laptops.Nearest == got.Default {
			t.Errorf("%+v is nearer than the nearest", p)
		}
	}
}

// The shipped default is the one that the page may call nearest.
func TestDefaultIsNearestToMeasuredConsumption(t *testing.T) {
	got, err := power.Compare(factor.Default(), measured(t))
	if err != nil {
		t.Fatal(err)
	}
	if got.Nearest != got.Default || len(got.Overall) < 4 {
		t.Errorf("nearest %q, default %q, of %v", got.Nearest, got.Default, got.Overall)
	}
}

// Two laptops of 40 kWh are told from one another exactly, whatever the rows say.
func TestHeldOutErrorDoesNotDependOnTheShippedLevel(t *testing.T) {
	laptop := power.Measured{Spec: equipment.Spec{Category: equipment.Laptop}, KWh: 40}
	got, err := power.Compare(factor.Default(), []power.Measured{laptop, laptop})
	if err != nil {
		t.Fatal(err)
	}
	if got.HeldOut > rounding || got.Overall[got.Default] < 0.5 {
		t.Errorf("held out %v, overall %v", got.HeldOut, got.Overall)
	}
}
