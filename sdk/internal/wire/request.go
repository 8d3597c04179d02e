package wire

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/internal/pb"
)

// Requests are marshalled as protobuf does it. That of the one command that
// shoppers wait for in a row is written and read by hand, for a quarter of what
// reflection takes.

// AppendRequest appends a request that the host made itself to b.
func AppendRequest(b []byte, m proto.Message) ([]byte, error) {
	r, ok := m.(*pb.AdmitRequest)
	if !ok || !utf8.ValidString(r.GetSession()) {
		return proto.MarshalOptions{}.MarshalAppend(b, m)
	}
	b = appendNumber(b, 1, uint64(r.GetHandle()))
	b = appendNumber(b, 2, r.GetEpoch())
	if s := r.GetSession(); s != "" {
		b = append(appendLength(b, 3, len(s)), s...)
	}
	b = appendNumber(b, 4, uint64(r.GetBodies()))
	return appendNumber(b, 5, protowire.EncodeZigZag(r.GetExpiresUs())), nil
}

// appendNumber appends a field unless it has its default.
func appendNumber(b []byte, n protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

// ReadRequest reads a command's request into m, which is empty.
func ReadRequest(b []byte, m proto.Message) error {
	if r, ok := m.(*pb.AdmitRequest); ok && readAdmit(b, r) {
		return nil
	}
	return proto.Unmarshal(b, m) // it begins anew
}

// readAdmit is false for what is not all plain, and may have read some of it then.
func readAdmit(b []byte, r *pb.AdmitRequest) bool {
	for len(b) > 0 {
		n, t, used := protowire.ConsumeTag(b)
		if used < 0 {
			return false
		}
		b = b[used:]
		if n == 3 && t == protowire.BytesType {
			s, used := protowire.ConsumeBytes(b)
			if used < 0 || !utf8.Valid(s) {
				return false
			}
			r.Session, b = string(s), b[used:]
			continue
		}
		if t != protowire.VarintType {
			return false
		}
		v, used := protowire.ConsumeVarint(b)
		if used < 0 {
			return false
		}
		b = b[used:]
		switch n {
		case 1:
			r.Handle = uint32(v) //nolint:gosec // as protobuf cuts it
		case 2:
			r.Epoch = v
		case 4:
			r.Bodies = uint32(v) //nolint:gosec // likewise
		case 5:
			r.ExpiresUs = protowire.DecodeZigZag(v)
		default:
			return false
		}
	}
	return true
}
