package wire

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// Codec is gRPC's codec for protobuf, with a way around messages in memory for
// the two busy streams: what appends itself is sent as it is, and what reads
// itself gets the bytes. It may serve all of a plugin's methods.
func Codec() encoding.CodecV2 { return codec{encoding.GetCodecV2(proto.Name)} }

// Appender is a message that writes itself.
type Appender interface {
	// Size is the length of what Append appends.
	Size() int
	Append(b []byte) []byte
}

// A Scratch receives messages into one buffer that it uses again. The zero
// Scratch is ready.
type Scratch struct{ b []byte }

// Bytes is the message received last.
func (s *Scratch) Bytes() []byte { return s.b }

// keptScratch is how large a buffer may stay after a great message.
const keptScratch = 64 << 10

type codec struct{ encoding.CodecV2 }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(Appender)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	size := m.Size()
	if mem.IsBelowBufferPoolingThreshold(size) {
		return mem.BufferSlice{mem.SliceBuffer(m.Append(make([]byte, 0, size)))}, nil
	}
	pool := mem.DefaultBufferPool()
	b := pool.Get(size)
	*b = m.Append((*b)[:0])
	return mem.BufferSlice{mem.NewBuffer(b, pool)}, nil
}

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	s, ok := v.(*Scratch)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	n := data.Len()
	if cap(s.b) < n || cap(s.b) > keptScratch && n <= keptScratch {
		s.b = make([]byte, n, max(n, 4<<10))
	}
	s.b = s.b[:n]
	data.CopyTo(s.b)
	return nil
}
