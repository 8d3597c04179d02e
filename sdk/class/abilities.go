package class

// The abilities below belong to no class: the SDK finds them on any device.
// Another is io.Closer, whose Close is called once after Run has returned.

// Identity is what a device states about itself.
type Identity struct {
	Model, SerialNumber, Firmware string
}

// Identifier is a device that knows its identity. The SDK asks once, after
// open.
type Identifier interface {
	Identity() Identity
}

// State is a device's condition (health states as in UnifiedPOS).
type State uint8

// The states. Their numbers are those of the wire and never change.
const (
	StateUnknown State = iota
	// StateReady: all of it works.
	StateReady
	// StateDegraded: it works in part, such as a shelf with a dead cell.
	StateDegraded
	// StateOffline: the plugin works and the device doesn't answer.
	StateOffline
	// StateFailed: it ended and waits to be opened again.
	StateFailed
)

func (s State) String() string {
	return [...]string{"unknown", "ready", "degraded", "offline", "failed"}[min(s, StateFailed)]
}

// Power is a device's power state (UnifiedPOS 1.16, PowerState property).
type Power uint8

// The power states. Their numbers are those of the wire and never change.
const (
	// PowerUnknown (PS_UNKNOWN): it can't tell.
	PowerUnknown Power = iota
	// PowerOnline (PS_ONLINE): it is on and answers.
	PowerOnline
	// PowerOff (PS_OFF): it is off or detached.
	PowerOff
	// PowerOffline (PS_OFFLINE): it is on and doesn't answer.
	PowerOffline
	// PowerOffOffline (PS_OFF_OFFLINE): off or offline, and it can't tell which.
	PowerOffOffline
)

func (p Power) String() string {
	if p > PowerOffOffline {
		p = PowerUnknown
	}
	return [...]string{"unknown", "online", "off", "offline", "off_offline"}[p]
}

// Condition is how a device is.
type Condition struct {
	State State
	// Cause is one sentence where the state is not ready.
	Cause string
	// Power is whether it has power, where it can tell.
	Power Power
}

// Conditioner is a device that knows how it is. The SDK may ask at any time,
// beside every other method; it must answer at once.
type Conditioner interface {
	Condition() Condition
}
