package canonical

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// writer adds the encoding of the value at p to b.
type writer func(b []byte, p unsafe.Pointer) ([]byte, error)

var (
	timeType   = reflect.TypeFor[time.Time]()
	marshaler  = reflect.TypeFor[json.Marshaler]()
	textual    = reflect.TypeFor[encoding.TextMarshaler]()
	zeroer     = reflect.TypeFor[zeroes]()
	knownTypes sync.Map // reflect.Type to *known
)

// zeroes is what encoding/json asks whether to omit a field by omitzero.
type zeroes interface{ IsZero() bool }

// known is what is known of a type: how it is written, or that it is left to
// encoding/json.
type known struct {
	write   writer
	pointed writer // of what a pointer type points to
	ok      bool
	room    sync.Pool // pointers to values of the type
}

// knownOf gives what is known of a type.
func knownOf(t reflect.Type) *known {
	if k, found := knownTypes.Load(t); found {
		k, _ := k.(*known)
		return k
	}
	k := &known{room: sync.Pool{New: func() any { return reflect.New(t).Interface() }}}
	k.write, k.ok = build(t, nil)
	if t.Kind() == reflect.Pointer && k.ok {
		k.pointed, k.ok = build(t.Elem(), []reflect.Type{t})
	}
	knownTypes.Store(t, k)
	return k
}

// writerOf gives how a type is written; ok is false where encoding/json has to.
func writerOf(t reflect.Type) (writer, bool) {
	k := knownOf(t)
	return k.write, k.ok
}

// standardFor leaves a type's values to encoding/json.
func standardFor(t reflect.Type) writer {
	return func(b []byte, p unsafe.Pointer) ([]byte, error) {
		return appendStandard(b, reflect.NewAt(t, p).Elem().Interface())
	}
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
		return standardFor(t), true
	case reflect.PointerTo(t).Implements(marshaler) && t.Kind() != reflect.Pointer, !t.Implements(textual) && reflect.PointerTo(t).Implements(textual) && t.Kind() != reflect.Pointer:
		return nil, false // whether it counts depends on where the value stands
	case t.Implements(textual) && t.Kind() != reflect.Pointer:
		return textOf(t), true
	}
	switch t.Kind() {
	case reflect.String:
		if t == reflect.TypeFor[json.Number]() {
			return standardFor(t), true
		}
		return func(b []byte, p unsafe.Pointer) ([]byte, error) { return appendString(b, *(*string)(p)) }, true
	case reflect.Pointer:
		return buildPointer(t, path)
	case reflect.Slice:
		return buildSlice(t, path)
	case reflect.Map:
		return buildMap(t, path)
	case reflect.Struct:
		return buildStruct(t, path)
	default:
		if w := plain(t.Kind()); w != nil {
			return w, true
		}
		return standardFor(t), true // floats, arrays, interfaces, and what can't be encoded
	}
}

// plain writes what has a size and no parts; nil for anything else.
func plain(k reflect.Kind) writer {
	switch k {
	case reflect.Bool:
		return func(b []byte, p unsafe.Pointer) ([]byte, error) { return strconv.AppendBool(b, *(*bool)(p)), nil }
	case reflect.Int:
		return signed[int]
	case reflect.Int8:
		return signed[int8]
	case reflect.Int16:
		return signed[int16]
	case reflect.Int32:
		return signed[int32]
	case reflect.Int64:
		return signed[int64]
	case reflect.Uint:
		return unsigned[uint]
	case reflect.Uint8:
		return unsigned[uint8]
	case reflect.Uint16:
		return unsigned[uint16]
	case reflect.Uint32:
		return unsigned[uint32]
	case reflect.Uint64:
		return unsigned[uint64]
	case reflect.Uintptr:
		return unsigned[uintptr]
	default:
		return nil
	}
}

func signed[T int | int8 | int16 | int32 | int64](b []byte, p unsafe.Pointer) ([]byte, error) {
	return strconv.AppendInt(b, int64(*(*T)(p)), 10), nil
}

