// Package credential is the contract of credential readers: palm, badge, card
// and code readers at an entrance.
//
// A reader hands over an opaque token, a method and a quality. There is no
// field for a card number or a biometric template, so neither can cross.
//
// What a reader can besides is optional, and found by its interface: Shower shows
// people what became of a presentation; Enroller and Forgetter are devices that
// match by themselves and can learn and erase on the device whom they recognise.
// Such a device's tokens mean nothing until the store has paired them with a
// payment token: they carry observe.AttributeEnrolment.
package credential

import (
	"context"

	"github.com/openaisle/aisle/sdk/observe"
)

// A Reader recognises instruments that people present.
type Reader interface {
	// Run reports each presented credential once, until ctx ends. Any other
	// return means that the reader is lost; the host opens it again.
	Run(ctx context.Context, report func(observe.Credential)) error
}
