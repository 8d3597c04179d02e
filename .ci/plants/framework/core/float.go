// Package core stands in for the real one.
package core

import (
	"math"
	"math/big"
	"strconv"
	"time"
)

type share struct {
	of float64 // want forbidigo "pure room: no float"
}

func half(n int64, s share) int64 {
	s.of++
	return n / 2
}

func third(d time.Duration) string {
	s := d.Seconds()                             // want gocritic "pure room: no float; d.Seconds gives one" "pure room: no float; s is one"
	k := 1.5                                     // want gocritic "pure room: no float; k is one"
	_ = math.Sqrt(k)                             // want gocritic "pure room: no float; math.Sqrt gives one"
	f, _ := new(big.Float).SetInt64(3).Float32() // want gocritic "pure room: no float; f is one"
	_ = f
	return strconv.FormatFloat(s, 'g', -1, 64) // want gocritic "pure room: no float; parse and print"
}

var _, _ = half, third
