package view

import (
	"context"
	"errors"
	"time"
)

// User is a person who signed in.
type User struct {
	Name string `json:"name"`
	Role string `json:"role"` // "administrator" or "viewer"
}

// ErrWrongPassword says that the name or the password is not right, without
// saying which.
var ErrWrongPassword = errors.New("wrong name or password")

// ErrTooManyTries says that sign-in is blocked for a while.
var ErrTooManyTries = errors.New("too many tries, wait a minute")

// Access signs people in and out.
type Access interface {
	// SignIn checks a password and opens a session. from is the client's address,
	// used to slow guessing down and kept in memory only.
	SignIn(ctx context.Context, name, password, from string) (Session, error)
	// User is whose session a token opens.
	User(ctx context.Context, token string) (User, bool, error)
	SignOut(ctx context.Context, token string) error
}

// Session is an open session: the token goes into a cookie.
type Session struct {
	Token   string
	Expires time.Time
}
