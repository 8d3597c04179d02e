package canonical

import (
	"reflect"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// field is a field of a struct, those of the structs that it embeds included.
type field struct {
	name   string
	offset uintptr
	head   []byte // a comma, the name as it is written, and its colon
	write  writer
	omit   func(unsafe.Pointer) bool // nil for never
}

func buildStruct(t reflect.Type, path []reflect.Type) (writer, bool) {
	fields, ok := fieldsOf(t, 0, path)
	if !ok {
		return nil, false
	}
	names := map[string]bool{}
	for i := range fields {
		if names[fields[i].name] {
			return nil, false // encoding/json has rules of its own for two of one name
		}
		names[fields[i].name] = true
	}
	return func(b []byte, p unsafe.Pointer) (_ []byte, err error) {
		b = append(b, '{')
		comma := 1 // the first field has none
		for i := range fields {
			f := &fields[i]
			at := unsafe.Add(p, f.offset)
			if f.omit != nil && f.omit(at) {
				continue
			}
			b = append(b, f.head[comma:]...)
			comma = 0
			if b, err = f.write(b, at); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}, true
}

func fieldsOf(t reflect.Type, offset uintptr, path []reflect.Type) (all []field, ok bool) {
	for i := range t.NumField() {
		s := t.Field(i)
		at := offset + s.Offset
		name, options, _ := strings.Cut(s.Tag.Get("json"), ",")
		switch {
		case s.Tag.Get("json") == "-":
			continue
		case s.Anonymous && name == "":
			if s.Type.Kind() != reflect.Struct {
				return nil, false
			}
			if s.Type == timeType || s.Type.Implements(marshaler) || s.Type.Implements(textual) {
				return nil, false
			}
			inner, ok := fieldsOf(s.Type, at, append(slices.Clip(path), s.Type))
			if !ok {
				return nil, false
			}
			all = append(all, inner...)
			continue
		case !s.IsExported():
			continue
		}
		if name == "" {
			name = s.Name
		}
		f := field{name: name, offset: at}
		head, err := appendString(nil, name)
		if err != nil {
			return nil, false
		}
		f.head = append(append([]byte{','}, head...), ':')
		if f.write, ok = build(s.Type, path); !ok {
			return nil, false
		}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "":
			case "omitempty":
				f.omit = either(f.omit, empty(s.Type))
			case "omitzero":
				f.omit = either(f.omit, zeroOf(s.Type))
			default: // string: a number in quotes
				return nil, false
			}
		}
		all = append(all, f)
	}
	return all, true
}

func either(a, b func(unsafe.Pointer) bool) func(unsafe.Pointer) bool {
	if a == nil {
		return b
	}
	return func(p unsafe.Pointer) bool { return a(p) || b(p) }
}

// empty is what omitempty omits of a type.
func empty(t reflect.Type) func(unsafe.Pointer) bool {
	switch t.Kind() {
	case reflect.String:
		return func(p unsafe.Pointer) bool { return *(*string)(p) == "" }
	case reflect.Slice:
		return func(p unsafe.Pointer) bool { return len(*(*[]struct{})(p)) == 0 }
	case reflect.Array, reflect.Map:
		return func(p unsafe.Pointer) bool { return reflect.NewAt(t, p).Elem().Len() == 0 }
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Interface, reflect.Pointer:
		return nothing(t)
	default:
		return func(unsafe.Pointer) bool { return false }
	}
}

// nothing reports whether a value of a type is its zero value.
func nothing(t reflect.Type) func(unsafe.Pointer) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return func(p unsafe.Pointer) bool { return *(*uint8)(p) == 0 }
	case reflect.Int16, reflect.Uint16:
		return func(p unsafe.Pointer) bool { return *(*uint16)(p) == 0 }
	case reflect.Int32, reflect.Uint32:
		return func(p unsafe.Pointer) bool { return *(*uint32)(p) == 0 }
	case reflect.Int64, reflect.Uint64:
		return func(p unsafe.Pointer) bool { return *(*uint64)(p) == 0 }
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		return func(p unsafe.Pointer) bool { return *(*uint)(p) == 0 }
	case reflect.Pointer:
		return func(p unsafe.Pointer) bool { return *(*unsafe.Pointer)(p) == nil }
	case reflect.String:
		return func(p unsafe.Pointer) bool { return *(*string)(p) == "" }
	default:
		return func(p unsafe.Pointer) bool { return reflect.NewAt(t, p).Elem().IsZero() }
	}
}

// zeroOf is what omitzero omits of a type.
func zeroOf(t reflect.Type) func(unsafe.Pointer) bool {
	switch {
	case t == timeType:
		return func(p unsafe.Pointer) bool { return (*time.Time)(p).IsZero() }
	case (t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer) && t.Implements(zeroer):
		return func(p unsafe.Pointer) bool {
			v := reflect.NewAt(t, p).Elem()
			if v.IsNil() {
				return true
			}
			z, ok := v.Interface().(zeroes)
			return ok && z.IsZero()
		}
	case t.Implements(zeroer), reflect.PointerTo(t).Implements(zeroer):
		return func(p unsafe.Pointer) bool {
			z, ok := reflect.NewAt(t, p).Interface().(zeroes)
			return ok && z.IsZero()
		}
	}
	return nothing(t)
}
