package usage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecoparc/ecoparc/agent/quiet"
)

// Four files of /proc (proc(5)) are read at each sample. gopsutil tells the same, as a
// test holds; it opens them in a way that wakes the machine some twelve times as often.

// tick is the unit of processor times, the same on all architectures (USER_HZ).
const tick = 10 * time.Millisecond

const sectorB = 512 // of /proc/diskstats, whatever the disk's own is

// system is where the counters are.
type system struct{ root string }

func newSystem(root string) system { return system{root} }

func (s system) processorTimes(context.Context) (busy, total time.Duration, err error) {
	text, err := quiet.ReadStart(filepath.Join(s.root, "proc/stat"), 256) // the first line; those of interrupts can be long
	if err == nil {
		busy, total, err = parseStat(text)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("cannot read processor times: %w", err)
	}
	return busy, total, nil
}

// parseStat reads the line of all processors: user, nice, system, idle, iowait, irq,
// softirq, steal. Guest time, which follows, is inside user time.
func parseStat(text []byte) (busy, total time.Duration, err error) {
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	words := strings.Fields(string(line))
	if len(words) < 9 || words[0] != "cpu" {
		return 0, 0, errors.New("/proc/stat does not begin with them")
	}
	for i, word := range words[1:9] {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil || n < 0 || n > int64(1<<63-1)/int64(tick)/16 {
			return 0, 0, fmt.Errorf("/proc/stat holds %q", word)
		}
		total += time.Duration(n) * tick
		if i != 3 && i != 4 { // idle, and waiting for a disk
			busy += time.Duration(n) * tick
		}
	}
	return busy, total, nil
}

func (s system) memoryUsedB(context.Context) uint64 {
	text, _ := quiet.ReadFile(filepath.Join(s.root, "proc/meminfo"))
	return parseMeminfo(text)
}

// parseMeminfo is what neither is free nor can be given up at once; 0: it cannot be
// told.
func parseMeminfo(text []byte) (usedB uint64) {
	var total, left uint64
	for line := range strings.Lines(string(text)) {
		name, kib, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(kib), " kB"), 10, 44)
		switch name {
		case "MemTotal":
			total = n
		case "MemFree", "Buffers", "Cached", "SReclaimable":
			left += n
		}
	}
	return (total - min(total, left)) << 10
}

func (s system) networkB(context.Context) (received, sent uint64) {
	text, _ := quiet.ReadFile(filepath.Join(s.root, "proc/net/dev"))
	return parseNetDev(text)
}

// parseNetDev adds up the interfaces that carry bytes of their own.
func parseNetDev(text []byte) (received, sent uint64) {
	var words []string
	for line := range strings.Lines(string(text)) {
		name, numbers, ok := cutLast(line, ":")
		words = slices.AppendSeq(words[:0], strings.FieldsSeq(numbers))
		if !ok || len(words) < 9 || !physical(strings.TrimSpace(name)) {
			continue // the two lines of titles, and what is not known
		}
		in, inErr := strconv.ParseUint(words[0], 10, 64)
		out, outErr := strconv.ParseUint(words[8], 10, 64)
		if inErr == nil && outErr == nil {
			received, sent = received+in, sent+out
		}
	}
	return received, sent
}

// cutLast cuts at the last separator: the name of an alias has one, as eth0:1.
func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

func (s system) disksB(context.Context) (read, written uint64) {
	text, _ := quiet.ReadFile(filepath.Join(s.root, "proc/diskstats"))
	return parseDiskstats(text, wholeDisks(s.root))
}

// parseDiskstats adds up the disks of some names. Sectors read and written are the 3rd
// and 7th number after the name (Documentation/admin-guide/iostats.rst).
func parseDiskstats(text []byte, disks map[string]bool) (readB, writtenB uint64) {
	var words []string
	for line := range strings.Lines(string(text)) {
		words = slices.AppendSeq(words[:0], strings.FieldsSeq(line))
		if len(words) < 10 || !disks[words[2]] {
			continue
		}
		read, readErr := strconv.ParseUint(words[5], 10, 54)
		written, writtenErr := strconv.ParseUint(words[9], 10, 54)
		if readErr == nil && writtenErr == nil {
			readB, writtenB = readB+read*sectorB, writtenB+written*sectorB
		}
	}
	return readB, writtenB
}
