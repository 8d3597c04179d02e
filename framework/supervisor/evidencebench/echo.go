package evidencebench

import (
	"context"
	"errors"
	"net"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/openaisle/aisle/sdk/host"
)

// A stream of nothing but gRPC that echoes messages, mutual TLS: what no command
// stream can be faster than for a lone caller.

const (
	echoMethod = "/bench.Commands/Echo"
	echoSocket = "echo"
	// echoWindow is the window that plugins and hosts have.
	echoWindow = 64 << 10
)

// serveEcho echoes until it is stopped.
func serveEcho(dir string) (*grpc.Server, error) {
	conf, err := identity(dir)
	if err != nil {
		return nil, err
	}
	lis, err := net.Listen("unix", filepath.Join(dir, echoSocket))
	if err != nil {
		return nil, err
	}
	g := grpc.NewServer(grpc.Creds(credentials.NewTLS(conf)), grpc.ForceServerCodec(raw{}),
		grpc.StaticStreamWindowSize(echoWindow), grpc.StaticConnWindowSize(16*echoWindow),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			var b []byte
			for {
				if err := stream.RecvMsg(&b); err != nil {
					return err
				}
				if err := stream.SendMsg(&b); err != nil {
					return err
				}
			}
		}))
	go func() { _ = g.Serve(lis) }() // ends with the process
	return g, nil
}

// echoes measures one caller on the bare stream, who receives its own answers,
// beside the raw socket.
func (b *wireBench) echoes() (err error) {
	ping, conn, err := b.raw.pinger()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	conf, err := identity(b.raw.dir)
	if err != nil {
		return err
	}
	client, err := grpc.NewClient("unix:"+filepath.Join(b.raw.dir, echoSocket), append(host.DialOptions(),
		grpc.WithTransportCredentials(credentials.NewTLS(conf)))...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	stream, err := client.NewStream(ctx, streamDesc, echoMethod, grpc.ForceCodec(raw{}))
	if err != nil {
		return err
	}
	message := make([]byte, rawPing)
	rawCall, err := lone(ping)
	if err != nil {
		return err
	}
	call, err := lone(func() error {
		if err := stream.SendMsg(&message); err != nil {
			return err
		}
		return stream.RecvMsg(&message)
	})
	if err != nil {
		return err
	}
	b.bare.add(micros(call), micros(rawCall))
	return nil
}
