//go:build linux

package packaging_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ecoparc/ecoparc/agent/internal/agenttest"
)

// testAnsible runs the play of the guide over SSH, as an administrator would: once,
// again, and with a newer package.
func testAnsible(t *testing.T, p *packages, c *agenttest.Program) {
	for _, tool := range []string{"ansible-playbook", "ansible-vault", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("NOT RUN: needs %s", tool)
		}
	}
	m := newMachine(t, p.disk, card(2))
	m.trust(c)
	at := t.TempDir()
	run(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(at, "key"))
	m.copyIn(filepath.Join(at, "key.pub"), "/home/admin/.ssh/authorized_keys", 0o644)
	m.boot()
	m.run("systemctl", "start", "ssh")

	agenttest.Write(t, filepath.Join(at, "inventory.ini"), `[ecoparc:children]
lycee_a
[lycee_a]
PC-12 ansible_host=127.0.0.1 ansible_user=admin ansible_ssh_private_key_file=`+filepath.Join(at, "key")+` ansible_ssh_common_args="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
`, false)
	agenttest.Write(t, filepath.Join(at, "group_vars", "ecoparc.yml"), "ecoparc_version: 1.2.3\necoparc_packages: "+at+"\necoparc_collector: "+c.URL+"\n", false)
	agenttest.Write(t, filepath.Join(at, "password"), "of the vault\n", false)
	vault := filepath.Join(at, "group_vars", "lycee_a", "vault.yml")
	agenttest.Write(t, vault, "ecoparc_token: "+c.Token+"\n", false)
	run(t, "ansible-vault", "encrypt", "--vault-password-file", filepath.Join(at, "password"), vault)
	run(t, "cp", p.deb, p.newer, at)
	play, err := filepath.Abs("../../docs/deploy/ansible.yml")
	if err != nil {
		t.Fatal(err)
	}
	run(t, "cp", play, at)

	// playbook runs it and gives the numbers of its recap.
	playbook := func(more ...string) (ok, changed string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "ip", append([]string{"netns", "exec", m.network, "ansible-playbook", "-i", "inventory.ini", "ansible.yml", "--vault-password-file", "password", "--diff"}, more...)...)
		cmd.Dir = at
		cmd.Env = append(os.Environ(), "HOME="+at, "ANSIBLE_NOCOLOR=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, out, m.log())
		}
		if strings.Contains(string(out), c.Token) {
			t.Errorf("the token is in what Ansible says:\n%s", out)
		}
		recap := regexp.MustCompile(`PC-12 +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0`).FindStringSubmatch(string(out))
		if recap == nil {
			t.Fatalf("no recap:\n%s", out)
		}
		return recap[1], recap[2]
	}

	if _, changed := playbook(); changed != "3" { // the file, the package, the configuration
		t.Errorf("the first run changes %s things; want 3", changed)
	}
	m.hurry()
	m.run("systemctl", "daemon-reload")
	m.run("systemctl", "restart", "ecoparc-agent")
	m.within(20*time.Second, "enrols", func() bool { return m.device() != "" })
	device := m.device()
	if list := c.Run("device", "list"); !strings.Contains(list, "PC-12") {
		t.Errorf("the device has no label:\n%s", list)
	}
	if logs := m.sh("journalctl --no-pager; cat /var/log/auth.log 2>/dev/null; true"); strings.Contains(logs, c.Token) {
		t.Error("the token is in a log of the machine")
	}
	if ok, changed := playbook(); changed != "0" || ok == "0" {
		t.Errorf("the second run changes %s things of %s; want none", changed, ok)
	}
	if _, changed := playbook("-e", "ecoparc_version=1.3.0"); changed != "2" { // the file, the package
		t.Errorf("an upgrade changes %s things; want 2", changed)
	}
	m.within(20*time.Second, "runs again", func() bool { return m.property("ActiveState") == "active" })
	if v := m.run("ecoparc-agent", "version"); v != "ecoparc-agent v1.3.0" || m.device() != device {
		t.Errorf("after an upgrade: %s, device %s; it was %s", v, m.device(), device)
	}
	if _, changed := playbook("-e", "ecoparc_version=1.3.0"); changed != "0" {
		t.Errorf("after an upgrade it changes %s things; want none", changed)
	}
}

