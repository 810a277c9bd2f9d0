package uplink

import "github.com/ecoparc/ecoparc/agent/durable"

// systemProxy is what is set for all of the system.
func systemProxy() setting {
	const mostB = 64 << 10
	text, _ := durable.ReadAtMost("/etc/environment", mostB)
	return fromEnvironmentFile(string(text))
}
