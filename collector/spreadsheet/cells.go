package spreadsheet

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ecoparc/ecoparc/models/calendar"
)

const maxText = 128 // bytes, as in a report's inventory

// Cells read the cells of a row and gather what is wrong with them.
type Cells struct {
	Row
	errs []error
}

// Err is all that is wrong with the row.
func (c *Cells) Err() error { return errors.Join(c.errs...) }

// Wrong notes what is wrong.
func (c *Cells) Wrong(err error) { c.errs = append(c.errs, err) }

// Text is a cell of one line.
func (c *Cells) Text(field string) string { return c.Checked(field, c.Cell(field)) }

// Checked is a text as a field may hold it.
func (c *Cells) Checked(field, text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxText || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		c.Wrong(fmt.Errorf("%s must be at most %d bytes of printable text", field, maxText))
		return ""
	}
	return text
}

// Word is a cell that holds one of some words, each with what it means.
func (c *Cells) Word(field string, words map[string]string) string {
	text := c.Text(field)
	if text == "" {
		return ""
	}
	meaning, ok := words[Plain(text)]
	if !ok {
		c.Wrong(fmt.Errorf("%s is %q; allowed are %s", field, text, strings.Join(meanings(words), ", ")))
	}
	return meaning
}

// mostNoted is how many words without a meaning a list tells: more make it another list.
const mostNoted = 50

// Noted are the words of a list that have no meaning, each once, with the one of a
// further line; empty: it has none.
func Noted(words []string, word string) []string {
	if word == "" || slices.Contains(words, word) || len(words) >= mostNoted {
		return words
	}
	return append(words, word)
}

func meanings(words map[string]string) []string {
	var all []string
	for _, m := range words {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	slices.Sort(all)
	return all
}

// Day reads a day as ISO 8601 or as France writes it, day first; a time of day after
// it does not count.
func (c *Cells) Day(field string) calendar.Day {
	text := c.Cell(field)
	date, _, _ := strings.Cut(text, " ")
	date, _, _ = strings.Cut(date, "T")
	if date == "" || date == "0000-00-00" {
		return 0
	}
	for _, layout := range []string{"2006-01-02", "02/01/2006", "02-01-2006", "02.01.2006", "2006/01/02"} {
		when, err := time.Parse(layout, date)
		if err == nil && when.Year() >= 1990 && when.Year() < 2200 {
			return calendar.Date(when.Date())
		}
	}
	c.Wrong(fmt.Errorf("%s is %q; a day since 1990 like 2026-11-23 or 23/11/2026 is expected", field, Short(text)))
	return 0
}

// Short is the beginning of a text that is repeated in an error.
func Short(text string) string {
	if len(text) <= 40 {
		return text
	}
	return strings.ToValidUTF8(text[:40], "") + "…"
}

// Cents are an amount of money up to some euros; 0 is not given.
func (c *Cells) Cents(field string, mostEuros float64) int64 {
	return int64(math.Round(c.Measure(field, euros, 0, mostEuros) * 100))
}

var euros = map[string]float64{"": 1, "€": 1, "eur": 1, "euros": 1}

// Measure is a number with one of some units, within limits; 0 is not given.
func (c *Cells) Measure(field string, units map[string]float64, low, high float64) float64 {
	text := c.Cell(field)
	if text == "" {
		return 0
	}
	n, name, err := Quantity(text)
	by, known := units[name]
	if err != nil || !known || n != 0 && (n*by < low || n*by > high) {
		c.Wrong(fmt.Errorf("%s is %q; a number from %v to %v is expected", field, Short(text), low, high))
		return 0
	}
	return n * by
}

// Quantity splits "1 234,50 €" into a number and a unit in small letters. Blanks
// group thousands; a comma is a decimal one, unless a point follows it.
func Quantity(text string) (float64, string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	end := strings.LastIndexAny(text, "0123456789") + 1
	number, unit := text[:end], strings.TrimSpace(text[end:])
	number = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u202f' {
			return -1
		}
		return r
	}, number)
	if comma, point := strings.Index(number, ","), strings.Index(number, "."); comma >= 0 && point > comma {
		number = strings.ReplaceAll(number, ",", "") // 1,234.50
	}
	number = strings.Replace(number, ",", ".", 1)
	if strings.ContainsFunc(number, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' }) {
		return 0, "", errors.New("not a number") // nor 1e9, nor infinity
	}
	n, err := strconv.ParseFloat(number, 64)
	return n, unit, err
}
