package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	massType     = reflect.TypeFor[measure.Mass]()
)

// SchemaOf reads the schema from the tags of the struct C. An error is a
// mistake in C, to be found by the plugin's first test.
func SchemaOf[C any]() (Schema, error) {
	s, err := schemaOf(reflect.TypeFor[C](), 0)
	if err != nil {
		return Schema{}, fmt.Errorf("config %v: %w", reflect.TypeFor[C](), err)
	}
	return s, s.Validate()
}

func schemaOf(t reflect.Type, depth int) (s Schema, err error) {
	if t.Kind() != reflect.Struct {
		return s, errors.New("a configuration is a struct")
	}
	if depth > MaxDepth {
		return s, fmt.Errorf("blocks are nested more than %d deep", MaxDepth)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if embedded(f) {
			inner, err := schemaOf(f.Type, depth+1)
			if err != nil {
				return s, fmt.Errorf("field %s: %w", f.Name, err)
			}
			s.Attributes, s.Blocks = append(s.Attributes, inner.Attributes...), append(s.Blocks, inner.Blocks...)
			continue
		}
		tag, err := readTag(f)
		if err != nil {
			return s, fmt.Errorf("field %s: %w", f.Name, err)
		}
		if tag.skip {
			continue
		}
		if inner, ok := blockType(f.Type); ok {
			b, err := blockOf(f, tag, inner, depth)
			if err != nil {
				return s, fmt.Errorf("field %s: %w", f.Name, err)
			}
			s.Blocks = append(s.Blocks, b)
			continue
		}
		a, err := attributeOf(f, tag)
		if err != nil {
			return s, fmt.Errorf("field %s: %w", f.Name, err)
		}
		s.Attributes = append(s.Attributes, a)
	}
	return s, nil
}

// embedded says whether a field is a struct whose fields are the outer one's: what
// several drivers of a plugin have in common.
func embedded(f reflect.StructField) bool {
	_, tagged := f.Tag.Lookup("aisle")
	return f.Anonymous && f.IsExported() && !tagged && f.Type.Kind() == reflect.Struct
}

// blockType says whether fields of type t are nested blocks, and gives the
// struct of one.
func blockType(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, t.Kind() == reflect.Struct
}

func blockOf(f reflect.StructField, tag fieldTag, inner reflect.Type, depth int) (b Block, err error) {
	b = Block{Name: tag.name, Doc: tag.doc}
	if tag.sensitive || len(tag.oneOf) > 0 || tag.hasDefault || tag.access != AccessNone {
		return b, errors.New("a block takes only required, min, max and doc")
	}
	if b.Least, err = atoi(tag.min); err != nil {
		return b, err
	}
	if b.Most, err = atoi(tag.max); err != nil {
		return b, err
	}
	if tag.required {
		b.Least = max(b.Least, 1)
	}
	if f.Type.Kind() != reflect.Slice {
		b.Most = 1
	} else if b.Most == 1 {
		return b, errors.New("a block that occurs at most once is a struct and not a slice")
	}
	b.Schema, err = schemaOf(inner, depth+1)
	return b, err
}

func atoi(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no number of blocks", s)
	}
	return n, nil
}

func attributeOf(f reflect.StructField, tag fieldTag) (a Attribute, err error) {
	a = Attribute{Name: tag.name, Type: typeOf(f.Type), Required: tag.required, Doc: tag.doc,
		Sensitive: tag.sensitive, OneOf: tag.oneOf, Access: tag.access}
	if a.Type == TypeUnknown {
		return a, fmt.Errorf("type %v can't be configured", f.Type)
	}
	if a.Min, err = a.limit(tag.min); err != nil {
		return a, err
	}
	if a.Max, err = a.limit(tag.max); err != nil {
		return a, err
	}
	if tag.hasDefault {
		a.Default, err = a.literal(tag.def)
	}
	return a, err
}

func typeOf(t reflect.Type) Type {
	switch t {
	case durationType:
		return TypeDuration
	case massType:
		return TypeMass
	}
	switch t.Kind() {
	case reflect.String:
		return TypeString
	case reflect.Bool:
		return TypeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return TypeInteger
	case reflect.Float64:
		return TypeNumber
	case reflect.Slice:
		if e := typeOf(t.Elem()); e == TypeString {
			return TypeStringList
		} else if e == TypeInteger {
			return TypeIntegerList
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.String {
			return TypeStringMap
		}
	}
	return TypeUnknown
}

// limit reads a bound as it is written in a tag: with units where the type has
// them.
func (a Attribute) limit(s string) (*int64, error) {
	if s == "" {
		return nil, nil
	}
	n, err := a.quantity(s)
	if err != nil {
		return nil, fmt.Errorf("bound %q: %w", s, err)
	}
	return &n, nil
}

func (a Attribute) quantity(s string) (int64, error) {
	if a.Type == TypeDuration {
		d, err := time.ParseDuration(s)
		return int64(d), err
	}
	if a.Type == TypeMass {
		m, err := measure.ParseMass(s)
		return int64(m), err
	}
	return strconv.ParseInt(s, 10, 64)
}

// unit writes a bound for people.
func (a Attribute) unit(n int64) string {
	if a.Type == TypeDuration {
		return time.Duration(n).String()
	}
	if a.Type == TypeMass {
		return measure.Mass(n).String()
	}
	return strconv.FormatInt(n, 10)
}

// literal reads a default as it is written in a tag: with units where the type
// has them, as JSON for lists, maps and numbers, bare for strings.
func (a Attribute) literal(s string) (json.RawMessage, error) {
	if a.Type == TypeString {
		return json.Marshal(s)
	}
	if a.Type == TypeDuration || a.Type == TypeMass {
		n, err := a.limit(s)
		if err != nil || n == nil {
			return nil, fmt.Errorf("default %q is no %v", s, a.Type)
		}
		return json.RawMessage(strconv.FormatInt(*n, 10)), nil
	}
	if !json.Valid([]byte(s)) {
		return nil, fmt.Errorf("default %q is no %v", s, a.Type)
	}
	return json.RawMessage(s), nil
}

// fieldTag is what a field's tags say.
type fieldTag struct {
	name, doc, def, min, max              string
	oneOf                                 []string
	access                                Access
	skip, required, sensitive, hasDefault bool
}

func readTag(f reflect.StructField) (t fieldTag, err error) {
	text, ok := f.Tag.Lookup("aisle")
	if !f.IsExported() || text == "-" {
		if ok && text != "-" {
			return t, errors.New("has a tag and is not exported")
		}
		return fieldTag{skip: true}, nil
	}
	if !ok {
		return t, errors.New(`has no aisle tag; write aisle:"-" to leave it out`)
	}
	t.doc = f.Tag.Get("doc")
	t.def, t.hasDefault = f.Tag.Lookup("default")
	words := strings.Split(text, ",")
	t.name = words[0]
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "required":
			t.required = true
		case "sensitive":
			t.sensitive = true
		case "one_of":
			t.oneOf = strings.Split(value, "|")
		case "min":
			t.min = value
		case "max":
			t.max = value
		default:
			a, ok := accessOf(w)
			if !ok {
				return t, fmt.Errorf("tag %q is not known; there are required, sensitive, one_of, min, max, and one of dial, listen, device, read and write", w)
			}
			if t.access != AccessNone {
				return t, fmt.Errorf("both %v and %v: a value names one thing", t.access, a)
			}
			t.access = a
		}
	}
	return t, nil
}
