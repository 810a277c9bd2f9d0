package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// MinPassword is the shortest password a person may have, in characters.
const MinPassword = 12

// NewPassword is a random password of 100 bits in groups that can be typed.
func NewPassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789x" // 32, none easily mistaken
	random := make([]byte, 20)
	rand.Read(random) // never fails
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[r%32])
	}
	return b.String()
}

// The argon2id parameters of RFC 9106's second recommended option: 64 MiB.
const (
	argonTime     = 3
	argonMemoryKB = 64 * 1024
	argonThreads  = 4
	keyLength     = 32
)

func hashPassword(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemoryKB, argonThreads, keyLength)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemoryKB, argonTime, argonThreads, b64(salt), b64(key))
}

// checkPassword compares a password with an encoded hash. It spends the same
// time on an empty hash.
func checkPassword(encoded, password string) bool {
	var version int
	var memoryKB, passes uint32
	var threads uint8
	fields := strings.Split(encoded, "$")
	if len(fields) != 6 {
		argon2.IDKey([]byte(password), make([]byte, 16), argonTime, argonMemoryKB, argonThreads, keyLength)
		return false
	}
	_, errV := fmt.Sscanf(fields[2], "v=%d", &version)
	_, errP := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &memoryKB, &passes, &threads)
	salt, errS := base64.RawStdEncoding.DecodeString(fields[4])
	want, errK := base64.RawStdEncoding.DecodeString(fields[5])
	if errors.Join(errV, errP, errS, errK) != nil || version != argon2.Version {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memoryKB, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}
