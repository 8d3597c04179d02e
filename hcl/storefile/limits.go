package storefile

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// The limits of what a store's files may cost whoever reads them.
const (
	// MaxWords is the most words and signs of one file: each costs some
	// hundred bytes to parse.
	MaxWords = 300_000
	// maxLine is the most bytes of one line.
	maxLine = 128 << 10
	// maxProblems is how many problems are told.
	maxProblems = 1000
	// maxValue is the most bytes of texts and elements in one value, and twice
	// that the most that one expression takes in.
	maxValue = 16 << 20
)

// tooWordy says whether a file has more words and signs than a file may have, or
// a longer line.
// It counts without parsing: a text in quotes is one, with the signs in it.
func tooWordy(src []byte) bool {
	words, inWord, inText := 0, false, false
	for line := 0; line < len(src); {
		next := bytes.IndexByte(src[line:], '\n') + 1
		if next == 0 {
			next = len(src) - line
		}
		if next > maxLine {
			return true
		}
		line += next
	}
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\n':
			words, inWord, inText = words+1, false, false
		case c == '"':
			words, inWord, inText = words+1, false, !inText
		case c == '#' && !inText:
			for i+1 < len(src) && src[i+1] != '\n' {
				i++
			}
		case c == ' ' || c == '\t' || c == '\r':
			inWord = false
		case c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			if !inWord && !inText {
				words++
			}
			inWord = true
		default:
			if !inText || c == '{' || c == '}' {
				words++
			}
			inWord = false
		}
		if words > MaxWords {
			return true
		}
	}
	return false
}

// sizeOf gives the bytes of texts and the elements of a value, no more than a
// little over a limit.
func sizeOf(v cty.Value, limit int) int {
	n := 0
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) { // the function gives no error
		n++
		if v.Type().IsTupleType() && v.IsKnown() && !v.IsNull() {
			n += 256 * v.LengthInt() // each element has a type of its own
		}
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
			n += len(v.AsString())
		}
		return n <= limit, nil
	})
	return n
}

// affordable says whether what an expression takes in is not too much, and
// reports it where it is: of locals that double each other forty are enough.
func (l *loader) affordable(b *block, expr hclsyntax.Expression) bool {
	if len(l.sizes) == 0 {
		return true
	}
	total := 0
	for _, t := range expr.Variables() {
		if len(t) == 2 {
			if key, ok := stepKey(t[1]); ok {
				total += l.sizes[t.RootName()+"."+key]
			}
		}
	}
	if total <= 2*maxValue {
		return true
	}
	l.fail(b, expr.Range(), "too_large", "The value is too large", "It takes in more than %d MiB. Text and lists of that size belong into a file of data.", 2*maxValue>>20)
	return false
}

// weigh keeps the size of a large local for what refers to it, and reports one
// that is too large.
func (l *loader) weigh(b *block, name string, expr hclsyntax.Expression, v cty.Value) bool {
	const small = 64 << 10
	size := sizeOf(v, maxValue)
	if size > maxValue {
		l.fail(b, expr.Range(), "too_large", "The value is too large", "It has more than %d MiB. Text and lists of that size belong into a file of data.", maxValue>>20)
		return false
	}
	if size > small {
		l.sizes[name] = size
	}
	return true
}

// limited makes a function that refuses what would fill the memory.
func limited(f function.Function, refuse func(args []cty.Value) error) function.Function {
	known := func(args []cty.Value) error {
		for _, a := range args {
			if a.IsMarked() || !a.IsWhollyKnown() || a.IsNull() {
				return nil // nothing is computed of it
			}
		}
		return refuse(args)
	}
	return function.New(&function.Spec{
		Description: f.Description(), Params: f.Params(), VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := known(args); err != nil {
				return cty.NilType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

var errTooLarge = fmt.Errorf("it would give more than %d MiB", maxValue>>20)

// largeReplace refuses to put a long text in many places.
func largeReplace(args []cty.Value) error {
	if (len(args[0].AsString())+1)*(len(args[2].AsString())+1) > maxValue {
		return errTooLarge
	}
	return nil
}

// wide finds a width in a format that is no width of anything.
var wide = regexp.MustCompile(`%[^a-zA-Z%]*(?:[0-9]{4,}|\*)`)

func largeFormat(args []cty.Value) error {
	if wide.MatchString(args[0].AsString()) {
		return errors.New("a width has at most three digits")
	}
	return nil
}

func largeJoin(args []cty.Value) error {
	n := 0
	for _, a := range args[1:] {
		n += sizeOf(a, maxValue) + len(args[0].AsString())*a.LengthInt()
	}
	if n > maxValue {
		return errTooLarge
	}
	return nil
}

func largeProduct(args []cty.Value) error {
	n := 1
	for _, a := range args {
		if !a.CanIterateElements() {
			return nil
		}
		if n *= a.LengthInt(); n > MaxInstances {
			return fmt.Errorf("it would give more than %d elements", MaxInstances)
		}
	}
	return nil
}

func largeIndent(args []cty.Value) error {
	if f, _ := args[0].AsBigFloat().Float64(); f*float64(len(args[1].AsString())+1) > maxValue {
		return errTooLarge
	}
	return nil
}
