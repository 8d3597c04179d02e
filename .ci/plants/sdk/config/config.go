// Package config stands in for the real one.
package config

import (
	"io/fs" // want depguard "pure-config': pure room"
	"reflect"
)

// Keys walks a map by reflection.
func Keys(v reflect.Value, _ fs.FileMode) int {
	n := 0
	for it := v.MapRange(); it.Next(); { // want gocritic "pure room: a map has no order; sort reflect.Value.MapKeys"
		n++
	}
	return n
}
