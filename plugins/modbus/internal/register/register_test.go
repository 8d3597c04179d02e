package register

import (
	"errors"
	"math"
	"testing"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		kind, order string
		words       []uint16
		want        float64
	}{
		{"int16", "ABCD", []uint16{0xfffe}, -2},
		{"int16", "BADC", []uint16{0xfeff}, -2},
		{"uint16", "ABCD", []uint16{0xfffe}, 65534},
		{"int32", "ABCD", []uint16{0x0001, 0x86a0}, 100_000},
		{"int32", "CDAB", []uint16{0x86a0, 0x0001}, 100_000},
		{"int32", "BADC", []uint16{0x0100, 0xa086}, 100_000},
		{"int32", "DCBA", []uint16{0xa086, 0x0100}, 100_000},
		{"int32", "ABCD", []uint16{0xffff, 0xffff}, -1},
		{"uint32", "ABCD", []uint16{0xffff, 0xffff}, 4_294_967_295},
		{"float32", "ABCD", []uint16{0x4148, 0x0000}, 12.5},
		{"float32", "CDAB", []uint16{0x0000, 0x4148}, 12.5},
	} {
		if got, err := (Number{c.kind, c.order}).Read(c.words); got != c.want || err != nil {
			t.Errorf("%s %s %x: %v, %v; want %v", c.kind, c.order, c.words, got, err, c.want)
		}
	}
	for _, c := range []struct {
		kind  string
		words []uint16
	}{{"float32", []uint16{0x7fc0, 0}}, {"float32", []uint16{0x7f80, 0}}, {"int32", []uint16{1}}, {"int16", nil}, {"other", []uint16{1, 2}}} {
		if got, err := (Number{c.kind, "ABCD"}).Read(c.words); !errors.Is(err, ErrNumber) {
			t.Errorf("%s %x: %v, %v", c.kind, c.words, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(uint16(1), uint16(2), byte(0), byte(0))
	f.Fuzz(func(t *testing.T, a, b uint16, kind, order byte) {
		n := Number{Types[int(kind)%len(Types)], Orders[int(order)%len(Orders)]}
		words := []uint16{a, b}[:n.Words()]
		got, err := n.Read(words)
		if err == nil && (math.IsNaN(got) || math.IsInf(got, 0) || math.Abs(got) > math.MaxFloat32) {
			t.Errorf("%v of %x is %v", n, words, got)
		}
	})
}
