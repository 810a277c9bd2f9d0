package view

import (
	"context"
	"errors"
	"time"
)

// User is a person who signed in.
type User struct {
	Name string
	Role string
	// Opens tells whether the person may open a page of this server, by its path;
	// nil: every one.
	Opens func(path string) bool
}

// May tells whether the person may open a page.
func (u User) May(path string) bool { return u.Opens == nil || u.Opens(path) }

type userKey struct{}

// WithUser returns a context in which u asks.
func WithUser(ctx context.Context, u User) context.Context {
	return context.WithValue(ctx, userKey{}, u)
}

// UserOf is who asks in a context; its name is empty where nobody has signed in.
func UserOf(ctx context.Context) User {
	u, _ := ctx.Value(userKey{}).(User)
	return u
}

// Why a request is refused.
var (
	// ErrNotSignedIn says that nobody is recognised.
	ErrNotSignedIn = errors.New("sign in on the pages, or send a key, or a user name and password")
	// ErrForbidden says that the person's role is not enough.
	ErrForbidden = errors.New("your role does not allow this; ask an administrator of this collector")
	// ErrForeignForm says that a form of another web site wants to act here.
	ErrForeignForm = errors.New("this comes from another web site; nothing was done")
	// ErrWrongPassword says that the name or the password is not right, without
	// saying which.
	ErrWrongPassword = errors.New("wrong name or password")
	// ErrTooManyTries says that sign-in is blocked for a while.
	ErrTooManyTries = errors.New("too many tries, wait a minute")
)

// Access signs people in and out.
type Access interface {
	// SignIn checks a password and opens a session. from is the client's address,
	// used to slow guessing down and kept in memory only.
	SignIn(ctx context.Context, name, password, from string) (Session, error)
	SignOut(ctx context.Context, token string) error
}

// Session is an open session: the token goes into a cookie.
type Session struct {
	Token   string
	Expires time.Time
}