func unsigned[T uint | uint8 | uint16 | uint32 | uint64 | uintptr](b []byte, p unsafe.Pointer) ([]byte, error) {
	return strconv.AppendUint(b, uint64(*(*T)(p)), 10), nil
}

func buildPointer(t reflect.Type, path []reflect.Type) (writer, bool) {
	to, ok := build(t.Elem(), path)
	if !ok {
		return nil, false
	}
	return func(b []byte, p unsafe.Pointer) ([]byte, error) {
		at := *(*unsafe.Pointer)(p)
		if at == nil {
			return append(b, "null"...), nil
		}
		return to(b, at)
	}, true
}

func buildSlice(t reflect.Type, path []reflect.Type) (writer, bool) {
	of := t.Elem()
	if of.Kind() == reflect.Uint8 && !of.Implements(marshaler) && !of.Implements(textual) {
		return standardFor(t), true // base64
	}
	each, ok := build(of, path)
	if !ok {
		return nil, false
	}
	size := of.Size()
	return func(b []byte, p unsafe.Pointer) (_ []byte, err error) {
		all := *(*[]struct{})(p) // its length is that of any slice
		if all == nil {
			return append(b, "null"...), nil
		}
		first := unsafe.Pointer(unsafe.SliceData(all))
		b = append(b, '[')
		for i := range len(all) {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = each(b, unsafe.Add(first, uintptr(i)*size)); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}, true
}

func buildMap(t reflect.Type, path []reflect.Type) (writer, bool) {
	if t.Key().Kind() != reflect.String || t.Key().Implements(textual) {
		return standardFor(t), true
	}
	each, ok := build(t.Elem(), path)
	if !ok {
		return nil, false
	}
	type entry struct {
		key string
		at  unsafe.Pointer
	}
	list := reflect.SliceOf(t.Elem())
	return func(b []byte, p unsafe.Pointer) (_ []byte, err error) {
		m := reflect.NewAt(t, p).Elem()
		if m.IsNil() {
			return append(b, "null"...), nil
		}
		values := reflect.MakeSlice(list, m.Len(), m.Len()) // what is in a map can't be pointed to
		all := make([]entry, 0, m.Len())
		for walk := m.MapRange(); walk.Next(); {
			v := values.Index(len(all))
			v.SetIterValue(walk)
			all = append(all, entry{walk.Key().String(), v.Addr().UnsafePointer()})
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
			if b, err = each(append(b, ':'), all[i].at); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}, true
}

func writeTime(b []byte, p unsafe.Pointer) ([]byte, error) {
	t := (*time.Time)(p)
	from := len(b)
	out, err := t.AppendText(append(b, '"'))
	if err != nil { // in the words of encoding/json
		return appendStandard(b[:from], *t)
	}
	return append(out, '"'), nil
}

// textOf writes a type that says itself what its text is.
func textOf(t reflect.Type) writer {
	return func(b []byte, p unsafe.Pointer) ([]byte, error) {
		v := reflect.NewAt(t, p)
		says, ok := v.Interface().(encoding.TextMarshaler)
		if t.Kind() == reflect.Interface { // what it holds says it
			says, ok = v.Elem().Interface().(encoding.TextMarshaler)
		}
		if !ok {
			return appendStandard(b, v.Elem().Interface())
		}
		text, err := says.MarshalText()
		if err != nil { // in the words of encoding/json
			return appendStandard(b, v.Elem().Interface())
		}
		return appendString(b, string(text))
	}
}

// plainText says of which bytes a text is written as it is. What has to be escaped
// is left to encoding/json.
var plainText = func() (is [256]bool) {
	for c := ' '; c <= '~'; c++ {
		is[c] = !strings.ContainsRune(`"\<>&`, c)
	}
	return is
}()

func appendString(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if !plainText[s[i]] {
			return appendStandard(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"'), nil
}
