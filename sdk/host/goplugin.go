package host

import (
	"context"
	"errors"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/internal/wire"
)

// What a supervisor needs of the wire.
const (
	// Contract is the version of the contract that this host speaks.
	Contract = wire.Contract
	// PluginName is the name to dispense with go-plugin.
	PluginName = wire.PluginName
	// LifelineEnv names the environment variable by which a supervisor gives a
	// plugin the number of an inherited pipe's reading end. The pipe's end of
	// file tells the plugin that its host is gone.
	LifelineEnv = wire.LifelineEnv
	// MaxMessage is the most bytes of one message that the host receives.
	MaxMessage = wire.MaxMessage
)

// Handshake is go-plugin's handshake configuration.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion: wire.Contract, MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue,
	}
}

// PluginSet is the plugin set for go-plugin's client. Dispense(PluginName) gives
// a *Plugin.
func PluginSet() plugin.PluginSet { return plugin.PluginSet{PluginName: dispenser{}} }

// DialOptions are the options of the connection: a receive cap and static
// flow-control windows.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(wire.MaxMessage)),
		grpc.WithMaxHeaderListSize(wire.MaxHeaders),
		grpc.WithStaticStreamWindowSize(wire.StreamWindow),
		grpc.WithStaticConnWindowSize(wire.ConnWindow),
	}
}

type dispenser struct{ plugin.NetRPCUnsupportedPlugin }

func (dispenser) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("a host serves no plugin")
}

func (dispenser) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return New(conn), nil
}
