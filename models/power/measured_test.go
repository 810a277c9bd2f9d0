package power_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/power"
)

const footprints = `manufacturer,name,subcategory,yearly_tec,report_date,weight,screen_size
Dell,Latitude 1,Laptop,20,2021-05-03,1.4,14
Dell,Latitude 2,Laptop,,May 2021,1.4,14
Dell,Precision 5550,Desktop,28,June 2020,2,15.6
Dell,Precision Tower 7920,Desktop,875,June 2020,33,
Dell,OptiPlex 1,Desktop,60,June 2020,5.2,
Dell,OptiPlex 2,Desktop,24,1 March 2022,1.1,
Dell,Wyse 1,Thin Client,41,,1,
Dell,Wyse 2,Thin client,42,,1,
Dell,P2419H,Monitor,37,2019,5,23.8
Dell,R740,Server,1473.5,2019,26,
Apple,iPhone,Smartphone,6,2020,0.2,5
`

func TestRowsAreFiledByWhatTheyAre(t *testing.T) {
	got, err := power.ReadMeasured(strings.NewReader("\ufeff" + footprints))
	if err != nil {
		t.Fatal(err)
	}
	want := []power.Measured{
		{Spec: equipment.Spec{Category: equipment.Laptop, Model: "Latitude 1", WeightKg: 1.4, ScreenIn: 14, Year: 2021}, KWh: 20},
		{Spec: equipment.Spec{Category: equipment.Laptop, Model: "Precision 5550", WeightKg: 2, ScreenIn: 15.6, Year: 2020}, KWh: 28},
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
		if got[i] != want[i] {
			t.Errorf("got %+v; want %+v", got[i], want[i])
		}
	}
}

func TestBadFileOfFootprintsIsToldWithLineAndColumn(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"not a number":    {"Laptop,20,", "Laptop,twenty,", `line 2, column 24 (yearly_tec): "twenty" is not a number from 0`},
		"comma decimal":   {"Laptop,20,", `Laptop,"20,5",`, `line 2, column 24 (yearly_tec): "20,5" is not a number`},
		"negative":        {"2021,1.4,14", "2021,-1.4,14", `line 3, column 34 (weight): "-1.4" is not a number`},
		"no such column":  {"yearly_tec", "tec", `line 1: there is no column "yearly_tec"; the columns are manufacturer, name`},
		"a column less":   {",2021-05-03", "", "record on line 2: wrong number of fields"},
		"quote not ended": {"Apple,iPhone", `Apple,"iPhone`, "parse error on line 12, column 39"},
		"infinite":        {"Laptop,20,", "Laptop,+Inf,", `line 2, column 24 (yearly_tec): "+Inf" is not a number`},
	} {
		if !strings.Contains(footprints, test.old) {
			t.Fatalf("%s: no %q", name, test.old)
		}
		_, err := power.ReadMeasured(strings.NewReader(strings.Replace(footprints, test.old, test.new, 1)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v; want %q", name, err, test.want)
		}
	}
	for text, want := range map[string]string{"": "the file is empty", strings.SplitAfter(footprints, "\n")[0]: "no line has both"} {
		if _, err := power.ReadMeasured(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v; want %q", text, err, want)
		}
	}
}

func FuzzReadMeasured(f *testing.F) {
	f.Add(footprints)
	f.Add("name,subcategory,yearly_tec,report_date,weight,screen_size\nx,Server,1e8,2099,,")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := power.ReadMeasured(strings.NewReader(text))
		if (err == nil) != (len(got) > 0) {
			t.Errorf("%d products, %v", len(got), err)
		}
		for _, m := range got {
			if !(m.KWh > 0) || m.Spec.Category == "" {
				t.Errorf("%+v", m)
			}
		}
	})
}

// By hand: a laptop of the typical screen has 8.76 x (0.25 x 0.3 + 0.35 x 0.6 +
// 0.1 x 2.8 + 0.3 x 5.3) = 18.878 kWh a year by the rows, against 20; its measured
// consumption implies (20/8.76 - 0.285 + 0.25) / 0.4 = 5.6203 W.
func TestComparisonIsPredictedAgainstMeasured(t *testing.T) {
	measured, err := power.ReadMeasured(strings.NewReader(footprints))
	if err != nil {
		t.Fatal(err)
	}
	got, err := power.Compare(factor.Default(), measured[:1])
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
	measured, err := power.ReadMeasured(strings.NewReader(footprints))
	if err != nil {
		t.Fatal(err)
	}
	got, err := power.Compare(factor.Default(), measured)
	if err != nil {
		t.Fatal(err)
	}
	if got.Nearest != got.Default || len(got.Overall) < 5 {
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
