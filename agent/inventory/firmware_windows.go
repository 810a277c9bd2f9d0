package inventory

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"github.com/shirou/gopsutil/v3/mem"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/ecoparc/ecoparc/models/report"
)

// Everything is asked of the system directly: WMI would take seconds of processor
// time for the same.
func readMachine(ctx context.Context, _ string) machine {
	m := machine{
		firmware: readFirmware(), storageGB: storageGB(), screens: screens(),
		cpu: registryText(`HARDWARE\DESCRIPTION\System\CentralProcessor\0`, "ProcessorNameString"),
	}
	m.os, m.osVersion = system()
	m.guest = hypervisorOf(m.firmware)
	if memory, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m.memoryMiB = int64(memory.Total >> 20)
	}
	return m
}

func serialNumber(context.Context, string) string { return readFirmware().serial }

var getSystemFirmwareTable = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemFirmwareTable")

func readFirmware() firmware {
	const provider, mostB = 'R'<<24 | 'S'<<16 | 'M'<<8 | 'B', 1 << 20
	size, _, _ := getSystemFirmwareTable.Call(provider, 0, 0, 0)
	if size == 0 || size > mostB {
		return firmware{}
	}
	b := make([]byte, size)
	n, _, _ := getSystemFirmwareTable.Call(provider, 0, uintptr(unsafe.Pointer(&b[0])), size)
	if n == 0 || n > size {
		return firmware{}
	}
	return parseSMBIOS(rawSMBIOS(b[:n]))
}

// system is Windows, its number and edition, and its build, which tells how long it
// is kept up to date. The registry calls Windows 11 by the name of Windows 10.
func system() (name, version string) {
	v := windows.RtlGetVersion()
	const key = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	release := "10"
	switch {
	case v.ProductType != 1: // of a server: its name has its year
		release = strings.TrimPrefix(registryText(key, "ProductName"), "Windows ")
	case v.MajorVersion < 10:
		release = fmt.Sprintf("%d.%d", v.MajorVersion, v.MinorVersion)
	case v.BuildNumber >= 22000:
		release = "11"
	}
	return "windows", strings.Join(strings.Fields(fmt.Sprintf("%s %s (%s %d)", release,
		registryText(key, "DisplayVersion"), registryText(key, "EditionID"), v.BuildNumber)), " ")
}

func registryText(path, name string) string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer k.Close()
	text, _, err := k.GetStringValue(name)
	if err != nil {
		return ""
	}
	return text
}

// screens are those that are present, each described in the registry by what it told
// of itself.
func screens() (all []report.Screen) {
	class := windows.GUID{Data1: 0xe6f07b5f, Data2: 0xee97, Data3: 0x4a90, Data4: [8]byte{0xb0, 0x76, 0x33, 0xf5, 0x7b, 0xf4, 0xea, 0xa7}}
	paths, err := windows.CM_Get_Device_Interface_List("", &class, windows.CM_GET_DEVICE_INTERFACE_LIST_PRESENT)
	if err != nil {
		return nil
	}
	for _, path := range paths {
		parts := strings.Split(path, "#") // \\?\DISPLAY#DELA0B7#5&1234&0&UID4352#{class}
		if len(parts) < 3 {
			continue
		}
		k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Enum\DISPLAY\`+parts[1]+`\`+parts[2]+`\Device Parameters`, registry.QUERY_VALUE)
		if err != nil {
			continue
		}
		edid, _, err := k.GetBinaryValue("EDID")
		k.Close()
		if err != nil {
			continue
		}
		if s, ok := parseEDID(edid); ok {
			s.Place = report.Attached
			all = append(all, s)
		}
	}
	return all
}

// storageGB is the size of the built-in disks, in gigabytes of 10^9 bytes. Neither
// question needs the right to read a disk.
func storageGB() int64 {
	const (
		geometry, descriptor = 0x000700a0, 0x002d1400 // IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, IOCTL_STORAGE_QUERY_PROPERTY
		fixed                = 12
		mostDisks            = 32
	)
	var bytes int64
	for n := range mostDisks {
		name, err := windows.UTF16PtrFromString(`\\.\PhysicalDrive` + strconv.Itoa(n))
		if err != nil {
			continue
		}
		h, err := windows.CreateFile(name, 0, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0)
		if err != nil {
			continue
		}
		var size [256]byte // DISK_GEOMETRY_EX: the kind of medium at 8, the size in bytes at 24
		var is [512]byte   // STORAGE_DEVICE_DESCRIPTOR: whether it can be taken out at 10, the bus at 28
		var query [12]byte // STORAGE_PROPERTY_QUERY of the device
		var got uint32
		err = windows.DeviceIoControl(h, geometry, nil, 0, &size[0], uint32(len(size)), &got, nil)
		sized := err == nil && got >= 32
		err = windows.DeviceIoControl(h, descriptor, &query[0], uint32(len(query)), &is[0], uint32(len(is)), &got, nil)
		described := err == nil && got >= 32
		windows.CloseHandle(h)
		if !sized || binary.LittleEndian.Uint32(size[8:]) != fixed {
			continue
		}
		if described && (is[10] != 0 || notBuiltIn(binary.LittleEndian.Uint32(is[28:]))) {
			continue
		}
		bytes += int64(binary.LittleEndian.Uint64(size[24:]))
	}
	return bytes / 1e9
}

// notBuiltIn tells the buses (STORAGE_BUS_TYPE) of disks that are no part of the
// machine, or that stand on others: USB, iSCSI, SD, virtual, a file's, a pool's.
func notBuiltIn(bus uint32) bool {
	switch bus {
	case 7, 9, 12, 14, 15, 16:
		return true
	}
	return false
}
