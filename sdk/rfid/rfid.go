// Package rfid is the contract of RFID readers (LLRP's terms: reader, antenna,
// tag).
//
// Raw reads stay in the plugin; what crosses is one Tag for each tag that came
// into view, went through or left, with direction where the reader can tell.
// sdk/signal turns reads into such reports.
package rfid

import (
	"context"

	"github.com/openaisle/aisle/sdk/observe"
)

// A Reader inventories the tags before its antennas.
type Reader interface {
	// Run reports tags until ctx ends, and restates all tags in view after it
	// begins. Any other return means that the reader is lost; the host opens
	// it again.
	Run(ctx context.Context, report func(observe.Tag)) error
}
