package lifespan_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/models/calendar"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

func ask(t testing.TB, c equipment.Category, age quantity.Years) lifespan.Question {
	t.Helper()
	q, err := lifespan.Ask(factor.Default(), c, age, grid.MainlandFrance, calendar.Date(2026, 11, 23))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestQuestionIsFilledFromTheFactors(t *testing.T) {
	q := ask(t, equipment.Laptop, 3)
	if q.NewEmbodied.Value != 185_100 || q.NewEmbodied.From != "embodied.laptop" || q.OldLife.Interval != (lifespan.Span{Low: 1, Value: 2, High: 4}) || q.NewEnergy.Value != 17_000 {
		t.Errorf("got %+v", q)
	}
	if old := ask(t, equipment.Laptop, 9); old.OldLife.Interval != (lifespan.Span{Low: 0.5, Value: 1, High: 3}) {
		t.Errorf("an old laptop has %v left", old.OldLife)
	}
	if len(q.Repairs) != 3 || q.Repairs[0].Part != lifespan.Battery || q.Reconditioned == nil || !near(q.Reconditioned.Share.Value, 0.2) {
		t.Errorf("got %+v", q)
	}
	for _, c := range []equipment.Category{equipment.Desktop, equipment.Tablet, equipment.Monitor, equipment.Server} {
		answer(t, ask(t, c, 4))
	}
	if _, err := lifespan.Ask(factor.Default(), equipment.Laptop, 3, "GF", calendar.Date(2026, 11, 23)); err == nil || !strings.Contains(err.Error(), `region "GF"`) {
		t.Errorf("a territory without a factor gets an answer: %v", err)
	}
	if _, err := lifespan.Ask(factor.Default(), equipment.Virtual, 3, "FR", calendar.Date(2026, 11, 23)); err == nil {
		t.Error("a virtual machine is asked about")
	}
}

// What a page shows and sends back is the same question.
func TestQuestionSurvivesItsJSON(t *testing.T) {
	q := ask(t, equipment.Laptop, 3)
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var back lifespan.Question
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(back)
	if string(again) != string(text) || !strings.Contains(string(text), `"new_price_eur":{"low":300,"value":500,"high":900,"from":"price.laptop"}`) {
		t.Errorf("got %s", text)
	}
}

func TestQuestionThatCannotBeIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*lifespan.Question){
		"new life is 0 to 5":       func(q *lifespan.Question) { q.NewLife = lifespan.Entered[quantity.Years](0, 5, 5) },
		"new embodied is 3 to 2":   func(q *lifespan.Question) { q.NewEmbodied = lifespan.Entered[quantity.Grams](3, 2, 2) },
		"intensity is NaN to NaN":  func(q *lifespan.Question) { q.Intensity = exactly(math.NaN()) },
		"old remaining life is -1": func(q *lifespan.Question) { q.OldLife = exactly[quantity.Years](-1) },
		"discount is 1":            func(q *lifespan.Question) { q.Discount = 1 },
		"horizon is 0 years":       func(q *lifespan.Question) { q.HorizonYears = 0 },
		"battery extra energy is -2e+06": func(q *lifespan.Question) {
			q.Repairs = []lifespan.Repair{{Part: lifespan.Battery, ExtraEnergy: exactly[quantity.WattHours](-2e6)}}
		},
		"reconditioned share is -1": func(q *lifespan.Question) { q.Reconditioned = &lifespan.SecondHand{Share: exactly(-1.)} },
	} {
		q := plainQuestion()
		spoil(&q)
		if _, err := q.Answer(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q", err, want)
		}
	}
}
