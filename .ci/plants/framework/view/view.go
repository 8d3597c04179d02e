// Package view stands in for the real one.
package view

import (
	"github.com/hashicorp/go-plugin"                  // want depguard "processes-and-grpc': go-plugin and gRPC only under"
	"github.com/openaisle/aisle/framework/engine"     // want depguard "composition-root': only framework/store knows" "readers-know-no-machine': only framework/store knows"
	"github.com/openaisle/aisle/framework/supervisor" // want depguard "readers-know-no-machine': only framework/store knows"
	"github.com/zclconf/go-cty/cty"                   // want depguard "hcl-ends-at-resolve': hashicorp/hcl and cty only in"
	"google.golang.org/grpc"                          // want depguard "processes-and-grpc': go-plugin and gRPC only under"
)

// A View knows everyone.
type View struct {
	Client plugin.Client
	Conn   *grpc.ClientConn
	Value  cty.Value
	Engine engine.Engine
	Proc   supervisor.Thing
}
