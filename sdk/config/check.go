package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Problem is one thing wrong with a value, at a path.
type Problem struct {
	// Path is the attribute's or block's, such as "lane[0].port"; empty for the
	// whole.
	Path    string
	Message string
}

func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

// Check gives all that is wrong with a value, in the order of the schema. A
// value without problems decodes.
func (s Schema) Check(doc []byte) []Problem {
	value, err := parse(doc)
	if err != nil {
		return []Problem{{Message: err.Error()}}
	}
	return s.check("", value)
}

func parse(doc []byte) (any, error) {
	if len(bytes.TrimSpace(doc)) == 0 {
		return map[string]any{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber() // integers of 64 bits must not pass through a float
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("not JSON: more after the value")
	}
	return value, nil
}

func (s Schema) check(path string, value any) (found []Problem) {
	object, ok := value.(map[string]any)
	if !ok {
		return []Problem{{path, "an object is needed"}}
	}
	for _, a := range s.Attributes {
		at := join(path, a.Name)
		switch v := object[a.Name]; {
		case v == nil && a.Required:
			found = append(found, Problem{at, "is required"})
		case v != nil:
			found = append(found, a.problems(at, v)...)
		}
	}
	for _, b := range s.Blocks {
		found = append(found, b.check(join(path, b.Name), object[b.Name])...)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		_, attribute := s.Attribute(name)
		_, block := s.Block(name)
		if !attribute && !block {
			found = append(found, Problem{join(path, name), "is not known here"})
		}
	}
	return found
}

func (b Block) check(path string, value any) (found []Problem) {
	if value == nil {
		if b.Least > 0 {
			return []Problem{{path, "at least " + times(b.Least) + " needed"}}
		}
		return nil
	}
	if b.Once() {
		return b.Schema.check(path, value)
	}
	list, ok := value.([]any)
	if !ok {
		return []Problem{{path, "a list of objects is needed"}}
	}
	if len(list) < b.Least {
		found = append(found, Problem{path, "at least " + times(b.Least) + " needed"})
	}
	if most := b.most(); len(list) > most {
		return append(found, Problem{path, "at most " + times(most) + " allowed"})
	}
	for i, v := range list {
		found = append(found, b.Schema.check(fmt.Sprintf("%s[%d]", path, i), v)...)
	}
	return found
}

func (b Block) most() int {
	if b.Most == 0 {
		return MaxItems
	}
	return b.Most
}

func times(n int) string {
	if n == 1 {
		return "1 block is"
	}
	return strconv.Itoa(n) + " blocks are"
}

// problems checks a value and, where it is a list or map, its elements.
func (a Attribute) problems(path string, value any) []Problem {
	if msg := a.check(value); msg != "" {
		return []Problem{{path, msg}}
	}
	return nil
}

// check says what is wrong with a value, or "". It never repeats a sensitive
// one.
func (a Attribute) check(value any) string {
	switch a.Type {
	case TypeString:
		s, ok := value.(string)
		if !ok {
			return a.needs(value)
		}
		return a.text(s)
	case TypeBool:
		if _, ok := value.(bool); !ok {
			return a.needs(value)
		}
		return ""
	case TypeInteger, TypeDuration, TypeMass:
		n, ok := integer(value)
		if !ok {
			return a.needs(value)
		}
		return a.bounds("", new(big.Rat).SetInt64(n))
	case TypeNumber:
		n, ok := number(value)
		if !ok {
			return a.needs(value)
		}
		return a.bounds("", n)
	case TypeStringList, TypeIntegerList:
		return a.list(value)
	case TypeStringMap:
		return a.mapping(value)
	case TypeUnknown:
	}
	return fmt.Sprintf("%v is not known", a.Type)
}

func (a Attribute) text(s string) string {
	if len(a.OneOf) > 0 && !slices.Contains(a.OneOf, s) {
		return fmt.Sprintf("is %s; it must be one of %s", a.shown(strconv.Quote(s)), strings.Join(a.OneOf, ", "))
	}
	return a.bounds("the length of ", new(big.Rat).SetInt64(int64(utf8.RuneCountInString(s))))
}

func (a Attribute) list(value any) string {
	list, ok := value.([]any)
	if !ok || len(list) > MaxItems {
		return a.needs(value)
	}
	for i, v := range list {
		_, isString := v.(string)
		_, isInteger := integer(v)
		if a.Type == TypeStringList && !isString || a.Type == TypeIntegerList && !isInteger {
			return fmt.Sprintf("element %d: %s", i, a.needs(v))
		}
	}
	return a.bounds("the length of ", new(big.Rat).SetInt64(int64(len(list))))
}

func (a Attribute) mapping(value any) string {
	object, ok := value.(map[string]any)
	if !ok || len(object) > MaxItems {
		return a.needs(value)
	}
	for _, k := range slices.Sorted(maps.Keys(object)) {
		if _, ok := object[k].(string); !ok {
			return fmt.Sprintf("element %q: %s", k, a.needs(object[k]))
		}
	}
	return a.bounds("the length of ", new(big.Rat).SetInt64(int64(len(object))))
}

func (a Attribute) needs(value any) string {
	article := "a"
	if a.Type == TypeInteger {
		article = "an"
	}
	return fmt.Sprintf("%s %v is needed, not %s", article, a.Type, kindOf(value))
}

func (a Attribute) shown(s string) string {
	if a.Sensitive {
		return "a sensitive value"
	}
	return s
}

func (a Attribute) bounds(what string, n *big.Rat) string {
	shown := strings.TrimSuffix(n.FloatString(shownDecimals), ".000000")
	if n.IsInt() && n.Num().IsInt64() {
		shown = a.unit(n.Num().Int64())
	}
	shown = a.shown(shown)
	if a.Min != nil && n.Cmp(new(big.Rat).SetInt64(*a.Min)) < 0 {
		return fmt.Sprintf("%s%s is below the least, %s", what, shown, a.unit(*a.Min))
	}
	if a.Max != nil && n.Cmp(new(big.Rat).SetInt64(*a.Max)) > 0 {
		return fmt.Sprintf("%s%s is above the greatest, %s", what, shown, a.unit(*a.Max))
	}
	return ""
}

// shownDecimals is how exactly a number out of bounds is shown.
const shownDecimals = 6

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case bool:
		return "a bool"
	case json.Number:
		return "this number"
	case []any:
		return "this list"
	case map[string]any:
		return "this object"
	default:
		return "null"
	}
}

// integer accepts a whole number however it is written, since HCL's own JSON
// writes large ones with an exponent.
func integer(value any) (int64, bool) {
	r, ok := number(value)
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// maxDigits bounds the length of a number, and maxExponent its size, so that
// a hostile exponent can't make the check spend memory.
const (
	maxDigits   = 64
	maxExponent = 400
)

func number(value any) (*big.Rat, bool) {
	n, ok := value.(json.Number)
	if !ok || len(n) > maxDigits {
		return nil, false
	}
	if i := strings.IndexAny(string(n), "eE"); i >= 0 {
		if e, err := strconv.Atoi(string(n)[i+1:]); err != nil || e > maxExponent || e < -maxExponent {
			return nil, false
		}
	}
	return new(big.Rat).SetString(string(n))
}
