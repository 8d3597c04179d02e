// Package rfid is the contract of RFID readers (LLRP's terms: reader, antenna,
// tag).
//
// Raw reads stay in the plugin; what crosses is one Tag for each tag that came
// into view, went through or left, with direction where the reader can tell.
// sdk/signal turns reads into such reports.
//
// A tag is told by its EPC. What is none is not told: an unprogrammed tag (header
// 00) and a TID that was read in the EPC's place (header E2), as gs1.ParseEPC has
// it. Codes of all other headers are carried as they are, GS1's or not.
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
