package inventory

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// readFirmware reads the SMBIOS texts that every user may read. The kernel keeps
// serial numbers and UUIDs for root; they are not read at all.
func readFirmware(root string) firmware {
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(root, "sys/class/dmi/id", name))
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(b))
	}
	return firmware{maker: read("sys_vendor"), product: read("product_name"), version: read("product_version"), chassis: read("chassis_type"), biosDate: read("bios_date")}
}

// storageGB is the size of the built-in disks, in gigabytes of 10^9 bytes.
func storageGB(root string) int64 {
	var bytes int64
	disks, _ := filepath.Glob(filepath.Join(root, "sys/block/*/device"))
	for _, device := range disks {
		dir := filepath.Dir(device)
		if removable, _ := os.ReadFile(filepath.Join(dir, "removable")); strings.TrimSpace(string(removable)) == "1" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "size"))
		if err != nil {
			continue
		}
		const sector = 512 // the unit of this file, whatever the disk's own sector
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			bytes += n * sector
		}
	}
	return bytes / 1e9
}
