package storefile

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// The limits of what a store's files may cost whoever reads them.
const (
	// MaxWords is the most words and signs of one file: each costs some
	// hundred bytes to parse.
	MaxWords = 240_000
	// maxLine is the most bytes of one line.
	maxLine = 128 << 10
	// maxProblems is how many problems are told.
	maxProblems = 1000
	// maxValue is the most bytes of texts and elements in one value, and twice
	// that the most that one expression takes in.
	maxValue = 16 << 20
)

// wordsIn gives the words and signs of a file, or more than MaxWords where it has
// more, or a line that is too long.
// It counts without parsing: a text in quotes is one, with the signs in it.
func wordsIn(src []byte) int {
	words, inWord, inText := 0, false, false
	for line := 0; line < len(src); {
		next := bytes.IndexByte(src[line:], '\n') + 1
		if next == 0 {
			next = len(src) - line
		}
		if next > maxLine {
			return MaxWords + 1
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
			break
		}
	}
	return words
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

// limited makes a function that refuses what would fill the memory, and counts
// what it makes.
func (l *loader) limited(f function.Function, cost func(args []cty.Value) (int, error)) function.Function {
	known := func(args []cty.Value) error {
		if !l.spend(0) {
			return errWork // or a for goes on to the end of its list
		}
		for _, a := range args {
			if a.IsMarked() || !a.IsWhollyKnown() || a.IsNull() {
				return nil // nothing is computed of it
			}
		}
		n, err := cost(args)
		if err == nil && !l.spend(n) {
			err = errWork
		}
		return err
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

// affordableText refuses a text that is too long.
func affordableText(n int) (int, error) {
	if n > maxValue {
		return 0, errTooLarge
	}
	return textWork * n, nil
}

// largeReplace refuses to put a long text in many places.
func largeReplace(args []cty.Value) (int, error) {
	return affordableText((len(args[0].AsString()) + 1) * (len(args[2].AsString()) + 1))
}

// wide finds a width in a format that is no width of anything.
var wide = regexp.MustCompile(`%[^a-zA-Z%]*(?:[0-9]{4,}|\*)`)

func largeFormat(args []cty.Value) (int, error) {
	if wide.MatchString(args[0].AsString()) {
		return 0, errors.New("a width has at most three digits")
	}
	return largeEncode(args)
}

// largeEncode counts what is written out as text.
func largeEncode(args []cty.Value) (int, error) {
	n := 0
	for _, a := range args {
		if a.CanIterateElements() {
			n += 16 * stepWork * sizeOf(a, maxValue/stepWork)
		}
	}
	return n, nil
}

func largeJoin(args []cty.Value) (int, error) {
	n := 0
	for _, a := range args[1:] {
		n += sizeOf(a, maxValue) + len(args[0].AsString())*a.LengthInt()
	}
	return affordableText(n)
}

func largeProduct(args []cty.Value) (int, error) {
	n := 1
	for _, a := range args {
		if !a.CanIterateElements() {
			return 0, nil
		}
		if n *= a.LengthInt(); n > MaxInstances {
			return 0, fmt.Errorf("it would give more than %d elements", MaxInstances)
		}
	}
	return n * 2 * stepWork, nil
}

// largeRange counts the numbers that are made: the function itself gives 1024 at
// most.
func largeRange(args []cty.Value) (int, error) {
	const most = 1024
	from, to, step := 0.0, 0.0, 1.0
	for i, at := range [][]*float64{{&to}, {&from, &to}, {&from, &to, &step}}[min(len(args), 3)-1] {
		*at, _ = args[i].AsBigFloat().Float64()
	}
	n := math.Abs((to - from) / step)
	if !(n <= most) {
		n = most
	}
	return int(n) * 2 * stepWork, nil
}

func largeIndent(args []cty.Value) (int, error) {
	f, _ := args[0].AsBigFloat().Float64()
	if f *= float64(len(args[1].AsString()) + 1); f > maxValue {
		return 0, errTooLarge
	}
	return max(0, int(f)), nil
}
