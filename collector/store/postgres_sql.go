package store

import (
	"strconv"
	"strings"
	"sync"
)

// texts remembers how statements read for PostgreSQL: the program has a few hundred,
// and each runs many times.
type texts struct {
	mu  sync.RWMutex
	all map[string]string
}

// mostTexts bounds what is remembered: lists of any length make texts of their own.
const mostTexts = 2000

func (t *texts) of(query string) string {
	t.mu.RLock()
	text, known := t.all[query]
	t.mu.RUnlock()
	if known {
		return text
	}
	text = forPostgres(query)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil || len(t.all) >= mostTexts {
		t.all = map[string]string{}
	}
	t.all[query] = text
	return text
}

// forPostgres is a statement as PostgreSQL reads it. Placeholders are numbered as
// SQLite numbers them: ?3 is the third value, and ? is the one after the highest so
// far. What stands in a comment that begins with an exclamation mark is uncovered.
// Quoted texts, names and other comments stay as they are.
func forPostgres(query string) string {
	if !strings.ContainsAny(query, "?!") {
		return query
	}
	var b strings.Builder
	highest := 0
	uncovered := false // inside of a comment that counts
	for i := 0; i < len(query); {
		rest := query[i:]
		n := 1 // bytes of the next part
		switch {
		case rest[0] == '\'' || rest[0] == '"':
			n = upTo(rest, rest[:1], 1) // a doubled quote begins another one at once
			b.WriteString(rest[:n])
		case strings.HasPrefix(rest, "--"):
			n = upTo(rest, "\n", 2)
			b.WriteString(rest[:n])
		case strings.HasPrefix(rest, "/*!") && !uncovered:
			uncovered, n = true, 3
			b.WriteByte(' ')
		case strings.HasPrefix(rest, "*/") && uncovered:
			uncovered, n = false, 2
			b.WriteByte(' ')
		case strings.HasPrefix(rest, "/*"):
			n = upTo(rest, "*/", 2)
			b.WriteString(rest[:n])
		case rest[0] == '?':
			n = 1
			for n < len(rest) && n <= maxDigits && '0' <= rest[n] && rest[n] <= '9' {
				n++
			}
			number, err := strconv.Atoi(rest[1:n])
			if err != nil { // there is none
				number = highest + 1
			}
			highest = max(highest, number)
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(number))
		default:
			b.WriteByte(rest[0])
		}
		i += n
	}
	return b.String()
}

// maxDigits of a placeholder's number: PostgreSQL takes 65,535 values.
const maxDigits = 5

// upTo is how many bytes there are up to the end of a mark, looked for after skip
// bytes; all when there is none.
func upTo(text, mark string, skip int) int {
	at := strings.Index(text[skip:], mark)
	if at < 0 {
		return len(text)
	}
	return skip + at + len(mark)
}
