package chart

import (
	"fmt"
	"html/template"
	"math"
	"unicode/utf8"
)

// HeatRow is a row of a heat map: a day by the hour.
type HeatRow struct {
	Label  string
	Values [24]float64
	From   int // the hours that are outlined, up to To; equal for none
	To     int
}

// heatLevels are how many tones there are, besides the one of nothing.
const heatLevels = 6

// level is the tone of a value: each stands for a sixth of the largest.
func level(v, largest float64) int {
	if v <= 0 || largest <= 0 {
		return 0
	}
	return min(heatLevels, int(math.Ceil(heatLevels*v/largest)))
}

// Heat draws days by the hour, each hour in a tone that is the darker the larger its
// value. The tones are explained above; outlined tells, in words, what the outline is.
func Heat(id string, w Words, rows []HeatRow, outlined string) template.HTML {
	const rowHeight, left, top = 28.0, 128.0, 72.0
	largest := 0.0
	for _, r := range rows {
		for _, v := range r.Values {
			largest = math.Max(largest, v)
		}
	}
	cell := (width - left) / 24
	bottom := top + rowHeight*float64(len(rows))
	c := new(canvas)
	c.open(id, bottom+axisHeight, w, false)
	c.text(0, 15, "start", "axis", w.Axis)
	x := 0.0
	c.text(x, 45, "start", "tick", w.Number(0))
	x += 22
	for i := range heatLevels + 1 {
		c.rect(x, 30, 26, 18, fmt.Sprint("heat", i))
		x += 26
	}
	c.text(x+8, 45, "start", "tick", w.Number(round(largest)))
	x = width - legendLetter*float64(utf8.RuneCountInString(outlined))
	c.rect(x-34, 31, 26, 16, "outlined")
	c.text(x, 45, "start", "legend", outlined)
	for i, r := range rows {
		y := top + rowHeight*float64(i)
		c.text(0, y+rowHeight/2+5, "start", "label", r.Label)
		// Hours of the same tone that follow one another are one mark.
		for from := 0; from < 24; {
			to, tone := from+1, level(r.Values[from], largest)
			for to < 24 && level(r.Values[to], largest) == tone {
				to++
			}
			c.rect(left+cell*float64(from), y+1, cell*float64(to-from), rowHeight-2, fmt.Sprint("heat", tone))
			from = to
		}
		if r.To > r.From {
			c.rect(left+cell*float64(r.From), y+1, cell*float64(r.To-r.From), rowHeight-2, "outlined")
		}
	}
	for hour := 0; hour <= 24; hour += 3 {
		class, anchor := "tick", "middle"
		if hour%6 != 0 {
			class = "tick minor"
		}
		if hour == 24 {
			anchor = "end"
		}
		c.text(left+cell*float64(hour), bottom+20, anchor, class, w.Number(float64(hour)))
	}
	return c.close()
}

// round keeps two digits: the end of a scale of tones needs no more.
func round(v float64) float64 {
	if v <= 0 {
		return 0
	}
	step := math.Pow(10, math.Floor(math.Log10(v))-1)
	return math.Round(v/step) * step
}
