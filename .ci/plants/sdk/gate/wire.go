package gate

import (
	"github.com/openaisle/aisle/sdk/internal/pb"
	"google.golang.org/grpc"
)

// Wire is an adapter, which may use both.
func Wire(pb.Thing, *grpc.Server) {}
