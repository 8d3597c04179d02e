package devices

import (
	"fmt"
	"strings"
)

// DeviceError says why a device did not open.
type DeviceError struct {
	Address string
	// Path is the attribute of the config block that is to blame, or "".
	Path string
	Err  error
}

func (e *DeviceError) Error() string { return fmt.Sprintf("%s: %v", e.Address, e.Err) }

// Unwrap gives the cause, which has a fault code.
func (e *DeviceError) Unwrap() error { return e.Err }

// PluginError says why a plugin, and with it its devices, did not start.
type PluginError struct {
	Plugin  string
	Devices []string
	Err     error
}

func (e *PluginError) Error() string {
	return fmt.Sprintf("%v (needed by %s)", e.Err, strings.Join(e.Devices, ", "))
}

// Unwrap gives the cause.
func (e *PluginError) Unwrap() error { return e.Err }

// errReadingNames is of a device whose readings change their names.
var errReadingNames = fmt.Errorf("their names change: it had %d already, and each stays with whoever watches the store", MaxReadingNames)
