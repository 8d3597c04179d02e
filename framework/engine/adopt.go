package engine

import (
	"context"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// Adopt takes in a definition that comes into force while the store runs. It is
// durable when the journal has the record of it; one that makes the core panic
// is set aside like any other input, and the one in force stays.
func (e *Engine) Adopt(ctx context.Context, s storedef.Store, digest string) error {
	return e.in.put(ctx, "definition", event.Definition{Store: s, Salt: e.salt, Digest: digest})
}
