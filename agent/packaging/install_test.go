//go:build linux

package packaging_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
)

// installScript runs in a mount namespace of its own: its root is this machine's, or
// a clean one, below a layer in memory that takes all changes. What it prints is what
// the layer holds at the end.
const installScript = `
set -eu
lower=$1 kind=$2 package=$3 newer=$4 collector=$5 token=$6 ca=$7
layer=$(mktemp -d)
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/up" "$layer/work" "$layer/root"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$layer/up,workdir=$layer/work" "$layer/root"
root=$layer/root
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
rm -f "$root/etc/resolv.conf"; : >"$root/etc/resolv.conf"
[ -e "$root/dev/null" ] || mknod -m 666 "$root/dev/null" c 1 3
[ -e "$root/dev/urandom" ] || mknod -m 666 "$root/dev/urandom" c 1 9
cp "$package" "$root/tmp/agent.deb"
cp "$newer" "$root/tmp/newer.deb"
cp "$ca" "$root/tmp/ca.crt"; chmod 644 "$root/tmp/ca.crt"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }

force= # which Debian's rpm asks for
! rpm --help 2>/dev/null | grep -q force-debian || force=--force-debian
rpms() { rpm --root "$root" --nodeps $force "$@"; }

exec 3>&1 >&2
case $kind in
deb) inside dpkg -i /tmp/agent.deb ;;
rpm) rpms -i "$package" ;;
esac
inside stat -c 'MODE %a %U:%G %n' /etc/ecoparc-agent /etc/ecoparc-agent/ecoparc-agent.yaml /var/lib/ecoparc-agent /usr/bin/ecoparc-agent >&3
echo 'ca_file: /tmp/ca.crt' >>"$root/etc/ecoparc-agent/ecoparc-agent.yaml"
inside ecoparc-agent configure --collector "$collector" --token "$token" --label PC-12 >&3
inside stat -c 'MODE %a %U:%G %n' /etc/ecoparc-agent/ecoparc-agent.yaml >&3
# As systemd would start it.
chroot "$root" env -i PATH=/usr/bin setpriv --reuid ecoparc-agent --regid ecoparc-agent --clear-groups --no-new-privs \
  env HOME=/nonexistent STATE_DIRECTORY=/var/lib/ecoparc-agent ECOPARC_AGENT_WINDOW=1m ECOPARC_AGENT_UPLOAD_INTERVAL=1m ecoparc-agent run --await-enrolment &
agent=$!
trap 'kill -KILL $agent 2>/dev/null || true' EXIT
for _ in $(seq 300); do [ ! -e "$root/var/lib/ecoparc-agent/identity.json" ] || break; sleep 0.1; done
sleep 2
inside ecoparc-agent status >&3
kill -TERM $agent; wait $agent
inside stat -c 'MODE %a %U:%G %n' /var/lib/ecoparc-agent/identity.json >&3
units=; ! inside sh -c 'command -v systemctl' >/dev/null || units=yes
[ -z "$units" ] || inside systemctl is-enabled ecoparc-agent | sed 's/^/INSTALLED /' >&3
# An upgrade keeps what was configured, and asks nothing, although the defaults have changed, too. Who switched the service off
# finds it off.
[ -z "$units" ] || inside systemctl disable ecoparc-agent
case $kind in
deb)
  dpkg-deb -R "$newer" "$root/tmp/newer"
  find "$root/tmp/newer" -name ecoparc-agent.yaml | while read -r f; do echo '#sample_interval: 15s' >>"$f"; done
  dpkg-deb -b "$root/tmp/newer" "$root/tmp/newer.deb"
  inside dpkg -i /tmp/newer.deb </dev/null ;;
rpm) rpms -U "$newer" ;;
esac
[ -z "$units" ] || inside systemctl is-enabled ecoparc-agent | sed 's/^/UPGRADED /' >&3
inside ecoparc-agent version | sed 's/^/UPGRADED /' >&3
inside grep -c '^token: ' /etc/ecoparc-agent/ecoparc-agent.yaml | sed 's/^/UPGRADED token: /' >&3
inside stat -c 'UPGRADED %a %U:%G %n' /etc/ecoparc-agent/ecoparc-agent.yaml >&3
case $kind in
deb) inside dpkg -r ecoparc-agent ;;
rpm) rpms -e ecoparc-agent ;;
esac
if [ $kind = deb ] && [ -n "$units" ]; then # installed again: as it was, here switched off, and then on
  inside dpkg -i /tmp/agent.deb
  inside systemctl is-enabled ecoparc-agent | sed 's/^/AGAIN /' >&3 || true
  inside systemctl enable ecoparc-agent
  inside dpkg -r ecoparc-agent
  inside dpkg -i /tmp/agent.deb
  inside systemctl is-enabled ecoparc-agent | sed 's/^/AGAIN /' >&3
  inside dpkg -r ecoparc-agent
fi
(cd "$root" && find etc/ecoparc-agent var/lib/ecoparc-agent -type f ! -path '*/spool/*' | sort | sed 's/^/KEPT /') >&3
if [ $kind = deb ]; then
  inside dpkg -P ecoparc-agent
  (cd "$layer/up" && find . -type f -newer "$package" -o -type f -path '*ecoparc*' -o -type d -path '*ecoparc*' -o -type l -path '*ecoparc*' | sort | sed 's/^/LEFT /') >&3
  inside getent passwd ecoparc-agent | sed 's/^/LEFT /' >&3 || true
fi
`

