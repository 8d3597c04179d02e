package hil

import (
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
)

// A port of a machine that ends gives its host's side the end of its wire, and nobody
// stays behind.
func TestWires(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	ports, unplug, err := VM{Serial: []func(net.Conn){func(wire net.Conn) {
		b, _ := io.ReadAll(wire)
		got <- string(b)
	}}}.wires()
	if err != nil {
		t.Fatal(err)
	}
	qemu := exec.Command("qemu")
	ports.plugInto(qemu)
	if said := strings.Join(qemu.Args, " "); !strings.Contains(said, "fd=3") || !strings.Contains(said, "index=2,irq=5") {
		t.Error(said)
	}
	if _, err := ports[0].WriteString("W"); err != nil {
		t.Fatal(err)
	}
	_ = ports[0].Close()
	if s := <-got; s != "W" {
		t.Errorf("%q came", s)
	}
	unplug()
	unplug()
	side := func(net.Conn) { t.Error("a port too many is served") }
	if _, _, err := (VM{Serial: []func(net.Conn){side, side, side}}).wires(); err == nil {
		t.Error("a machine with five serial ports")
	}
}
