package supervisor

import (
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/openaisle/aisle/framework/devices" // want depguard "supervisor-knows-no-store': only framework/store knows"
	"google.golang.org/grpc"
)

// A Process may use go-plugin, gRPC, clocks, goroutines and floats.
type Process struct {
	Client *plugin.Client
	Conn   *grpc.ClientConn
	Device devices.Thing
	Load   float64
}

// Start starts.
func (p *Process) Start(done chan<- time.Time) {
	go func() { done <- time.Now() }()
}