// testImage makes a master as the guide says, and copies it: properly, and by mistake
// with an identity in it.
func testImage(t *testing.T, p *packages, c *agenttest.Program) {
	// What makes images works on the disk of a machine that is off.
	master := newMachine(t, p.disk, card(3))
	master.copyIn(p.deb, "/root/agent.deb", 0o644)
	run(t, "chroot", master.root, "dpkg", "-i", "/root/agent.deb")
	unit, err := os.ReadFile("../../docs/deploy/first-boot.service")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(unit), "https://ecoparc.example.fr", c.URL)
	master.write("/etc/systemd/system/ecoparc-first-boot.service", text, 0o644)
	master.write("/etc/ecoparc-agent/first-boot", c.Token+"\n", 0o600)
	run(t, "chroot", master.root, "systemctl", "enable", "ecoparc-first-boot")
	master.hurry()

	enrolled := map[string]bool{}
	enrols := func(m *machine) string {
		t.Helper()
		m.boot()
		m.within(20*time.Second, "enrols", func() bool { return m.device() != "" && !enrolled[m.device()] })
		device := m.device()
		enrolled[device] = true
		return device
	}
	var last *machine
	for i := range byte(2) {
		last = newMachine(t, master.root, card(4+i))
		last.trust(c)
		device := enrols(last)
		if _, err := os.Stat(filepath.Join(last.root, "etc/ecoparc-agent/first-boot")); !os.IsNotExist(err) {
			t.Errorf("the file with the token is still there (%v)", err)
		}
		if got := last.run("stat", "-c", "%a %U:%G", "/etc/ecoparc-agent/ecoparc-agent.yaml"); got != "640 root:ecoparc-agent" {
			t.Errorf("the configuration is %s", got)
		}
		last.off()
		last.boot()
		if last.device() != device {
			t.Errorf("at its second boot it is %s, at its first it was %s", last.device(), device)
		}
	}

	// A disk that has enrolled is copied, with what it has measured.
	time.Sleep(7 * time.Second) // more than a sample
	last.off()
	segments, _ := filepath.Glob(filepath.Join(last.root, "var/lib/ecoparc-agent/spool/*.seg"))
	if len(segments) == 0 {
		t.Error("the last window of a machine that was switched off is not on its disk")
	}
	copied := newMachine(t, last.root, card(9))
	copied.reach(strings.TrimPrefix(c.URL, "https://"))
	enrols(copied)
	if status := copied.run("ecoparc-agent", "status"); !strings.Contains(status, "Spool          0 windows") {
		t.Errorf("the copy has its origin's windows:\n%s", status)
	}
	copied.off()

	// Likewise where its configuration has lost the token since.
	silent := newMachine(t, last.root, card(10))
	run(t, "sed", "-i", "/^token:/d", filepath.Join(silent.root, "etc/ecoparc-agent/ecoparc-agent.yaml"))
	silent.reach(strings.TrimPrefix(c.URL, "https://"))
	silent.boot()
	silent.within(20*time.Second, "says why it waits", func() bool {
		return strings.Contains(silent.log(), "of whose disk this is a copy")
	})
	if status, _ := silent.try("ecoparc-agent", "status"); !strings.Contains(status, "copy") {
		t.Errorf("status does not say why:\n%s", status)
	}
	silent.off()

	// The same disk, cleaned as the guide says.
	cleaned := newMachine(t, last.root, card(11))
	run(t, "sh", "-c", "cd "+filepath.Join(cleaned.root, "var/lib/ecoparc-agent")+" && rm -r identity.json spool")
	cleaned.reach(strings.TrimPrefix(c.URL, "https://"))
	enrols(cleaned)
}
