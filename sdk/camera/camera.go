// Package camera is the contract of cameras that see bodies and hands.
//
// A camera reports tracks, where they are, and what their hands do. A track is
// opaque and is never a person. Images never cross as messages.
package camera

import (
	"context"

	"github.com/openaisle/aisle/sdk/observe"
)

// A Camera follows bodies and their hands.
type Camera interface {
	// Run reports until ctx ends. When it begins it restates the presence of
	// every live track. A track's name is never used again for another body,
	// not even after a restart. Any other return means that the camera is
	// lost; the host opens it again.
	Run(ctx context.Context, report Report) error
}

// Report takes what a camera saw. Both return at once.
type Report struct {
	// Presence states where a track is, at every change. A camera that can't be sure
	// that a track still is the same body says how sure it is (Presence.Confidence);
	// one that can't say that either ends the track and begins another. A track that
	// goes on as somebody else's, without a word, charges one shopper for another.
	Presence func(observe.Presence)
	// Interaction states what a hand did at a shelf, when it is over.
	Interaction func(observe.Interaction)
}
