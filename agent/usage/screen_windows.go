package usage

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/windows"
)

// consoleDisplayState is GUID_CONSOLE_DISPLAY_STATE, which services are told too.
// GetLastInputInfo would say when somebody last touched the keyboard, which is
// nobody's business.
var consoleDisplayState = windows.GUID{Data1: 0x6fe69556, Data2: 0x704a, Data3: 0x47a0, Data4: [8]byte{0x8f, 0x24, 0xc2, 0x8d, 0x93, 0x6f, 0xda, 0x47}}

// powerBroadcastSetting is POWERBROADCAST_SETTING with a number.
type powerBroadcastSetting struct {
	setting windows.GUID
	bytes   uint32
	value   uint32
}

// watchScreen has Windows tell the state of the console's display: at once, and when
// it changes. Programs are called back for as long as they run.
func watchScreen(string) func() Screen {
	var state atomic.Int64
	subscription := &struct{ callback, context uintptr }{
		callback: windows.NewCallback(func(_ uintptr, _ uintptr, setting *powerBroadcastSetting) uintptr {
			if setting != nil && setting.setting == consoleDisplayState && setting.bytes >= 4 {
				state.Store(int64(screenOf(setting.value)))
			}
			return 0
		}),
	}
	var registration uintptr
	if powerSettingRegisterNotification.Find() == nil {
		const deviceNotifyCallback = 2
		powerSettingRegisterNotification.Call(uintptr(unsafe.Pointer(&consoleDisplayState)), deviceNotifyCallback,
			uintptr(unsafe.Pointer(subscription)), uintptr(unsafe.Pointer(&registration)))
	}
	return func() Screen {
		_ = subscription // lives as long as it may be called
		return Screen(state.Load())
	}
}

// screenOf is the state of a screen by MONITOR_DISPLAY_STATE of Windows: off, on,
// dimmed.
func screenOf(displayState uint32) Screen {
	switch displayState {
	case 0:
		return ScreenOff
	case 1, 2:
		return ScreenOn
	}
	return ScreenUnknown
}
