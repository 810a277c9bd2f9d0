// Package hardware tells one machine from another that has a copy of its disk. A room
// of devices set up from one image would be one device else: names, machine ids and
// even board numbers are copied with it or shared, network cards are not.
//
// Nothing of this is sent. What is kept are keyed hashes, beside the identity.
package hardware

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"slices"
)

// Marks are keyed hashes of what only one machine has: the addresses that its network
// cards were made with.
type Marks struct {
	Key    string   `json:"key"` // random: the same card has other hashes elsewhere
	Hashes []string `json:"hashes"`
}

// Take takes the marks of a machine with these network cards.
func Take(cards []net.HardwareAddr) Marks {
	key := make([]byte, 16)
	rand.Read(key) // never fails
	return of(key, cards)
}

// Same tells whether marks may be those of a machine with these network cards. A dock
// or a new card changes some of them, so that one in common is enough; without any
// nothing can be told.
func (m Marks) Same(cards []net.HardwareAddr) bool {
	key, err := hex.DecodeString(m.Key)
	now := of(key, cards).Hashes
	if err != nil || len(m.Hashes) == 0 || len(now) == 0 {
		return true
	}
	return slices.ContainsFunc(now, func(hash string) bool { return slices.Contains(m.Hashes, hash) })
}

func of(key []byte, addresses []net.HardwareAddr) Marks {
	m := Marks{Key: hex.EncodeToString(key)}
	for _, a := range addresses {
		if !made(a) {
			continue
		}
		mac := hmac.New(sha256.New, key)
		mac.Write(a)
		m.Hashes = append(m.Hashes, hex.EncodeToString(mac.Sum(nil)[:8]))
	}
	slices.Sort(m.Hashes)
	m.Hashes = slices.Compact(m.Hashes)
	return m
}

// made tells an address that a card was made with from one that software chose: bit 1
// of the first byte (IEEE 802) marks those, and VMware's host adapters lack it though
// they are alike everywhere.
func made(a net.HardwareAddr) bool {
	return len(a) == 6 && a[0]&0b11 == 0 && !slices.Equal(a, make(net.HardwareAddr, 6)) && !slices.Equal(a[:4], []byte{0x00, 0x50, 0x56, 0xc0})
}

// Cards are the addresses of this machine's network cards.
func Cards() (addresses []net.HardwareAddr) {
	all, err := net.Interfaces()
	if err != nil {
		return nil // nothing can be told
	}
	for _, i := range all {
		addresses = append(addresses, i.HardwareAddr)
	}
	return addresses
}
