//go:build !linux && !windows

package uplink

// systemProxy is not known here: the configuration says it.
func systemProxy() setting { return setting{} }
