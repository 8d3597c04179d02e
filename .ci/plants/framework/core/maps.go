package core

import (
	"maps"
	"slices"
)

type bag map[string]int

func pick(m map[string]int, b bag) []string {
	var out []string
	for k, v := range m { // want gocritic "pure room: a map has no order"
		out = append(out, k, string(rune(v)))
	}
	for k := range b { // want gocritic "pure room: a map has no order"
		out = append(out, k)
	}
	for range m { // want gocritic "pure room: a map has no order"
		out = append(out, "")
	}
	for k := range maps.Keys(m) { // want gocritic "pure room: a map has no order"
		out = append(out, k)
	}
	return append(out, slices.Collect(maps.Keys(m))...) // want gocritic "pure room: a map has no order"
}

var _ = pick
