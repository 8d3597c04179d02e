package canonical

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// target is a field that is read, those of embedded structs included.
type target struct {
	name  string
	index []int
	read  reader
}

func readingStruct(t reflect.Type, path []reflect.Type) (reader, bool) {
	fields, ok := targetsOf(t, nil, path)
	if !ok {
		return nil, false
	}
	for i := range fields {
		if slices.ContainsFunc(fields[:i], func(f target) bool { return strings.EqualFold(f.name, fields[i].name) }) {
			return nil, false // encoding/json has rules of its own for two of one name
		}
	}
	return func(x *text, v reflect.Value) error {
		if x.null() {
			return nil
		}
		if !x.take('{') {
			return errOdd
		}
		if x.next() == '}' {
			x.at++
			return nil
		}
		for from := 0; ; {
			name, ok := x.plain()
			if !ok {
				return errOdd
			}
			if x.space(); !x.take(':') {
				return errOdd
			}
			i, err := find(fields, name, from)
			switch {
			case err != nil:
				return err
			case i < 0:
				err = x.pass()
			default:
				from = i + 1
				to := v
				for _, n := range fields[i].index {
					to = to.Field(n)
				}
				err = fields[i].read(x, to)
			}
			if err != nil {
				return err
			}
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

// find looks a field up by its name, from where it should stand on; -1 for none.
func find(fields []target, name []byte, from int) (int, error) {
	for i := from; i < len(fields); i++ {
		if fields[i].name == string(name) {
			return i, nil
		}
	}
	for i := range fields[:min(from, len(fields))] {
		if fields[i].name == string(name) {
			return i, nil
		}
	}
	for i := range fields {
		if bytes.EqualFold([]byte(fields[i].name), name) {
			return -1, errOdd // encoding/json takes it for the field
		}
	}
	return -1, nil
}

// pass passes the value of a field that nobody reads.
func (t *text) pass() error {
	from := t.at
	if err := t.skip(); err != nil || !json.Valid(t.b[from:t.at]) {
		return errOdd
	}
	return nil
}

func targetsOf(t reflect.Type, index []int, path []reflect.Type) (all []target, ok bool) {
	for i := range t.NumField() {
		s := t.Field(i)
		at := append(slices.Clone(index), i)
		name, options, _ := strings.Cut(s.Tag.Get("json"), ",")
		switch {
		case s.Tag.Get("json") == "-":
			continue
		case s.Anonymous && name == "":
			p := reflect.PointerTo(s.Type)
			if s.Type.Kind() != reflect.Struct || p.Implements(unmarshaler) || p.Implements(untextual) {
				return nil, false
			}
			inner, ok := targetsOf(s.Type, at, append(slices.Clip(path), s.Type))
			if !ok {
				return nil, false
			}
			all = append(all, inner...)
			continue
		case !s.IsExported():
			continue
		}
		if slices.Contains(strings.Split(options, ","), "string") {
			return nil, false // a number in quotes
		}
		if name == "" {
			name = s.Name
		}
		read, ok := reading(s.Type, path)
		if !ok {
			return nil, false
		}
		all = append(all, target{name: name, index: at, read: read})
	}
	return all, true
}
