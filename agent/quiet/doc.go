// Package quiet reads the kernel's counters and keeps time without waking more of
// the machine than it must.
//
// Beside a program of Go runs a watchman thread (sysmon, in runtime/proc.go). It wakes
// at each of Go's timers, and at the first system call that may block after a rest; then
// it looks around every 20 µs until the program rests again: three to five wake-ups for
// one sample of a millisecond. On Linux, files below /proc and /sys are therefore read by
// system calls that Go takes for short ones, which they are, and time is told by the
// kernel's own timers, for which the program waits as it waits for the network: one
// wake-up for a sample. Elsewhere this is the ordinary way.
package quiet
