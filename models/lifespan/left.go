package lifespan

import (
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// Left is how much longer a device of a category and an age is expected to serve its
// owner, and from which row: the expected life less the age, and for a device that
// works beyond it what the row lifetime.past_expected says. A second-hand device has
// the life of its second owner, where that has a row. The error says which row is
// missing.
func Left(t *factor.Table, c equipment.Category, how Acquisition, age quantity.Years) (Input[quantity.Years], error) {
	key := "lifetime." + string(c)
	life, err := bounds[quantity.Years](t, key)
	if err != nil {
		return Input[quantity.Years]{}, err
	}
	if second, err := bounds[quantity.Years](t, "lifetime.second."+string(c)); err == nil && how.SecondHand() {
		key, life = "lifetime.second."+string(c), second
	}
	past, err := bounds[quantity.Years](t, "lifetime.past_expected")
	if err != nil {
		return Input[quantity.Years]{}, err
	}
	left := func(expected, atLeast quantity.Years) quantity.Years { return max(expected-age, atLeast) }
	return Input[quantity.Years]{Span{
		Low: left(life.Low, past.Low), Value: left(life.Value, past.Value), High: left(life.High, past.High),
	}, key + " less age"}, nil
}

// Fitted is a part that a device got at an age.
type Fitted struct {
	Part Part
	Age  quantity.Years
}

// LeftWith is how much longer a device is expected to serve that got parts: what [Left]
// says, or where that is later, what the rows lifetime.added.* say of one of the parts:
// it adds to the expected life, or past that, from the day when it was fitted. Several
// parts do not add up: a new battery does not mend what wears out beside it. From is that
// of the part where one counts.
func LeftWith(t *factor.Table, c equipment.Category, how Acquisition, age quantity.Years, parts []Fitted) (Input[quantity.Years], error) {
	left, err := Left(t, c, how, age)
	if err != nil {
		return left, err
	}
	key, _ := strings.CutSuffix(left.From, " less age")
	life, err := bounds[quantity.Years](t, key)
	if err != nil {
		return left, err
	}
	for _, p := range parts {
		row := "lifetime.added." + string(p.Part)
		adds, err := bounds[quantity.Years](t, row)
		if err != nil || PartRow(c, p.Part) == "" {
			continue // nothing is known of what such a part adds
		}
		with := func(left, life, adds quantity.Years) quantity.Years { return max(left, max(life, p.Age)+adds-age) }
		longer := Span{Low: with(left.Low, life.Low, adds.Low), Value: with(left.Value, life.Value, adds.Value), High: with(left.High, life.High, adds.High)}
		if longer != left.Interval {
			left = Input[quantity.Years]{longer, row}
		}
	}
	return left, nil
}

// Replaced are the days on which another battery than before was seen, by the same
// signs as [WearOf] takes: another design capacity, fewer cycles, or a health that rose
// by more than any recalibration explains. Observations are in any order.
func Replaced(observations []Capacity) []time.Time {
	var days []time.Time
	follow(observations, func(c Capacity, _ point, replaced bool) {
		if replaced {
			days = append(days, c.On)
		}
	})
	return days
}
