package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ecoparc/ecoparc/collector/ledger"
	"github.com/ecoparc/ecoparc/collector/store"
	"github.com/ecoparc/ecoparc/collector/storetest"
	"github.com/ecoparc/ecoparc/models/report"
)

// refuses records a window that must not be acknowledged, and checks that nothing of
// it is kept.
func refuses(t *testing.T, l *ledger.Ledger, s *store.Store, d ledger.Device, w report.Window) error {
	t.Helper()
	before := dump(t, s)
	ack, err := l.Record(t.Context(), d, of(w), now)
	if err == nil || ack != (report.Ack{}) {
		t.Errorf("acknowledged %+v with %v", ack, err)
	}
	if dump(t, s) != before {
		t.Error("a part of what was refused is kept")
	}
	return err
}

// A disk that fails each write of more than a page, as a worn flash card may. When it
// works again so does the ledger, with nobody's help.
func TestFailingWritesAcknowledgeNothing(t *testing.T) {
	storetest.OnlySQLite(t, "a file of its own")
	l, s := open(t, t.TempDir(), true)
	_, all := devices(t, s, "Région", false, 1)
	record(t, l, all[0], now, 4, 0, quarters(0, 4)...)
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // the write fails instead
	defer signal.Reset(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: usual.Max}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := refuses(t, l, s, all[0], quarter(4+i)); errors.Is(err, store.ErrNoSpace) {
			t.Errorf("it is taken for a full disk: %v", err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	record(t, l, all[0], now, 4, 4, quarters(0, 8)...)
	verified(t, s.Read)
}

// logFiles are the open descriptors of this process on the log of a ledger.
func logFiles(t *testing.T, dir string) (all []int) {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range open {
		to, _ := os.Readlink("/proc/self/fd/" + f.Name())
		if to == filepath.Join(dir, "ecoparc.sqlite-wal") {
			var fd int
			if _, err := fmt.Sscan(f.Name(), &fd); err != nil {
				t.Fatal(err)
			}
			all = append(all, fd)
		}
	}
	return all
}

// become puts other files in the place of descriptors, and returns how to undo it.
func become(t *testing.T, fds []int, path string, flags int) (undo func()) {
	t.Helper()
	other, err := syscall.Open(path, flags|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	kept := make([]int, len(fds))
	for i, fd := range fds {
		if kept[i], err = syscall.Dup(fd); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(other, fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for i, fd := range fds {
			if err := errors.Join(syscall.Dup3(kept[i], fd, syscall.O_CLOEXEC), syscall.Close(kept[i])); err != nil {
				t.Error(err)
			}
		}
		_ = syscall.Close(other)
	}
}

// Descriptors of the log that stand for a broken disk: one that takes writes and fails
// to make them durable, one that takes none, one that has no room.
func TestDiskThatReturnsErrorsAcknowledgesNothing(t *testing.T) {
	storetest.OnlySQLite(t, "a file of its own")
	for name, c := range map[string]struct {
		path  string
		flags int
		want  error
	}{
		"fsync fails":   {"/dev/null", syscall.O_RDWR, nil},
		"write refused": {"/dev/zero", syscall.O_RDONLY, nil},
		"no room":       {"/dev/full", syscall.O_RDWR, store.ErrNoSpace},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			l, s := open(t, dir, true)
			_, all := devices(t, s, "Région", false, 1)
			record(t, l, all[0], now, 4, 0, quarters(0, 4)...)
			before := dump(t, s)
			fds := logFiles(t, dir)
			if len(fds) == 0 {
				t.Fatal("the log is not open")
			}
			undo := become(t, fds, c.path, c.flags)
			ack, err := l.Record(t.Context(), all[0], of(quarter(4)), now)
			undo()
			if err == nil || ack != (report.Ack{}) || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("acknowledged %+v with %v", ack, err)
			}
			if dump(t, s) != before {
				t.Error("a part of what was refused is kept")
			}
			record(t, l, all[0], now, 4, 4, quarters(0, 8)...)
			verified(t, s.Read)
		})
	}
}

// A disk that lied about fsync loses the end of the log when the power goes, or leaves
// anything in its place. What is left is the ledger of a little earlier, sound, and
// what agents send again counts once. What it had acknowledged and lost cannot come
// back: no program can help against such a disk.
func TestLogThatLostItsEndIsTheLedgerOfEarlier(t *testing.T) {
	storetest.OnlySQLite(t, "a log of its own")
	dir := t.TempDir()
	l, s := open(t, dir, true)
	_, all := devices(t, s, "Région", false, 1)
	if _, err := s.Write.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	const reports = 12
	for i := range reports {
		record(t, l, all[0], now, 4, 0, quarters(4*i, 4*i+4)...)
	}
	file := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	data, log := file("ecoparc.sqlite"), file("ecoparc.sqlite-wal")
	random := rand.New(rand.NewPCG(1, 2))
	fewest, most := int64(4*reports), int64(0)
	for i := range 8 {
		cut := random.IntN(len(log))
		torn := log[:cut:cut]
		if i%2 == 1 { // the length is there, and what was in the sectors before
			for range len(log) - cut {
				torn = append(torn, byte(random.Uint32()))
			}
		}
		power := t.TempDir()
		for name, text := range map[string][]byte{"ecoparc.sqlite": data, "ecoparc.sqlite-wal": torn} {
			if err := os.WriteFile(filepath.Join(power, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		after, again := open(t, power, true)
		v := verified(t, again.Read)
		if v.Windows%4 != 0 {
			t.Errorf("of a report %d windows are left", v.Windows%4)
		}
		fewest, most = min(fewest, v.Windows), max(most, v.Windows)
		left := int(v.Windows)
		record(t, after, all[0], now, 4*reports-left, left, quarters(0, 4*reports)...)
		verified(t, again.Read)
	}
	if fewest == 4*reports || most == 0 {
		t.Errorf("between %d and %d windows were left of %d: the log was not torn", fewest, most, 4*reports)
	}
}

// Two programs that write the same file, which the lock keeps collectors from: even
// they count each window once.
func TestTwoWritersOfOneFileCountEachWindowOnce(t *testing.T) {
	dir := t.TempDir()
	l, s := open(t, dir, false)
	_, all := devices(t, s, "Région", false, 2)
	beside, err := place(t, dir).OpenShared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := ledger.Open(beside, paris(t), false)
	defer func() { second.Close(); beside.Close() }()
	var wait sync.WaitGroup
	var acks [2]report.Ack
	for i, one := range []*ledger.Ledger{l, second} {
		wait.Go(func() {
			for n := range 12 {
				at := n
				if i == 1 {
					at = 11 - n // out of order, against the other
				}
				ack, err := one.Record(t.Context(), all[n%2], of(quarters(at/2*3, at/2*3+5)...), now)
				if err != nil {
					t.Error(err)
				}
				acks[i].New, acks[i].Repeat = acks[i].New+ack.New, acks[i].Repeat+ack.Repeat
			}
		})
	}
	wait.Wait()
	const distinct = 2 * (5*3 + 5)
	if n := acks[0].New + acks[1].New; n != distinct {
		t.Errorf("%d windows were new, want %d", n, distinct)
	}
	if v := verified(t, s.Read); v.Windows != distinct {
		t.Errorf("%d windows are kept, want %d", v.Windows, distinct)
	}
}

// What a restored ledger does not know any more, it takes; the sums are those of a
// ledger that was never lost.
func TestWindowsSentAgainAfterARestoreCountOnce(t *testing.T) {
	storetest.OnlySQLite(t, "backups of its own")
	l, s := open(t, t.TempDir(), false)
	_, all := devices(t, s, "Région", false, 1)
	record(t, l, all[0], now, 8, 0, quarters(0, 8)...)
	backup := filepath.Join(t.TempDir(), "backup.sqlite")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	record(t, l, all[0], now, 8, 0, quarters(8, 16)...)
	want := dump(t, s)
	dir := t.TempDir()
	if err := os.Rename(backup, filepath.Join(dir, "ecoparc.sqlite")); err != nil {
		t.Fatal(err)
	}
	restored, again := open(t, dir, false)
	record(t, restored, all[0], now, 8, 8, quarters(0, 16)...)
	if got := dump(t, again); got != want {
		t.Errorf("the restored ledger is\n%swant\n%s", got, strings.TrimSpace(want))
	}
}