// testInstall installs a package of a kind of Linux in a root of its own, lets it enrol
// at a real collector, upgrades and removes it.
func testInstall(t *testing.T, kind, file, newer string, c *agenttest.Program) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, for a root of its own")
	}
	if out, err := exec.CommandContext(t.Context(), "unshare", "-m", "true").CombinedOutput(); err != nil {
		t.Skipf("needs a mount namespace: %v %s", err, out)
	}
	lower := "/"
	if clean := os.Getenv("ECOPARC_CLEAN_ROOT"); clean != "" {
		lower = clean // as debootstrap makes it
	}
	before := len(c.Devices())
	script := exec.CommandContext(t.Context(), "unshare", "-m", "--propagation", "private", "sh", "-c", installScript, "install", lower, kind, file, newer, c.URL, c.Token, c.CA)
	var out, log bytes.Buffer
	script.Stdout, script.Stderr = &out, &log
	if err := script.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), log.String())
	}
	for _, want := range []string{
		"MODE 750 root:ecoparc-agent /etc/ecoparc-agent\n",
		"MODE 640 root:ecoparc-agent /etc/ecoparc-agent/ecoparc-agent.yaml\n",
		"MODE 700 ecoparc-agent:ecoparc-agent /var/lib/ecoparc-agent\n",
		"MODE 755 root:root /usr/bin/ecoparc-agent\n",
		"MODE 600 ecoparc-agent:ecoparc-agent /var/lib/ecoparc-agent/identity.json\n",
		"Enrolled       as d-",
		"UPGRADED ecoparc-agent v1.3.0\n",
		"UPGRADED token: 1\n",
		"UPGRADED 640 root:ecoparc-agent /etc/ecoparc-agent/ecoparc-agent.yaml\n",
		"KEPT etc/ecoparc-agent/ecoparc-agent.yaml\n",
		"KEPT var/lib/ecoparc-agent/identity.json\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s%s", want, out.String(), log.String())
		}
	}
	if strings.Contains(out.String(), "INSTALLED ") && !strings.Contains(out.String(), "INSTALLED enabled\nUPGRADED disabled\n") {
		t.Errorf("an upgrade switches the service on:\n%s", out.String())
	}
	if strings.Contains(out.String(), "AGAIN ") && !strings.Contains(out.String(), "AGAIN disabled\nAGAIN enabled\n") {
		t.Errorf("installed again, the service is not as it was:\n%s", out.String())
	}
	if devices := c.Devices(); len(devices) != before+1 {
		t.Errorf("the collector knows the devices %v; want one more than %d", devices, before)
	}
	// Files that dpkg and useradd keep for themselves, on any machine.
	system := []string{"./etc/group", "./etc/gshadow", "./etc/passwd", "./etc/shadow", "./etc/subgid", "./etc/subuid", "./etc/.pwd.lock", "./etc/resolv.conf", "./dev/", "./var/lib/dpkg/", "./var/log/", "./var/cache/", "./tmp", "./run", "./root/"}
	for line := range strings.Lines(out.String()) {
		left, ok := strings.CutPrefix(strings.TrimSpace(line), "LEFT ")
		if ok && !slices.ContainsFunc(system, func(prefix string) bool { return strings.HasPrefix(left, prefix) }) {
			t.Errorf("after a purge is left: %s", left)
		}
	}
	if t.Failed() || testing.Verbose() {
		t.Logf("%s", out.String())
	}
}
