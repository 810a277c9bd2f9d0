package runner

import (
	"context"
	"encoding/hex"

	"github.com/ecoparc/ecoparc/agent/inventory"
	"github.com/ecoparc/ecoparc/agent/meter"
	"github.com/ecoparc/ecoparc/models/report"
)

// inventory takes the inventory of this machine, with a hash of its serial number
// where there is a key for it.
func (c Config) inventory(ctx context.Context, found *meter.Found) report.Inventory {
	v := inventory.Take(ctx, root, found)
	key, _ := hex.DecodeString(c.SerialKey) // which was validated
	inventory.HashSerial(ctx, root, key, &v)
	return v
}
