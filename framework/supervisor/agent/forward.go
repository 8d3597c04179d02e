package agent

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// forward carries a call of the plugin's contract to the instance it is for. It
// is gRPC's handler for what is not the agent's own.
func (s *Server) forward(_ any, in grpc.ServerStream) error {
	method, ok := grpc.MethodFromServerStream(in)
	if !ok {
		return host.StatusOf(fault.New(fault.Internal, "a call without a method"))
	}
	ctx := in.Context()
	if name := header(ctx, keyPlugin); name != "" && method == methodDescribe {
		return s.describe(ctx, name, method, in)
	}
	id, err := strconv.ParseUint(header(ctx, keyInstance), 10, 64)
	if err != nil {
		return host.StatusOf(fault.New(fault.Unavailable, "the call names no instance"))
	}
	to, err := s.instance(ctx, id)
	if err != nil {
		return host.StatusOf(err)
	}
	if method == methodRelay {
		return s.relay(ctx, id, in, to.in.Plugin())
	}
	ctx, cancel, err := s.inTime(ctx)
	if err != nil {
		return host.StatusOf(err)
	}
	defer cancel()
	return s.pipe(ctx, method, in, to.in.Plugin().Conn())
}

// describe starts a program only to ask what it is.
func (s *Server) describe(ctx context.Context, name, method string, in grpc.ServerStream) error {
	spec, err := s.program(name)
	if err != nil {
		return host.StatusOf(err)
	}
	i, err := s.start(ctx, spec)
	if err != nil {
		return host.StatusOf(fault.Wrap(fault.Unavailable, "start "+name, err))
	}
	err = s.pipe(ctx, method, in, i.Plugin().Conn())
	if stop := i.Stop(); stop != nil {
		s.log.Error("stop plugin", "plugin", name, "error", stop)
	}
	return err
}

// inTime refuses a call that was held up until its time was over, and lets the
// others run no longer than that.
func (s *Server) inTime(ctx context.Context) (context.Context, context.CancelFunc, error) {
	by := header(ctx, keyBy)
	if by == "" {
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel, nil
	}
	us, err := strconv.ParseUint(by, 10, 63)
	if err != nil {
		return nil, nil, fault.New(fault.Unavailable, "the call's deadline is malformed")
	}
	left := time.Duration(us-min(us, ticks())) * time.Microsecond //nolint:gosec // 63 bits
	if left <= 0 {
		return nil, nil, fault.New(fault.Unavailable, "the call's time was over when it came to the agent")
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	return ctx, cancel, nil
}

// pipe forwards both directions of a call until it ends.
func (s *Server) pipe(ctx context.Context, method string, in grpc.ServerStream, to grpc.ClientConnInterface) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, err := to.NewStream(metadata.NewOutgoingContext(ctx, nil), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method,
		grpc.ForceCodecV2(s.codec), grpc.MaxCallRecvMsgSize(host.MaxMessage), grpc.MaxCallSendMsgSize(host.MaxMessage))
	if err != nil {
		return err
	}
	s.pipes.Go(func() { // ends when the handler has returned: that ends in
		for {
			var f frame
			if err := in.RecvMsg(&f); errors.Is(err, io.EOF) {
				_ = out.CloseSend() // what is wrong comes from the other direction
				return
			} else if err != nil {
				cancel()
				return
			}
			if out.SendMsg(&f) != nil {
				return
			}
		}
	})
	for {
		var f frame
		err := out.RecvMsg(&f)
		if err != nil {
			in.SetTrailer(out.Trailer())
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := in.SendMsg(&f); err != nil {
			return err
		}
	}
}

// relay makes the commands of a stream, each in its time.
func (s *Server) relay(ctx context.Context, id uint64, in grpc.ServerStream, to *host.Plugin) error {
	var last frame
	defer func() { last.data.Free() }()
	return to.Relay(ctx, host.Relay{
		Receive: func() ([]byte, error) {
			last.data.Free()
			last.data = nil
			if err := in.RecvMsg(&last); err != nil {
				return nil, err
			}
			return last.data.Materialize(), nil
		},
		Send: func(b []byte) error {
			return in.SendMsg(&frame{mem.BufferSlice{mem.SliceBuffer(bytes.Clone(b))}}) // gRPC may send it later
		},
		Now: ticks,
		Allowed: func() error {
			_, err := s.instance(ctx, id)
			return err
		},
	})
}

func header(ctx context.Context, key string) string {
	if v := metadata.ValueFromIncomingContext(ctx, key); len(v) == 1 {
		return v[0]
	}
	return ""
}
