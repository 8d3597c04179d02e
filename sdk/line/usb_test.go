package line

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
)

// plugged makes ports as /sys and /dev show them: name and place in the tree to
// the serial number of their USB device.
func plugged(t *testing.T, all map[string]string) (pattern string) {
	t.Helper()
	root := t.TempDir()
	sysfsTTY = filepath.Join(root, "sys/class/tty")
	t.Cleanup(func() { sysfsTTY = "/sys/class/tty" })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(root, "dev"), 0o700))
	for at, number := range all {
		name, below, _ := strings.Cut(at, " ")
		device := filepath.Join(root, "sys/devices/usb1", name)
		must(os.MkdirAll(filepath.Join(device, below), 0o700))
		if number != "on no USB" {
			must(os.WriteFile(filepath.Join(device, "idVendor"), []byte("0525\n"), 0o600))
			must(os.WriteFile(filepath.Join(device, "serial"), []byte(number+"\n"), 0o600))
		}
		must(os.MkdirAll(filepath.Join(sysfsTTY, name), 0o700))
		must(os.Symlink(filepath.Join(device, below), filepath.Join(sysfsTTY, name, "device")))
		must(os.WriteFile(filepath.Join(root, "dev", name), nil, 0o600))
	}
	return filepath.Join(root, "dev/tty*")
}

func TestUSB(t *testing.T) {
	pattern := plugged(t, map[string]string{
		"ttyACM0 1-1:1.0": "SCANNER", "ttyACM1 1-2:1.0": "SCALE", // an interface below a device
		"ttyUSB0 1-3:1.0/ttyUSB0": "FTDI", // an adapter's port below that
		"ttyACM2 1-4:1.0":         "0001", "ttyACM3 1-5:1.0": "0001",
		"ttyS0 0:3": "on no USB",
	})
	dev := filepath.Dir(pattern)
	for number, want := range map[string]string{"SCALE": "ttyACM1", "SCANNER": "ttyACM0", "FTDI": "ttyUSB0"} {
		if got, err := USB(pattern, number); err != nil || got != filepath.Join(dev, want) {
			t.Errorf("%s: %s, %v", number, got, err)
		}
	}
	for _, c := range []struct {
		pattern, number, says string
		code                  fault.Code
	}{
		{pattern, "0001", "ttyACM3 have the USB serial number", fault.Invalid},
		{filepath.Join(dev, "ttyACM[01]"), "FTDI", `ttyACM0 has "SCANNER"`, fault.Unavailable},
		{filepath.Join(dev, "ttyACM9"), "SCALE", "there is no", fault.Unavailable},
	} {
		if got, err := USB(c.pattern, c.number); fault.CodeOf(err) != c.code || fault.PathOf(err) != "usb_serial" || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v", c.number, got, err)
		}
	}
	if _, err := USB("[", "SCALE"); fault.PathOf(err) != "port" {
		t.Error(err)
	}
	sysfsTTY += "none"
	if _, err := USB(pattern, "SCALE"); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "ask the kernel") {
		t.Errorf("no sysfs: %v", err)
	}
}
