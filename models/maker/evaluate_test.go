package maker_test

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/maker"
)

// asPublished are products as rows that an evaluation reads.
func asPublished(products []maker.Product) []maker.Published {
	rows := make([]maker.Published, len(products))
	for i, p := range products {
		rows[i] = maker.Published{Product: p, Kind: string(p.Category)}
		if strings.Contains(p.Corrected, "workstation") {
			rows[i].Kind = "workstation"
		}
	}
	return rows
}

// The bounds are a little above what the shipped table gave when it was made: 7.7 %
// and 90.5 %. A change that makes predictions worse, or intervals that do not hold
// what they say, is found here. The README says the numbers themselves.
func TestShippedTableIsPredictedWithinBounds(t *testing.T) {
	e, err := maker.Default().Evaluate(asPublished(maker.Default().Products()))
	if err != nil {
		t.Fatal(err)
	}
	if e.N < 800 || e.CrossValidated != e.N {
		t.Errorf("%d products, %d by cross-validation", e.N, e.CrossValidated)
	}
	if e.MedianAbsPctError > 9 || e.MedianAbsPctError < 2 {
		t.Errorf("the median error is %.1f %%; much less would mean that models see what they predict", e.MedianAbsPctError)
	}
	if e.Coverage90 < 87 || e.Coverage90 > 93 {
		t.Errorf("the 90 %% interval holds %.1f %%", e.Coverage90)
	}
	for category, most := range map[equipment.Category]float64{equipment.Laptop: 9.5, equipment.Desktop: 11, equipment.Monitor: 8.5, equipment.Server: 7} {
		if s := e.ByCategory[category]; s.MedianAbsPctError > most || s.Coverage90 < 80 {
			t.Errorf("%s: %+v", category, s)
		}
	}

	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	of := func(c equipment.Category) float64 { return e.ByCategory[c].MedianAbsPctError }
	for _, said := range []string{
		fmt.Sprintf("in %d footprints of makers", len(maker.Default().Products())),
		fmt.Sprintf("over %d products: median error %.1f %%, and %.1f %% lie within", e.N, e.MedianAbsPctError, e.Coverage90),
		fmt.Sprintf("Laptops %.1f %%, desktops %.1f %%, monitors %.1f %%, servers %.1f %%; tablets %.1f %% of only %d.",
			of(equipment.Laptop), of(equipment.Desktop), of(equipment.Monitor), of(equipment.Server), of(equipment.Tablet), e.ByCategory[equipment.Tablet].N),
	} {
		if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), said) {
			t.Errorf("%q is computed; the README does not say so", said)
		}
	}
}

// As the judge does: a quarter of the products is unknown to the catalogue. The
// second time their names alone are known, with the memory and storage that every
// device tells. Over 20 random quarters the errors were 7.2 and 11.3 %, the
// coverages 90.5 and 89.7 % (standard deviations 0.8, 1.1, 1.9 and 2.3).
func TestAQuarterOfUnknownProductsIsPredictedWithinBounds(t *testing.T) {
	var known []maker.Product
	var unknown []maker.Published
	for _, row := range asPublished(maker.Default().Products()) {
		h := fnv.New32a()
		h.Write([]byte(row.Maker + row.Name))
		if h.Sum32()%4 == 1 {
			unknown = append(unknown, row)
		} else {
			known = append(known, row.Product)
		}
	}
	c := maker.Load(known, nil)
	for _, test := range []struct {
		onlyName bool
		most     float64
	}{{false, 9.5}, {true, 13.5}} {
		rows := slices.Clone(unknown)
		for i := range rows {
			if test.onlyName {
				rows[i].ScreenIn, rows[i].WeightKg, rows[i].Year = 0, 0, 0
				if rows[i].Category == equipment.Laptop || rows[i].Category == equipment.Desktop {
					rows[i].MemoryGiB, rows[i].StorageGB = 8, 256
				}
			}
		}
		e, err := c.Evaluate(rows)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("only names: %v: %+v", test.onlyName, e.Score)
		if e.N != len(unknown) || e.N < 170 || e.MedianAbsPctError > test.most || e.Coverage90 < 85 || e.Coverage90 > 95 {
			t.Errorf("only names: %v: %+v", test.onlyName, e.Score)
		}
	}
}

