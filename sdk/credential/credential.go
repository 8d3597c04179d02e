// Package credential is the contract of credential readers: palm, badge, card
// and code readers at an entrance.
//
// A reader hands over an opaque token, a method and a quality. There is no
// field for a card number or a biometric template, so neither can cross.
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
