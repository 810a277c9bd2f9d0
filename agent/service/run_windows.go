package service

import (
	"context"
	"log/slog"

	"github.com/kardianos/service"
)

// Run runs the agent until it is told to stop: by the service manager when that
// started it, and then its log goes to the event log; by ctx else.
func Run(ctx context.Context, run func(context.Context, *slog.Logger) error) error {
	if service.Interactive() {
		return run(ctx, slog.Default())
	}
	d := new(daemon)
	s, err := service.New(d, config(""))
	if err != nil {
		return err
	}
	events, err := s.SystemLogger(nil)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(eventLog{events}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	d.run = func(ctx context.Context) error { return run(ctx, log) }
	return s.Run()
}

// eventLog writes lines as warnings.
type eventLog struct{ service.Logger }

func (e eventLog) Write(line []byte) (int, error) { return len(line), e.Warning(string(line)) }
