package main

// evaluateCmd compares the models with what was measured.
type evaluateCmd struct {
	Power evaluatePowerCmd `cmd:"" help:"Compare power curves with manufacturers' measured yearly consumption."`
}
