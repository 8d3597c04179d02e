package canonical

import (
	"reflect"
	"slices"
	"strings"
)

// field is a field of a struct, those of the structs that it embeds included.
type field struct {
	name  string
	index []int
	head  []byte // the name as it is written, with its colon
	write writer
	omit  func(reflect.Value) bool // nil for never
}

func buildStruct(t reflect.Type, path []reflect.Type) (writer, bool) {
	fields, ok := fieldsOf(t, nil, path)
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
	return func(b []byte, v reflect.Value) (_ []byte, err error) {
		b = append(b, '{')
		first := true
		for i := range fields {
			f := &fields[i]
			x := v
			for _, n := range f.index {
				x = x.Field(n)
			}
			if f.omit != nil && f.omit(x) {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(b, f.head...)
			if b, err = f.write(b, x); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}, true
}

func fieldsOf(t reflect.Type, index []int, path []reflect.Type) (all []field, ok bool) {
	for i := range t.NumField() {
		s := t.Field(i)
		at := append(slices.Clone(index), i)
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
		f := field{name: name, index: at}
		head, err := appendString(nil, name)
		if err != nil {
			return nil, false
		}
		f.head = append(head, ':')
		if f.write, ok = build(s.Type, path); !ok {
			return nil, false
		}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "":
			case "omitempty":
				f.omit = either(f.omit, empty)
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

func either(a, b func(reflect.Value) bool) func(reflect.Value) bool {
	if a == nil {
		return b
	}
	return func(v reflect.Value) bool { return a(v) || b(v) }
}

// empty is what omitempty omits.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Interface, reflect.Pointer:
		return v.IsZero()
	default:
		return false
	}
}

// zeroOf is what omitzero omits of a type.
func zeroOf(t reflect.Type) func(reflect.Value) bool {
	switch {
	case t == timeType:
		return func(v reflect.Value) bool {
			at, ok := timeIn(v)
			return ok && at.IsZero()
		}
	case (t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer) && t.Implements(zeroer):
		return func(v reflect.Value) bool {
			if v.IsNil() {
				return true
			}
			z, ok := v.Interface().(zeroes)
			return ok && z.IsZero()
		}
	case t.Implements(zeroer):
		return func(v reflect.Value) bool {
			z, ok := v.Interface().(zeroes)
			return ok && z.IsZero()
		}
	case reflect.PointerTo(t).Implements(zeroer):
		return func(v reflect.Value) bool {
			if !v.CanAddr() {
				c := reflect.New(v.Type()).Elem()
				c.Set(v)
				v = c
			}
			z, ok := v.Addr().Interface().(zeroes)
			return ok && z.IsZero()
		}
	}
	return reflect.Value.IsZero
}
