// Package gpio stands in for a driver that takes lines through periph.
package gpio

import "periph.io/x/host/v3/gpioioctl" // want depguard "lines-have-one-way': periph's GPIO driver"

// Line is one.
type Line struct{ gpioioctl.GPIOLine }
