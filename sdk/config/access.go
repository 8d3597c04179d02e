package config

import (
	"fmt"
	"slices"
)

// Access is what a plugin does with what an attribute's value names.
type Access uint8

// The accesses. Their numbers are those of the wire and never change.
const (
	// AccessNone: the value names nothing of the machine.
	AccessNone Access = iota
	// AccessDial: it connects to "host:port", to the host and port of a URL, or
	// to "unix:" and the path of a socket.
	AccessDial
	// AccessListen: it listens on a TCP port: a number, ":port" or "host:port".
	AccessListen
	// AccessDevice: it opens a device node, such as "/dev/ttyUSB0".
	AccessDevice
	// AccessRead: it reads a file or folder, by absolute path.
	AccessRead
	// AccessWrite: it reads and writes a file or folder, by absolute path.
	AccessWrite
	// AccessUSB: it opens the serial port on the USB device of this serial number,
	// under whatever name that is (package line).
	AccessUSB
)

// accessNames are the words of a tag.
var accessNames = [...]string{"none", "dial", "listen", "device", "read", "write", "usb"}

func (a Access) String() string {
	if int(a) < len(accessNames) {
		return accessNames[a]
	}
	return fmt.Sprintf("access %d", uint8(a))
}

// accessOf gives the access of a word in a tag.
func accessOf(word string) (Access, bool) {
	i := slices.Index(accessNames[:], word)
	return Access(max(i, 0)), i > 0 //nolint:gosec // a few names
}

// suits says why a value of a type can't name what the access is to.
func (a Access) suits(t Type) error {
	switch {
	case a == AccessNone:
		return nil
	case int(a) >= len(accessNames):
		return fmt.Errorf("%v is not known", a)
	case t == TypeString, t == TypeStringList, t == TypeInteger && a == AccessListen:
		return nil
	}
	return fmt.Errorf("%v is for strings and lists of strings, and not for a %v", a, t)
}
