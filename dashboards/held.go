package dashboards

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

// held are long lists between being looked at and brought in: a page that carried one
// would weigh too much. A list is sealed with the session that sent it and the address
// that it was sent to, in memory alone, until it is brought in, for an hour at most; of
// too many the oldest go. Whoever comes too late chooses the file again.
type held struct {
	mu    sync.Mutex
	lists []heldList // the oldest first
	sumB  int
}

type heldList struct {
	key    string
	sealed []byte
	until  time.Time
}

const (
	heldFor   = time.Hour
	mostHeldB = 64 << 20
)

// keep holds a list and gives the key that it is asked for by.
func (h *held) keep(r *http.Request, list []byte, now time.Time) (string, error) {
	seal, err := sealer(r)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, seal.NonceSize())
	rand.Read(nonce) // never fails
	l := heldList{rand.Text(), seal.Seal(nonce, nonce, list, []byte(r.URL.Path)), now.Add(heldFor)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lists, h.sumB = append(h.lists, l), h.sumB+len(l.sealed)
	h.clear(now)
	return l.key, nil
}

// find gives a list back to the session that sent it, while it asks at the same address.
func (h *held) find(r *http.Request, key string, now time.Time) ([]byte, bool) {
	seal, err := sealer(r)
	if err != nil {
		return nil, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clear(now)
	for _, l := range h.lists {
		if l.key == key {
			list, err := seal.Open(nil, l.sealed[:seal.NonceSize()], l.sealed[seal.NonceSize():], []byte(r.URL.Path))
			return list, err == nil
		}
	}
	return nil, false
}

// drop lets a list go.
func (h *held) drop(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, l := range h.lists {
		if l.key == key {
			h.forget(i)
			return
		}
	}
}

// clear lets go what is too old, and the oldest of what is too much.
func (h *held) clear(now time.Time) {
	for len(h.lists) > 0 && (h.sumB > mostHeldB || !now.Before(h.lists[0].until)) {
		h.forget(0)
	}
}

func (h *held) forget(i int) {
	h.sumB -= len(h.lists[i].sealed)
	copy(h.lists[i:], h.lists[i+1:])
	h.lists[len(h.lists)-1] = heldList{} // so that it goes from memory
	h.lists = h.lists[:len(h.lists)-1]
}