// A product ten times too heavy on the climate, in the table and in the file: the
// judgement must not see it in the table, nor its variant of the same name.
func TestAnEvaluationSeesNoProductThatItJudges(t *testing.T) {
	products := maker.Default().Products()
	var wrong []maker.Product
	table := make([]maker.Product, len(products))
	copy(table, products)
	for i, p := range table {
		if p.Name == "Latitude 7420" || p.Name == "Latitude 7420 2-in-1" {
			table[i].Embodied *= 10
			wrong = append(wrong, table[i])
		}
	}
	if len(wrong) != 2 {
		t.Fatalf("%d products", len(wrong))
	}
	e, err := maker.Load(table, nil).Evaluate(asPublished(wrong))
	if err != nil {
		t.Fatal(err)
	}
	if e.N != 2 || e.CrossValidated != 2 || e.MedianAbsPctError < 80 || e.Coverage90 != 0 {
		t.Errorf("the judge has seen what it judges: %+v", e)
	}
}

func TestAProductOutOfTheTableIsPredictedByAllOfIt(t *testing.T) {
	row := maker.Published{Kind: "laptop", Product: maker.Product{
		Maker: "Dell", Name: "Latitude 3499", Category: equipment.Laptop, ScreenIn: 14, WeightKg: 1.7, Year: 2019, Embodied: 240_000,
	}}
	left := maker.Published{Kind: "printer", LeftOut: "no category of Ecoparc: Printer"}
	e, err := maker.Default().Evaluate([]maker.Published{row, left})
	if err != nil {
		t.Fatal(err)
	}
	p, err := maker.Default().Predict(row.Spec())
	if err != nil {
		t.Fatal(err)
	}
	want := 100 * float64(p.Embodied.Value/240_000-1)
	if want < 0 {
		want = -want
	}
	if e.N != 1 || e.CrossValidated != 0 || e.MedianAbsPctError != want || e.LeftOut[left.LeftOut] != 1 {
		t.Errorf("%+v; want an error of %g %%", e, want)
	}
}

const heading = "manufacturer,name,category,subcategory,gwp_total,gwp_use_ratio,yearly_tec,lifetime,report_date,weight,screen_size,hard_drive,memory,sources\n"

