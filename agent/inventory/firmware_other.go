//go:build !linux

package inventory

import (
	"context"

	"github.com/shirou/gopsutil/v3/host"
)

// readFirmware knows nothing on this operating system yet.
func readFirmware(string) firmware { return firmware{} }

func storageGB(string) int64 { return 0 }

func below(ctx context.Context, _ string) context.Context { return ctx }

func system(ctx context.Context, _ string) (name, version string) {
	name, _, version, _ = host.PlatformInformationWithContext(ctx)
	return name, version
}

func guestOf(ctx context.Context, _ string, _ firmware) string {
	if name, role, err := host.VirtualizationWithContext(ctx); err == nil && role == "guest" {
		return name
	}
	return ""
}
