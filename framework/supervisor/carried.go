package supervisor

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
)

// go-plugin's service for what a Go plugin prints after the handshake
// (plugin.GRPCStdio). Somebody has to read it: a plugin that is not built with
// our SDK waits in the middle of a print when nobody does.
const (
	stdioMethod  = "/plugin.GRPCStdio/StreamStdio"
	stdioChannel = protowire.Number(1)
	stdioData    = protowire.Number(2)
	stdioStderr  = 2
	// maxStdio bounds one message. go-plugin sends 1 KiB.
	maxStdio = 64 << 10
)

// follow reads what the plugin prints over the connection, until close.
func (a *launch) follow(conn *grpc.ClientConn) {
	ctx, cancel := context.WithCancel(context.Background())
	a.mu.Lock()
	a.conn, a.output = conn, cancel
	a.mu.Unlock()
	a.carried.Go(func() {
		defer cancel()
		a.carry(ctx, conn)
	})
}

func (a *launch) carry(ctx context.Context, conn *grpc.ClientConn) {
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, stdioMethod,
		grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(maxStdio))
	if err != nil || stream.SendMsg(&[]byte{}) != nil || stream.CloseSend() != nil {
		return // the plugin has no such service
	}
	out, errs := a.proc.out.stream("stdout"), a.proc.out.stream("stderr")
	defer out.end()
	defer errs.end()
	for {
		var m []byte
		if err := stream.RecvMsg(&m); err != nil {
			return
		}
		to, data, err := stdioOf(m)
		if err != nil {
			return
		}
		if to == stdioStderr {
			_, _ = errs.Write(data) // never fails; waits where too much comes
		} else {
			_, _ = out.Write(data)
		}
	}
}

// stdioOf reads a plugin.StdioData: the channel and the bytes.
func stdioOf(m []byte) (channel uint64, data []byte, err error) {
	for len(m) > 0 {
		number, kind, n := protowire.ConsumeTag(m)
		if n < 0 {
			return 0, nil, protowire.ParseError(n)
		}
		m = m[n:]
		switch {
		case number == stdioChannel && kind == protowire.VarintType:
			channel, n = protowire.ConsumeVarint(m)
		case number == stdioData && kind == protowire.BytesType:
			data, n = protowire.ConsumeBytes(m)
		default:
			n = protowire.ConsumeFieldValue(number, kind, m)
		}
		if n < 0 {
			return 0, nil, protowire.ParseError(n)
		}
		m = m[n:]
	}
	return channel, data, nil
}

// rawCodec passes messages as they are.
type rawCodec struct{}

var errCodec = errors.New("the codec takes bytes")

func (rawCodec) Marshal(v any) ([]byte, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("%w and not a %T", errCodec, v)
	}
	return *b, nil
}

func (rawCodec) Unmarshal(b []byte, v any) error {
	to, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("%w and not a %T", errCodec, v)
	}
	*to = append((*to)[:0], b...)
	return nil
}

func (rawCodec) Name() string { return "proto" }
