package agent

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// frame is one message that is forwarded as it is.
type frame struct{ data mem.BufferSlice }

// raw is gRPC's protobuf codec, which leaves frames alone.
type raw struct{ proto encoding.CodecV2 }

func newRaw() raw { return raw{encoding.GetCodecV2(proto.Name)} }

// Marshal gives a frame's bytes away: it can be sent once.
func (c raw) Marshal(v any) (mem.BufferSlice, error) {
	if f, ok := v.(*frame); ok {
		data := f.data
		f.data = nil
		return data, nil
	}
	return c.proto.Marshal(v)
}

// Unmarshal keeps the bytes for a frame.
func (c raw) Unmarshal(data mem.BufferSlice, v any) error {
	if f, ok := v.(*frame); ok {
		data.Ref()
		f.data = data
		return nil
	}
	if err := c.proto.Unmarshal(data, v); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	return nil
}

// Name is protobuf's, which is what goes over the wire.
func (c raw) Name() string { return c.proto.Name() }
