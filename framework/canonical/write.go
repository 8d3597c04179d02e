package canonical

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// writer adds a value's encoding to b.
type writer func(b []byte, v reflect.Value) ([]byte, error)

var (
	timeType    = reflect.TypeFor[time.Time]()
	marshaler   = reflect.TypeFor[json.Marshaler]()
	textual     = reflect.TypeFor[encoding.TextMarshaler]()
	zeroer      = reflect.TypeFor[zeroes]()
	knownTypes  sync.Map // reflect.Type to *known
	standardFor = writer(func(b []byte, v reflect.Value) ([]byte, error) { return appendStandard(b, v.Interface()) })
)

// zeroes is what encoding/json asks whether to omit a field by omitzero.
type zeroes interface{ IsZero() bool }

// known is what is known of a type: how it is written, or that it is left to
// encoding/json.
type known struct {
	write writer
	ok    bool
	room  sync.Pool // pointers to values of the type
}

// knownOf gives what is known of a type.
func knownOf(t reflect.Type) *known {
	if k, found := knownTypes.Load(t); found {
		k, _ := k.(*known)
		return k
	}
	w, ok := build(t, nil)
	k := &known{write: w, ok: ok, room: sync.Pool{New: func() any { return reflect.New(t).Interface() }}}
	knownTypes.Store(t, k)
	return k
}

// writerOf gives how a type is written; ok is false where encoding/json has to.
func writerOf(t reflect.Type) (writer, bool) {
	k := knownOf(t)
	return k.write, k.ok
}

// build makes the writer of a type. Path are the types that it is a part of: one
// that holds itself is left to encoding/json.
func build(t reflect.Type, path []reflect.Type) (writer, bool) {
	if slices.Contains(path, t) {
		return nil, false
	}
	path = append(slices.Clip(path), t)
	switch {
	case t == timeType:
		return writeTime, true
	case t.Implements(marshaler) && t.Kind() != reflect.Pointer:
		return standardFor, true
	case reflect.PointerTo(t).Implements(marshaler) && t.Kind() != reflect.Pointer, !t.Implements(textual) && reflect.PointerTo(t).Implements(textual) && t.Kind() != reflect.Pointer:
		return nil, false // whether it counts depends on where the value stands
	case t.Implements(textual) && t.Kind() != reflect.Pointer:
		return writeText, true
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil }, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int(), 10), nil }, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendUint(b, v.Uint(), 10), nil }, true
	case reflect.String:
		if t == reflect.TypeFor[json.Number]() {
			return standardFor, true
		}
		return func(b []byte, v reflect.Value) ([]byte, error) { return appendString(b, v.String()) }, true
	case reflect.Pointer:
		return buildPointer(t, path)
	case reflect.Slice:
		return buildSlice(t, path)
	case reflect.Map:
		return buildMap(t, path)
	case reflect.Struct:
		return buildStruct(t, path)
	default: // floats, arrays, interfaces, and what can't be encoded
		return standardFor, true
	}
}

func buildPointer(t reflect.Type, path []reflect.Type) (writer, bool) {
	to, ok := build(t.Elem(), path)
	if !ok {
		return nil, false
	}
	return func(b []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return to(b, v.Elem())
	}, true
}

func buildSlice(t reflect.Type, path []reflect.Type) (writer, bool) {
	of := t.Elem()
	if of.Kind() == reflect.Uint8 && !of.Implements(marshaler) && !of.Implements(textual) {
		return standardFor, true // base64
	}
	each, ok := build(of, path)
	if !ok {
		return nil, false
	}
	return func(b []byte, v reflect.Value) (_ []byte, err error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = each(b, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}, true
}

func buildMap(t reflect.Type, path []reflect.Type) (writer, bool) {
	if t.Key().Kind() != reflect.String || t.Key().Implements(textual) {
		return standardFor, true
	}
	each, ok := build(t.Elem(), path)
	if !ok {
		return nil, false
	}
	return func(b []byte, v reflect.Value) (_ []byte, err error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		type entry struct {
			key   string
			value reflect.Value
		}
		all := make([]entry, 0, v.Len())
		for walk := v.MapRange(); walk.Next(); {
			all = append(all, entry{walk.Key().String(), walk.Value()})
		}
		slices.SortFunc(all, func(x, y entry) int { return strings.Compare(x.key, y.key) })
		b = append(b, '{')
		for i := range all {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendString(b, all[i].key); err != nil {
				return nil, err
			}
			b = append(b, ':')
			if b, err = each(b, all[i].value); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}, true
}

func writeTime(b []byte, v reflect.Value) ([]byte, error) {
	t, ok := timeIn(v)
	if !ok {
		return nil, fmt.Errorf("%s is no time", v.Type())
	}
	from := len(b)
	out, err := t.AppendText(append(b, '"'))
	if err != nil { // in the words of encoding/json
		return appendStandard(b[:from], t)
	}
	return append(out, '"'), nil
}

// timeIn takes the time out of a value, without a copy where that can be.
func timeIn(v reflect.Value) (t time.Time, ok bool) {
	if v.CanAddr() {
		p, ok := v.Addr().Interface().(*time.Time)
		return *p, ok
	}
	t, ok = v.Interface().(time.Time)
	return t, ok
}

func writeText(b []byte, v reflect.Value) ([]byte, error) {
	t, ok := v.Interface().(encoding.TextMarshaler)
	if !ok {
		return nil, fmt.Errorf("%s is no text", v.Type())
	}
	text, err := t.MarshalText()
	if err != nil { // in the words of encoding/json
		return appendStandard(b, v.Interface())
	}
	return appendString(b, string(text))
}

// appendString writes a text. What has to be escaped is left to encoding/json.
func appendString(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return appendStandard(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"'), nil
}
