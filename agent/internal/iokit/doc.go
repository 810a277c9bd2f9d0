// Package iokit reads properties of macOS's registry of devices (IOKit), and the
// kernel's statistics, without cgo: the system's libraries are loaded when the first
// question is asked. On other systems it is empty.
package iokit
