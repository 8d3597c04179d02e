package host

import (
	"context"

	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/shelf"
)

// Shelf commands one opening of a weight shelf.
type Shelf struct {
	plugin *Plugin
	source source
}

var _ shelf.Tarer = (*Shelf)(nil)

// Shelf gives the commands of a shelf that was opened under an epoch.
func (p *Plugin) Shelf(handle uint32, epoch uint64) *Shelf {
	return &Shelf{p, source{handle, epoch}}
}

// Tare makes the present mass of a bay its zero (shelf.Tarer). A shelf without
// the ability "shelf.tare" answers with code unsupported.
func (s *Shelf) Tare(ctx context.Context, bay int) error {
	return s.plugin.command(ctx, "tare", pb.Shelf_Tare_FullMethodName, &pb.TareRequest{
		Handle: s.source.handle, Epoch: s.source.epoch, Bay: uint32(max(bay, 0)), //nolint:gosec // not negative
	}, &pb.TareResponse{})
}
