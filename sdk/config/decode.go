package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/openaisle/aisle/sdk/fault"
)

// Decode checks a JSON value against the schema of C, takes defaults for what
// is left out, and gives the struct. The error has code invalid, names the path
// of the first problem (fault.PathOf) and counts the others.
func Decode[C any](doc []byte) (C, error) {
	var c C
	s, err := SchemaOf[C]()
	if err != nil {
		return c, fault.Wrap(fault.Internal, "decode config", err)
	}
	if found := s.Check(doc); len(found) > 0 {
		return c, problemsError(found)
	}
	value, err := parse(doc)
	if err != nil {
		return c, fault.Wrap(fault.Invalid, "decode config", err)
	}
	return c, set(reflect.ValueOf(&c).Elem(), s, value.(map[string]any), "")
}

func problemsError(found []Problem) error {
	msg := found[0].Message
	if more := len(found) - 1; more > 0 {
		msg += fmt.Sprintf(" (and %d more)", more)
	}
	return &fault.Error{Code: fault.Invalid, Path: found[0].Path, Message: msg}
}

// set fills a struct. The value has passed the schema's check, so only the
// width of an integer can still be wrong.
func set(v reflect.Value, s Schema, object map[string]any, path string) error {
	for i := range v.NumField() {
		if embedded(v.Type().Field(i)) {
			if err := set(v.Field(i), s, object, path); err != nil {
				return err
			}
			continue
		}
		tag, err := readTag(v.Type().Field(i))
		if err != nil || tag.skip {
			continue
		}
		at := join(path, tag.name)
		if b, ok := s.Block(tag.name); ok {
			if err := setBlock(v.Field(i), b, object[tag.name], at); err != nil {
				return err
			}
			continue
		}
		a, _ := s.Attribute(tag.name)
		value := object[tag.name]
		if value == nil && a.Default != nil {
			if value, err = parse(a.Default); err != nil {
				return fault.At(at, err)
			}
		}
		if value == nil {
			continue
		}
		if err := setValue(v.Field(i), value); err != nil {
			return &fault.Error{Code: fault.Invalid, Path: at, Message: err.Error()}
		}
	}
	return nil
}

func setBlock(v reflect.Value, b Block, value any, path string) error {
	if b.Once() {
		object, given := value.(map[string]any)
		if v.Kind() == reflect.Pointer {
			if !given {
				return nil
			}
			v.Set(reflect.New(v.Type().Elem()))
			v = v.Elem()
		}
		return set(v, b.Schema, object, path)
	}
	list, _ := value.([]any)
	if len(list) == 0 {
		return nil
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, item := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		element := v.Index(i)
		if element.Kind() == reflect.Pointer {
			element.Set(reflect.New(element.Type().Elem()))
			element = element.Elem()
		}
		if err := set(element, b.Schema, item.(map[string]any), at); err != nil {
			return err
		}
	}
	return nil
}

func setValue(v reflect.Value, value any) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(value.(string))
	case reflect.Bool:
		v.SetBool(value.(bool))
	case reflect.Float64:
		// The standard decoder takes the nearest; one beyond the range is an error.
		if err := json.Unmarshal([]byte(value.(json.Number)), v.Addr().Interface()); err != nil {
			return errors.New("is beyond the range of a number")
		}
	case reflect.Slice:
		list := value.([]any)
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, item := range list {
			if err := setValue(v.Index(i), item); err != nil {
				return fmt.Errorf("element %d: %w", i, err)
			}
		}
	case reflect.Map:
		object := value.(map[string]any)
		v.Set(reflect.MakeMapWithSize(v.Type(), len(object)))
		for _, k := range slices.Sorted(maps.Keys(object)) {
			v.SetMapIndex(reflect.ValueOf(k).Convert(v.Type().Key()), reflect.ValueOf(object[k]).Convert(v.Type().Elem()))
		}
	default:
		return setInteger(v, value)
	}
	return nil
}

func setInteger(v reflect.Value, value any) error {
	n, _ := integer(value)
	if v.CanInt() {
		if v.OverflowInt(n) {
			return fmt.Errorf("does not fit in %v", v.Kind())
		}
		v.SetInt(n)
		return nil
	}
	if n < 0 || v.OverflowUint(uint64(n)) {
		return fmt.Errorf("does not fit in %v", v.Kind())
	}
	v.SetUint(uint64(n))
	return nil
}
