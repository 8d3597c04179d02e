// Package canonical writes JSON as encoding/json does, byte for byte, in a
// fraction of the time: the journal's records and the states of the core are
// written with it, and both are encoded more often than anything else is done.
//
// It writes what such records are made of: structs, slices, maps by strings,
// numbers, texts and times. Whatever else a value holds is left to encoding/json,
// and so is a type that it does not know how to write; so the result is the same
// for every value. Decode reads such texts back, with encoding/json's result in
// about a third of its time.
//
// How a type is written is found out once; values are then read where they stand, by
// the offsets of their fields and not through reflection.
//
// Packages event, core and engine call it.
package canonical

import (
	"encoding/json"
	"reflect"
)

// Append adds v's encoding to b. The error is encoding/json's.
func Append(b []byte, v any) ([]byte, error) {
	if v == nil {
		return append(b, "null"...), nil
	}
	rv := reflect.ValueOf(v)
	k := knownOf(rv.Type())
	if !k.ok {
		return appendStandard(b, v)
	}
	if rv.Kind() == reflect.Pointer {
		if rv.IsNil() {
			return append(b, "null"...), nil
		}
		return k.pointed(b, rv.UnsafePointer())
	}
	room := k.room.Get() // a place that can be pointed to
	p := reflect.ValueOf(room)
	p.Elem().Set(rv)
	b, err := k.write(b, p.UnsafePointer())
	p.Elem().SetZero() // it keeps nothing of what was written
	k.room.Put(room)
	return b, err
}

func appendStandard(b []byte, v any) ([]byte, error) {
	own, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(b, own...), nil
}
