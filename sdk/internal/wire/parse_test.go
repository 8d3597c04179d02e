package wire

import (
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// A column reads as an ordinary reader of protobuf reads it, whatever the lengths
// of its numbers, and so does what the encoder writes of them.
func TestColumnsOfAllLengths(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for turn := range 20_000 {
		var want []uint64
		var packed []byte
		bits := rnd.IntN(64)
		for range rnd.IntN(40) {
			if rnd.IntN(8) == 0 {
				bits = rnd.IntN(64)
			}
			v := rnd.Uint64() >> bits
			if len(want) > 0 && rnd.IntN(4) == 0 {
				v = want[len(want)-1]
			}
			want = append(want, v)
			packed = protowire.AppendVarint(packed, v)
		}
		if got := numbers(nil, want); !slices.Equal(got, packed) {
			t.Fatalf("turn %d: %x was written as %x", turn, packed, got)
		}
		var got []uint64
		if err := column(&got, len(want), protowire.BytesType, packed, 0); err != nil || !slices.Equal(got, want) {
			t.Fatalf("turn %d: %x is %v: %v", turn, packed, got, err)
		}
		if n := len(want); n > 0 {
			got = nil
			if err := column(&got, n-1, protowire.BytesType, packed, 0); err == nil {
				t.Fatalf("turn %d: %d numbers where %d may be", turn, n, n-1)
			}
			if err := column(&got, n+8, protowire.BytesType, append(packed, 0x80), 0); err == nil {
				t.Fatalf("turn %d: half a number", turn)
			}
		}
	}
}
