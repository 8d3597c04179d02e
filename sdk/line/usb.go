package line

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openaisle/aisle/sdk/fault"
)

// sysfsTTY is where the kernel tells what each serial port is. The tests have their own.
var sysfsTTY = "/sys/class/tty"

// USB gives the port that is on the USB device of a serial number, among those that
// a pattern of path.Match names, such as "/dev/ttyACM*": a device has another name
// after each time that it was plugged in, and that number always. So it is to be
// asked at each opening. What is wrong is at the attribute usb_serial.
func USB(pattern, number string) (string, error) {
	var is, others []string
	ports, err := filepath.Glob(pattern)
	if err != nil {
		return "", fault.At("port", fault.Wrap(fault.Invalid, "look for "+pattern, err))
	}
	for _, p := range ports {
		n, err := usbNumber(filepath.Base(p))
		switch {
		case err != nil:
			return "", fault.At("usb_serial", fault.Wrap(fault.Unavailable, "ask the kernel which USB device "+p+" is", err))
		case n == number:
			is = append(is, p)
		case n == "":
			others = append(others, p+" has none")
		default:
			others = append(others, fmt.Sprintf("%s has %q", p, n))
		}
	}
	switch {
	case len(is) == 1:
		return is[0], nil
	case len(is) > 1:
		// Cheap adapters have one number, all of them.
		return "", fault.At("usb_serial", fault.Errorf(fault.Invalid, "%s have the USB serial number %q: give one of them by its port alone", strings.Join(is, " and "), number))
	case len(others) > 0:
		slices.Sort(others)
		return "", fault.At("usb_serial", fault.Errorf(fault.Unavailable, "no USB device with the serial number %q is plugged in: %s", number, strings.Join(others, ", ")))
	}
	return "", fault.At("usb_serial", fault.Errorf(fault.Unavailable, "no USB device with the serial number %q is plugged in: there is no %s at all", number, pattern))
}

// usbDepth is how far above a port its USB device is: the port of an adapter, an interface,
// the device.
const usbDepth = 3

// usbNumber is the serial number of the USB device that a port is on; empty where it
// is on none or the device has none.
func usbNumber(tty string) (string, error) {
	at, err := filepath.EvalSymlinks(filepath.Join(sysfsTTY, tty, "device"))
	if errors.Is(err, os.ErrNotExist) {
		if _, look := os.Stat(sysfsTTY); look != nil {
			return "", look
		}
		return "", nil // no device, or one that was unplugged just now
	}
	if err != nil {
		return "", err
	}
	for range usbDepth {
		if _, err := os.Stat(filepath.Join(at, "idVendor")); err == nil {
			b, err := os.ReadFile(filepath.Join(at, "serial"))
			if errors.Is(err, os.ErrNotExist) {
				return "", nil
			}
			return strings.TrimSpace(string(b)), err
		}
		at = filepath.Dir(at)
	}
	return "", nil
}

// SerialUSB opens the port on the USB device of a serial number, wherever it is
// now (USB), as Serial does.
func SerialUSB(pattern, number string, baud int, frame Frame) (Line, error) {
	name, err := USB(pattern, number)
	if err != nil {
		return nil, err
	}
	l, err := Serial(name, baud, frame)
	if err != nil {
		return nil, err
	}
	if now, err := USB(pattern, number); err != nil || now != name {
		_ = l.Close()
		return nil, fault.At("usb_serial", fault.Errorf(fault.Unavailable, "the USB device %q was plugged in again while its port %s was opened", number, name))
	}
	return l, nil
}
