// Package uplink brings windows from the spool to the collector, and lets a new
// device enrol. It opens connections and never listens; it does nothing that an
// answer asks for but wait.
package uplink

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ecoparc/ecoparc/agent/durable"
	"github.com/ecoparc/ecoparc/agent/hardware"
	"github.com/ecoparc/ecoparc/agent/private"
)

// ErrNotEnrolled says that there is no identity yet.
var ErrNotEnrolled = errors.New("this device is not enrolled: run `ecoparc-agent enrol --collector URL --token TOKEN`")

// ErrDamaged says that what there is of an identity is none: the device has to enrol again.
var ErrDamaged = errors.New("is damaged; enrol again")

// Identity is who the device is to its collector. The secret is as good as the
// device: the file is for the agent's account only.
type Identity struct {
	Collector string `json:"collector"`
	Device    string `json:"device"`
	Secret    string `json:"secret"`

	// Since is when it enrolled, by the collector's clock or, if that is earlier, its
	// own: it has measured nothing before. Zero in identities of before there was that.
	Since time.Time `json:"since,omitzero"`

	Hardware *hardware.Marks `json:"hardware,omitempty"` // of the machine that enrolled
	Token    string          `json:"token_sha256,omitempty"`
}

// TokenHash is by what an identity knows the token it was made with, which is not used
// again when the collector does not know the device any more: it has its reasons.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:8])
}

const (
	identityName  = "identity.json"
	mostIdentityB = 64 << 10
)

// LoadIdentity reads the identity from a state folder. It refuses a file that
// others may read.
func LoadIdentity(stateDir string) (Identity, error) {
	path := filepath.Join(stateDir, identityName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return Identity{}, ErrNotEnrolled
	} else if err != nil {
		return Identity{}, fmt.Errorf("cannot read identity: %w", err)
	}
	if err := private.Check(path, private.Owner); err != nil {
		return Identity{}, fmt.Errorf("identity %w: whoever read it can report as this device; delete it and enrol again or, where nobody has, close it to others (%s)", err, private.Advice(private.Owner))
	}
	text, err := durable.ReadAtMost(path, mostIdentityB)
	if err != nil {
		return Identity{}, fmt.Errorf("cannot read identity: %w", err)
	}
	var id Identity
	if err := json.Unmarshal(text, &id); err != nil || id.Device == "" || id.Secret == "" || id.Collector == "" {
		return Identity{}, fmt.Errorf("identity %q %w", path, ErrDamaged)
	}
	return id, nil
}

// None tells whether an error of LoadIdentity says that there is no identity, or nothing
// that is left of one.
func None(err error) bool { return errors.Is(err, ErrNotEnrolled) || errors.Is(err, ErrDamaged) }

// Save keeps the identity in a state folder.
func (id Identity) Save(stateDir string) error {
	text, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return err
	}
	if err := private.MakeFolder(stateDir); err != nil {
		return fmt.Errorf("cannot make state folder: %w", err)
	}
	path := filepath.Join(stateDir, identityName)
	if err := durable.Replace(path, text); err != nil {
		return fmt.Errorf("cannot keep identity: %w", err)
	}
	return private.Close(path)
}
