package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/storehost"
)

// simulatedScale starts the scale outside, a program of its own, and gives the host's ends of
// two serial ports: the scale's, and that of its orders.
func simulatedScale(t *testing.T) []func(net.Conn) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "scalesim")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, "./plugins/scale/scalesim/scalesim")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the scale: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "-dialect", "toledo", "-listen", "127.0.0.1:0")
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	first, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(first)
	scale := func(wire net.Conn) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Error(err)
			return
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(wire, c)
		}()
		_, _ = io.Copy(c, wire)
		_ = c.Close()
		<-done
	}
	order := func(wire net.Conn) {
		lines := bufio.NewScanner(wire)
		for lines.Scan() {
			fmt.Fprintln(orders, lines.Text())
			fmt.Fprintln(wire, "ok")
		}
	}
	return []func(net.Conn){scale, order}
}

// storeVM is the machine of a store with all simulated hardware.
func storeVM(t *testing.T) hil.VM {
	t.Helper()
	vm := hil.VM{
		Modules: []string{"gpio-sim", "uhid", "hid-cp2112", "i2c-dev", "cuse"},
		Memory:  2048, Limit: storeLimit,
	}
	hil.Need(t)
	if !hil.Guest() {
		if os.Getenv("AISLE_LONG") == "" {
			t.Skip("AISLE_LONG is not set: it builds a host and plugins, and a machine runs them for a minute or more")
		}
		vm.Files, vm.Serial = storehost.Programs(t, "gpio", "scale", "stripe"), simulatedScale(t)
	}
	return vm
}
