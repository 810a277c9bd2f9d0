package store

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNoSpace says that the disk is full.
var ErrNoSpace = errors.New("the disk is full; free some space, nothing acknowledged is lost")

// Explain adds a clear sentence to an error of the disk, of SQLite or of PostgreSQL
// that has a common cause.
func Explain(err error) error {
	if isPostgres(err) {
		return explainPostgres(err)
	}
	var e *sqlite.Error
	code := 0
	if errors.As(err, &e) {
		code = e.Code() & 0xff
	}
	switch {
	case code == sqlite3.SQLITE_FULL, isNoSpace(err):
		return fmt.Errorf("%w (%w)", ErrNoSpace, err)
	case code == sqlite3.SQLITE_READONLY, code == sqlite3.SQLITE_CANTOPEN, errors.Is(err, fs.ErrPermission), isReadOnly(err):
		return fmt.Errorf("%w: the collector may not write there; check the owner and the rights of the data folder", err)
	case code == sqlite3.SQLITE_NOTADB, code == sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: the file is not a sound ledger; restore a backup", err)
	}
	return err
}

func isPostgres(err error) bool {
	return errors.As(err, new(*pgconn.PgError)) || errors.As(err, new(*pgconn.ConnectError))
}

// explainPostgres explains by SQLSTATE (PostgreSQL's documentation, appendix A).
func explainPostgres(err error) error {
	switch code := sqlState(err); code {
	case "53100":
		return fmt.Errorf("%w (PostgreSQL: %w)", ErrNoSpace, err)
	case "28P01":
		return fmt.Errorf("%w: PostgreSQL knows no such user, or the password is wrong; correct store in the configuration", err)
	case "28000":
		return fmt.Errorf("%w: PostgreSQL does not let this user in from here; its administrator can in pg_hba.conf", err)
	case "3D000":
		return fmt.Errorf("%w: make the data base first, with the user as its owner: createdb --owner USER DATABASE", err)
	case "42501", "3F000":
		return fmt.Errorf("%w: the user has no right to; make it the owner of the data base (ALTER DATABASE, OWNER TO)", err)
	case "53300":
		return fmt.Errorf("%w: PostgreSQL has no connection free; each collector takes up to %d: raise max_connections", err, writers+pgReaders)
	case "25006":
		return fmt.Errorf("%w: this PostgreSQL only reads, as a standby does; give the address of the one that writes", err)
	case "57P01", "57P02", "57P03":
		return fmt.Errorf("%w: PostgreSQL is starting or stopping; try again", err)
	case "22021":
		return fmt.Errorf("%w: make the data base anew with --encoding UTF8", err)
	case "":
		return fmt.Errorf("%w: PostgreSQL does not answer there; check that it runs, and the address in store", err)
	}
	return err
}

// sqlState is PostgreSQL's code of an error, empty when it has none.
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// IsTaken tells whether an error says that a row of the same key is there already.
func IsTaken(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return sqlState(err) == "23505"
}

// isUndone tells whether PostgreSQL undid a transaction to let another one go on: it
// was in a deadlock, or could not be put in order with others.
func isUndone(err error) bool {
	code := sqlState(err)
	return code == "40001" || code == "40P01"
}
