package configspec

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/measure"
)

type secretMark struct{}

// MarkSecret marks a value as a secret that came by reference. Only a marked
// value may stand in a sensitive attribute, and it may stand nowhere else.
func MarkSecret(v cty.Value) cty.Value { return v.Mark(secretMark{}) }

// IsSecret says whether v, or something in it, is a secret.
func IsSecret(v cty.Value) bool {
	if !v.ContainsMarked() {
		return false
	}
	_, paths := v.UnmarkDeepWithPaths()
	return slices.ContainsFunc(paths, func(p cty.PathValueMarks) bool {
		_, ok := p.Marks[secretMark{}]
		return ok
	})
}

// converter turns a decoded value into a JSON document.
type converter struct {
	body     *hclsyntax.Body
	problems []Problem
	unknown  []string
	secrets  []string
	// done are paths that need no further word: wrong already, or unknown yet.
	done []string
	// texts are the strings as written, by path, for suggestions.
	texts map[string]string
}

func (c *converter) problem(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...), Range: Range(c.body, path)})
	c.done = append(c.done, path)
}

func (c *converter) settled(path string) bool { return slices.Contains(c.done, path) }

func (c *converter) object(path string, s config.Schema, v cty.Value) map[string]any {
	out := map[string]any{}
	if !v.Type().IsObjectType() || !v.IsKnown() || v.IsNull() {
		c.later(path)
		return out
	}
	for _, a := range s.Attributes {
		at := join(path, a.Name)
		if !v.Type().HasAttribute(a.Name) {
			continue
		}
		if got := c.attribute(at, a, v.GetAttr(a.Name)); got != nil {
			out[a.Name] = got
		}
	}
	for _, b := range s.Blocks {
		if v.Type().HasAttribute(b.Name) {
			if got := c.block(join(path, b.Name), b, v.GetAttr(b.Name)); got != nil {
				out[b.Name] = got
			}
		}
	}
	return out
}

func (c *converter) block(path string, b config.Block, v cty.Value) any {
	switch {
	case !v.IsKnown():
		c.later(path)
		return nil
	case v.IsNull():
		return nil
	case b.Once():
		return c.object(path, b.Schema, v)
	case !v.Type().IsTupleType():
		c.later(path)
		return nil
	}
	list := []any{}
	for i, e := range v.AsValueSlice() {
		list = append(list, c.object(fmt.Sprintf("%s[%d]", path, i), b.Schema, e))
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

func (c *converter) attribute(path string, a config.Attribute, v cty.Value) any {
	secret := IsSecret(v)
	v, _ = v.UnmarkDeep()
	switch {
	case secret && !a.Sensitive:
		c.problem(path, "is not kept secret by the plugin, so that a secret can't be used here")
		return nil
	case v.IsKnown() && v.IsNull():
		if a.Default != nil {
			return a.Default
		}
		return nil
	case !v.IsWhollyKnown():
		c.later(path)
		return nil
	case a.Sensitive && !secret:
		c.problem(path, `is a secret and can't be written here; write secret("env:NAME") or secret("file:PATH")`)
		return nil
	}
	if secret {
		c.learn(v)
	}
	return c.written(path, a, v)
}

// learn keeps the texts of a secret.
func (c *converter) learn(v cty.Value) {
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) { // the function gives no error
		if !v.IsNull() && v.Type() == cty.String {
			c.secrets = append(c.secrets, v.AsString())
		}
		return true, nil
	})
}

// later notes what is known only when the store runs.
func (c *converter) later(path string) {
	c.unknown = append(c.unknown, path)
	c.done = append(c.done, path)
}

func (c *converter) written(path string, a config.Attribute, v cty.Value) any {
	shown := func(err error) string {
		if a.Sensitive {
			return "is not a " + a.Type.String()
		}
		return err.Error()
	}
	switch a.Type {
	case config.TypeDuration:
		d, err := duration(v.AsString())
		if err != nil {
			c.problem(path, `%s: a duration is a number and a unit, such as "250ms"; the units are ms, s, m and h`,
				shown(fmt.Errorf("%q is no duration", v.AsString())))
			suggest(c, a, v.AsString(), nearest.DurationUnits, duration)
			return nil
		}
		return int64(d)
	case config.TypeMass:
		m, err := measure.ParseMass(v.AsString())
		if err != nil {
			c.problem(path, "%s", shown(err))
			suggest(c, a, v.AsString(), nearest.MassUnits, measure.ParseMass)
			return nil
		}
		return int64(m)
	case config.TypeString:
		if c.texts == nil {
			c.texts = map[string]string{}
		}
		c.texts[path] = v.AsString()
		return v.AsString()
	case config.TypeBool:
		return v.True()
	case config.TypeInteger, config.TypeNumber:
		return number(v)
	case config.TypeStringList, config.TypeIntegerList, config.TypeStringMap:
		return c.collection(path, v)
	case config.TypeUnknown:
	}
	return nil
}

func duration(s string) (time.Duration, error) {
	return time.ParseDuration(strings.ReplaceAll(s, " ", ""))
}

// suggest adds to the last problem what a quantity was probably meant to be.
func suggest[T ~int64](c *converter, a config.Attribute, text string, units []string, parse func(string) (T, error)) {
	if !a.Sensitive {
		c.problems[len(c.problems)-1].Suggestion = nearest.Quantity(text, units, func(s string) bool {
			v, err := parse(s)
			return err == nil && (a.Min == nil || int64(v) >= *a.Min) && (a.Max == nil || int64(v) <= *a.Max)
		})
	}
}

func (c *converter) collection(path string, v cty.Value) any {
	element := func(e cty.Value) any {
		switch {
		case e.IsNull():
			return nil
		case e.Type() == cty.Number:
			return number(e)
		default:
			return e.AsString()
		}
	}
	if v.Type().IsMapType() {
		out := map[string]any{}
		for k, e := range v.AsValueMap() {
			out[k] = element(e)
		}
		return out
	}
	out := []any{}
	for _, e := range v.AsValueSlice() {
		out = append(out, element(e))
	}
	return out
}

// numberDigits is how many digits of a number go to the plugin: more than any
// 64-bit integer or float has.
const numberDigits = 40

// numberBits is the greatest binary exponent that is written out.
const numberBits = 2048

// number writes a number as JSON, an integer without exponent.
func number(v cty.Value) json.Number {
	f := v.AsBigFloat()
	if e := f.MantExp(nil); e > numberBits || e < -numberBits {
		return json.Number("1e999") // out of every range, and quick to write
	}
	if f.IsInt() && f.MantExp(nil) < 256 {
		i, _ := f.Int(nil)
		return json.Number(i.String())
	}
	if f.IsInf() {
		return json.Number("0") // the parser has no way to write one
	}
	text := f.Text('g', numberDigits)
	if _, ok := new(big.Float).SetString(text); !ok {
		return json.Number("0")
	}
	return json.Number(text)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
