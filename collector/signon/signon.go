// Package signon signs people in at a provider of single sign-on by OpenID Connect:
// the authorization code flow with PKCE, a state and a nonce.
//
// Nothing of an attempt is kept here: what must be known when the browser comes back
// travels in a cookie of its own, so any collector behind a load balancer can finish
// what another began. An account is the provider's issuer and subject. Its role is
// what the provider says at each sign-in; whoever has none any more is removed.
package signon

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ecoparc/ecoparc/collector/access"
	"github.com/ecoparc/ecoparc/collector/reach"
	"github.com/ecoparc/ecoparc/dashboards/view"
)

// CallbackPath is where the provider sends the browser back to.
const CallbackPath = "/sign-in/provider/callback"

const (
	patience = 10 * time.Minute // for somebody who signs in at the provider
	timeout  = 10 * time.Second // for the provider itself
)

// Accounts opens the sessions.
type Accounts interface {
	SignInFrom(ctx context.Context, s access.Stranger, g access.Grant) (view.Session, error)
	Forget(ctx context.Context, s access.Stranger) error
}

// Fleet finds the organisations and sites that a mapping names.
type Fleet interface {
	Reach(ctx context.Context, organisations, sites []string) (reach.Reach, error)
}

// SignOn implements view.SingleSignOn.
type SignOn struct {
	config   Config
	accounts Accounts
	fleet    Fleet
	clock    func() time.Time
	log      *slog.Logger
	client   *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil: not asked yet, or it did not answer
}

// New returns the single sign-on of a configuration. The provider is asked when
// somebody signs in: one that is down does not keep the collector from starting.
func New(c Config, accounts Accounts, fleet Fleet, clock func() time.Time, log *slog.Logger) *SignOn {
	return &SignOn{config: c, accounts: accounts, fleet: fleet, clock: clock, log: log, client: &http.Client{Timeout: timeout}}
}

var _ view.SingleSignOn = (*SignOn)(nil)

// Name is on the button.
func (s *SignOn) Name() string { return s.config.Name }

// attempt is what the browser keeps while somebody signs in at the provider.
type attempt struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
	Next     string `json:"next"`
	Until    int64  `json:"until"`
}

// Begin is where the browser goes to sign in, and what it keeps until it comes back.
func (s *SignOn) Begin(ctx context.Context, next string) (address, kept string, err error) {
	flow, _, err := s.flow(ctx)
	if err != nil {
		return "", "", err
	}
	a := attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: next, Until: s.clock().Add(patience).Unix()}
	text, err := json.Marshal(a)
	if err != nil {
		return "", "", err
	}
	return flow.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), base64.RawURLEncoding.EncodeToString(text), nil
}

// Finish opens the session of whoever came back with the provider's answer. next is
// where they were going.
func (s *SignOn) Finish(ctx context.Context, kept string, answer url.Values) (session view.Session, next string, err error) {
	a, err := s.check(kept, answer)
	if err != nil {
		return view.Session{}, "", s.refused(view.ErrAttempt, err)
	}
	flow, provider, err := s.flow(ctx)
	if err != nil {
		return view.Session{}, "", err
	}
	ctx = oidc.ClientContext(ctx, s.client)
	token, err := flow.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(a.Verifier))
	if refusal := (*oauth2.RetrieveError)(nil); errors.As(err, &refusal) && refusal.Response.StatusCode < 500 {
		return view.Session{}, "", s.refused(view.ErrAttempt, fmt.Errorf("the provider does not take the code: %w", err))
	} else if err != nil {
		return view.Session{}, "", s.refused(view.ErrProvider, err)
	}
	who, claims, err := s.identify(ctx, provider, flow.TokenSource(ctx, token), token, a.Nonce)
	if err != nil {
		return view.Session{}, "", s.refused(view.ErrAttempt, err)
	}
	g, err := s.grant(ctx, claims)
	if errors.Is(err, view.ErrUnmapped) {
		return view.Session{}, "", errors.Join(s.refused(view.ErrUnmapped, err), s.accounts.Forget(ctx, who))
	}
	if err != nil {
		return view.Session{}, "", err
	}
	session, err = s.accounts.SignInFrom(ctx, who, g)
	return session, a.Next, err
}

// refused logs why somebody is refused: the page says less.
func (s *SignOn) refused(as, why error) error {
	s.log.Warn("single sign-on refused", "issuer", s.config.Issuer, "reason", why)
	return as
}

