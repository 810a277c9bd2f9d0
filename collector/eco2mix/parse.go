package eco2mix

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ecoparc/ecoparc/models/grid"
)

const (
	// A month of quarters of an hour is 2,976 rows in 200 kB.
	largestAnswer = 4 << 20
	mostRows      = 20_000
	quarterHour   = 15 * time.Minute
)

// errWrong says that an answer is not what éco2mix answers.
var errWrong = errors.New("the answer is not a list of taux_co2 and date_heure")

// value is what a quarter of an hour emitted.
type value struct {
	at      time.Time
	gPerKWh float64
}

// parse reads an answer. Nothing of a wrong one is returned.
func parse(r io.Reader) ([]value, error) {
	limited := &io.LimitedReader{R: r, N: largestAnswer + 1}
	values, err := decode(json.NewDecoder(limited))
	if limited.N <= 0 {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", errWrong, largestAnswer)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errWrong, err)
	}
	return values, nil
}

func decode(d *json.Decoder) ([]value, error) {
	if first, err := d.Token(); err != nil || first != json.Delim('[') {
		return nil, errors.Join(fmt.Errorf("it begins with %v", first), err)
	}
	var values []value
	for rows := 1; d.More(); rows++ {
		if rows > mostRows {
			return nil, fmt.Errorf("it has more than %d rows", mostRows)
		}
		var row struct {
			At      string          `json:"date_heure"`
			GPerKWh json.RawMessage `json:"taux_co2"`
		}
		if err := d.Decode(&row); err != nil {
			return nil, fmt.Errorf("row %d: %w", rows, err)
		}
		v, known, err := read(row.At, row.GPerKWh)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", rows, err)
		}
		if known {
			values = append(values, v)
		}
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind its end")
	}
	return values, nil
}

// read reads a row; known is false where the emissions are not known yet.
func read(at string, gPerKWh json.RawMessage) (v value, known bool, err error) {
	if v.at, err = time.Parse(time.RFC3339, at); err != nil {
		return v, false, fmt.Errorf("date_heure %q is not a time", at)
	}
	if !v.at.Equal(v.at.Truncate(quarterHour)) {
		return v, false, fmt.Errorf("date_heure %s is not a quarter of an hour", at)
	}
	if len(gPerKWh) == 0 {
		return v, false, errors.New("taux_co2 is missing")
	}
	var g *float64
	if err := json.Unmarshal(gPerKWh, &g); err != nil {
		return v, false, fmt.Errorf("taux_co2 %.40s is not a number", gPerKWh)
	}
	if g == nil || *g == 0 {
		return v, false, nil
	}
	if *g < 0 || *g > grid.HighestDirect {
		return v, false, fmt.Errorf("taux_co2 is %v; up to %d g/kWh are possible", *g, grid.HighestDirect)
	}
	v.gPerKWh = *g
	return v, true, nil
}

// halfHours are the half hours of quarters, by time. The last one of data that
// still grow by quarters is left for the next time unless both its quarters are
// there.
func halfHours(values []value, growing bool) []grid.Direct {
	byQuarter := map[time.Time][]float64{}
	for _, v := range values {
		at := v.at.UTC()
		byQuarter[at] = append(byQuarter[at], v.gPerKWh)
	}
	byHalf := map[grid.HalfHour][]float64{}
	for at, several := range byQuarter {
		h := grid.HalfHourOf(at)
		byHalf[h] = append(byHalf[h], mean(several))
	}
	all := make([]grid.Direct, 0, len(byHalf))
	for h, quarters := range byHalf {
		all = append(all, grid.Direct{At: h, GPerKWh: mean(quarters)})
	}
	slices.SortFunc(all, func(a, b grid.Direct) int { return int(a.At - b.At) })
	if last := len(all) - 1; growing && last >= 0 && len(byHalf[all[last].At]) < 2 {
		all = all[:last]
	}
	return all
}

func mean(of []float64) float64 {
	sum := 0.0
	for _, v := range of {
		sum += v
	}
	return sum / float64(len(of))
}
