//go:build !darwin

package inventory

import "strings"

// hypervisors by the maker or the product that their firmware names, as
// systemd-detect-virt(1) tells them.
var hypervisors = []struct{ text, name string }{
	{"KVM", "kvm"}, {"QEMU", "qemu"}, {"VMware", "vmware"}, {"VMW", "vmware"}, {"innotek GmbH", "virtualbox"}, {"VirtualBox", "virtualbox"},
	{"Xen", "xen"}, {"HVM domU", "xen"}, {"Bochs", "bochs"}, {"Parallels", "parallels"}, {"BHYVE", "bhyve"}, {"OpenStack", "kvm"},
	{"Amazon EC2", "amazon"}, {"Google Compute Engine", "google"}, {"Virtual Machine", "microsoft"},
}

// hypervisorOf is the hypervisor whose firmware this is; empty on hardware.
func hypervisorOf(f firmware) string {
	for _, h := range hypervisors {
		if strings.HasPrefix(f.maker, h.text) || strings.HasPrefix(f.product, h.text) {
			return h.name
		}
	}
	return ""
}
