package storetest

import (
	"syscall"
	"testing"
)

// unprivileged has nothing to do: PostgreSQL's programs give their rights up themselves.
func unprivileged(testing.TB, string) *syscall.SysProcAttr { return nil }
