package dashboards

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// elsewhere sends the browser on after an act, so that a page that is loaded again does
// nothing again. A secret that the act made travels along.
type elsewhere struct {
	url    string
	secret *once
}

func (*elsewhere) Error() string { return "see other" }

// once is a secret that is shown once, on one page, to the session that made it.
type once struct{ Path, Kind, Text string }

// onceCookie holds it on the way there, sealed with the session: neither an address nor
// a log nor this program's memory ever does, and whichever collector answers can open
// it. It lasts as long as the way takes.
const (
	onceCookie = "ecoparc_once"
	oncePath   = "/administration"
	onceAgeS   = 120
)

// sealer seals with what proves who asks: of a session its cookie.
func sealer(r *http.Request) (cipher.AEAD, error) {
	proof := r.Header.Get("Authorization")
	if c, err := r.Cookie(SessionCookie); err == nil {
		proof = c.Value
	}
	key := sha256.Sum256([]byte("ecoparc once\n" + proof))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealed is a secret on its way.
func (p *Pages) sealed(r *http.Request, o *once) (*http.Cookie, error) {
	seal, err := sealer(r)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, seal.NonceSize())
	rand.Read(nonce) // never fails
	c := p.cookie(onceCookie, base64.RawURLEncoding.EncodeToString(seal.Seal(nonce, nonce, text, nil)))
	c.Path, c.SameSite, c.MaxAge = oncePath, http.SameSiteStrictMode, onceAgeS
	return c, nil
}

// opened is the secret that a request brings for its page, nil for none, and the cookie
// that takes it away.
func (p *Pages) opened(r *http.Request) (*once, *http.Cookie) {
	c, err := r.Cookie(onceCookie)
	if err != nil {
		return nil, nil
	}
	gone := p.cookie(onceCookie, "")
	gone.Path, gone.MaxAge = oncePath, -1
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	seal, err2 := sealer(r)
	if err != nil || err2 != nil || len(text) < seal.NonceSize() {
		return nil, gone
	}
	plain, err := seal.Open(nil, text[:seal.NonceSize()], text[seal.NonceSize():], nil)
	var o once
	switch {
	case err != nil || json.Unmarshal(plain, &o) != nil:
		return nil, gone
	case o.Path != r.URL.Path: // another page was faster
		return nil, nil
	}
	return &o, gone
}

// goOn answers with the way to another page.
func (p *Pages) goOn(w http.ResponseWriter, r *http.Request, to *elsewhere) error {
	if to.secret != nil {
		c, err := p.sealed(r, to.secret)
		if err != nil {
			return err
		}
		http.SetCookie(w, c)
	}
	http.Redirect(w, r, to.url, http.StatusSeeOther)
	return nil
}
