package spreadsheet

import (
	"fmt"
	"strings"
)

// Mistake is what is wrong with a line of a list.
type Mistake struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Mistakes is an error that tells every mistake of a list with its line, one a line.
type Mistakes []Mistake

// mostTold is how many mistakes an error tells in words.
const mostTold = 50

func (m Mistakes) Error() string {
	var b strings.Builder
	for i, wrong := range m {
		if i == mostTold {
			fmt.Fprintf(&b, "\nand %d more", len(m)-mostTold)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "line %d: %s", wrong.Line, wrong.Reason)
	}
	return b.String()
}

// orNil is the mistakes as an error, nil for none.
func (m Mistakes) orNil() error {
	if len(m) == 0 {
		return nil
	}
	return m
}
