//go:build !darwin

package usage

import "strings"

// physical leaves out interfaces that carry the bytes of another one again.
func physical(name string) bool {
	for _, prefix := range []string{"lo", "veth", "docker", "br-", "virbr", "tun", "tap", "wg", "tailscale", "Loopback"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return true
}
