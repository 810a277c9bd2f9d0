package signon_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	clientID = "ecoparc"
	secret   = "a secret of the client"
)

// provider is a certified OpenID provider (zitadel's) on loopback, where whoever comes
// to sign in is the person of the moment, without being asked.
type provider struct {
	*httptest.Server
	t        testing.TB
	redirect string // the client's
	key      *rsa.PrivateKey

	mu       sync.Mutex
	subject  string
	claims   map[string]any
	inToken  bool // whether the ID token has the claims; otherwise userinfo alone
	requests map[string]*authRequest
	codes    map[string]string
	// tamper changes the claims of an ID token before it is signed, with signer; nil:
	// not at all.
	tamper func(claims map[string]any)
	signer *rsa.PrivateKey
	down   bool
}

// keys are the provider's and somebody else's: making one takes a while.
var keys = sync.OnceValue(func() (both [2]*rsa.PrivateKey) {
	for i := range both {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		both[i] = key
	}
	return both
})

func startProvider(t testing.TB) *provider {
	t.Helper()
	key := keys()[0]
	p := &provider{t: t, key: key, signer: key, requests: map[string]*authRequest{}, codes: map[string]string{}, inToken: true}
	p.Server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(p.Close)
	protocol, err := op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CodeMethodS256: true, AuthMethodPost: true}, storage{p}, op.StaticIssuer(p.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch p.mu.Lock(); {
		case p.down:
			p.mu.Unlock()
			http.Error(w, "in trouble", http.StatusBadGateway)
		case r.URL.Path == "/login":
			p.requests[r.FormValue("id")].done = true
			p.mu.Unlock()
			http.Redirect(w, r, op.AuthCallbackURL(protocol)(op.ContextWithIssuer(r.Context(), p.URL), r.FormValue("id")), http.StatusFound)
		case r.URL.Path == "/oauth/token" && p.tamper != nil:
			p.mu.Unlock()
			p.tampered(w, r, protocol)
		default:
			p.mu.Unlock()
			protocol.ServeHTTP(w, r)
		}
	})
	return p
}

// is sets who signs in from now on.
func (p *provider) is(subject string, claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subject, p.claims = subject, claims
}

// tampered gives tokens as the provider would, but for what tamper changes.
func (p *provider) tampered(w http.ResponseWriter, r *http.Request, protocol http.Handler) {
	given := httptest.NewRecorder()
	protocol.ServeHTTP(given, r)
	var answer map[string]any
	if err := json.Unmarshal(given.Body.Bytes(), &answer); err != nil || given.Code != http.StatusOK {
		p.t.Errorf("the provider gives %d %s", given.Code, given.Body)
		return
	}
	signed, err := jose.ParseSigned(answer["id_token"].(string), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		p.t.Error(err)
		return
	}
	var claims map[string]any
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &claims); err != nil {
		p.t.Error(err)
		return
	}
	p.tamper(claims)
	text, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
		return
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.signer, KeyID: "1"}}, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	again, err := signer.Sign(text)
	if err != nil {
		p.t.Error(err)
		return
	}
	answer["id_token"], err = again.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		p.t.Error(err)
	}
}

// signIn is what a browser does between Begin and Finish: it goes to the address and
// follows the provider, up to the client's own address with the answer.
func (p *provider) signIn(t testing.TB, address string) (answer string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), p.redirect) {
			answer = r.URL.RawQuery
			return http.ErrUseLastResponse
		}
		return nil
	}}
	r, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if answer == "" {
		body, _ := io.ReadAll(r.Body)
		t.Fatalf("the provider does not lead back: %s %s", r.Status, body)
	}
	return answer
}

// authRequest is somebody who is about to sign in.
type authRequest struct {
	*oidc.AuthRequest
	id      string
	subject string
	done    bool
}

