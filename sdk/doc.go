// Package sdk is what a vendor's main needs: name the plugin, list its drivers,
// serve.
//
//	func main() {
//		sdk.Serve(sdk.Plugin{
//			Name: "acme/speedlane", Version: "1.4.0",
//			Drivers: []sdk.Driver{gate.Driver("speedlane", open)},
//		})
//	}
//
// A driver is made by the package of its device class (gate, credential, rfid,
// shelf, camera, payment). The SDK owns the process's goroutines, streams,
// numbers and buffers: a vendor writes a blocking Run and plain methods, and a
// panic in them costs one device and not the process.
//
// Serve never returns before the host lets go, or is gone. What vendor code
// prints on standard output goes to the log.
package sdk

import (
	"github.com/openaisle/aisle/sdk/class"
)

// Plugin is what a plugin binary serves.
type Plugin struct {
	// Name is vendor/product, such as "acme/speedlane".
	Name string
	// Version is a semantic version without a leading v.
	Version string
	// Drivers are the models it can drive.
	Drivers []Driver
	// Needs are what it uses of its machine whatever the store file says. What
	// the store file says is declared where it is read: by an access on the
	// config's attribute, such as aisle:"addr,dial" (package config).
	Needs Needs
}

// Needs are what a plugin uses of the machine it runs on.
type Needs = class.Needs

// Driver opens devices of one class and model.
type Driver = class.Driver

// Env is what a driver's open function gets beside its configuration.
type Env = class.Env

// Safety is the fail-safe behaviour of a device.
type Safety = class.Safety

// Link is a device's line to the host.
type Link = class.Link

// Identity is what a device states about itself, by a method Identity() Identity.
type Identity = class.Identity

// Condition is how a device is, by a method Condition() Condition.
type Condition = class.Condition

// Reading is one quantity that a device measures beside its evidence, by a
// method Readings() []Reading: telemetry, the newest wins.
type Reading = class.Reading

// The states of a condition.
const (
	StateReady    = class.StateReady
	StateDegraded = class.StateDegraded
	StateOffline  = class.StateOffline
	StateFailed   = class.StateFailed
)

// The power states of a condition.
const (
	PowerUnknown    = class.PowerUnknown
	PowerOnline     = class.PowerOnline
	PowerOff        = class.PowerOff
	PowerOffline    = class.PowerOffline
	PowerOffOffline = class.PowerOffOffline
)

// Certificates are where Linux keeps the certificate authorities that it
// trusts. A plugin that speaks TLS to a public service needs to read them.
func Certificates() []string {
	return []string{"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted"}
}
