package uplink

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// systemProxy asks WinHTTP, whose settings are the machine's and not a user's. Its library
// is loaded for the question alone.
func systemProxy() setting {
	library, err := windows.LoadLibraryEx("winhttp.dll", 0, windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
	if err != nil {
		return setting{}
	}
	defer windows.FreeLibrary(library)
	ask, err := windows.GetProcAddress(library, "WinHttpGetDefaultProxyConfiguration")
	if err != nil {
		return setting{}
	}
	var info struct { // WINHTTP_PROXY_INFO
		access        uint32
		proxy, except *uint16
	}
	const named = 3 // WINHTTP_ACCESS_TYPE_NAMED_PROXY
	if ok, _, _ := syscall.SyscallN(ask, uintptr(unsafe.Pointer(&info))); ok == 0 || info.access != named {
		return setting{}
	}
	s := fromWinHTTP(windows.UTF16PtrToString(info.proxy), windows.UTF16PtrToString(info.except))
	free := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
	for _, text := range []*uint16{info.proxy, info.except} {
		if text != nil {
			_, _, _ = free.Call(uintptr(unsafe.Pointer(text)))
		}
	}
	return s
}
