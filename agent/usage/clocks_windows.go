package usage

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32                   = windows.NewLazySystemDLL("kernel32.dll")
	queryUnbiasedInterruptTime = kernel32.NewProc("QueryUnbiasedInterruptTime")

	powrprof                         = windows.NewLazySystemDLL("powrprof.dll")
	getPwrCapabilities               = powrprof.NewProc("GetPwrCapabilities")
	powerSettingRegisterNotification = powrprof.NewProc("PowerSettingRegisterNotification")
)

// newClocks gives the unbiased interrupt time, which stands still during sleep and
// hibernation, less what was modern standby; and the time since the start, which
// runs on.
func newClocks() func() (awake, sinceBoot time.Duration) {
	s := standby{possible: hasModernStandby()}
	return func() (awake, sinceBoot time.Duration) {
		var ticks uint64 // of 100 ns
		if ok, _, _ := queryUnbiasedInterruptTime.Call(uintptr(unsafe.Pointer(&ticks))); ok == 0 {
			return 0, 0
		}
		return s.awake(time.Duration(ticks) * 100), windows.DurationSinceBoot()
	}
}

// hasModernStandby is AoAc of SYSTEM_POWER_CAPABILITIES, its 21st byte.
func hasModernStandby() bool {
	var capabilities [128]byte // more than any version has
	if getPwrCapabilities.Find() != nil {
		return false
	}
	ok, _, _ := getPwrCapabilities.Call(uintptr(unsafe.Pointer(&capabilities)))
	return ok != 0 && capabilities[20] != 0
}
