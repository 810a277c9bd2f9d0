package quiet

import (
	"cmp"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/jonboulle/clockwork"
	"golang.org/x/sys/unix"
)

// Clock is a clock for a schedule: what it does later is called by timers of the
// kernel's (timerfd_create(2)). All else is the ordinary clock's.
type Clock struct {
	clockwork.Clock

	mu   sync.Mutex
	all  []*alarm
	idle []*alarm
}

// NewClock returns a clock, to be closed after use.
func NewClock() *Clock { return &Clock{Clock: clockwork.NewRealClock()} }

// Close ends all that waits.
func (c *Clock) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.all {
		a.file.Close() // there is nothing to lose
	}
	c.all, c.idle = nil, nil
}

// AfterFunc calls f in a goroutine of its own when d has passed. The clock stands
// still while the machine sleeps, as Go's own timers do.
func (c *Clock) AfterFunc(d time.Duration, f func()) clockwork.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{clock: c, f: f}
	if t.start(d) != nil {
		return c.Clock.AfterFunc(d, f) // the kernel has no timer left
	}
	return t
}

// timer is one call that waits, or waited, to be made.
type timer struct {
	clock *Clock
	f     func()
	alarm *alarm // nil: it was made, or stopped
}

// Chan is nil: a function is called instead.
func (t *timer) Chan() <-chan time.Time { return nil }

// Stop tells whether the call was still to come; now it is not.
func (t *timer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.stop()
}

// Reset makes the call when d has passed from now on.
func (t *timer) Reset(d time.Duration) bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	waited := t.stop()
	if t.start(d) != nil {
		t.clock.Clock.AfterFunc(d, t.f)
	}
	return waited
}

func (t *timer) start(d time.Duration) error {
	a, err := t.clock.takeAlarm()
	if err != nil {
		return err
	}
	t.alarm, a.timer = a, t
	return a.set(max(d, 1)) // 0 would mean never
}

func (t *timer) stop() bool {
	a := t.alarm
	if a == nil {
		return false
	}
	_ = a.set(0) // if that fails it rings for nobody
	t.clock.release(a)
	return true
}

// alarm is a timer of the kernel's, which is used again and again.
type alarm struct {
	file  *os.File
	fd    syscall.RawConn
	timer *timer // whose it is; nil: nobody's
}

func (c *Clock) takeAlarm() (*alarm, error) {
	if n := len(c.idle); n > 0 {
		a := c.idle[n-1]
		c.idle = c.idle[:n-1]
		return a, nil
	}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot make a timer: %w", err)
	}
	a := &alarm{file: os.NewFile(uintptr(fd), "timer")}
	if a.fd, err = a.file.SyscallConn(); err != nil {
		a.file.Close()
		return nil, fmt.Errorf("cannot make a timer: %w", err)
	}
	c.all = append(c.all, a)
	go c.attend(a)
	return a, nil
}

func (c *Clock) release(a *alarm) {
	a.timer.alarm, a.timer = nil, nil
	c.idle = append(c.idle, a)
}

// attend waits for an alarm, again and again, until the clock is closed.
func (c *Clock) attend(a *alarm) {
	for a.fd.Read(rang) == nil {
		c.mu.Lock()
		t := a.timer
		if t != nil && !a.running() {
			c.release(a)
		} else {
			t = nil // it rang for a call that was stopped
		}
		c.mu.Unlock()
		if t != nil {
			go t.f()
		}
	}
}

// rang takes the count of an alarm that rang; false: it has not yet.
func rang(fd uintptr) bool {
	var count [8]byte
	_, _, errno := unix.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&count[0])), uintptr(len(count)))
	return errno == 0
}

// set makes it ring once, when d has passed; 0: not at all.
func (a *alarm) set(d time.Duration) error {
	var failed error
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	err := a.fd.Control(func(fd uintptr) { failed = unix.TimerfdSettime(int(fd), 0, &spec, nil) })
	return cmp.Or(err, failed)
}

// running tells whether it is still to ring.
func (a *alarm) running() bool {
	var spec unix.ItimerSpec
	_ = a.fd.Control(func(fd uintptr) { _ = unix.TimerfdGettime(int(fd), &spec) }) // fails only where it is closed
	return spec.Value.Nano() > 0
}
