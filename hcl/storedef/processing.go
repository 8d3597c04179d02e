package storedef

import (
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// Processing is what a payment processor can do, by its plugin's word and as
// far as the store's contract with it goes. The core does nothing that it does
// not cover.
type Processing struct {
	// KeyWindow is for how long a key stands for one movement, from when it was
	// first asked for. After it the same key may move money again.
	KeyWindow time.Duration `json:"key_window"`
	// SavesErrors says that a failure of the processor's own, too, is given again
	// under its key, for as long as the key lasts: asking again can't mend it. A
	// decline always is.
	SavesErrors bool `json:"saves_errors,omitempty"`
	// LookupByKey and LookupByReference are how a movement whose answer was lost
	// is found: by its key, or by the reference of the hold or capture that it
	// acted on.
	LookupByKey       bool `json:"lookup_by_key,omitempty"`
	LookupByReference bool `json:"lookup_by_reference,omitempty"`
	// SettlingDelay is how old a movement may be that a look-up does not find.
	SettlingDelay time.Duration `json:"settling_delay,omitempty"`
	// HoldLifetime is how long a hold lasts at the least, HoldLifetimes how long
	// by the network of the card, sorted by it.
	HoldLifetime  time.Duration     `json:"hold_lifetime"`
	HoldLifetimes []NetworkLifetime `json:"hold_lifetimes,omitempty"`
	// PartialCapture: less than the hold may be captured, and the rest is
	// released. MultipleCapture: a hold may be captured in several parts.
	PartialCapture  bool `json:"partial_capture,omitempty"`
	MultipleCapture bool `json:"multiple_capture,omitempty"`
	// OverCapture is how much above the hold may be captured, as a share of it.
	OverCapture measure.Probability `json:"over_capture,omitempty"`
	// Increment: a hold can be raised to a new total.
	Increment bool `json:"increment,omitempty"`
	// VoidAfterCapture: what a capture left of a hold can be released.
	VoidAfterCapture bool `json:"void_after_capture,omitempty"`
	// PartialRefund: less than the capture can be given back, and more than once.
	PartialRefund bool `json:"partial_refund,omitempty"`
	// RefundWindow is how long after its capture money can be given back; zero
	// is never.
	RefundWindow time.Duration `json:"refund_window,omitempty"`
}

// NetworkLifetime is how long holds on one network's cards last.
type NetworkLifetime struct {
	// Network is its name in small letters, such as "visa".
	Network  string        `json:"network"`
	Lifetime time.Duration `json:"lifetime"`
}

// Day is what hold lifetimes and windows of processors are counted in.
const Day = 24 * time.Hour

// DefaultProcessing is what is taken of a processor whose plugin was not asked.
func DefaultProcessing() Processing {
	return Processing{
		KeyWindow: Day, LookupByKey: true, LookupByReference: true, HoldLifetime: 7 * Day,
		PartialCapture: true, PartialRefund: true, RefundWindow: 90 * Day,
	}
}

// Processing is what the device at an address can do as a processor: what its
// plugin declared or else the default.
func (x *Index) Processing(address string) Processing {
	if d := x.devices[address]; d != nil && d.Processing != nil {
		return *d.Processing
	}
	return DefaultProcessing()
}