func (a *authRequest) GetID() string          { return a.id }
func (a *authRequest) GetACR() string         { return "" }
func (a *authRequest) GetAMR() []string       { return nil }
func (a *authRequest) GetAudience() []string  { return []string{a.ClientID} }
func (a *authRequest) GetAuthTime() time.Time { return time.Now() }
func (a *authRequest) GetClientID() string    { return a.ClientID }
func (a *authRequest) GetSubject() string     { return a.subject }
func (a *authRequest) GetScopes() []string    { return a.Scopes }
func (a *authRequest) GetState() string       { return a.State }
func (a *authRequest) GetNonce() string       { return a.Nonce }
func (a *authRequest) GetRedirectURI() string { return a.RedirectURI }
func (a *authRequest) Done() bool             { return a.done }
func (a *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: a.CodeChallenge, Method: a.CodeChallengeMethod}
}

// client is the collector, as the provider knows it.
type client struct{ *provider }

func (c client) GetID() string                       { return clientID }
func (c client) RedirectURIs() []string              { return []string{c.redirect} }
func (c client) PostLogoutRedirectURIs() []string    { return nil }
func (c client) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (c client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c client) GrantTypes() []oidc.GrantType        { return []oidc.GrantType{oidc.GrantTypeCode} }
func (c client) LoginURL(id string) string           { return c.URL + "/login?id=" + id }
func (c client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeBearer }
func (c client) IDTokenLifetime() time.Duration      { return time.Minute }
func (c client) DevMode() bool                       { return false }
func (c client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}
func (c client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}
func (c client) IsScopeAllowed(string) bool           { return false }
func (c client) IDTokenUserinfoClaimsAssertion() bool { return c.inToken }
func (c client) ClockSkew() time.Duration             { return 0 }

// storage is what the provider keeps.
type storage struct{ *provider }

func (s storage) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &authRequest{AuthRequest: r, id: rand.Text(), subject: s.subject}
	s.requests[a.id] = a
	return a, nil
}

func (s storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.requests[id]; a != nil {
		return a, nil
	}
	return nil, errors.New("no such request")
}

func (s storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	id := s.codes[code]
	s.mu.Unlock()
	return s.AuthRequestByID(ctx, id)
}

func (s storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = id
	return nil
}

func (s storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, id)
	return nil
}

func (s storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return rand.Text(), time.Now().Add(time.Minute), nil
}

var errUnused = errors.New("not used by this client")

func (s storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errUnused
}

func (s storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, errUnused
}
func (s storage) TerminateSession(context.Context, string, string) error { return errUnused }
func (s storage) RevokeToken(context.Context, string, string, string) *oidc.Error {
	return oidc.ErrServerError()
}

func (s storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}
func (s storage) SigningKey(context.Context) (op.SigningKey, error) { return signingKey{s.key}, nil }
func (s storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (s storage) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{publicKey{signingKey{s.key}}}, nil
}

func (s storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, fmt.Errorf("no client %q", id)
	}
	return client(s), nil
}

func (s storage) AuthorizeClientIDSecret(_ context.Context, id, given string) error {
	if id != clientID || given != secret {
		return errors.New("wrong secret")
	}
	return nil
}

func (s storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromRequest puts claims into the ID token, where the client wants them.
func (s storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	if s.inToken {
		return s.tell(info, r.GetSubject())
	}
	info.Subject = r.GetSubject()
	return nil
}

func (s storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, _, subject, _ string) error {
	return s.tell(info, subject)
}

func (s storage) tell(info *oidc.UserInfo, subject string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	info.Subject = subject
	info.Claims = maps.Clone(s.claims)
	return nil
}

func (s storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnused
}

func (s storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

func (s storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnused
}

func (s storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnused
}
func (s storage) Health(context.Context) error { return nil }

type signingKey struct{ key *rsa.PrivateKey }

func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k signingKey) Key() any                                    { return k.key }
func (k signingKey) ID() string                                  { return "1" }

type publicKey struct{ signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.key.PublicKey }
