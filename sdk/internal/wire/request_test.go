package wire

import (
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/internal/pb"
)

// What is written and read by hand is what protobuf writes and reads, whatever it
// is, and what is wrong is wrong for both.
func TestAdmitRequest(t *testing.T) {
	for _, r := range []*pb.AdmitRequest{
		{},
		{Handle: 1, Epoch: 2, Session: "018f2b3c4d5e6f708192a3b4c5d6e7f8", Bodies: 1, ExpiresUs: 1_763_800_000_000_000},
		{Handle: math.MaxUint32, Epoch: math.MaxUint64, Session: "zoë", Bodies: math.MaxUint32, ExpiresUs: math.MinInt64},
		{Session: "\xff"},
	} {
		want, wrong := proto.Marshal(r)
		got, err := AppendRequest([]byte{}, r)
		if (err != nil) != (wrong != nil) || string(got) != string(want) {
			t.Errorf("%v: %x, %v; protobuf: %x, %v", r, got, err, want, wrong)
		}
	}
	whole, err := proto.Marshal(&pb.AdmitRequest{Handle: 300, Epoch: 1 << 40, Session: "018f2b3c", Bodies: 2, ExpiresUs: -5})
	if err != nil {
		t.Fatal(err)
	}
	raws := [][]byte{{}, whole, append(whole, whole...), append(whole, 0x32, 1, 'x'), append(whole, 0x38, 1), {0x1a, 1, 0xff}, {0x0a, 0}, {0x08}, {0xff},
		{0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, {0x1a, 5, 'x'}}
	for i := range whole {
		raws = append(raws, whole[:i])
	}
	for _, raw := range raws {
		var got, want pb.AdmitRequest
		err, wrong := ReadRequest(raw, &got), proto.Unmarshal(raw, &want)
		if (err != nil) != (wrong != nil) || err == nil && !proto.Equal(&got, &want) {
			t.Errorf("%x: %v, %v; protobuf: %v, %v", raw, &got, err, &want, wrong)
		}
	}
}
