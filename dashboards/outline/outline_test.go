package outline

import "testing"

// holds says whether a point is inside of a ring: a ray from it crosses an odd number of
// sides.
func holds(r Ring, p Point) bool {
	inside := false
	for i, a := range r.Points {
		b := r.Points[(i+1)%len(r.Points)]
		if (a.Latitude > p.Latitude) != (b.Latitude > p.Latitude) && p.Longitude < (b.Longitude-a.Longitude)*(p.Latitude-a.Latitude)/(b.Latitude-a.Latitude)+a.Longitude {
			inside = !inside
		}
	}
	return inside
}

// Positions of prefectures, as everyone knows them from an atlas; each lies in its
// département and in no other.
func TestPrefecturesLieInTheirDepartments(t *testing.T) {
	rings, err := France()
	if err != nil {
		t.Fatal(err)
	}
	for number, p := range map[string]Point{
		"75": {2.35, 48.86}, "69": {4.84, 45.76}, "13": {5.38, 43.30}, "31": {1.44, 43.60}, "33": {-0.58, 44.84}, "59": {3.06, 50.63}, "67": {7.72, 48.57},
		"29": {-4.10, 48.00}, "35": {-1.68, 48.11}, "06": {7.25, 43.74}, "2A": {8.76, 41.94}, "2B": {9.42, 42.68}, "66": {2.88, 42.68}, "64": {-0.36, 43.32},
		"63": {3.08, 45.78}, "87": {1.25, 45.84}, "21": {5.03, 47.33}, "57": {6.17, 49.12}, "76": {1.08, 49.44}, "44": {-1.57, 47.23}, "48": {3.50, 44.53}, "90": {6.85, 47.63},
	} {
		var in []string
		for _, r := range rings {
			if holds(r, p) {
				in = append(in, r.Department)
			}
		}
		if len(in) != 1 || in[0] != number {
			t.Errorf("the prefecture of %s lies in %v", number, in)
		}
	}
}

func TestEveryDepartmentOfTheMainlandAndCorsicaHasAnOutline(t *testing.T) {
	rings, err := France()
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]bool{}
	for _, r := range rings {
		numbers[r.Department] = true
		if r.Around.West < -5.3 || r.Around.East > 9.7 || r.Around.South < 41.2 || r.Around.North > 51.2 {
			t.Errorf("%s reaches %+v", r.Department, r.Around)
		}
	}
	if len(numbers) != 96 {
		t.Errorf("%d départements have outlines, want 96", len(numbers))
	}
}
