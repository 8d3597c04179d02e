package sandbox

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
	"github.com/openaisle/aisle/sdk/line/usb"
)

// numberLimit is the longest serial number that a USB device can have, in bytes: its
// descriptor has room for 126 characters.
const numberLimit = 126 * 3

// usbNumber accepts what may be a USB device's serial number.
func usbNumber(v string) (string, error) {
	if v != strings.TrimSpace(v) || len(v) > numberLimit {
		return "", fmt.Errorf("%q is no USB device's serial number", v)
	}
	return v, nil
}

// plugged are the serial ports on the USB devices that a plugin is granted, as they
// were when its order was written.
type plugged struct {
	tree    usb.Tree
	numbers []string
	ports   []usb.Port
}

func pluggedIn(t usb.Tree, numbers []string) plugged {
	p := plugged{tree: t, numbers: numbers}
	p.ports = p.now()
	return p
}

func (p plugged) now() []usb.Port {
	if len(p.numbers) == 0 {
		return nil
	}
	return slices.DeleteFunc(p.tree.Ports(), func(q usb.Port) bool { return !slices.Contains(p.numbers, q.Number) })
}

// outdated reports whether a port is there that was not: on a device that was plugged
// in since, or plugged in again. One that is gone can't be had by anybody.
func (p plugged) outdated() bool {
	return slices.ContainsFunc(p.now(), func(now usb.Port) bool { return !slices.ContainsFunc(p.ports, now.Same) })
}

// gone gives a port that is not there any more: its name may be another's.
func (p plugged) gone() (name string, gone bool) {
	now := p.now()
	for _, was := range p.ports {
		if !slices.ContainsFunc(now, was.Same) {
			return was.Name, true
		}
	}
	return "", false
}

// nodes are the ports' own, and what is to be noted of numbers without one. Of two
// devices with one number neither is granted: nobody knows which is meant.
func (p plugged) nodes() (nodes []string, notes []order.Note) {
	for _, number := range p.numbers {
		var names []string
		for _, q := range p.ports {
			if q.Number == number {
				names = append(names, q.Name)
			}
		}
		switch len(names) {
		case 0:
			notes = append(notes, order.Note{Measure: Devices, Text: fmt.Sprintf("the USB device %q is not plugged in; the plugin gets it when it is", number)})
		case 1:
			nodes = append(nodes, names[0])
		default:
			notes = append(notes, order.Note{Measure: Devices, Text: fmt.Sprintf("%s have the USB serial number %q, and the plugin gets none", strings.Join(names, " and "), number)})
		}
	}
	return nodes, notes
}

// folders are those of the devices in /sys.
func (p plugged) folders() (dirs []string) {
	for _, q := range p.ports {
		dirs = append(dirs, q.Device)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// class is the kernel's list of serial ports.
func (p plugged) class() string { return filepath.Join(p.tree.Sys, "class/tty") }

// with adds the ports' places in that list to links.
func (p plugged) with(links map[string]string) map[string]string {
	all := maps.Clone(links)
	for _, q := range p.ports {
		all[q.Link] = q.At
	}
	return all
}
