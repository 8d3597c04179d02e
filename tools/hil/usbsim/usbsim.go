// Package usbsim makes USB devices inside a machine of package hil, of the kernel's
// own gadget functions on its dummy_hcd: a controller and a host that are wired to each
// other. The host's side is the one that a driver meets in a store: enumeration,
// cdc-acm, /dev/ttyACM0.
//
// A machine needs the modules in Modules.
package usbsim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// Modules are those for two USB sockets, 0 and 1.
var Modules = []string{"dummy_hcd num=2", "libcomposite", "usb_f_acm", "cdc-acm"}

const (
	configfs = "/sys/kernel/config/usb_gadget"
	tty      = "/sys/class/tty"
)

// made numbers devices, so that each has a name of its own.
var made atomic.Int64

// Serial is a USB device with a serial port, as scales and scanners have one.
type Serial struct {
	// Port is the device's own end of its line, /dev/ttyGS0.
	Port string

	t       testing.TB
	config  string // folder in configfs
	socket  int
	number  string
	enabled string // the link that puts the function into the configuration
}

// NewSerial makes a device of a serial number, for a socket. It isn't plugged in. The
// test's end takes it away.
func NewSerial(t testing.TB, socket int, number string) *Serial {
	t.Helper()
	s := &Serial{t: t, config: filepath.Join(configfs, fmt.Sprintf("device%d", made.Add(1))), socket: socket, number: number}
	function, configuration := filepath.Join(s.config, "functions/acm.line"), filepath.Join(s.config, "configs/c.1")
	for _, dir := range []string{s.config, filepath.Join(s.config, "strings/0x409"), function, configuration} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal("usb: ", err)
		}
	}
	s.enabled = filepath.Join(configuration, "acm.line")
	t.Cleanup(s.remove)
	s.write("idVendor", "0x0525") // the gadget drivers' own
	s.write("idProduct", "0xa4a7")
	s.write("strings/0x409/serialnumber", number)
	s.write("strings/0x409/product", "serial line")
	if err := os.Symlink(function, s.enabled); err != nil {
		t.Fatal("usb: ", err)
	}
	b, err := os.ReadFile(filepath.Join(function, "port_num"))
	if err != nil {
		t.Fatal("usb: ", err)
	}
	s.Port = "/dev/ttyGS" + strings.TrimSpace(string(b))
	return s
}

// Plug plugs the device in. The host has found it when Name knows it.
func (s *Serial) Plug() {
	s.t.Helper()
	s.write("UDC", fmt.Sprintf("dummy_udc.%d", s.socket))
}

// Unplug pulls it out.
func (s *Serial) Unplug() {
	s.t.Helper()
	s.write("UDC", "\n")
}

// Name is the port that the host has made of it, such as /dev/ttyACM0, and whether there is one
// yet.
func (s *Serial) Name() (string, bool) {
	s.t.Helper()
	ports, _ := filepath.Glob(filepath.Join(tty, "ttyACM*"))
	for _, p := range ports {
		device, err := filepath.EvalSymlinks(filepath.Join(p, "device"))
		if err != nil {
			continue // it is being taken away
		}
		b, err := os.ReadFile(filepath.Join(filepath.Dir(device), "serial"))
		if err != nil || strings.TrimSpace(string(b)) != s.number {
			continue
		}
		name := "/dev/" + filepath.Base(p)
		_, err = os.Stat(name)
		return name, !errors.Is(err, os.ErrNotExist)
	}
	return "", false
}

func (s *Serial) write(file, value string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.config, file), []byte(value), 0); err != nil {
		s.t.Fatal("usb: ", err)
	}
}

func (s *Serial) remove() {
	_ = os.WriteFile(filepath.Join(s.config, "UDC"), []byte("\n"), 0)
	for _, name := range []string{s.enabled, filepath.Dir(s.enabled), filepath.Join(s.config, "functions/acm.line"), filepath.Join(s.config, "strings/0x409"), s.config} {
		_ = os.Remove(name)
	}
}
