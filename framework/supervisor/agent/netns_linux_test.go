package agent

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// machine is another machine: a network namespace with an agent in it, and a
// cable to this one.
type machine struct {
	t               testing.TB
	name, near, far string
	address         string
}

// cables counts the namespaces of this test binary.
var cables atomic.Int64

func newMachine(t testing.TB, dir string) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not root: network namespaces can't be made")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("ip is missing (Debian package iproute2)")
	}
	id := os.Getpid()%60000 + int(cables.Add(1))
	m := &machine{t: t, name: fmt.Sprintf("aisle-%d", id), near: fmt.Sprintf("aa%d", id), far: fmt.Sprintf("ab%d", id)}
	if out, err := exec.Command("ip", "netns", "add", m.name).CombinedOutput(); err != nil {
		t.Skipf("this kernel or container has no network namespaces: %s", out)
	}
	t.Cleanup(func() { m.run("ip", "netns", "del", m.name) })
	// RFC 2544's addresses, which nobody routes.
	net := fmt.Sprintf("198.18.%d.", id%250+1)
	m.run("ip", "link", "add", m.near, "type", "veth", "peer", "name", m.far, "netns", m.name)
	m.run("ip", "addr", "add", net+"1/30", "dev", m.near)
	m.run("ip", "link", "set", m.near, "up")
	m.run("ip", "-n", m.name, "addr", "add", net+"2/30", "dev", m.far)
	m.run("ip", "-n", m.name, "link", "set", m.far, "up")
	m.run("ip", "-n", m.name, "link", "set", "lo", "up")
	m.agent(dir, net+"2:7443")
	return m
}

func (m *machine) run(args ...string) {
	m.t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		m.t.Errorf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// agent runs an agent in the namespace until the test ends.
func (m *machine) agent(dir, address string) {
	m.t.Helper()
	c := exec.Command("ip", "netns", "exec", m.name, os.Args[0], "agent", dir, address, shortDir(m.t))
	if testing.Verbose() {
		c.Stderr = os.Stderr
	}
	in, err := c.StdinPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		if err := c.Wait(); err != nil {
			m.t.Error("agent:", err)
		}
	})
	m.address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		m.t.Fatal("the agent does not start: ", m.address)
	}
	m.address = strings.TrimSpace(m.address)
}

// rule adds a packet filter for both directions in the namespace.
func (m *machine) rule(table, verdict string) {
	m.t.Helper()
	if _, err := exec.LookPath("nft"); err != nil {
		m.t.Skip("nft is missing (Debian package nftables)")
	}
	c := exec.Command("ip", "netns", "exec", m.name, "nft", "-f", "-")
	c.Stdin = strings.NewReader(fmt.Sprintf("table inet %s {\n"+
		"chain in { type filter hook input priority 0; iifname %s %s; }\n"+
		"chain out { type filter hook output priority 0; oifname %s %s; }\n}\n", table, m.far, verdict, m.far, verdict))
	if out, err := c.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "syntax error") {
			m.t.Fatalf("nft: %s", out)
		}
		m.t.Skipf("this kernel has no such packet filter: %s", out)
	}
}

func (m *machine) unrule(table string) {
	m.t.Helper()
	m.run("ip", "netns", "exec", m.name, "nft", "delete", "table", "inet", table)
}

// partitioned runs a shop over a line that is cut for a while, and judges it.
func partitioned(t *testing.T, l *Link, cut, mend func()) {
	t.Helper()
	h := openShop(t, l, tickingConfig{Every: 10 * time.Millisecond, Most: 1 << 30})
	h.ready()
	stop := h.knock(50*time.Millisecond, time.Second)
	h.until("ticks and commands", func() bool { return len(h.evidence) > 300 })
	cut()
	h.offline()
	pause(t, partitionFor())
	mend()
	healed := time.Now()
	h.ready()
	h.back(time.Since(healed))
	pause(t, 2*time.Second)
	all := stop()
	h.settle()
	h.judge(all)
	h.mu.Lock()
	t.Log(h.ticks(), "ticks, none lost")
	h.mu.Unlock()
	if e := h.epochs(); len(e) != 1 {
		t.Errorf("the gate was opened under the epochs %v, want one", e)
	}
}

// Two machines and a cable that is pulled.
func TestCablePulled(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	m := newMachine(t, s.identity(t, RoleAgent, "back", time.Now()))
	partitioned(t, s.link(t, m.address),
		func() { m.run("ip", "-n", m.name, "link", "set", m.far, "down") },
		func() { m.run("ip", "-n", m.name, "link", "set", m.far, "up") })
}

// Two machines, 100 ms of delay each way, every twentieth packet lost, and then
// all of them.
func TestLossDelayPartition(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	m := newMachine(t, s.identity(t, RoleAgent, "back", time.Now()))
	m.rule("loss", "numgen random mod 100 < 5 drop")
	p := newProxy(t, m.address, 100*time.Millisecond)
	partitioned(t, s.link(t, p.address()), func() { m.rule("cut", "drop") }, func() { m.unrule("cut") })
}