// check compares the provider's answer with the attempt that the browser kept.
func (s *SignOn) check(kept string, answer url.Values) (attempt, error) {
	var a attempt
	text, err := base64.RawURLEncoding.DecodeString(kept)
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	switch issuer := answer.Get("iss"); {
	case err != nil || a.State == "" || a.Nonce == "" || a.Verifier == "":
		return a, errors.New("the browser kept no attempt")
	case subtle.ConstantTimeCompare([]byte(a.State), []byte(answer.Get("state"))) != 1:
		return a, errors.New("the answer is to another attempt: the state differs")
	case s.clock().Unix() > a.Until:
		return a, errors.New("the attempt took too long")
	case issuer != "" && issuer != s.config.Issuer: // RFC 9207
		return a, fmt.Errorf("the answer is of another issuer, %q", issuer)
	case answer.Get("error") != "":
		return a, fmt.Errorf("the provider says %q", answer.Get("error"))
	case answer.Get("code") == "":
		return a, errors.New("the answer has no code")
	}
	return a, nil
}

// flow is what to speak to the provider with.
func (s *SignOn) flow(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		provider, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), s.config.Issuer)
		if err != nil {
			return nil, nil, s.refused(view.ErrProvider, err)
		}
		s.provider = provider
	}
	return &oauth2.Config{
		ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret, Endpoint: s.provider.Endpoint(),
		RedirectURL: s.config.PublicURL + CallbackPath, Scopes: append([]string{oidc.ScopeOpenID, "profile", "email"}, s.config.Scopes...),
	}, s.provider, nil
}

// identify checks the ID token, and gathers the claims about its subject. Some
// providers tell more of them at their userinfo endpoint.
func (s *SignOn) identify(ctx context.Context, provider *oidc.Provider, source oauth2.TokenSource, token *oauth2.Token, nonce string) (access.Stranger, map[string]any, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return access.Stranger{}, nil, errors.New("the provider gave no ID token")
	}
	verified, err := provider.Verifier(&oidc.Config{ClientID: s.config.ClientID, Now: s.clock}).Verify(ctx, raw)
	if err != nil {
		return access.Stranger{}, nil, err
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(nonce)) != 1 {
		return access.Stranger{}, nil, errors.New("the ID token is for another attempt: the nonce differs")
	}
	if verified.Subject == "" {
		return access.Stranger{}, nil, errors.New("the ID token is of no subject")
	}
	claims := map[string]any{}
	if err := verified.Claims(&claims); err != nil {
		return access.Stranger{}, nil, err
	}
	if _, there := find(claims, s.config.RolesClaim); !there && provider.UserInfoEndpoint() != "" {
		info, err := provider.UserInfo(ctx, source)
		if err != nil {
			return access.Stranger{}, nil, err
		}
		if info.Subject != verified.Subject {
			return access.Stranger{}, nil, errors.New("userinfo is of another subject")
		}
		if err := info.Claims(&claims); err != nil {
			return access.Stranger{}, nil, err
		}
	}
	who := access.Stranger{Issuer: verified.Issuer, Subject: verified.Subject, Name: verified.Subject}
	for _, claim := range []string{"email", "preferred_username"} {
		if name, ok := claims[claim].(string); ok && name != "" {
			who.Name = name
		}
	}
	return who, claims, nil
}

// grant is what the first mapping that holds gives; view.ErrUnmapped when none does.
func (s *SignOn) grant(ctx context.Context, claims map[string]any) (access.Grant, error) {
	claim, _ := find(claims, s.config.RolesClaim)
	has := map[string]bool{}
	switch claim := claim.(type) {
	case string:
		has[claim] = true
	case []any:
		for _, one := range claim {
			if text, ok := one.(string); ok {
				has[text] = true
			}
		}
	}
	for _, m := range s.config.Roles {
		if !has[m.Value] {
			continue
		}
		within, err := s.fleet.Reach(ctx, m.Organisations, m.Sites)
		if err != nil {
			return access.Grant{}, fmt.Errorf("sign_in.oidc.roles, value %q: %w", m.Value, err)
		}
		return m.grant(within), nil
	}
	return access.Grant{}, fmt.Errorf("%w: no value of the claim %q is mapped", view.ErrUnmapped, s.config.RolesClaim)
}

// find finds a claim by its name, or by the way into objects that has points between.
func find(claims map[string]any, name string) (any, bool) {
	if value, there := claims[name]; there {
		return value, true
	}
	first, rest, deeper := strings.Cut(name, ".")
	if inner, ok := claims[first].(map[string]any); ok && deeper {
		return find(inner, rest)
	}
	return nil, false
}