func TestReadsTheRowsOfBoavizta(t *testing.T) {
	rows, err := maker.ReadPublished(strings.NewReader(heading +
		"Dell,Precision 3560,Workplace,Desktop,313.0,0.149,20,4.0,January 2021,1.825,15.0,,,https://example.org/a.pdf\n" +
		"Dell,Wyse 3040 Thin Client,Workplace,Thin client,97.0,0.33,,2.0,May 2020,0.24,0,,,\n" +
		"Dell,Wyse 3030 Thin Client,Workplace,Thin Client,70,0.39,,2,August 2018,0.64,,,,\n" +
		`Lenovo,Legion 5 15\xe2\x80\x9d,Workplace,Laptop,368,0.21,,3,26/07/2019,2.5,15.6,,,` + "\n" +
		"Lenovo,ThinkPad T540p,Workplace,Laptop,353,0.23,,5,August 2015,15.6,,,,\n" +
		"Dell,PowerEdge R740,Datacenter,Server,8640,0.843,,4,2019,26.3,,x2 300GB 2.5in HDD  x1 1TB 2.5in HDD,32,\n" +
		"HP,V24,Workplace,Monitor,525.0,,34.9,5.0,2021-6-16,3.34,23.8,,,\n" +
		"Lexmark,B3340dw,Workplace,Printer,8230,0.9891,,5,2020,,,42ppm,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i, check := range []func(p maker.Published) bool{
		func(p maker.Published) bool {
			return p.Category == equipment.Laptop && p.Year == 2021 && p.Corrected == "filed as a desktop" && p.YearlyUse == 20_000
		},
		func(p maker.Published) bool { return p.Category == equipment.ThinClient && p.ScreenIn == 0 },
		func(p maker.Published) bool { return p.Category == equipment.ThinClient && p.WeightKg == 0.64 },
		func(p maker.Published) bool { return p.Name == "Legion 5 15”" && p.Year == 2019 },
		func(p maker.Published) bool { return p.WeightKg == 0 && p.ScreenIn == 15.6 && p.Corrected != "" },
		func(p maker.Published) bool {
			return p.StorageGB == 1600 && p.StorageKind == "hdd" && p.MemoryGiB == 32
		},
		func(p maker.Published) bool { return strings.Contains(p.LeftOut, "share of use") },
		func(p maker.Published) bool { return strings.Contains(p.LeftOut, "Printer") },
	} {
		if !check(rows[i]) {
			t.Errorf("line %d: %+v", rows[i].Line, rows[i])
		}
	}
	if d := float64(rows[0].Embodied)/1000 - 313*(1-0.149); d > 1e-6 || d < -1e-6 {
		t.Errorf("embodied is %v", rows[0].Embodied)
	}
	if usable := maker.Usable(rows); len(usable) != 6 {
		t.Errorf("%d usable rows", len(usable))
	}
}

func TestABadFileIsRefusedByLineAndColumn(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "line 1"},
		{"manufacturer,name,subcategory,gwp_total\n", "line 1: the column gwp_use_ratio is missing"},
		{heading + "Dell,A1,W,Laptop,many,0.1,,,,,,,,\n", "line 2, column gwp_total"},
		{heading + "Dell,A1,W,Laptop,100,0.1,,,,,,,,\nDell,A2,W,Laptop,100,-0.1,,,,,,,,\n", "line 3, column gwp_use_ratio"},
		{heading + "Dell,A1,W,Laptop,100,15,,,,,,,,\n", "line 2, column gwp_use_ratio: 15 is more than 1"},
		{heading + "Dell,A1,W,Laptop,100,0.1,,,,heavy,,,,\n", "line 2, column weight"},
		{heading + "Dell,A1,W,Laptop,NaN,0.1,,,,,,,,\n", "line 2, column gwp_total"},
		{heading + ",A1,W,Laptop,100,0.1,,,,,,,,\n", "line 2, columns manufacturer and name"},
		{heading + "Dell,A1\n", "line 2"},
		{heading + "\"Dell,A1\n", "line"},
	} {
		if _, err := maker.ReadPublished(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q gives the error %v; want %q", test.text, err, test.want)
		}
	}
}

