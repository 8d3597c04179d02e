package inmemory

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

// repeat is gRPC's interceptor of streams: what was received of one may come a
// second time. Streams whose codec is not named by their caller are left alone.
func (m *Machine) repeat(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	var codec encoding.CodecV2
	for _, o := range opts {
		if f, ok := o.(grpc.ForceCodecV2CallOption); ok {
			codec = f.CodecV2
		}
	}
	if codec == nil || m.opt.Again == nil {
		return streamer(ctx, desc, cc, method, opts...)
	}
	s, err := streamer(ctx, desc, cc, method, append(opts[:len(opts):len(opts)], grpc.ForceCodecV2(rawCodec{codec}))...)
	if err != nil {
		return nil, err
	}
	return &repeater{ClientStream: s, codec: codec, again: m.opt.Again}, nil
}

// repeater is a stream of which a message may be received twice.
type repeater struct {
	grpc.ClientStream
	codec encoding.CodecV2
	again func() bool
	kept  []byte
}

func (s *repeater) RecvMsg(v any) error {
	b := s.kept
	s.kept = nil
	if b == nil {
		var r raw
		if err := s.ClientStream.RecvMsg(&r); err != nil {
			return err
		}
		if b = r; len(b) > 0 && s.again() {
			s.kept = b
		}
	}
	return s.codec.Unmarshal(mem.BufferSlice{mem.SliceBuffer(b)}, v)
}

// raw is a message as it travels.
type raw []byte

// rawCodec leaves messages as they travel to those who ask for that.
type rawCodec struct{ encoding.CodecV2 }

func (c rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	r, ok := v.(*raw)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	*r = data.Materialize()
	return nil
}
