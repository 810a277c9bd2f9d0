package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
)

// Run runs the agent until it is told to stop: by the service manager when that
// started it, and then its log goes to the event log; by ctx else. What was started as
// services are asks the manager, who alone knows: other signs, as the name of the
// parent, deceive. Nothing else asks, as an answer may take seconds.
func Run(ctx context.Context, asService bool, run func(context.Context, *slog.Logger) error) error {
	if !asService {
		return run(ctx, slog.Default())
	}
	err := svc.Run(Name, daemon{run})
	if errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		return run(ctx, slog.Default())
	}
	return err
}

// daemon is the agent between the manager's start and stop.
type daemon struct {
	run func(context.Context, *slog.Logger) error
}

// Execute runs the agent until the manager says stop.
func (d daemon) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (specific bool, code uint32) {
	events, err := eventlog.Open(Name)
	if err != nil {
		return false, uint32(windows.ERROR_EVENTLOG_CANT_START)
	}
	defer events.Close()
	log := slog.New(slog.NewTextHandler(eventLog{events}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- d.run(ctx, log) }()
	status <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	for {
		select {
		case err := <-ended:
			if err != nil {
				_ = events.Error(event, fmt.Sprintf("The agent ends: %v", err))
			}
			os.Exit(1) // the manager restarts only a service that it sees crash
		case request := <-requests:
			switch request.Cmd {
			case svc.Interrogate:
				status <- request.CurrentStatus
			case svc.Stop, svc.Shutdown:
				status <- svc.Status{State: svc.StopPending}
				stop()
				if err := <-ended; err != nil { // the last window is in the spool
					_ = events.Error(event, fmt.Sprintf("The agent has stopped: %v", err))
				}
				return false, 0
			}
		}
	}
}

const event = 1 // the number of all of them: the text tells

// eventLog writes lines as warnings.
type eventLog struct{ *eventlog.Log }

func (e eventLog) Write(line []byte) (int, error) { return len(line), e.Warning(event, string(line)) }
