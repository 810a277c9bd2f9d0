package printing

import "os/exec"

// ownGroup leaves the program alone: Windows ends what it started with it.
func ownGroup(*exec.Cmd) {}
