package storefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/openaisle/aisle/sdk/gs1"
)

// functions are those of every expression. Names and meaning are those of
// Terraform where it has the function.
func (l *loader) functions() map[string]function.Function {
	return map[string]function.Function{
		// text
		"format": l.limited(stdlib.FormatFunc, largeFormat), "formatlist": l.limited(stdlib.FormatListFunc, largeFormat), "upper": stdlib.UpperFunc, "lower": stdlib.LowerFunc,
		"title": stdlib.TitleFunc, "replace": l.limited(stdlib.ReplaceFunc, largeReplace), "substr": stdlib.SubstrFunc, "strlen": stdlib.StrlenFunc,
		"regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "regexreplace": l.limited(stdlib.RegexReplaceFunc, largeReplace), "join": l.limited(stdlib.JoinFunc, largeJoin),
		"split": stdlib.SplitFunc, "trim": stdlib.TrimFunc, "trimspace": stdlib.TrimSpaceFunc, "trimprefix": stdlib.TrimPrefixFunc,
		"trimsuffix": stdlib.TrimSuffixFunc, "chomp": stdlib.ChompFunc, "indent": l.limited(stdlib.IndentFunc, largeIndent), "strrev": stdlib.ReverseFunc,
		"startswith":  pairFunc("says whether a text begins with another", strings.HasPrefix),
		"endswith":    pairFunc("says whether a text ends with another", strings.HasSuffix),
		"strcontains": pairFunc("says whether a text holds another", strings.Contains),
		// times
		"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc,
		// numbers
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "max": stdlib.MaxFunc, "min": stdlib.MinFunc,
		"parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc, "round": roundFunc, "sum": sumFunc, "log": stdlib.LogFunc,
		// collections
		"chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc, "compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc,
		"contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc,
		"keys": stdlib.KeysFunc, "length": stdlib.LengthFunc, "lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc,
		"range": l.limited(stdlib.RangeFunc, largeRange), "reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc,
		"setproduct": l.limited(stdlib.SetProductFunc, largeProduct), "setsubtract": stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc,
		"slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
		"coalescelist": stdlib.CoalesceListFunc, "index": indexFunc, "one": oneFunc,
		"alltrue": allFunc("says whether all of a list are true", true), "anytrue": allFunc("says whether any of a list is true", false),
		// conversion
		"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"tonumber": stdlib.MakeToFunc(cty.Number), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tostring": stdlib.MakeToFunc(cty.String), "try": tryfunc.TryFunc, "can": tryfunc.CanFunc,
		// data
		"file": l.fileFunc(), "jsondecode": jsonDecodeFunc, "jsonencode": l.limited(stdlib.JSONEncodeFunc, largeEncode), "csvdecode": stdlib.CSVDecodeFunc,
		"yamldecode": yamlDecodeFunc, "yamlencode": l.limited(ctyyaml.YAMLEncodeFunc, largeEncode),
		// stores
		"gtin": gtinFunc, "upce": upceFunc, "in_store_gtin": inStoreFunc, "secret": l.secretFunc(),
	}
}

// roundFunc rounds to the nearest whole number, a half away from zero.
var roundFunc = function.New(&function.Spec{
	Description: "rounds to the nearest whole number, a half away from zero",
	Params:      []function.Parameter{{Name: "num", Type: cty.Number}},
	Type:        function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		half := cty.NumberFloatVal(0.5)
		if args[0].LessThan(cty.Zero).True() {
			return stdlib.Ceil(args[0].Subtract(half))
		}
		return stdlib.Floor(args[0].Add(half))
	},
})

// sumFunc adds the numbers of a list or set. The sum of none is zero.
var sumFunc = function.New(&function.Spec{
	Description: "adds the numbers of a list",
	Params:      []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type:        function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].CanIterateElements() {
			return cty.NilVal, errors.New("needs a list of numbers")
		}
		total := cty.Zero
		for it := args[0].ElementIterator(); it.Next(); {
			_, v := it.Element()
			if v.Type() != cty.Number || v.IsNull() {
				return cty.NilVal, errors.New("needs a list of numbers")
			}
			if !v.IsKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			total = total.Add(v)
		}
		return total, nil
	},
})

// jsonDecodeFunc is jsondecode without numbers that a store file may not hold
// either.
var jsonDecodeFunc = function.New(&function.Spec{
	Description: "gives the value of a JSON text",
	Params:      []function.Parameter{{Name: "text", Type: cty.String}},
	Type: func(args []cty.Value) (cty.Type, error) {
		if args[0].IsKnown() && hugeNumbers(args[0].AsString()) {
			return cty.NilType, errors.New("holds a number of which the exponent has more than three digits")
		}
		return stdlib.JSONDecodeFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return stdlib.JSONDecode(args[0]) },
})

// hugeNumbers says whether a JSON text has a number that is refused.
func hugeNumbers(text string) bool {
	if !exponent.MatchString(text) {
		return false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return false // the end, or no JSON, which jsondecode says better
		}
		if n, ok := token.(json.Number); ok && exponent.MatchString(string(n)) {
			return true
		}
	}
}

// textFunc makes a function of one string.
func textFunc(name, description string, f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Description: description,
		Params:      []function.Parameter{{Name: name, Type: cty.String}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(s), nil
		},
	})
}

var (
	gtinFunc = textFunc("code", "checks a GTIN of 8, 12, 13 or 14 digits and gives its 14 digits", func(s string) (string, error) {
		g, err := gs1.ParseGTIN(s)
		return string(g), err
	})
	upceFunc = textFunc("code", "expands a UPC-E of 6, 7 or 8 digits and gives the 14 digits of its GTIN", func(s string) (string, error) {
		g, err := gs1.ExpandUPCE(s)
		return string(g), err
	})
)

// inStorePrefix begins restricted circulation numbers of 13 digits, which a
// company gives to goods that have no number of their own (GS1 General
// Specifications 1.4.3, prefixes 20 to 29: "RCN-13 within a company").
const inStorePrefix = "20"

// maxInStore is the greatest number that fits behind the prefix.
const maxInStore = 9_999_999_999

var inStoreFunc = function.New(&function.Spec{
	Description: "gives a number for use in the store alone to goods that have no GTIN: a restricted circulation number, prefix 20",
	Params:      []function.Parameter{{Name: "number", Type: cty.Number}},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		f := args[0].AsBigFloat()
		n, accuracy := f.Int64()
		if !f.IsInt() || accuracy != 0 || n < 0 || n > maxInStore {
			return cty.NilVal, fmt.Errorf("needs a whole number from 0 to %d", maxInStore)
		}
		payload := fmt.Sprintf("%s%010d", inStorePrefix, n)
		check, err := gs1.CheckDigit(payload)
		if err != nil {
			return cty.NilVal, err
		}
		g, err := gs1.ParseGTIN(payload + string(rune(check)))
		if err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(string(g)), nil
	},
})
