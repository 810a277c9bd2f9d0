package iokit

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Entry is a device of the registry, valid while it is visited.
type Entry struct {
	id  uint32
	lib *library
}

// library are the functions that are used of IOKit, Core Foundation and the kernel.
type library struct {
	matching func(class string) uintptr
	services func(port uint32, matching uintptr, iterator *uint32) int32
	next     func(iterator uint32) uint32
	release  func(object uint32) int32
	property func(entry uint32, key, allocator uintptr, options uint32) uintptr

	newString  func(allocator uintptr, text string, encoding uint32) uintptr
	drop       func(object uintptr)
	typeOf     func(object uintptr) uintptr
	number     func(object uintptr, kind int, value *int64) bool
	boolean    func(object uintptr) bool
	text       func(object uintptr, to *byte, roomB int, encoding uint32) bool
	dataB      func(object uintptr) int
	data       func(object uintptr) *byte
	fromDict   func(dictionary, key uintptr) uintptr
	types      struct{ number, boolean, text, data, dictionary func() uintptr }
	host       uint32 // asking for it anew would each time keep it once more
	statistics func(host uint32, flavour int32, to *byte, count *uint32) int32
}

const utf8 = 0x08000100 // kCFStringEncodingUTF8

// load loads the libraries once.
var load = sync.OnceValues(func() (*library, error) {
	l := new(library)
	var hostSelf func() uint32
	for _, file := range []struct {
		path    string
		symbols map[string]any
	}{
		{"/System/Library/Frameworks/IOKit.framework/IOKit", map[string]any{
			"IOServiceMatching": &l.matching, "IOServiceGetMatchingServices": &l.services, "IOIteratorNext": &l.next,
			"IOObjectRelease": &l.release, "IORegistryEntryCreateCFProperty": &l.property,
		}},
		{"/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation", map[string]any{
			"CFStringCreateWithCString": &l.newString, "CFRelease": &l.drop, "CFGetTypeID": &l.typeOf, "CFNumberGetValue": &l.number,
			"CFBooleanGetValue": &l.boolean, "CFStringGetCString": &l.text, "CFDataGetLength": &l.dataB, "CFDataGetBytePtr": &l.data,
			"CFDictionaryGetValue": &l.fromDict, "CFNumberGetTypeID": &l.types.number, "CFBooleanGetTypeID": &l.types.boolean,
			"CFStringGetTypeID": &l.types.text, "CFDataGetTypeID": &l.types.data, "CFDictionaryGetTypeID": &l.types.dictionary,
		}},
		{"/usr/lib/libSystem.B.dylib", map[string]any{"mach_host_self": &hostSelf, "host_statistics64": &l.statistics}},
	} {
		handle, err := purego.Dlopen(file.path, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
		if err != nil {
			return nil, fmt.Errorf("cannot load %s: %w", file.path, err)
		}
		for name, function := range file.symbols {
			symbol, err := purego.Dlsym(handle, name)
			if err != nil {
				return nil, fmt.Errorf("cannot find %s: %w", name, err)
			}
			purego.RegisterFunc(function, symbol)
		}
	}
	l.host = hostSelf()
	return l, nil
})

// Each visits the devices of a class until visit says to stop.
func Each(class string, visit func(Entry) (more bool)) error {
	l, err := load()
	if err != nil {
		return err
	}
	var iterator uint32
	if result := l.services(0, l.matching(class), &iterator); result != 0 { // which drops the dictionary
		return fmt.Errorf("cannot look for %s: IOKit answers %#x", class, uint32(result))
	}
	defer l.release(iterator)
	for id := l.next(iterator); id != 0; id = l.next(iterator) {
		more := visit(Entry{id, l})
		l.release(id)
		if !more {
			return nil
		}
	}
	return nil
}

// Property is a property of a device, or what lies in it by further keys: an int64,
// bool, string or []byte; nil for one that it has not.
func (e Entry) Property(key string, within ...string) any {
	l := e.lib
	name := l.newString(0, key, utf8)
	if name == 0 {
		return nil
	}
	defer l.drop(name)
	object := l.property(e.id, name, 0, 0)
	if object == 0 {
		return nil
	}
	defer l.drop(object)
	inner := object
	for _, key := range within {
		if l.typeOf(inner) != l.types.dictionary() {
			return nil
		}
		name := l.newString(0, key, utf8)
		if name == 0 {
			return nil
		}
		inner = l.fromDict(inner, name)
		l.drop(name)
		if inner == 0 {
			return nil
		}
	}
	return l.value(inner)
}

func (l *library) value(object uintptr) any {
	switch l.typeOf(object) {
	case l.types.number():
		const int64Kind = 4 // kCFNumberSInt64Type
		var n int64
		if l.number(object, int64Kind, &n) {
			return n
		}
	case l.types.boolean():
		return l.boolean(object)
	case l.types.text():
		room := make([]byte, 512)
		if l.text(object, &room[0], len(room), utf8) {
			for i, b := range room {
				if b == 0 {
					return string(room[:i])
				}
			}
		}
	case l.types.data():
		const mostB = 64 << 10
		if n := l.dataB(object); n > 0 && n <= mostB {
			return append([]byte(nil), unsafe.Slice(l.data(object), n)...)
		}
	}
	return nil
}

// The statistics of the kernel that are asked for (mach/host_info.h).
const (
	CPULoad = 3 // HOST_CPU_LOAD_INFO
	Memory  = 4 // HOST_VM_INFO64
)

// Statistics are numbers of the kernel as it lays them out.
func Statistics(flavour int32) ([]byte, error) {
	l, err := load()
	if err != nil {
		return nil, err
	}
	room := make([]byte, 1024)
	count := uint32(len(room) / 4)
	if result := l.statistics(l.host, flavour, &room[0], &count); result != 0 {
		return nil, fmt.Errorf("host_statistics64 answers %d", result)
	}
	return room[:min(len(room), int(count)*4)], nil
}
