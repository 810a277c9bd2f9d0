package view

import (
	"context"
	"errors"
	"net/url"
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
	// ErrNoPasswords says that people sign in at the provider only.
	ErrNoPasswords = errors.New("passwords are switched off here; sign in at the provider on the pages")
	// ErrTooManyTries says that sign-in is blocked for a while.
	ErrTooManyTries = errors.New("too many tries, wait a minute")
)

// Why somebody who signs in at a provider is refused.
var (
	// ErrProvider says that the provider cannot be reached, or is in trouble.
	ErrProvider = errors.New("the sign-in provider does not answer")
	// ErrAttempt says that this attempt to sign in leads nowhere: it took too long,
	// was used already, or is not one that this browser began.
	ErrAttempt = errors.New("this attempt to sign in is not valid")
	// ErrUnmapped says that the person has no role here.
	ErrUnmapped = errors.New("this account has no role here")
)

// SingleSignOn signs people in at a provider.
type SingleSignOn interface {
	Name() string // of the provider, on the button
	// Begin is where the browser goes to sign in, and what it keeps until it comes
	// back. next is where the person was going.
	Begin(ctx context.Context, next string) (address, kept string, err error)
	// Finish opens the session of whoever came back with the provider's answer.
	Finish(ctx context.Context, kept string, answer url.Values) (session Session, next string, err error)
}

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