// One odd cell in a column that no judgement hangs on does not spoil a file.
func TestOddCellsOfOtherColumnsAreNotKnown(t *testing.T) {
	rows, err := maker.ReadPublished(strings.NewReader(heading +
		"Dell,A1,W,Laptop,100,0.1,n/a,3 to 4,soon,1.5 kg,14,some,up to 16 GB,\n" +
		"Lexmark,B1,W,Printer,100,0.9,,,2020,heavy,Laser,42ppm,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if p := rows[0]; p.YearlyUse != 0 || p.Lifetime != 3 || p.Year != 0 || p.WeightKg != 1.5 || p.StorageGB != 0 || p.MemoryGiB != 16 {
		t.Errorf("%+v", p)
	}
}

func TestFrenchFilesAreReadToo(t *testing.T) {
	rows, err := maker.ReadPublished(strings.NewReader("name;manufacturer;subcategory;gwp_use_ratio;gwp_total\nLatitude 3420;Dell;Laptop;0,153;315,0\n"))
	if err != nil || len(rows) != 1 || rows[0].UseShare != 0.153 || rows[0].Total != 315_000 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestTheTableSurvivesItsOwnFile(t *testing.T) {
	var first, second bytes.Buffer
	if err := maker.WriteProducts(&first, maker.Default().Products()); err != nil {
		t.Fatal(err)
	}
	read, err := maker.ReadProducts(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := maker.WriteProducts(&second, read); err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile("../data/footprints/products.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) || !bytes.Equal(first.Bytes(), shipped) {
		t.Error("the table changes when it is written, read and written")
	}
	if len(shipped) > 150_000 {
		t.Errorf("%d bytes are embedded", len(shipped))
	}
}

func TestTheTableIsWhatItSays(t *testing.T) {
	for _, p := range maker.Default().Products() {
		if d := float64(p.Embodied) / (float64(p.Total) * (1 - p.UseShare)); d < 0.999 || d > 1.001 {
			t.Errorf("%s %s: embodied %v is not the total %v less its use %v", p.Maker, p.Name, p.Embodied, p.Total, p.UseShare)
		}
		if p.Source == "" || p.Year != 0 && (p.Year < 2012 || p.Year > 2023) || p.ScreenIn > 90 {
			t.Errorf("%+v", p)
		}
	}
}

func TestTablesThatCannotBeReadSayWhy(t *testing.T) {
	var whole bytes.Buffer
	if err := maker.WriteProducts(&whole, few()[:1]); err != nil {
		t.Fatal(err)
	}
	header, row, _ := strings.Cut(whole.String(), "\n")
	fields := strings.Split(row, ",")
	fields[9] = "much"
	for _, test := range []struct{ text, want string }{
		{"a,b\n", "line 1"},
		{header + "\n" + strings.Join(fields, ","), "line 2, column embodied_kgco2e"},
		{header + "\n,,,,,,,,,,,,,,,,,\n", "line 2, columns maker"},
		{header + "\nDell,A1,laptop,,,,,,,,,,,,,,,\n", "line 2, column embodied_kgco2e"},
	} {
		if _, err := maker.ReadProducts(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q gives the error %v; want %q", test.text, err, test.want)
		}
	}
	for _, text := range []string{"code\n", "code,maker,product,source,verified\n20HN,Lenovo,ThinkPad X270,somebody,perhaps\n", "code,maker,product,source,verified\n20HN,Lenovo,ThinkPad X270,,no\n"} {
		if _, err := maker.ReadAliases(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "line") {
			t.Errorf("%q gives the error %v", text, err)
		}
	}
}

func FuzzReadPublished(f *testing.F) {
	f.Add(heading + "Dell,Latitude 3420,Workplace,Laptop,315,0.153,,4,March 2021,1.5,14,x2 1TB HDD,8,\n")
	f.Add("name;manufacturer;subcategory;gwp_use_ratio;gwp_total\nA;B;Laptop;0,1;3\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := maker.ReadPublished(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, p := range maker.Usable(rows) {
			if !(p.Embodied > 0 && p.Embodied <= p.Total && p.UseShare >= 0 && p.UseShare < 1) || p.ScreenIn < 0 || p.WeightKg < 0 || p.StorageGB < 0 {
				t.Fatalf("%q is read as %+v", text, p)
			}
		}
	})
}

func FuzzReadProducts(f *testing.F) {
	var seed bytes.Buffer
	if err := maker.WriteProducts(&seed, few()[:3]); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.String())
	f.Fuzz(func(t *testing.T, text string) {
		products, err := maker.ReadProducts(strings.NewReader(text))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := maker.WriteProducts(&out, products); err != nil {
			t.Fatal(err)
		}
		again, err := maker.ReadProducts(&out)
		if err != nil || len(again) != len(products) {
			t.Fatalf("%q: %d products, then %d, %v", text, len(products), len(again), err)
		}
	})
}
