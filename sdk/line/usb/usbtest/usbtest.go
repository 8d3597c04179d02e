// Package usbtest makes folders that look as the kernel shows serial ports on USB
// devices, for tests.
package usbtest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/openaisle/aisle/sdk/line/usb"
)

// Tree is folders in place of the kernel's.
type Tree struct {
	usb.Tree
	t      testing.TB
	pulled int
}

// New makes a tree in which nothing is plugged in. It is apart from what t.TempDir gives,
// for a plugin that is granted that must not see it.
func New(t testing.TB) *Tree {
	t.Helper()
	dir, err := os.MkdirTemp("", "usb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	x := &Tree{Tree: usb.Tree{Sys: filepath.Join(dir, "sys"), Dev: filepath.Join(dir, "dev")}, t: t}
	x.must(os.Chmod(dir, 0o755)) //nolint:gosec // as the kernel's
	for _, d := range []string{filepath.Join(x.Sys, "class/tty"), filepath.Join(x.Sys, "devices/usb1"), x.Dev} {
		x.must(os.MkdirAll(d, 0o755)) //nolint:gosec // as the kernel's
	}
	return x
}

// Plug plugs a device in: socket says where, such as "1-2", name is its port's, and
// below the way from the device to what the port is on: "1-2:1.0" for a device that
// is a serial line itself, "1-3:1.0/ttyUSB0" for an adapter. Its node is there already
// or is made as an empty file.
func (x *Tree) Plug(socket, name, below, number string) {
	x.t.Helper()
	device := filepath.Join(x.Sys, "devices/usb1", socket)
	x.must(os.MkdirAll(device, 0o755)) //nolint:gosec // as the kernel's
	x.write(filepath.Join(device, "idVendor"), "0525\n")
	if number != "" {
		x.write(filepath.Join(device, "serial"), number+"\n")
	}
	x.port(name, filepath.Join(device, below))
}

// Platform makes a port that is on no USB device.
func (x *Tree) Platform(name string) {
	x.t.Helper()
	x.port(name, filepath.Join(x.Sys, "devices/platform/serial8250"))
}

func (x *Tree) port(name, on string) {
	x.t.Helper()
	at := filepath.Join(on, "tty", name)
	x.must(os.MkdirAll(at, 0o755)) //nolint:gosec // as the kernel's
	x.must(os.Symlink("../..", filepath.Join(at, "device")))
	x.must(os.Symlink(at, filepath.Join(x.Sys, "class/tty", name)))
	node := filepath.Join(x.Dev, name)
	if _, err := os.Lstat(node); err != nil {
		x.write(node, "")
	}
}

// Unplug pulls a device out of a socket. Its node is left to whoever made it.
func (x *Tree) Unplug(socket, name string) {
	x.t.Helper()
	x.must(os.Remove(filepath.Join(x.Sys, "class/tty", name)))
	x.pulled++ // kept beside, so that the next has another inode
	x.must(os.Rename(filepath.Join(x.Sys, "devices/usb1", socket), filepath.Join(x.Sys, fmt.Sprintf("pulled%d", x.pulled))))
}

func (x *Tree) write(path, text string) {
	x.t.Helper()
	x.must(os.WriteFile(path, []byte(text), 0o644)) //nolint:gosec // as the kernel's
}

func (x *Tree) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}
