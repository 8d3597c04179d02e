package line

import (
	"fmt"
	"strings"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/line/usb"
)

// kernel is where it shows devices. The tests have their own.
var kernel = usb.Machine()

// USB gives the port that is on the USB device of a serial number. It has another name after
// each time that the device was plugged in, so it is to be asked for at each opening. What is
// wrong is at the attribute usb_serial, which declares the access usb.
func USB(number string) (string, error) {
	var is, others []string
	for _, p := range kernel.Ports() {
		switch p.Number {
		case number:
			is = append(is, p.Name)
		case "":
			others = append(others, p.Name+" has none")
		default:
			others = append(others, fmt.Sprintf("%s has %q", p.Name, p.Number))
		}
	}
	switch {
	case len(is) == 1:
		return is[0], nil
	case len(is) > 1:
		// Cheap adapters have one number, all of them.
		return "", fault.At("usb_serial", fault.Errorf(fault.Invalid, "%s have the USB serial number %q: give one of them by its port alone", strings.Join(is, " and "), number))
	case len(others) > 0:
		return "", fault.At("usb_serial", fault.Errorf(fault.Unavailable, "no USB device with the serial number %q is plugged in: %s", number, strings.Join(others, ", ")))
	}
	return "", fault.At("usb_serial", fault.Errorf(fault.Unavailable, "no USB device with the serial number %q is plugged in", number))
}

// SerialUSB opens the port on the USB device of a serial number, wherever it is
// now (USB), as Serial does.
func SerialUSB(number string, baud int, frame Frame) (Line, error) {
	name, err := USB(number)
	if err != nil {
		return nil, err
	}
	l, err := Serial(name, baud, frame)
	if err != nil {
		return nil, err
	}
	if now, err := USB(number); err != nil || now != name {
		_ = l.Close()
		return nil, fault.At("usb_serial", fault.Errorf(fault.Unavailable, "the USB device %q was plugged in again while its port %s was opened", number, name))
	}
	return l, nil
}
