//go:build !windows

package service

import (
	"context"
	"log/slog"
)

// Run runs the agent until ctx ends: systemd and launchd send signals, and keep what
// it writes.
func Run(ctx context.Context, _ bool, run func(context.Context, *slog.Logger) error) error {
	return run(ctx, slog.Default())
}
