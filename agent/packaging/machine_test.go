//go:build linux

package packaging_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// machine is a device of a school: a Debian in a folder of its own, which its own
// systemd boots as process 1 in namespaces of its own, with a network card of its own.
type machine struct {
	t       testing.TB
	root    string // its disk
	network string // the name of its network namespace
	sys     string // files that stand in for hardware, below /sys; empty: none
	nspawn  *exec.Cmd
	ended   chan struct{}
	leader  string // process 1, as it is called outside
}

// newMachine copies a disk: that of a new device, or of another machine that is off.
func newMachine(t testing.TB, disk string, card net.HardwareAddr) *machine {
	t.Helper()
	m := &machine{t: t, root: filepath.Join(t.TempDir(), "disk"), network: fmt.Sprintf("ecoparc-%d-%x", os.Getpid(), card[len(card)-2:])}
	run(t, "cp", "-a", disk, m.root)
	run(t, "ip", "netns", "add", m.network)
	t.Cleanup(func() { // once it is off
		exec.Command("ip", "netns", "delete", m.network).Run()
		exec.Command("find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", "*/"+m.network+"*", "-exec", "rmdir", "{}", ";").Run()
	})
	run(t, "ip", "-n", m.network, "link", "set", "lo", "up")
	run(t, "ip", "-n", m.network, "link", "add", "eth0", "address", card.String(), "type", "veth", "peer", "name", "eth1", "address", "02:00:00:00:00:01")
	return m
}

// clean is the disk of a new device, which `make guides` makes.
func clean(t testing.TB) string {
	t.Helper()
	disk := os.Getenv("ECOPARC_GUIDES_ROOT")
	if disk == "" {
		t.Skip("NOT RUN: guides on machines that boot: `make guides`")
	}
	return disk
}

// reach lets the machine reach an address of this machine under the same address.
func (m *machine) reach(address string) {
	m.t.Helper()
	type listening struct {
		net.Listener
		error
	}
	made := make(chan listening)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread, which is elsewhere now, ends with this function
		there, err := os.Open("/run/netns/" + m.network)
		if err == nil {
			err = unix.Setns(int(there.Fd()), unix.CLONE_NEWNET)
			there.Close()
		}
		var l net.Listener
		if err == nil {
			l, err = net.Listen("tcp", address)
		}
		made <- listening{l, err}
	}()
	l := <-made
	if l.error != nil {
		m.t.Fatalf("cannot listen in the machine's network: %v", l.error)
	}
	m.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", address)
			if err != nil {
				from.Close()
				continue
			}
			go func() { io.Copy(to, from); to.Close() }()
			go func() { io.Copy(from, to); from.Close() }()
		}
	}()
}

// groups puts the shell that runs it into control groups of its own, where no systemd
// outside would do that.
const groups = `
while IFS=: read -r _ kind path; do
  case $kind in
  name=systemd) at=/sys/fs/cgroup/systemd$path ;;
  '') at=/sys/fs/cgroup/unified$path; [ -d "$at" ] || at=/sys/fs/cgroup$path ;;
  *) continue ;;
  esac
  mkdir -p "$at/$0" && echo $$ >"$at/$0/cgroup.procs"
done </proc/self/cgroup
exec "$@"
`

// boot switches the machine on, and waits until its services have started.
func (m *machine) boot() {
	m.t.Helper()
	line := []string{"systemd-nspawn", "--quiet", "--boot", "--directory=" + m.root, "--machine=" + m.network, "--network-namespace-path=/run/netns/" + m.network, "--console=passive"}
	if m.sys != "" {
		line = append(line, "--bind="+m.sys+"/devices:/sys/devices/virtual", "--bind="+m.sys+"/class:/sys/class")
	}
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		line = append([]string{"sh", "-c", groups, m.network}, append(line, "--register=no", "--keep-unit")...)
	}
	m.nspawn = exec.Command(line[0], line[1:]...)
	var log bytes.Buffer
	m.nspawn.Stdout, m.nspawn.Stderr = &log, &log
	if err := m.nspawn.Start(); err != nil {
		m.t.Fatal(err)
	}
	ended := make(chan struct{})
	m.ended = ended
	nspawn := m.nspawn
	go func() { nspawn.Wait(); close(ended) }()
	m.t.Cleanup(m.off)
	m.within(time.Minute, "boots", func() bool {
		select {
		case <-ended:
			m.t.Fatalf("systemd does not boot here: %s", &log)
		default:
		}
		pid := strconv.Itoa(nspawn.Process.Pid)
		children, _ := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
		for child := range strings.FieldsSeq(string(children)) {
			name, _ := os.ReadFile("/proc/" + child + "/comm")
			if m.leader = child; string(name) == "systemd\n" {
				state, _ := m.try("systemctl", "is-system-running")
				return state == "running" || state == "degraded"
			}
		}
		return false
	})
}

// off switches the machine off, if it is on.
func (m *machine) off() {
	select {
	case <-m.ended:
		return
	default:
	}
	m.try("systemctl", "poweroff")
	select {
	case <-m.ended:
	case <-time.After(30 * time.Second):
		m.nspawn.Process.Kill()
		<-m.ended
		m.t.Error("the machine does not switch off")
	}
}

// try runs a command in the machine as root; what it prints is trimmed.
func (m *machine) try(args ...string) (string, error) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute) // also when the test ends
	defer stop()
	c := exec.CommandContext(ctx, "nsenter", append([]string{"--target", m.leader, "--mount", "--uts", "--ipc", "--net", "--pid",
		"env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "DEBIAN_FRONTEND=noninteractive"}, args...)...)
	out, err := c.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// run is try, where no mistake is expected.
func (m *machine) run(args ...string) string {
	m.t.Helper()
	out, err := m.try(args...)
	if err != nil {
		m.t.Fatalf("%s: %v\n%s\n%s", strings.Join(args, " "), err, out, m.log())
	}
	return out
}

// sh is run for a line of shell.
func (m *machine) sh(line string) string { m.t.Helper(); return m.run("sh", "-c", line) }

// log is what the service has to say.
func (m *machine) log() string {
	out, _ := m.try("journalctl", "--no-pager", "--unit", "ecoparc-agent", "--unit", "ecoparc-first-boot", "--lines", "40")
	return out
}

// within waits until something is so.
func (m *machine) within(limit time.Duration, what string, is func() bool) {
	m.t.Helper()
	for deadline := time.Now().Add(limit); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatalf("not within %s: %s\n%s", limit, what, m.log())
		}
	}
}

// copyIn puts a file into the machine.
func (m *machine) copyIn(from, to string, mode os.FileMode) {
	m.t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		m.t.Fatal(err)
	}
	m.write(to, string(text), mode)
}

func (m *machine) write(to, text string, mode os.FileMode) {
	m.t.Helper()
	path := filepath.Join(m.root, to)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), mode)
	}
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}
