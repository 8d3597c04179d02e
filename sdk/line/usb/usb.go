// Package usb tells which serial ports are on which USB devices, as the kernel shows
// it in /sys: a device has another port after each time that it was plugged in, and
// its serial number always.
//
// A plugin finds its device by it (line.SerialUSB), and the host what to grant. It
// opens no port.
package usb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Tree is where the kernel shows devices.
type Tree struct {
	// Sys is its own file system, and Dev the folder of device nodes.
	Sys, Dev string
}

// Machine is this machine's.
func Machine() Tree { return Tree{"/sys", "/dev"} }

// Port is a serial port on a USB device.
type Port struct {
	// Name is its device node, such as "/dev/ttyACM0".
	Name string
	// Number is the device's serial number; empty where it has none.
	Number string
	// Link is the port's place in /sys/class/tty, At where that leads, and Device the
	// folder of the USB device, which At is in.
	Link, At, Device string

	plugged fs.FileInfo // the folder, which the kernel makes anew each time
}

// Same reports whether two are one port of one device that was not plugged in again
// in between.
func (p Port) Same(q Port) bool {
	return p.Name == q.Name && p.Number == q.Number && os.SameFile(p.plugged, q.plugged)
}

// Ports are those there are now, by name. One that can't be looked at is none.
func (t Tree) Ports() (all []Port) {
	links, _ := filepath.Glob(filepath.Join(t.Sys, "class/tty/*")) // a good pattern
	for _, l := range links {
		if p, ok := t.port(l); ok {
			all = append(all, p)
		}
	}
	return all
}

// depth is how far above a port its USB device is: the port of an adapter, an
// interface, the device.
const depth = 3

func (t Tree) port(link string) (p Port, ok bool) {
	p = Port{Name: filepath.Join(t.Dev, filepath.Base(link)), Link: link}
	var err error
	if p.At, err = filepath.EvalSymlinks(link); err != nil {
		return p, false // it was unplugged just now
	}
	if p.Device, err = filepath.EvalSymlinks(filepath.Join(p.At, "device")); err != nil {
		return p, false // no device's port
	}
	for range depth {
		if _, err := os.Stat(filepath.Join(p.Device, "idVendor")); err == nil {
			b, err := os.ReadFile(filepath.Join(p.Device, "serial"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return p, false
			}
			p.Number = strings.TrimSpace(string(b))
			p.plugged, err = os.Stat(p.Device)
			return p, err == nil
		}
		p.Device = filepath.Dir(p.Device)
	}
	return p, false
}
