package relocate

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ecoparc/ecoparc/collector/store"
)

// all copies every table from where it is.
func (c *copying) all(tables []table) error {
	for _, t := range tables {
		if err := c.table(t); err != nil {
			return fmt.Errorf("cannot copy the table %s: %w", t.name, err)
		}
	}
	return nil
}

// state is how far a table is, as the target has it.
type state struct {
	last []any // key of the last row; none before the first
	rows int64
	done bool
}

func (c *copying) table(t table) error {
	var total int64
	if err := c.from.Read.QueryRowContext(c.ctx, fmt.Sprintf("SELECT count(*) FROM %q", t.name)).Scan(&total); err != nil {
		return err
	}
	s, err := c.state(t)
	if err != nil {
		return err
	}
	for !s.done {
		rows, err := c.read(t, s.last)
		if err != nil {
			return err
		}
		s.rows += int64(len(rows))
		s.done = len(t.key) == 0 || len(rows) < chunkRows
		if len(rows) > 0 {
			s.last = t.keyOf(rows[len(rows)-1])
		}
		if err := c.write(t, rows, s); err != nil {
			return err
		}
		c.tell(t.name, s.rows, total)
	}
	c.rows += s.rows
	return nil
}

func (c *copying) state(t table) (s state, err error) {
	var last string
	err = c.to.Write.QueryRowContext(c.ctx, "SELECT last_key, rows, done FROM relocation WHERE name = ?", t.name).Scan(&last, &s.rows, &s.done)
	if errors.Is(err, sql.ErrNoRows) {
		return state{}, nil
	}
	if err == nil {
		s.last, err = decodeKey(last)
	}
	return s, err
}

// read reads the next rows after a key; all of a table without one.
func (c *copying) read(t table, after []any) (all [][]any, err error) {
	names := t.columnNames()
	query := fmt.Sprintf("SELECT %s FROM %q", t.list(names), t.name)
	if len(after) > 0 {
		query += fmt.Sprintf(" WHERE (%s) > (?%s)", t.list(t.key), strings.Repeat(", ?", len(t.key)-1))
	}
	if len(t.key) > 0 {
		query += fmt.Sprintf(" ORDER BY %s LIMIT %d", t.list(t.key), chunkRows)
	}
	rows, err := c.from.Read.QueryContext(c.ctx, query, after...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// write writes rows, and with them how far the table is.
func (c *copying) write(t table, rows [][]any, s state) error {
	last, err := encodeKey(s.last)
	if err != nil {
		return err
	}
	return store.InTx(c.ctx, c.to.Write, func(tx *sql.Tx) error {
		if n := len(rows); n > 0 {
			mark := "(?" + strings.Repeat(", ?", len(t.columns)-1) + ")"
			query := fmt.Sprintf("INSERT INTO %q (%s) VALUES %s", t.name, t.list(t.columnNames()), mark+strings.Repeat(", "+mark, n-1))
			var args []any
			for _, row := range rows {
				args = append(args, row...)
			}
			if _, err := tx.ExecContext(c.ctx, query, args...); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(c.ctx, `INSERT INTO relocation (name, last_key, rows, done) VALUES (?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET last_key = excluded.last_key, rows = excluded.rows, done = excluded.done`, t.name, last, s.rows, s.done)
		return err
	})
}

func (t table) keyOf(row []any) (key []any) {
	for _, k := range t.key {
		for i, c := range t.columns {
			if c.name == k {
				key = append(key, row[i])
			}
		}
	}
	return key
}

// encodeKey writes a key as text: each part begins with what it is.
func encodeKey(key []any) (string, error) {
	parts := make([]string, len(key))
	for i, part := range key {
		switch v := part.(type) {
		case int64:
			parts[i] = "i" + strconv.FormatInt(v, 10)
		case string:
			parts[i] = "s" + v
		case []byte:
			parts[i] = "b" + hex.EncodeToString(v)
		default:
			return "", fmt.Errorf("a part of a key is %T", part)
		}
	}
	text, err := json.Marshal(parts)
	return string(text), err
}

func decodeKey(text string) (key []any, err error) {
	var parts []string
	if err := json.Unmarshal([]byte(text), &parts); err != nil {
		return nil, fmt.Errorf("a key %q cannot be read: %w", text, err)
	}
	for _, part := range parts {
		var v any
		kind, rest := "", ""
		if part != "" {
			kind, rest = part[:1], part[1:]
		}
		switch kind {
		case "i":
			v, err = strconv.ParseInt(rest, 10, 64)
		case "s":
			v = rest
		case "b":
			v, err = hex.DecodeString(rest)
		default:
			err = errors.New("it begins with what is no kind")
		}
		if err != nil {
			return nil, fmt.Errorf("the part %q of a key cannot be read: %w", part, err)
		}
		key = append(key, v)
	}
	return key, nil
}

// numberOn lets the target number new rows after those that it was given.
func (c *copying) numberOn(tables []table) error {
	for _, t := range tables {
		if len(t.key) != 1 || t.key[0] != "id" {
			continue
		}
		query := fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%[1]s', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM %[1]q`, t.name)
		if _, err := c.to.Write.ExecContext(c.ctx, query); err != nil {
			return fmt.Errorf("cannot number the rows of %s on: %w", t.name, err)
		}
	}
	return nil
}
