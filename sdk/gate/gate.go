// Package gate is the contract of gates: devices that control one lane, or
// several, between the street and the store.
//
// It holds the interface that a vendor implements, and Driver, which makes a
// plugin's driver of it. The host reaches a gate through sdk/host. It has no
// way to hold a person in: there is no such call.
package gate

import (
	"context"
	"time"

	"github.com/openaisle/aisle/sdk/observe"
)

// A Gate controls one lane between the street and the store.
// The SDK calls one method at a time, beside Run.
type Gate interface {
	// Run reports passages until ctx ends, one for each body, in either
	// direction. Any other return means that the gate is lost; the host opens
	// it again.
	Run(ctx context.Context, report func(observe.Passage)) error
	// Admit lets a.Bodies people through before a.Expires. The same session
	// again is the same admission: it never lets more people in. A gate that
	// can't tell whether it opened answers with code unknown.
	Admit(ctx context.Context, a Admission) error
}

// Admission is leave to enter, given after a hold on the shopper's card is
// durable.
type Admission struct {
	// Session names the visit; Passage.Admission repeats it where the gate
	// counts bodies against it.
	Session string
	// Bodies is how many people may pass in, at least 1.
	Bodies int
	// Expires is when the leave ends if nobody passed, on the host's clock.
	Expires time.Time
}
