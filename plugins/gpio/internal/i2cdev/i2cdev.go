// Package i2cdev opens I2C buses of the kernel, for the drivers of what hangs on them.
package i2cdev

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"periph.io/x/host/v3/sysfs"
)

// Bus is an open I2C bus. Whoever opened it may close it; others that are open on the same
// wires stay so.
type Bus interface {
	// Tx writes w to the device at an address, and reads r after a repeated start.
	Tx(addr uint16, w, r []byte) error
	Close() error
}

// Open opens a bus by its node, /dev/i2c-N or a link to one.
func Open(path string) (Bus, error) {
	node, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(node), "i2c-"))
	if err != nil {
		return nil, errors.New("a bus is a node such as /dev/i2c-1")
	}
	return sysfs.NewI2C(n)
}
