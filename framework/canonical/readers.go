package canonical

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"sync"
	"time"
)

// reader reads a value into one that can be set.
type reader func(t *text, v reflect.Value) error

var (
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
	untextual   = reflect.TypeFor[encoding.TextUnmarshaler]()
	knownReads  sync.Map // reflect.Type to *knownRead
)

type knownRead struct {
	read reader
	ok   bool
}

// readerOf gives how a type is read; ok is false where encoding/json has to.
func readerOf(t reflect.Type) (reader, bool) {
	if k, found := knownReads.Load(t); found {
		k, _ := k.(*knownRead)
		return k.read, k.ok
	}
	k := &knownRead{}
	k.read, k.ok = reading(t, nil)
	knownReads.Store(t, k)
	return k.read, k.ok
}

// reading builds how a type is read. A type that has itself in it is left to
// encoding/json as a whole.
func reading(t reflect.Type, path []reflect.Type) (reader, bool) {
	if slices.Contains(path, t) {
		return nil, false
	}
	path = append(slices.Clip(path), t)
	switch p := reflect.PointerTo(t); {
	case t == timeType:
		return readTime, true
	case p.Implements(unmarshaler):
		return readStandard, true
	case p.Implements(untextual):
		return readText, true
	}
	switch t.Kind() {
	case reflect.Bool:
		return readBool, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return readInt, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return readUint, true
	case reflect.String:
		if t == reflect.TypeFor[json.Number]() {
			return readStandard, true
		}
		return readString, true
	case reflect.Pointer:
		return readingPointer(t, path)
	case reflect.Slice:
		return readingSlice(t, path)
	case reflect.Map:
		return readingMap(t, path)
	case reflect.Struct:
		return readingStruct(t, path)
	default: // floats, arrays, interfaces, and what can't be decoded
		return readStandard, true
	}
}

// readStandard leaves a value to encoding/json.
func readStandard(t *text, v reflect.Value) error {
	from := t.at
	if err := t.skip(); err != nil {
		return err
	}
	return json.Unmarshal(t.b[from:t.at], v.Addr().Interface())
}

func readTime(t *text, v reflect.Value) error {
	from := t.at
	if _, ok := t.plain(); !ok {
		return readStandard(t, v)
	}
	at, ok := v.Addr().Interface().(*time.Time)
	if !ok {
		return errOdd
	}
	return at.UnmarshalJSON(t.b[from:t.at])
}

func readText(t *text, v reflect.Value) error {
	if t.null() {
		return nil
	}
	to, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	if !ok {
		return errOdd
	}
	if s, ok := t.plain(); ok {
		return to.UnmarshalText(s)
	}
	s, err := t.quoted()
	if err != nil {
		return err
	}
	return to.UnmarshalText([]byte(s))
}

func readBool(t *text, v reflect.Value) error {
	switch rest := t.b[t.at:]; {
	case len(rest) >= 4 && string(rest[:4]) == "true":
		t.at += 4
		v.SetBool(true)
	case len(rest) >= 5 && string(rest[:5]) == "false":
		t.at += 5
		v.SetBool(false)
	case !t.null():
		return errOdd
	}
	return nil
}

func readInt(t *text, v reflect.Value) error {
	from := t.at
	n, ok := t.integer()
	if !ok || v.OverflowInt(n) {
		t.at = from
		return readStandard(t, v)
	}
	v.SetInt(n)
	return nil
}

func readUint(t *text, v reflect.Value) error {
	if t.next() == '-' {
		return errOdd
	}
	from := t.at
	n, ok := t.integer()
	if !ok || v.OverflowUint(uint64(n)) {
		t.at = from
		return readStandard(t, v)
	}
	v.SetUint(uint64(n))
	return nil
}

func readString(t *text, v reflect.Value) error {
	if t.null() {
		return nil
	}
	s, err := t.quoted()
	if err != nil {
		return err
	}
	v.SetString(s)
	return nil
}

func readingPointer(t reflect.Type, path []reflect.Type) (reader, bool) {
	to, ok := reading(t.Elem(), path)
	if !ok {
		return nil, false
	}
	return func(x *text, v reflect.Value) error {
		if x.null() {
			v.SetZero()
			return nil
		}
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
		}
		return to(x, v.Elem())
	}, true
}

func readingSlice(t reflect.Type, path []reflect.Type) (reader, bool) {
	if t.Elem().Kind() == reflect.Uint8 {
		return readStandard, true // base64
	}
	each, ok := reading(t.Elem(), path)
	if !ok {
		return nil, false
	}
	return func(x *text, v reflect.Value) error {
		v.SetZero()
		if x.null() {
			return nil
		}
		if !x.take('[') {
			return errOdd
		}
		if x.next() == ']' {
			x.at++
			v.Set(reflect.MakeSlice(t, 0, 0))
			return nil
		}
		for n := 0; ; n++ {
			if n >= v.Cap() {
				v.Grow(1)
			}
			v.SetLen(n + 1)
			if err := each(x, v.Index(n)); err != nil {
				return err
			}
			if x.space(); x.take(',') {
				continue
			}
			if x.next() != ']' {
				return errOdd
			}
			x.at++
			return nil
		}
	}, true
}

func readingMap(t reflect.Type, path []reflect.Type) (reader, bool) {
	if t.Key().Kind() != reflect.String || reflect.PointerTo(t.Key()).Implements(unmarshaler) {
		return readStandard, true
	}
	textKey := reflect.PointerTo(t.Key()).Implements(untextual)
	each, ok := reading(t.Elem(), path)
	if !ok {
		return nil, false
	}
	return func(x *text, v reflect.Value) error {
		if x.null() {
			v.SetZero()
			return nil
		}
		if !x.take('{') {
			return errOdd
		}
		if v.IsNil() {
			v.Set(reflect.MakeMap(t))
		}
		if x.next() == '}' {
			x.at++
			return nil
		}
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		for {
			s, err := x.quoted()
			if err != nil {
				return err
			}
			if !textKey {
				key.SetString(s)
			} else {
				key.SetZero()
				to, ok := key.Addr().Interface().(encoding.TextUnmarshaler)
				if !ok || to.UnmarshalText([]byte(s)) != nil {
					return errOdd
				}
			}
			if x.space(); !x.take(':') {
				return errOdd
			}
			value.SetZero()
			if err := each(x, value); err != nil {
				return err
			}
			v.SetMapIndex(key, value)
			if x.space(); x.take(',') {
				continue
			}
			if x.next() != '}' {
				return errOdd
			}
			x.at++
			return nil
		}
	}, true
}
